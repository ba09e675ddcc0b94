"""Documents as a partner's program fetches them, and as the operator's command writes them."""

import hashlib

from coalition.kit.config import Settings
from coalition.proof import read_keys, verify_statement
from tests.support import World, nothing_moves
from tests.support.edge import URL, Edge, Json, edge_of
from tests.support.world import broken_laws

from .january import JANUARY, a_january

_STATEMENTS = """{ statements(first: 2) { nodes { number documents { kind mediaType url sha256 }
  invoices { id kind number corrects net { amount } vat { amount } total { amount }
    documents { kind url sha256 } } } } }"""


async def _said(edge: Edge, client: str) -> Json:
    (found,) = (await edge.ask(client, _STATEMENTS))["nodes"]
    said: Json = found
    return said


async def test_a_partner_fetches_its_statement_in_each_format_and_proves_it(world: World) -> None:
    secrets = await a_january(world)
    await world.approve(JANUARY)
    async with edge_of(world, secrets) as edge:
        said = await _said(edge, "grocer-till")
        files = {}
        for one in said["documents"]:
            answer = await edge.http.get(one["url"], headers=await _bearer(edge, "grocer-till"))
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == one["mediaType"]
            assert hashlib.sha256(answer.content).hexdigest() == one["sha256"], one["kind"]
            files[one["kind"]] = answer.content
        assert set(files) == {"JSON", "CSV", "XLSX", "PDF", "LINES"}
        keys = (await edge.http.get("/.well-known/settlement-keys")).content
        lines = files["LINES"].splitlines(keepends=True)
        assert verify_statement(files["JSON"], read_keys(keys), lines).findings == ()
        assert b'"d"' not in keys
        (bill,) = said["invoices"]
        assert (bill["kind"], bill["number"]) == ("INVOICE", "INV-000001")
        for one in bill["documents"]:
            answer = await edge.http.get(one["url"], headers=await _bearer(edge, "grocer-till"))
            assert hashlib.sha256(answer.content).hexdigest() == one["sha256"], one["kind"]


async def test_another_brands_documents_and_unknown_ones_are_answered_alike(world: World) -> None:
    secrets = await a_january(world)
    await world.approve(JANUARY)
    async with edge_of(world, secrets) as edge:
        said = await _said(edge, "grocer-till")
        own = said["documents"][0]["url"].removesuffix(".json")
        bill = said["invoices"][0]["documents"][0]["url"].removesuffix(".json")
        bakery = await _bearer(edge, "bakery-till")
        answers = []
        for url in (f"{own}.json", f"{own}.ndjson", f"{bill}.pdf", f"{own}.docx",
                    "/statements/stm_nothing.json", "/invoices/x.pdf"):  # fmt: skip
            answer = await edge.http.get(url, headers=bakery)
            (error,) = answer.json()["errors"]
            del error["extensions"]["requestId"]
            answers.append((answer.status_code, error))
        assert answers == [answers[0]] * len(answers)
        assert answers[0][0] == 404
        assert answers[0][1]["extensions"]["code"] == "DOCUMENT_NOT_FOUND"


