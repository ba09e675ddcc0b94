"""Points that go from member to member: households that spend together, and gifts."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

CHANGES = (
    # What a partners' file that says nothing of it says.
    """ALTER TABLE programme ADD COLUMN sharing jsonb NOT NULL DEFAULT
      '{"household": {"members": 7, "cool_down_days": 180, "invitation_days": 14},
        "gifts": {"least": 100, "most": 10000, "a_day": 10000, "a_year": 50000, "days": 7}}'""",
    (
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE entry DROP CONSTRAINT entry_moves_between_its_accounts"
    ),
    # The thirteen triples of before (0014), and those between a member and ON_THE_WAY. Not
    # validated: what is there was written under narrower laws.
    """ALTER TABLE entry ADD CONSTRAINT entry_moves_between_its_accounts CHECK (
      kind * 10000 + debit * 100 + credit = ANY ('{11020, 22010, 22210, 25010, 25110, 32022, 42021,
        52120, 62030, 62130, 73020, 82040, 91020, 102023, 112320, 122320}'::int[])) NOT VALID""",
    (
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE entry DROP CONSTRAINT entry_names_what_it_corrects"
    ),
    """ALTER TABLE entry ADD CONSTRAINT entry_names_what_it_corrects CHECK (
      (kind = ANY ('{2, 5, 7, 12}'::smallint[])) = (reverses IS NOT NULL)) NOT VALID""",
)
SIGNED = """
        client_id text NOT NULL,
        request_id uuid NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()"""

TABLES = {
    "household": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        founded_at timestamptz NOT NULL,
        ended_at timestamptz""",
    # A row per stay: whoever comes back has another one.
    "household_member": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        household_id bigint NOT NULL REFERENCES household (id),
        member_id bigint NOT NULL,
        role text NOT NULL CHECK (role IN ('OWNER', 'SPENDER', 'COLLECTOR', 'CHILD')),
        joined_at timestamptz NOT NULL,
        left_at timestamptz""",
    # `member_id` null: the card that was named is nobody's, which those who invite are not told.
    "household_invitation": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        household_id bigint NOT NULL REFERENCES household (id),
        member_id bigint,
        shown text NOT NULL,
        role text NOT NULL CHECK (role IN ('OWNER', 'SPENDER', 'COLLECTOR', 'CHILD')),
        invited_by bigint NOT NULL,
        invited_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        state text NOT NULL CHECK (state IN ('OPEN', 'ACCEPTED', 'DECLINED', 'WITHDRAWN')),
        decided_at timestamptz,
        CHECK ((state = 'OPEN') = (decided_at IS NULL))""",
    # What was done about a household, once per key.
    "household_act": f"""
        claim uuid PRIMARY KEY,
        request_hash uuid NOT NULL,
        household_id bigint NOT NULL REFERENCES household (id),
        member_id bigint NOT NULL,
        what text NOT NULL,
        subject_id bigint,{SIGNED}""",
    # Under way until it is accepted or comes back. Its points are the entries of the giver's ledger
    # from `first_seq` to `last_seq`.
    "transfer": f"""
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        claim uuid NOT NULL UNIQUE,
        request_hash uuid NOT NULL,
        from_member_id bigint NOT NULL,
        to_member_id bigint NOT NULL CHECK (to_member_id <> from_member_id),
        points bigint NOT NULL CHECK (points > 0),
        first_seq int NOT NULL,
        last_seq int NOT NULL CHECK (last_seq >= first_seq),
        sent_at timestamptz NOT NULL,
        returns_at timestamptz NOT NULL,
        state text NOT NULL CHECK (state IN ('PENDING', 'ACCEPTED', 'DECLINED', 'CANCELLED',
          'RETURNED')),
        decided_at timestamptz,{SIGNED},
        CHECK ((state = 'PENDING') = (decided_at IS NULL))""",
    # Each way of points out of a lot: the entry with which they left, and the one with which they
    # arrived. Those for a household go home again when they are not spent.
    "passage": """
        from_member_id bigint NOT NULL,
        from_seq int NOT NULL,
        to_member_id bigint NOT NULL,
        to_seq int NOT NULL,
        household_id bigint REFERENCES household (id),
        transfer_id bigint REFERENCES transfer (id),
        PRIMARY KEY (to_member_id, to_seq),
        UNIQUE (from_member_id, from_seq),
        CHECK ((household_id IS NULL) <> (transfer_id IS NULL))""",
}
SEALED = {
    "programme": ("id",),
    "household": ("id",),
    "household_member": ("id",),
    "household_invitation": ("id",),
    "household_act": ("claim",),
    "transfer": ("id",),
    "passage": ("to_member_id", "to_seq"),
}
APPEND_ONLY = ("household_act", "passage")
FROZEN = {
    "household": "id, founded_at",
    "household_member": "id, household_id, member_id, joined_at",
    "household_invitation": """id, household_id, member_id, shown, role, invited_by, invited_at,
      expires_at""",
    "transfer": """id, claim, request_hash, from_member_id, to_member_id, points, first_seq,
      last_seq, sent_at, returns_at, client_id, request_id, recorded_at""",
}
NEVER_REMOVED = ("household", "household_member", "household_invitation", "transfer")
INDEXES = (
    # In one household at a time.
    """CREATE UNIQUE INDEX household_member_now ON household_member (member_id)
      WHERE left_at IS NULL""",
    "CREATE INDEX household_member_of ON household_member (member_id, household_id)",
    "CREATE INDEX household_member_in ON household_member (household_id, member_id)",
    "CREATE INDEX household_invitation_in ON household_invitation (household_id, invited_at)",
    """CREATE INDEX household_invitation_to ON household_invitation (member_id)
      WHERE state = 'OPEN'""",
    "CREATE INDEX transfer_from ON transfer (from_member_id, sent_at, id)",
    "CREATE INDEX transfer_to ON transfer (to_member_id, sent_at, id)",
    "CREATE INDEX transfer_due ON transfer (returns_at) WHERE state = 'PENDING'",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for change in CHANGES:
        op.execute(change)
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT ON {name} TO coalition_app, coalition_reader")
        # What a member may know of them the functions of the schema `verbs` tell.
        op.execute(f"CREATE POLICY sees ON {name} FOR SELECT TO coalition_app USING (false)")
        op.execute(f"CREATE POLICY reads ON {name} FOR SELECT TO coalition_reader USING (true)")
    for name in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for name, columns in FROZEN.items():
        op.execute(
            f"CREATE TRIGGER frozen BEFORE UPDATE OF {columns} ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for name in NEVER_REMOVED:
        op.execute(
            f"CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for change in INDEXES:
        op.execute(change)
    for name, key in SEALED.items():
        columns = ", ".join(f"'{column}'" for column in key)
        op.execute(f"SELECT seal_table('{name}', {columns})")


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
