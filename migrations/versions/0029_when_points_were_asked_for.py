"""When the coalition was asked for points, by its own clock: what limits of spending count by."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# A capture spends what was asked for with its hold.
ASKED = {
    "hold": "UPDATE hold SET asked_at = recorded_at",
    "redemption": """UPDATE redemption r SET asked_at = coalesce(
      (SELECT h.recorded_at FROM hold h WHERE h.member_id = r.member_id AND h.seq = r.hold_seq),
      r.recorded_at)""",
}
# What refuses a change of each table, and what would seal whatever stands in it.
TRIGGERS = {"hold": ("sealed",), "redemption": ("append_only", "sealed")}
# A row that was changed behind our back has no seal that fits it, and gets none here.
SEALS = """UPDATE seal s SET hash = row_hash(to_jsonb(t)) FROM {table} t
  WHERE s.table_name = '{table}' AND s.key = row_key(to_jsonb(t), 'member_id', 'seq')
    AND s.hash = row_hash(to_jsonb(t) - 'asked_at')"""
# Every spending asks what its member has spent in the last hour, or month.
INDEX = """-- squawk-ignore require-concurrent-index-creation
CREATE INDEX redemption_asked ON redemption (member_id, asked_at)"""
FROZEN = (
    "DROP TRIGGER frozen ON hold",
    """CREATE TRIGGER frozen BEFORE UPDATE OF member_id, seq, partner_id, agreement_id, claim,
      points, reference, expires_at, asked_at ON hold
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Every hold and every redemption is written anew, once, while nobody spends.
    op.execute("SET LOCAL statement_timeout = '30min'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    # As seals are made.
    op.execute("SET LOCAL timezone = 'UTC'")
    op.execute("SET LOCAL bytea_output = 'hex'")
    for table, backfill in ASKED.items():
        op.execute(f"ALTER TABLE {table} ADD COLUMN asked_at timestamptz")
        for trigger in TRIGGERS[table]:
            op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        op.execute(backfill)
        op.execute(SEALS.format(table=table))
        for trigger in TRIGGERS[table]:
            op.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
        op.execute(
            "-- squawk-ignore adding-not-nullable-field\n"
            f"ALTER TABLE {table} ALTER COLUMN asked_at SET NOT NULL"
        )
    for statement in (INDEX, *FROZEN):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