async def test_who_may_not_read_statements_fetches_none(world: World) -> None:
    secrets = await a_january(world)
    async with edge_of(world, secrets) as edge:
        url = (await _said(edge, "grocer-till"))["documents"][0]["url"]
        assert (await edge.http.get(url)).status_code == 401
        poor = {"Authorization": f"Bearer {await edge.token('grocer-till', 'points:award')}"}
        assert (await edge.http.get(url, headers=poor)).status_code == 403
        bearer = await _bearer(edge, "grocer-till")
        assert (await edge.http.post(url, headers=bearer)).status_code == 405
        first = await edge.http.get(url, headers=bearer)
        again = await edge.http.get(url, headers={**bearer, "If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_entries_changed_behind_a_signed_statement_are_not_sent(world: World) -> None:
    secrets = await a_january(world)
    async with edge_of(world, secrets) as edge:
        url = (await _said(edge, "grocer-till"))["documents"][-1]["url"]
        bearer = await _bearer(edge, "grocer-till")
        assert (await edge.http.get(url, headers=bearer)).status_code == 200
        await world.corrupt("UPDATE award SET reference = 'another' WHERE seq = 1")
        answer = await edge.http.get(url, headers=bearer)
        assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_AS_SIGNED"


async def test_a_statement_that_is_not_out_is_nobodys_yet(world: World) -> None:
    """Its partner is told what a stranger is told, by every address and method."""
    secrets = await a_january(world)
    async with edge_of(world, secrets) as edge:
        url = (await _said(edge, "grocer-till"))["documents"][0]["url"]
        await world.corrupt(
            "DELETE FROM statement_document",
            "DELETE FROM seal WHERE table_name = 'statement_document'",
            "UPDATE period SET state = 'calculated'",
        )
        async with nothing_moves(world):
            answers = [
                await _told(edge, client, address)
                for address in (url, url.replace(".json", ".ndjson"), "/statements/stm_x.json")
                for client in ("grocer-till", "bakery-till")
            ]
            assert answers == [answers[0]] * len(answers)
            assert answers[0][0] == 404
            assert (await _told(edge, "operator", url))[0] == 409
            operators = await edge.ask("operator", _STATEMENTS)
            assert {len(one["documents"]) for one in operators["nodes"]} == {0}


async def test_a_document_that_was_removed_is_not_signed_a_second_time(world: World) -> None:
    secrets = await a_january(world)
    async with edge_of(world, secrets) as edge:
        url = (await _said(edge, "grocer-till"))["documents"][0]["url"]
        await world.corrupt("DELETE FROM statement_document")
        async with nothing_moves(world):
            for client in ("grocer-till", "operator"):
                status, told = await _told(edge, client, url)
                assert (status, told["extensions"]["code"]) == (500, "DOCUMENT_REMOVED")
    ((statement,),) = await world.rows("SELECT id FROM statement WHERE number = '2026-01/grocer'")
    (named,) = (await broken_laws(world)).values()
    assert named == (f"statement document {statement}: it was removed",)


async def test_a_head_says_what_a_get_would_and_a_stranger_learns_nothing_by_it(
    world: World,
) -> None:
    secrets = await a_january(world)
    async with edge_of(world, secrets) as edge:
        urls = [one["url"] for one in (await _said(edge, "grocer-till"))["documents"]]
        for url in urls:
            own = await _bearer(edge, "grocer-till")
            got = await edge.http.get(url, headers=own)
            head = await edge.http.head(url, headers=own)
            names = ("etag", "content-disposition", "content-type", "cache-control")
            assert head.status_code == 200
            assert [head.headers[one] for one in names] == [got.headers[one] for one in names]
            foreign = await edge.http.head(url, headers=await _bearer(edge, "bakery-till"))
            unknown = await edge.http.head(
                "/statements/stm_x.json", headers=await _bearer(edge, "bakery-till")
            )
            for one in (foreign, unknown):
                del one.headers["x-request-id"]
            assert foreign.status_code == unknown.status_code == 404
            assert foreign.headers == unknown.headers
            assert (await edge.http.head(url)).status_code == 401


async def test_files_are_counted_like_everything_else(world: World) -> None:
    secrets = await a_january(world)
    async with edge_of(
        world, secrets, settings=Settings(url=URL, cost_capacity=1000, cost_per_second=1)
    ) as edge:
        url = (await _said(edge, "grocer-till"))["documents"][0]["url"]
        own = await _bearer(edge, "grocer-till")
        codes = [(await edge.http.get(url, headers=own)).status_code for _ in range(50)]
        assert 10 < codes.count(200) < 50
        assert codes == sorted(codes)
        refused = await edge.http.get(url, headers=own)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert (await _told(edge, "bakery-till", url))[0] == 404


async def _told(edge: Edge, client: str, url: str) -> tuple[int, Json]:
    """A refusal, without the id of the request."""
    answer = await edge.http.get(url, headers=await _bearer(edge, client))
    (error,) = answer.json()["errors"]
    del error["extensions"]["requestId"]
    return answer.status_code, error


async def _bearer(edge: Edge, client: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {await edge.token(client)}"}
