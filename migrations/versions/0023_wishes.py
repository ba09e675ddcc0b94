"""What a member saves for; and what happened to its account, found by who it is."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MEMBER = "NULLIF(current_setting('coalition.member', true), '')::bigint"
# One at a time: what one saves for is told, and not a list.
WISH = """
    member_id bigint PRIMARY KEY REFERENCES member (member_id),
    reward_id bigint NOT NULL REFERENCES reward (id),
    since timestamptz NOT NULL"""
# Of changes of members and not of postings: it is not long.
INDEX = """-- squawk-ignore require-concurrent-index-creation
CREATE INDEX member_change_of ON member_change (member_id, id)"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    op.execute(f"CREATE TABLE member_wish ({WISH})")
    op.execute("ALTER TABLE member_wish ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT ON member_wish TO coalition_app, coalition_reader")
    op.execute(
        "CREATE POLICY sees ON member_wish FOR SELECT TO coalition_app"
        f" USING (member_id = {MEMBER})"
    )
    op.execute("CREATE POLICY reads ON member_wish FOR SELECT TO coalition_reader USING (true)")
    op.execute(INDEX)


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
