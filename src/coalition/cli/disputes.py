"""coalition settlement disputes ...: the operator's side of disputes, for people and for cron."""

import hashlib
import json
import mimetypes
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from coalition import disputes
from coalition.access import load_keys
from coalition.cli.numbers import decimal_in
from coalition.cli.running import console, office, person, run
from coalition.cli.settling import NOT_YET, AsOf, DryRun, Json, moment
from coalition.disputes.errors import DisputeNotFound
from coalition.disputes.evidence import LARGEST
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import Misconfigured
from coalition.kit.ids import Kind, NotAnId
from coalition.partners import Office
from coalition.terminal import dispute_table, disputes_table

app = typer.Typer(
    help="Disputes about lines of statements. Exit code 3: the operator is to speak, and late.",
    no_args_is_help=True,
)
_MOST = 1_000  # in one table
Id = Annotated[str, typer.Argument(help="Which dispute: its id.")]
Message = Annotated[str, typer.Option("--message", "-m", help="In words, up to 1000 characters.")]
Key = Annotated[
    str | None,
    typer.Option(help="The idempotency key; absent: the same command again is the same step."),
]


@dataclass(frozen=True, slots=True)
class _Shown:
    """`ids` and `codes` by the numbers of disputes and partners."""

    found: list[disputes.Dispute]
    ids: dict[int, str]
    codes: dict[int, str]

    def as_dict(self, one: disputes.Dispute) -> dict[str, object]:
        standing = one.standing
        return {
            "id": self.ids[one.id],
            "partner": self.codes[one.partner_id],
            "state": standing.state.value,
            "round": standing.round,
            "turn": None if standing.turn is None else standing.turn.value,
            "dueAt": None if standing.due_at is None else standing.due_at.isoformat(),
            "line": one.line,
            "amount": f"{one.amount.amount}",
            "currency": one.amount.currency,
            "authorised": None if one.authorised is None else f"{one.authorised.amount}",
            "freeze": one.frozen_as,
            "openedAt": one.opened_at.isoformat(),
        }


