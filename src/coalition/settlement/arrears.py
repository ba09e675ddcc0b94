"""What brands owe from before in a currency in which a period gives them nothing."""

from collections.abc import Sequence

from coalition.kit.database import EVERYTHING
from coalition.ledger import Period
from coalition.partners import Office
from coalition.settlement.drafts import draft_statements
from coalition.settlement.money_entries import currencies_owed
from coalition.settlement.statement import StatementDraft, empty_statement


async def drafts_with_arrears(office: Office, period: Period) -> list[StatementDraft]:
    """The statements that a period gives, and of nothing in each other currency in which a brand
    that has one owes, or is owed. Whoever was netted in another currency and has not paid, or is
    not paid yet, would see that on none of its statements.
    """
    drafts = await draft_statements(office, period)
    async with office.database.reading(EVERYTHING) as connection:
        owed = await currencies_owed(connection)
    return [*drafts, *await _of_nothing(office, period, drafts, owed)]


async def _of_nothing(
    office: Office,
    period: Period,
    drafts: Sequence[StatementDraft],
    owed: Sequence[tuple[int, str]],
) -> list[StatementDraft]:
    terms = await office.terms()
    there = {(one.partner_id, one.currency) for one in drafts}
    brands = {one.partner_id for one in drafts}
    return [
        empty_statement(period.label, terms.partner(partner_id), currency)
        for partner_id, currency in owed
        if partner_id in brands and (partner_id, currency) not in there
    ]
