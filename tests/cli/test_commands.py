"""The command as an operator types it, on a database of its own that the URL names."""

import csv
import io
import json
import re
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from tests.cli.shell import Shell
from tests.support import World, a_bakery, a_florist, a_grocer, nothing_moves
from tests.support.brands import a_programme, partners_file
from tests.support.staff import a_person_of

BRANDS = [a_grocer(), a_bakery(), a_florist()]


async def test_init_leaves_a_database_and_a_file_to_begin_with(
    shell: Shell, tmp_path: Path
) -> None:
    begun = await shell.run("init")
    assert begun.code == 0, begun.err
    # Shown as it was typed, so that it can be typed as it is shown.
    typed = f"{sys.executable} -m coalition"
    assert f"Next: {typed} partners plan partners.yaml, then {typed} partners apply" in begun.out
    planned = await shell.run("partners", "plan", "partners.yaml", "--json")
    changes = {change["what"] for change in json.loads(planned.out)}
    assert {"programme", "partner grocer", "client operator"} <= changes
    (tmp_path / "partners.yaml").write_text("mine")
    again = await shell.run("init")
    assert again.code == 0
    assert (tmp_path / "partners.yaml").read_text() == "mine"


async def test_partners_are_planned_applied_and_then_unchanged(world: World, shell: Shell) -> None:
    file = str(world.write(partners_file(BRANDS)))
    async with nothing_moves(world):
        planned = await shell.run("partners", "plan", file)
    assert planned.code == 0, planned.err
    assert "+ partner grocer" in planned.out
    applied = await shell.run("partners", "apply", file)
    assert applied.code == 0, applied.err
    secret = next(
        line for line in applied.out.splitlines() if "grocer-till" in line and "cs_" in line
    )
    assert secret
    stored = await world.rows("SELECT secret_hash FROM client_secret")
    assert all(b"cs_" not in bytes(str(row), "utf-8") for row in stored)
    again = await shell.run("partners", "apply", file)
    assert "Nothing to change" in again.out
    leaving = str(world.write(partners_file([a_grocer(status="leaving"), *BRANDS[1:]])))
    once = await shell.run("partners", "plan", leaving)
    assert once.out.endswith("\n1 change would be applied.\n")
    assert "cs_" not in again.out


async def test_mistakes_are_told_all_at_once_and_nothing_is_applied(
    world: World, shell: Shell
) -> None:
    content = partners_file(
        [a_grocer(currency="DOLLARS"), a_bakery(status="asleep")],
        programme=a_programme(time_zone="Mars/Olympus"),
    )
    async with nothing_moves(world):
        refused = await shell.run("partners", "apply", str(world.write(content)))
    assert refused.code == 1
    assert refused.out == ""
    for field, value in (
        ("partners[0].currency", "DOLLARS"),
        ("partners[1].status", "asleep"),
        ("programme.time_zone", "Mars/Olympus"),
    ):
        assert field in refused.err
        assert value in refused.err


async def _its_request_is_traced(world: World, shell: Shell) -> None:
    ((request_id,),) = await world.rows(
        "SELECT DISTINCT request_id FROM event WHERE kind = 11 LIMIT 1"
    )
    traced = await shell.run("books", "trace", str(request_id), "--json")
    rows = json.loads(traced.out)
    assert {(one["what"], one["login"]) for one in rows} == {("STATEMENT_ISSUED", None)}
    clerk = await a_person_of(world, "grocer", client="operator")
    await world.superuser.execute(
        "INSERT INTO person_request VALUES ($1, $2, $3, now())",
        request_id, clerk.login_id, clerk.grant_id,
    )  # fmt: skip
    table = await shell.run("books", "trace", str(request_id))
    assert "statement issued" in table.out
    assert f"Asked for by {clerk.email} (login {clerk.login_id})" in table.out
    unknown = await shell.run("books", "trace", "0" * 32)
    assert unknown.code == 1
    mistyped = await shell.run("books", "trace", "not-an-id")
    assert mistyped.code == 1
    assert "32 hexadecimal digits" in mistyped.err
    assert unknown.out == ""
    assert unknown.err == f"No request {'0' * 32} has posted anything in these books.\n"


