"""The table of jobs. Only functions of the schema `verbs` read and write it."""

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
