"""Bulk awards: files of purchases, what came of each row, and the jobs that time starts."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"

# Not books: a bulk award is worked on, so its row changes; what it posts is in the books.
TABLES = {
    "bulk_award": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        partner_id int NOT NULL REFERENCES partner (id),
        claim uuid NOT NULL UNIQUE,
        request_hash uuid NOT NULL,
        format text NOT NULL CHECK (format IN ('NDJSON', 'CSV')),
        compression text NOT NULL CHECK (compression IN ('NONE', 'GZIP')),
        file_name text,
        announced_sha256 bytea CHECK (octet_length(announced_sha256) = 32),
        announced_rows int CHECK (announced_rows > 0),
        client_id text NOT NULL,
        built_in boolean NOT NULL,
        store_code text,
        terminal_code text,
        state text NOT NULL DEFAULT 'UPLOADING' CHECK
          (state IN ('UPLOADING', 'CHECKING', 'AWARDING', 'DONE', 'REJECTED', 'CANCELLED')),
        upload uuid,
        bytes bigint,
        chunks int,
        sha256 bytea,
        rows int,
        next_place int NOT NULL DEFAULT 1,
        awarded int NOT NULL DEFAULT 0,
        replayed int NOT NULL DEFAULT 0,
        rejected int NOT NULL DEFAULT 0,
        points bigint NOT NULL DEFAULT 0,
        reason_code text,
        reason text,
        reason_line int,
        holder uuid,
        leased_until timestamptz,
        served_at timestamptz,
        not_before timestamptz,
        created_at timestamptz NOT NULL,
        uploaded_at timestamptz,
        started_at timestamptz,
        finished_at timestamptz,
        results_gone_at timestamptz,
        CHECK (awarded + replayed + rejected = next_place - 1),
        CHECK (state <> 'DONE' OR next_place = rows + 1),
        CHECK ((finished_at IS NOT NULL) = (state IN ('DONE', 'REJECTED', 'CANCELLED')))""",
    "bulk_chunk": """
        bulk_id bigint NOT NULL REFERENCES bulk_award (id),
        upload uuid NOT NULL,
        place int NOT NULL,
        partner_id int NOT NULL,
        data bytea NOT NULL,
        PRIMARY KEY (bulk_id, upload, place)""",
    "bulk_result": """
        bulk_id bigint NOT NULL REFERENCES bulk_award (id),
        place int NOT NULL,
        partner_id int NOT NULL,
        line int NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('AWARDED', 'REPLAYED', 'REJECTED')),
        idempotency_key text,
        reference text,
        member_id bigint,
        seq int,
        points bigint,
        code text,
        message text,
        field text,
        PRIMARY KEY (bulk_id, place),
        CHECK ((outcome = 'REJECTED') = (code IS NOT NULL)),
        CHECK ((outcome = 'REJECTED') = (seq IS NULL))""",
}
# Nobody is granted anything on it: the worker asks functions.
JOB = """
CREATE TABLE job (
  name text PRIMARY KEY,
  next_at timestamptz NOT NULL,
  started_at timestamptz,
  finished_at timestamptz,
  outcome text CHECK (outcome IN ('DONE', 'FAILED')),
  detail text,
  failures int NOT NULL DEFAULT 0,
  holder uuid,
  leased_until timestamptz
)
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT ON {name} TO coalition_app, coalition_reader")
        op.execute(
            f"CREATE POLICY sees ON {name} FOR SELECT TO coalition_app"
            f" USING (partner_id = {PARTNER})"
        )
        op.execute(f"CREATE POLICY reads ON {name} FOR SELECT TO coalition_reader USING (true)")
    # What is sent is compressed already, or is read once: compressing it again costs more.
    op.execute("ALTER TABLE bulk_chunk ALTER COLUMN data SET STORAGE EXTERNAL")
    op.execute("CREATE INDEX bulk_award_of_partner ON bulk_award (partner_id, id)")
    op.execute(
        "CREATE INDEX bulk_award_at_work ON bulk_award (id)"
        " WHERE state IN ('UPLOADING', 'CHECKING', 'AWARDING')"
    )
    op.execute(
        "CREATE INDEX bulk_result_rejected ON bulk_result (bulk_id, place)"
        " WHERE outcome = 'REJECTED'"
    )
    op.execute(JOB)
    op.execute("ALTER TABLE job ENABLE ROW LEVEL SECURITY")


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
