"""The outbox: one event for each thing that was posted, written where it was posted."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"
MEMBER = "NULLIF(current_setting('coalition.member', true), '')::bigint"

# Read in the order of (transaction_id, id): a number from a sequence alone is handed out before
# its transaction commits, and who reads past it would never come back for it.
TABLE = """
CREATE TABLE event (
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id bigint GENERATED ALWAYS AS IDENTITY,
  kind smallint NOT NULL,
  partner_id int,
  member_id bigint,
  seq int,
  statement_id bigint,
  client_id text,
  request_id uuid,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (transaction_id, id),
  CHECK ((member_id IS NULL) = (statement_id IS NOT NULL))
)
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    op.execute(TABLE)
    # A request's id tells its moment: its events are found among those of that minute.
    op.execute("CREATE INDEX event_recorded ON event USING brin (recorded_at)")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("ALTER TABLE event ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT ON event TO coalition_app, coalition_reader")
    op.execute(
        "CREATE POLICY sees ON event FOR SELECT TO coalition_app"
        f" USING (partner_id = {PARTNER} OR member_id = {MEMBER})"
    )
    op.execute("CREATE POLICY reads ON event FOR SELECT TO coalition_reader USING (true)")


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
