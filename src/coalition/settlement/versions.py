"""Which version of a statement is in force."""

import sqlalchemy as sa

from coalition.kit.database import EVERYTHING
from coalition.partners import Office
from coalition.settlement.errors import StatementReplaced
from coalition.settlement.records import statement


async def replaced(office: Office, statement_id: int | None) -> StatementReplaced:
    """What refuses to dispute or to adjust a statement that another one has replaced."""
    old, new = statement.alias(), statement.alias()
    newer = statement.alias()
    query = (
        sa.select(old.c.number, new.c.number)
        .join(
            new,
            sa.and_(
                new.c.period_id == old.c.period_id,
                new.c.partner_id == old.c.partner_id,
                new.c.currency == old.c.currency,
            ),
        )
        .where(old.c.id == statement_id, ~sa.exists().where(newer.c.replaces == new.c.id))
    )
    async with office.database.reading(EVERYTHING) as connection:
        before, now = (await connection.execute(query)).one()
    return StatementReplaced(
        f"{before} was corrected: {now} is in force. Say it of a line of that one.",
        field=("line",),
    )
