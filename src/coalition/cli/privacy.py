"""coalition privacy record, consents, erase."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from coalition import consents, privacy
from coalition.cli.running import console, office, person, run, settings
from coalition.kit.database import EVERYTHING
from coalition.members import IdentifierKind, KnownMember, MemberNotFound, known_member, ref_by
from coalition.partners import Office

app = typer.Typer(help="What is kept about members, and their rights.", no_args_is_help=True)
Card = Annotated[str, typer.Argument(help="The number of a card of the member.")]


@app.command()
def record() -> None:
    """Print the record of processing (GDPR, article 30), with what each brand gets, as JSON."""
    chosen = settings()
    keep = privacy.Retention(
        mail_days=chosen.mail_days,
        webhook_days=chosen.webhook_days,
        bulk_file_days=chosen.bulk_file_days,
        bulk_result_days=chosen.bulk_result_days,
        copy_hours=chosen.copy_hours,
        erasure_days=chosen.erasure_days,
    )

    async def work() -> dict[str, Any]:
        async with office() as desk:
            return await privacy.record_of_processing(desk, keep, now=datetime.now(UTC))

    typer.echo(json.dumps(run(work), ensure_ascii=False, indent=2))


@app.command("consents")
def show_consents(card: Card) -> None:
    """Print every decision of a member about consent, with the words that it was shown, as JSON."""

    async def work() -> list[dict[str, Any]]:
        async with office() as desk:
            member = await _member(desk, card)
            terms = await desk.terms()
            async with desk.database.reading(EVERYTHING) as connection:
                texts = await consents.texts_of(connection)
                found = await consents.list_consents(
                    connection, consents.ConsentFilter(member_id=member.member_id)
                )
        return [
            {
                "purpose": one.purpose.value,
                "partner": None if one.partner_id is None else terms.partner(one.partner_id).code,
                "given": one.given,
                "version": one.version,
                "locale": one.locale,
                "text": texts.text(one.purpose, one.locale, one.version).words,
                "textSha256": one.text_hash.hex(),
                "channel": one.channel.value,
                "decidedAt": one.decided_at.isoformat(),
                "recordedAt": one.recorded_at.isoformat(),
            }
            for one in found
        ]

    typer.echo(json.dumps(run(work), ensure_ascii=False, indent=2))


@app.command()
def erase(
    card: Card,
    lose_points: Annotated[int, typer.Option(help="How many points the member loses.")],
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Without days in which it can be taken back.")
    ] = False,
) -> None:
    """Have a member forgotten that wrote to you. Its points are lost, the books stay."""
    days = 0 if at_once else settings().erasure_days

    async def work() -> privacy.ErasureRecord:
        now = datetime.now(UTC)
        async with office() as desk:
            member = await _member(desk, card)
            asked = await privacy.ask_for_erasure(
                desk,
                actor=person(),
                member_id=member.member_id,
                lose_points=lose_points,
                after=timedelta(days=days),
                now=now,
            )
            if at_once:
                async for _ in privacy.erase_due(desk, now=now):
                    pass
        return asked

    asked = run(work)
    told = "is forgotten" if at_once else f"will be forgotten on {asked.due_at:%Y-%m-%d %H:%M} UTC"
    console.print(f"The member {told}. {asked.points:,} points are lost.", highlight=False)


async def _member(desk: Office, card: str) -> KnownMember:
    found = await known_member(
        desk.database, partner_id=None, ref=ref_by(IdentifierKind.CARD, card, ("card",))
    )
    if found is None:
        raise MemberNotFound(f"There is no member with the card {card!r}.")
    return found