@app.command(name="list")
def list_(
    partner: Annotated[str | None, typer.Option(help="One brand's code; else all.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Those that are decided, too.")] = False,
    overdue: Annotated[
        bool,
        typer.Option("--overdue", help="Only what waits for the operator, and is late; code 3."),
    ] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show disputes, the newest first."""
    now = moment(as_of)

    async def work() -> _Shown:
        async with office() as desk:
            partner_id = None
            if partner is not None:
                known = {one.code: one.id for one in (await desk.terms()).partners}
                if partner not in known:
                    raise Misconfigured(f"There is no brand {partner}.")
                partner_id = known[partner]
            asked = disputes.DisputeFilter(partner_id=partner_id, only_open=not every)
            async with desk.database.reading(EVERYTHING) as connection:
                found = await disputes.list_disputes(connection, asked, limit=_MOST)
            return await _shown(desk, [one for one in found if not overdue or _is_late(one, now)])

    shown = run(work)
    if as_json:
        typer.echo(json.dumps([shown.as_dict(one) for one in shown.found]))
    else:
        console.print(disputes_table(shown.found, shown.ids, shown.codes, now))
    if overdue and shown.found:
        raise SystemExit(NOT_YET)


def _is_late(one: disputes.Dispute, now: datetime) -> bool:
    return one.standing.turn is disputes.Side.OPERATOR and one.standing.is_late(now)


@app.command()
def show(dispute: Id, as_json: Json = False) -> None:
    """Show what happened to a dispute."""

    async def work() -> tuple[_Shown, list[disputes.DisputeStep]]:
        async with office() as desk:
            number = await _number(desk, dispute)
            async with desk.database.reading(EVERYTHING) as connection:
                found = await disputes.list_disputes(
                    connection, disputes.DisputeFilter(dispute_id=number)
                )
                steps = await disputes.steps_of_dispute(connection, number)
            if not found:
                raise DisputeNotFound("No such dispute.")
            return await _shown(desk, found), steps

    shown, steps = run(work)
    if as_json:
        told = shown.as_dict(shown.found[0]) | {"steps": [_step_as_dict(one) for one in steps]}
        typer.echo(json.dumps(told))
    else:
        console.print(dispute_table(dispute, steps))


@app.command(name="open")
def open_(
    items: Annotated[list[str], typer.Argument(help="Items of a reconciliation: their ids.")],
    reason: Annotated[disputes.Reason, typer.Option(help="Why.")],
    message: Annotated[
        str | None, typer.Option("--message", "-m", help="Else which items of which file.")
    ] = None,
    line: Annotated[
        int | None, typer.Option(help="Of the statement, where several could be meant.")
    ] = None,
    amount: Annotated[
        str | None, typer.Option(help="How much is asked for; else what hangs on the items.")
    ] = None,
    key: Key = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Dispute, for a brand, the line that bills differences of its reconciliation."""
    asked = None if amount is None else _amount(amount, "--amount")

    async def work() -> tuple[_Shown, disputes.Disputed]:
        async with office() as desk:
            seal = (await load_keys(desk.database)).seal
            request = disputes.ItemsDispute(
                key or _key(" ".join(sorted(items)), message or "", f"{asked} {line}".encode()),
                tuple(seal.number(Kind.RECONCILIATION_ITEM, one) for one in items),
                reason, items[0], message, line, asked,
            )  # fmt: skip
            done = await disputes.dispute_items(
                desk, actor=person(), request=request, now=datetime.now(UTC), dry_run=dry_run
            )
            return await _shown(desk, [] if done.dispute is None else [done.dispute]), done

    shown, done = run(work)
    if done.dispute is not None:
        _tell(shown, as_json=as_json, replayed=done.replayed, dryRun=dry_run)
    elif as_json:
        typer.echo(json.dumps({"id": None, "replayed": False, "dryRun": dry_run}))
    else:
        console.print("A dry run: the dispute would be opened.")


@app.command()
def answer(
    dispute: Id,
    message: Message,
    evidence: Annotated[
        Path | None,
        typer.Option(help="A PDF, PNG, JPEG, CSV or text file.", exists=True, dir_okay=False),
    ] = None,
    key: Key = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Speak for the operator in a dispute."""
    handed_in = None if evidence is None else _evidence(evidence)

    async def work() -> tuple[_Shown, disputes.Answered]:
        async with office() as desk:
            said = disputes.Answer(
                key or _key(dispute, message, handed_in.content if handed_in else None),
                await _number(desk, dispute), message, evidence=handed_in,
            )  # fmt: skip
            done = await disputes.answer_dispute(
                desk, actor=person(), answer=said, now=datetime.now(UTC), dry_run=dry_run
            )
            return await _shown(desk, [done.dispute]), done

    shown, done = run(work)
    _tell(shown, as_json=as_json, isLate=done.is_late, replayed=done.replayed, dryRun=dry_run)


@app.command()
def decide(
    dispute: Id,
    authorised: Annotated[
        str, typer.Option(help="How much the brand gets: all accepts, 0 rejects.")
    ],
    message: Message,
    key: Key = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Decide a dispute: what is authorised is on the brand's next statement."""
    amount = _amount(authorised, "--authorised")

    async def work() -> tuple[_Shown, disputes.Decided]:
        async with office() as desk:
            decision = disputes.Decision(
                key or _key(dispute, message, f"{amount}".encode()),
                await _number(desk, dispute), amount, message,
            )  # fmt: skip
            done = await disputes.decide_dispute(
                desk, actor=person(), decision=decision, now=datetime.now(UTC), dry_run=dry_run
            )
            return await _shown(desk, [done.dispute]), done

    shown, done = run(work)
    _tell(
        shown, as_json=as_json, decidedAs=done.state.value, replayed=done.replayed, dryRun=dry_run
    )


def expire_disputes(dry_run: DryRun = False, as_of: AsOf = None, as_json: Json = False) -> None:
    """End the disputes whose deadline has passed in silence. `coalition worker` does so, too."""
    now = moment(as_of)

    async def work() -> _Shown:
        async with office() as desk:
            ended = [
                one
                async for one in disputes.expire_disputes(
                    desk, actor=person(), now=now, dry_run=dry_run
                )
            ]
            return await _shown(desk, ended)

    shown = run(work)
    if as_json:
        ended = [shown.as_dict(one) for one in shown.found]
        typer.echo(json.dumps({"ended": len(ended), "dryRun": dry_run, "disputes": ended}))
        return
    if shown.found:
        console.print(disputes_table(shown.found, shown.ids, shown.codes, now))
    what = "to be ended" if dry_run else "ended"
    console.print(f"Disputes {what}: {len(shown.found)}")


def _tell(shown: _Shown, *, as_json: bool, **more: object) -> None:
    (one,) = shown.found
    if as_json:
        typer.echo(json.dumps(shown.as_dict(one) | more))
        return
    console.print(disputes_table(shown.found, shown.ids, shown.codes, datetime.now(UTC)))
    if more.get("replayed"):
        console.print("This had been done before; nothing has changed.")


async def _shown(desk: Office, found: list[disputes.Dispute]) -> _Shown:
    seal = (await load_keys(desk.database)).seal
    return _Shown(
        found,
        {one.id: seal.seal(Kind.DISPUTE, one.id) for one in found},
        {one.id: one.code for one in (await desk.terms()).partners},
    )


async def _number(desk: Office, dispute: str) -> int:
    try:
        return (await load_keys(desk.database)).seal.open(Kind.DISPUTE, dispute)[0]
    except NotAnId:
        raise DisputeNotFound("No such dispute.") from None


def _key(dispute: str, message: str, more: bytes | None) -> str:
    return hashlib.sha256(b"\0".join((dispute.encode(), message.encode(), more or b""))).hexdigest()


def _amount(text: str, option: str) -> Decimal:
    found = decimal_in(text)
    if found is None:
        raise Misconfigured(f"{option} {text} is not an amount, like 12.50.")
    return found


def _evidence(path: Path) -> disputes.Evidence:
    """One byte more than is allowed is enough to refuse it."""
    with path.open("rb") as opened:
        content = opened.read(LARGEST + 1)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return disputes.Evidence(path.name, kind, content)


def _step_as_dict(one: disputes.DisputeStep) -> dict[str, object]:
    return {
        "at": one.occurred_at.isoformat(),
        "side": one.side.value,
        "kind": one.kind.value,
        "state": one.state.value,
        "round": one.round,
        "reason": one.reason,
        "amount": None if one.amount is None else f"{one.amount.amount}",
        "message": one.message,
        "isLate": one.is_late,
        "evidence": one.evidence_name,
        "evidenceHash": one.evidence_hash,
    }
