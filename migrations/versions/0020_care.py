"""Members looked after: consents, mails, verified addresses, copies of their data, erasure."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"
MEMBER = "NULLIF(current_setting('coalition.member', true), '')::bigint"

COLUMNS = (
    # Until when nothing is spent after the e-mail address or what it is signed in with changed.
    "ALTER TABLE member ADD COLUMN spend_paused_until timestamptz",
    # When the mail server of the address said that it takes nothing for it.
    "ALTER TABLE login ADD COLUMN mail_refused_at timestamptz",
)

# append-only
GROWING = {
    "consent_text": """
        purpose text NOT NULL CHECK (purpose IN ('PROGRAMME_MAILS', 'MARKETING', 'PROFILING')),
        version int NOT NULL CHECK (version > 1),
        locale text NOT NULL,
        text text NOT NULL,
        client_id text NOT NULL,
        request_id uuid NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (purpose, version, locale)""",
    # The last row of a member, purpose and brand counts.
    "consent": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        member_id bigint NOT NULL REFERENCES member (member_id),
        purpose text NOT NULL CHECK (purpose IN ('PROGRAMME_MAILS', 'MARKETING', 'PROFILING')),
        partner_id int REFERENCES partner (id),
        given boolean NOT NULL,
        version int NOT NULL CHECK (version > 0),
        locale text NOT NULL,
        text_hash bytea NOT NULL CHECK (octet_length(text_hash) = 32),
        channel text NOT NULL
          CHECK (channel IN ('SIGN_UP', 'MEMBER', 'SUPPORT', 'LINK', 'ERASURE')),
        client_id text NOT NULL,
        request_id uuid NOT NULL,
        decided_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CHECK (purpose <> 'PROGRAMME_MAILS' OR partner_id IS NULL)""",
}
POLICIES = {
    "consent_text": "true",
    "consent": f"partner_id = {PARTNER} OR member_id = {MEMBER}",
    "mail_preference": f"member_id = {MEMBER}",
    "quiet_hours": f"member_id = {MEMBER}",
}
OF_MEMBERS = {
    # Only what differs from what a kind of mail does by itself.
    "mail_preference": """
        member_id bigint NOT NULL REFERENCES member (member_id),
        kind text NOT NULL,
        channel text NOT NULL CHECK (channel IN ('EMAIL', 'NONE')),
        PRIMARY KEY (member_id, kind)""",
    # In the member's own time zone; it may reach over midnight.
    "quiet_hours": """
        member_id bigint PRIMARY KEY REFERENCES member (member_id),
        quiet_from time NOT NULL,
        quiet_until time NOT NULL CHECK (quiet_until <> quiet_from)""",
}
# Nobody is granted anything on these: the verbs' functions alone read and write them.
HIDDEN = {
    # One mail to one person. `source`: what it tells of; each is told once. `address`: where to,
    # when that is not the address that the login has when it is sent. `rank`: 0 goes first.
    "mail": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL,
        source text NOT NULL,
        member_id bigint REFERENCES member (member_id),
        login_id bigint REFERENCES login (id),
        address text,
        locale text,
        facts jsonb NOT NULL,
        rank smallint NOT NULL CHECK (rank BETWEEN 0 AND 2),
        state text NOT NULL DEFAULT 'waiting'
          CHECK (state IN ('waiting', 'sent', 'dropped', 'dead')),
        reason text,
        answer text,
        tries smallint NOT NULL DEFAULT 0,
        written_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        best_before timestamptz NOT NULL,
        tried_at timestamptz,
        lease uuid,
        leased_until timestamptz,
        UNIQUE (kind, source)""",
    # Where in the feed of events mails are written from.
    "mail_cursor": """
        id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
        transaction_id bigint NOT NULL,
        event_id bigint NOT NULL""",
    # Which last days of points a member was reminded of, at which number of days before.
    "expiry_reminder": """
        member_id bigint NOT NULL REFERENCES member (member_id),
        expires_on date NOT NULL,
        days_before smallint NOT NULL,
        PRIMARY KEY (member_id, expires_on, days_before)""",
    # From where a login has been used: a keyed hash of browser family, system and network.
    "known_device": """
        login_id bigint NOT NULL REFERENCES login (id),
        device_hash bytea NOT NULL,
        first_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        PRIMARY KEY (login_id, device_hash)""",
    # What somebody asked for and must confirm from its mailbox. The token in the mail is derived
    # from the row: what could be used is not here.
    "verification": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        purpose text NOT NULL CHECK (purpose IN ('SIGN_UP', 'NEW_ADDRESS', 'NEW_PASSWORD')),
        email text NOT NULL,
        login_id bigint REFERENCES login (id),
        content jsonb NOT NULL,
        asked_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz""",
    # With which a card is claimed that was used before its holder signed up.
    "card_code": """
        card text PRIMARY KEY,
        code_hash bytea NOT NULL,
        partner_id int REFERENCES partner (id),
        tries smallint NOT NULL DEFAULT 0,
        expires_at timestamptz NOT NULL""",
    # A copy of everything about a member, for the member.
    "data_copy": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        member_id bigint NOT NULL REFERENCES member (member_id),
        state text NOT NULL DEFAULT 'waiting'
          CHECK (state IN ('waiting', 'ready', 'ended')),
        asked_at timestamptz NOT NULL,
        ready_at timestamptz,
        expires_at timestamptz,
        fetched_at timestamptz,
        content bytea,
        lease uuid,
        leased_until timestamptz,
        CHECK ((state = 'ready') = (content IS NOT NULL))""",
    # That a member wants to be forgotten, and what came of it.
    "erasure": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        member_id bigint NOT NULL REFERENCES member (member_id),
        state text NOT NULL DEFAULT 'waiting'
          CHECK (state IN ('waiting', 'withdrawn', 'done')),
        points bigint NOT NULL,
        asked_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        ended_at timestamptz,
        client_id text NOT NULL,
        request_id uuid NOT NULL,
        CHECK ((state = 'waiting') = (ended_at IS NULL))""",
}
INDEXES = (
    "CREATE INDEX consent_of ON consent (member_id, purpose, id)",
    "CREATE INDEX consent_to ON consent (partner_id, purpose, id)",
    "CREATE INDEX mail_due ON mail (rank, due_at, id) WHERE state = 'waiting'",
    "CREATE INDEX mail_tried ON mail (tried_at) WHERE tried_at IS NOT NULL",
    "CREATE INDEX mail_of_member ON mail (member_id)",
    "CREATE INDEX verification_of ON verification (email)",
    "CREATE INDEX verification_ending ON verification (expires_at)",
    "CREATE UNIQUE INDEX data_copy_waiting ON data_copy (member_id) WHERE state = 'waiting'",
    "CREATE INDEX data_copy_of ON data_copy (member_id, id)",
    "CREATE UNIQUE INDEX erasure_waiting ON erasure (member_id) WHERE state = 'waiting'",
    # A migration is one transaction, so not CONCURRENTLY; who signs in waits for a moment.
    """-- squawk-ignore require-concurrent-index-creation
CREATE INDEX login_of_member ON login (member_id) WHERE member_id IS NOT NULL""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for change in COLUMNS:
        op.execute(change)
    for name, columns in (GROWING | OF_MEMBERS | HIDDEN).items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    for name in GROWING:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for name, sees in POLICIES.items():
        op.execute(f"GRANT SELECT ON {name} TO coalition_app, coalition_reader")
        op.execute(f"CREATE POLICY sees ON {name} FOR SELECT TO coalition_app USING ({sees})")
        op.execute(f"CREATE POLICY reads ON {name} FOR SELECT TO coalition_reader USING (true)")
    # Why something was done to a member is free text about a person: erasure takes it away, and
    # nothing else about the row.
    op.execute("DROP TRIGGER append_only ON member_change")
    op.execute(
        "CREATE TRIGGER frozen BEFORE UPDATE OF id, claim, request_hash, member_id, what,"
        " partner_id, client_id, recorded_at ON member_change"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON member_change"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for index in INDEXES:
        op.execute(index)


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
