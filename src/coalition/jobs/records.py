"""The table of jobs, which only functions of the schema `verbs` read and write; and the seals,
which the database itself makes and the check of the books reads.
"""

import sqlalchemy as sa

from coalition.kit.database import metadata

MOMENT = sa.TIMESTAMP(timezone=True)

job = sa.Table(
    "job",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("next_at", MOMENT, nullable=False),
    sa.Column("started_at", MOMENT),
    sa.Column("finished_at", MOMENT),
    sa.Column("outcome", sa.Text),
    sa.Column("detail", sa.Text),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("holder", sa.Uuid),
    sa.Column("leased_until", MOMENT),
)

seal = sa.Table(
    "seal",
    metadata,
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),  # of the row that it is of
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
