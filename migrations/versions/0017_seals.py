"""A seal on each row that is no entry: whoever changes one behind our back is found."""

from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

# The hash of a row as the application last wrote it; `key` is its primary key, in its order.
SEAL = """CREATE TABLE seal (
  table_name text NOT NULL,
  key text NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (table_name, key)
)"""

# Without the columns that are null: one that is added later changes no seal.
TEXT = """
CREATE FUNCTION row_hash(p_row jsonb) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256(convert_to(jsonb_strip_nulls(p_row)::text, 'UTF8'))"""
KEY = """
CREATE FUNCTION row_key(p_row jsonb, VARIADIC p_columns text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT string_agg(p_row ->> c.name, '/' ORDER BY c.place)
          FROM unnest(p_columns) WITH ORDINALITY AS c (name, place))"""

# Fired for what the owner writes: that is who the verbs and the administering commands write as.
# What somebody else writes, with whatever rights, gets no seal.
SEAL_ROW = """
CREATE FUNCTION seal_row() RETURNS trigger LANGUAGE plpgsql
SET search_path = coalition, pg_temp SET timezone = 'UTC' SET bytea_output = 'hex' AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM seal WHERE table_name = TG_TABLE_NAME
       AND key = row_key(to_jsonb(OLD), VARIADIC TG_ARGV);
  ELSE
    INSERT INTO seal (table_name, key, hash)
    VALUES (TG_TABLE_NAME, row_key(to_jsonb(NEW), VARIADIC TG_ARGV), row_hash(to_jsonb(NEW)))
    ON CONFLICT (table_name, key) DO UPDATE SET hash = excluded.hash;
  END IF;
  RETURN NULL;
END $$"""

# For a migration: a table's rows as they stand are sealed, the first time or again.
SEAL_TABLE = """
CREATE FUNCTION seal_table(p_table text, VARIADIC p_columns text[]) RETURNS void LANGUAGE plpgsql
SET search_path = coalition, pg_temp SET timezone = 'UTC' SET bytea_output = 'hex' AS $$
BEGIN
  EXECUTE format('DROP TRIGGER IF EXISTS sealed ON %I', p_table);
  EXECUTE format('CREATE TRIGGER sealed AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW'
    ' WHEN (current_user = ''coalition_owner'') EXECUTE FUNCTION seal_row(%s)', p_table,
    (SELECT string_agg(quote_literal(c), ', ') FROM unnest(p_columns) AS c));
  DELETE FROM seal WHERE table_name = p_table;
  EXECUTE format('INSERT INTO seal (table_name, key, hash) SELECT %L, row_key(to_jsonb(t),'
    ' VARIADIC $1), row_hash(to_jsonb(t)) FROM %I t', p_table, p_table) USING p_columns;
END $$"""

TABLES = {
    # terms
    "programme": ("id",),
    "legal_entity": ("id",),
    "entity_details": ("legal_entity_id",),
    "partner": ("id",),
    "contract": ("partner_id",),
    "store": ("partner_id", "code"),
    "agreement": ("id",),
    "promotion": ("id",),
    "promotion_share": ("promotion_id", "partner_id"),
    "prepaid_pack": ("id",),
    "reconciliation_terms": ("partner_id",),
    "allowance": ("partner_id", "kind"),
    # whose points they are
    "member": ("member_id",),
    "identifier": ("kind", "partner_id", "value"),
    # what stands behind entries
    "award_reversal": ("member_id", "seq"),
    "hold": ("member_id", "seq"),
    "redemption": ("member_id", "seq"),
    "refund": ("member_id", "seq"),
    "opening": ("id",),
    "opening_issuer": ("opening_id", "issuer_id"),
    "opening_lot": ("member_id", "seq"),
    # periods and what was made of them
    "period": ("id",),
    "period_step": ("id",),
    "period_gate": ("id",),
    "gate_waiver": ("gate_id", "person"),
    "period_approval": ("period_id", "person", "figures"),
    "period_head": ("period_id",),
    "settlement_run": ("id",),
    "statement": ("id",),
    "statement_line": ("statement_id", "line"),
    "statement_document": ("statement_id",),
    "money_entry": ("id",),
    "adjustment": ("id",),
    "fx_rate": ("id",),
    "fx_exchange": ("id",),
    "net_position": ("id",),
    "issuer_roll": ("period_id", "issuer_id"),
    "cohort_roll": ("period_id", "issuer_id", "agreement_id", "earned_in", "used_in"),
    "invoice": ("id",),
    "held_line": ("id",),
    "held_line_netted": ("held_line_id",),
    "payment_file": ("id",),
    "payment": ("id",),
    "bank_file": ("id",),
    "bank_entry": ("id",),
    "dispute": ("id",),
    "dispute_step": ("id",),
    "reconciliation_file": ("id",),
    "reconciliation_side": ("file_id", "side"),
    "reconciliation_item": ("id",),
}

# Lots of one last day are spent in the order in which they were earned. Nobody is served meanwhile.
LOTS = (
    "-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX lot_open",
    """-- squawk-ignore require-concurrent-index-creation
CREATE INDEX lot_open ON lot (member_id, expires_on, earned_at, seq) WHERE remaining > 0""",
)
# Until when a refund opened what had ended of the lots that it went back into.
REFUND = (
    "ALTER TABLE refund ADD COLUMN extends_to date",
    "ALTER TABLE refund DISABLE TRIGGER append_only",
    """UPDATE refund r SET extends_to = l.expires_on
      FROM (SELECT DISTINCT ON (l.member_id, l.seq) l.member_id, l.expires_on, u.seq
              FROM lot l
              JOIN lot_use u ON u.member_id = l.member_id AND u.lot_seq = l.seq
             WHERE l.extended_from IS NOT NULL AND u.debit = 30
             ORDER BY l.member_id, l.seq, u.seq DESC) l
     WHERE r.member_id = l.member_id AND r.seq = l.seq""",
    "ALTER TABLE refund ENABLE TRIGGER append_only",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Every row that is sealed is read, once.
    op.execute("SET LOCAL statement_timeout = '30min'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for statement in (*LOTS, *REFUND, SEAL, TEXT, KEY, SEAL_ROW, SEAL_TABLE):
        op.execute(statement)
    op.execute("ALTER TABLE seal ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT ON seal TO coalition_app, coalition_reader")
    op.execute("CREATE POLICY sees ON seal FOR SELECT TO coalition_app USING (false)")
    op.execute("CREATE POLICY reads ON seal FOR SELECT TO coalition_reader USING (true)")
    # Functions are everybody's until that is taken back; the check of the books needs two.
    op.execute("REVOKE ALL ON FUNCTION seal_row(), seal_table(text, text[]) FROM PUBLIC")
    op.execute("REVOKE ALL ON FUNCTION row_hash(jsonb), row_key(jsonb, text[]) FROM PUBLIC")
    op.execute(
        "GRANT EXECUTE ON FUNCTION row_hash(jsonb), row_key(jsonb, text[]) TO coalition_reader"
    )
    for name, columns in TABLES.items():
        op.execute(f"SELECT seal_table('{name}', {', '.join(repr(one) for one in columns)})")


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