async def test_a_month_is_closed_shown_and_proven(world: World, shell: Shell) -> None:
    await world.apply(brands=BRANDS)
    world.now = datetime.now(UTC)
    ada = await world.enrol("Ada")
    january = datetime(2026, 1, 20, 17, tzinfo=UTC)
    await world.award("grocer", ada, "1234.56", at=january)
    await world.redeem("florist", ada, 500, at=january)

    listed = await shell.run("settlement", "status", "--json")
    assert {"label": "2026-01", "state": "open"}.items() <= json.loads(listed.out)[0].items()
    early = await shell.run("statements", "show", "2026-01")
    assert early.code == 1
    assert "coalition settlement close 2026-01" in early.err
    closed = await shell.run("settlement", "close", "2026-01", "--json")
    assert closed.code == 0, closed.err
    again = await shell.run("settlement", "close", "2026-01", "--json")
    assert json.loads(again.out)[0]["alreadyClosed"] is True
    assert json.loads(again.out)[0]["hashes"] == json.loads(closed.out)[0]["hashes"]

    table = await shell.run("statements", "show", "2026-01", "--partner", "grocer")
    assert "12.34 USD" in table.out
    assert "florist" not in table.out
    as_json = json.loads((await shell.run("statements", "show", "2026-01", "--json")).out)
    florist = next(one for one in as_json if one["partner"] == "florist")
    assert (florist["currency"], florist["net"]) == ("EUR", "-3.60")
    as_csv = await shell.run("statements", "show", "2026-01", "--csv")
    rows = list(csv.DictReader(io.StringIO(as_csv.out)))
    assert {(row["partner"], row["kind"], row["amount"]) for row in rows} == {
        ("grocer", "ISSUANCE", "12.34"),
        ("florist", "REDEMPTION", "3.60"),
    }
    nobody = await shell.run("statements", "show", "2026-01", "--partner", "nobody")
    assert nobody.code == 1
    assert "grocer" in nobody.err

    proven = await shell.run("books", "check")
    assert proven.code == 0, proven.out
    assert "BROKEN" not in proven.out

    await _its_request_is_traced(world, shell)

    await world.corrupt("UPDATE balance SET points = points + 1")
    broken = await shell.run("books", "check", "--json")
    assert broken.code == 1
    laws = {one["invariant"]: one["broken"] for one in json.loads(broken.out)}
    assert f"member {ada.member_id}" in laws["I17"][0]


async def test_no_cell_of_an_export_begins_a_formula(world: World, shell: Shell) -> None:
    """Brands and members may be called what they like; a spreadsheet is shown none of it.

    Security checklist, line 30.
    """
    await world.apply(brands=[a_grocer(name="=HYPERLINK(1)"), a_bakery(name="+1")])
    ada = await world.enrol("=cmd|' /C calc'!A1")
    await world.award("grocer", ada, "500.00", reference="=1+1")
    await world.bring_back("grocer", (await world.award("grocer", ada, "9.00")).place, "4.00")
    await world.redeem("bakery", ada, 200)
    world.now = world.now.replace(month=4)
    await world.close("2026-03")
    shown = await shell.run("statements", "show", "2026-03", "--csv")
    cells = [cell for row in csv.reader(shown.out.splitlines()) for cell in row]
    assert len(cells) > 20
    begins = [cell for cell in cells if re.match(r"[=+\-@\t\r]", cell)]
    assert [cell for cell in begins if not re.fullmatch(r"-[\d.]+", cell)] == []


async def test_a_plan_says_all_that_a_new_client_may_do(world: World, shell: Shell) -> None:
    shop = {
        "id": "shop", "name": "The web shop", "scopes": ["members:read", "member:read"],
        "authentication": "none", "grants": ["authorization_code", "refresh_token"],
        "redirect_uris": ["https://shop.example/callback"],
    }  # fmt: skip
    till = {
        "id": "till-12", "name": "Till", "scopes": ["points:award"], "store": "12", "terminal": "1",
    }  # fmt: skip
    stores = [{"code": "12", "name": "Main Street", "terminals": ["1"]}]
    file = str(world.write(partners_file([a_grocer(clients=[shop, till], stores=stores)])))
    async with nothing_moves(world):
        planned = await shell.run("partners", "plan", file, "--json")
    details = {one["what"]: one["detail"] for one in json.loads(planned.out)}
    assert details["client shop"] == (
        "member:read members:read; grants authorization_code refresh_token; authentication none;"
        " redirect addresses https://shop.example/callback"
    )
    assert details["client till-12"] == (
        "points:award; grants client_credentials; authentication client_secret; store 12;"
        " terminal 1"
    )


