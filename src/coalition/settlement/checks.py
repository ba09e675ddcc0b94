"""Do statements say what the books say? All of them, and again from the entries themselves."""

from coalition.kit.database import EVERYTHING
from coalition.ledger import Broken, Check, Period, all_periods, broken_laws
from coalition.partners import Office
from coalition.settlement.drafts import draft_statements
from coalition.settlement.errors import BooksDoNotBalance
from coalition.settlement.laws import checks_of_period
from coalition.settlement.queries import StatementFilter, list_statements
from coalition.settlement.statement import empty_statement
from coalition.settlement.states import BEFORE_STATEMENTS

REPRODUCED = Check("I12", "Closing a closed period again would give every statement's hash", "")


async def uphold_laws(office: Office, period: Period) -> None:
    """The laws of one calculated period. Raises `BooksDoNotBalance` with what breaks them."""
    checks = checks_of_period(period.id)
    broken = [one async for one in broken_laws(office.database, checks) if one.rows]
    if broken:
        raise BooksDoNotBalance(
            f"{period.label} is not published: {broken[0].rows[0]}. Run `coalition books check`.",
            field=("label",),
        )


async def unreproducible_statements(office: Office) -> Broken:
    """Derive every statement of every closed period once more and compare the hashes."""
    await office.read_terms()
    terms = await office.terms()
    async with office.database.reading(EVERYTHING) as connection:
        periods = [
            one for one in await all_periods(connection) if one.state not in BEFORE_STATEMENTS
        ]
    different = []
    for period in periods:
        drafts = await draft_statements(office, period, of_everybody=True)
        async with office.database.reading(EVERYTHING) as connection:
            issued = await list_statements(connection, StatementFilter(period_id=period.id))
        stands = {(one.partner_id, one.net.currency): one for one in issued}
        again = {(one.partner_id, one.currency): one for one in drafts}
        for key in sorted(again.keys() | stands.keys()):
            one, other = stands.get(key), again.get(key)
            if one is not None and other is None and not one.lines:
                # It shows what was owed from before: what is still owed by now says nothing of it.
                other = empty_statement(period.label, terms.partner(key[0]), key[1])
            # A brand may join or leave after a close: only what has lines must have a statement.
            if one is None and other is not None and not other.lines:
                continue
            if one is None or other is None or one.hash != other.hash:
                number = one.number if one else other.number if other else ""
                different.append(
                    f"statement {number}: issued as {one.hash[:16] if one else 'none'}, entries"
                    f" give {other.hash[:16] if other else 'none'}"
                )
    return Broken(REPRODUCED, tuple(different))