async def test_every_job_says_when_it_is_due_before_its_first_run(
    world: World, shell: Shell
) -> None:
    await world.apply(brands=BRANDS)
    listed = json.loads((await shell.run("jobs", "--json")).out)
    assert {one["name"]: one["when"] for one in listed} == {
        "award-bulk": "always", "queue-webhooks": "always", "deliver-webhooks": "always",
        "return-transfers": "every 5 minutes",
        "sweep-holds": "every 5 minutes", "reconcile": "every 1 minutes", "own-overdue": "02:00",
        "watch-coverage": "02:30",
        "end-disputes": "every 15 minutes",
        "expire-points": "00:30", "check-books": "03:00", "clean": "04:00",
        "queue-mails": "always", "send-mails": "always", "make-copies": "always",
        "write-months": "05:30", "write-reminders": "06:00", "erase-members": "every 60 minutes",
    }  # fmt: skip
    assert all(one["nextAt"] is None and one["startedAt"] is None for one in listed)
    table = (await shell.run("jobs")).out
    for job in ("award-bulk", "deliver-webhooks"):
        assert re.search(rf"{job}.*always", table), table


async def test_jobs_post_what_time_has_done(world: World, shell: Shell) -> None:
    await world.apply(brands=BRANDS, expiry={"kind": "fixed", "on": "2026-01-31"})
    ada = await world.enrol("Ada")
    world.now = datetime(2026, 1, 20, tzinfo=UTC)
    await world.award("grocer", ada, "300.00")
    await world.hold("bakery", ada, 100, seconds=60)
    swept = await shell.run("holds", "sweep", "--json")
    assert json.loads(swept.out) == {"released": 1}
    expired = await shell.run("points", "expire", "--json")
    assert json.loads(expired.out) == {"lots": 1, "points": 300}
    nothing = await shell.run("points", "expire")
    assert nothing.code == 0
    assert "0 points" in nothing.out


async def test_a_client_is_made_and_its_secret_rotated(world: World, shell: Shell) -> None:
    await world.apply(brands=BRANDS)
    made = await shell.run(
        "client", "create", "kiosk", "--partner", "bakery", "--scope", "points:award"
    )
    assert made.code == 0, made.err
    assert "cs_" in made.out
    rotated = await shell.run(
        "client", "rotate", "kiosk", "--secret-env", "KIOSK", more={"KIOSK": "k" * 40}
    )
    assert rotated.code == 0, rotated.err
    assert "k" * 40 not in rotated.out
    live = await world.rows(
        "SELECT count(*) FROM client_secret WHERE client_id = 'kiosk' AND valid_until IS NULL"
    )
    assert live == [(1,)]
    for words, told in (
        (("client", "create", "kiosk", "--scope", "operator:read"), "exists"),
        (("client", "create", "a", "--partner", "nobody", "--scope", "points:award"), "nobody"),
        (
            ("client", "create", "a", "--partner", "bakery", "--scope", "settlement:close"),
            "not for",
        ),
        (("client", "rotate", "nobody"), "nobody"),
        (("client", "rotate", "kiosk", "--secret-env", "SHORT"), "32 characters"),
    ):
        refused = await shell.run(*words, more={"SHORT": "short"})
        assert refused.code == 1, words
        assert told in refused.err


async def test_what_cannot_work_is_told_in_a_line_and_not_in_a_traceback(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    del world
    for words, environment, told in (
        (("settlement", "status"), {}, "partners apply"),
        (("settlement", "close", "2026-01"), {}, "partners apply"),
        (("books", "check"), {"COALITION_DATABASE_URL": f"postgresql://x@/x?host={tmp_path}"},
         "cannot be reached"),
        (("migrate",), {"COALITION_TOKEN_SECONDS": "99999"}, "COALITION_TOKEN_SECONDS"),
        (("serve",), {"COALITION_URL": "http://points.example.com"}, "https://"),
        (("partners", "apply", "nowhere.yaml"), {}, "cannot be read"),
    ):  # fmt: skip
        ran = await shell.run(*words, more=environment)
        assert ran.code == 1, (words, ran)
        assert told in ran.err
        assert "Traceback" not in ran.err
    unknown = await shell.run("nothing")
    assert unknown.code == 2


@pytest.mark.long
async def test_a_server_says_where_it_answers_and_that_it_has_ended(
    world: World, shell: Shell
) -> None:
    await world.apply(brands=BRANDS)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await shell.start("serve", "--port", str(port), more={"COALITION_LOG_FORMAT": "json"})
    assert process.stderr is not None
    told = json.loads(await process.stderr.readline())
    address = f"http://127.0.0.1:{port}"
    assert (told["event"], told["address"]) == ("serving", address)
    assert told["explorer"] == f"{address}/graphiql"
    async with httpx2.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"{address}/readyz")).is_success
    process.terminate()
    _, rest = await process.communicate()
    assert process.returncode == 0
    assert [json.loads(line)["event"] for line in rest.splitlines()] == ["ended"]


async def test_somebody_is_let_in_gets_another_password_and_is_let_out(
    world: World, shell: Shell
) -> None:
    await world.apply(brands=BRANDS)
    await world.enrol("Mia", card="7001")
    await world.superuser.execute("UPDATE member SET status = 'closed'")
    first, second = {"FIRST": "three plain words of hers"}, {"SECOND": "four other words of hers"}
    ada = "ada@harvest.example"
    of_grocer = ("--partner", "grocer", "--role", "finance")
    async with nothing_moves(world):
        for words, told in (
            ((ada, "--password-from", "FIRST"), "Say whose login it is"),
            ((ada, *of_grocer, "--role", "king", "--password-from", "FIRST"), "king"),
            (
                (ada, "--partner", "nobody", "--role", "finance", "--password-from", "FIRST"),
                "nobody",
            ),
            ((ada, *of_grocer, "--password-from", "MISSING"), "MISSING holds no password"),
            ((ada, "--member", "7001", "--password-from", "FIRST"), "'7001' has left"),
        ):
            refused = await shell.run("login", "add", *words, more=first)
            assert refused.code == 1
            assert told in refused.err
    added = await shell.run("login", "add", ada, *of_grocer, "--password-from", "FIRST", more=first)
    assert added.code == 0, added.err
    (shown,) = json.loads((await shell.run("login", "list", "--json")).out)
    assert shown == {
        "email": ada, "kind": "PARTNER", "partner": "grocer", "roles": ["finance"],
        "status": "active",
    }  # fmt: skip
    listed = await shell.run("login", "list")
    assert re.search(rf"{ada}\W+partner\W+grocer\W+finance", listed.out), listed.out
    changed = await shell.run("login", "role", ada, "--role", "support", "--role", "developer")
    assert changed.out == f"{ada} has the roles developer, support (before: finance).\n"
    passkey = "INSERT INTO passkey SELECT 'a', id, 'b', 0, 'My key', '{}', false, now() FROM login"
    await world.superuser.execute(passkey)
    change = ("login", "password", ada, "--password-from", "SECOND")
    kept = await shell.run(*change, "--keep-passkeys", more=second)
    assert kept.out == f"{ada} has a new password.\n"
    ended = await shell.run(*change, more=second)
    assert ended.out == f"{ada} has a new password, and its passkey has ended.\n"
    assert await world.rows("SELECT label FROM passkey") == []
    await world.superuser.execute(passkey)
    closed = await shell.run("login", "close", ada)
    assert closed.out == f"{ada} may not sign in any more.\n"
    assert await world.rows("SELECT label FROM passkey") == []
    assert await world.rows("SELECT status FROM login") == [("closed",)]
