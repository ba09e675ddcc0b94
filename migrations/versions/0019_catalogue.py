"""Rewards and what members claim of them; codes for the till; limits of spending, and its lock."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"
MEMBER = "NULLIF(current_setting('coalition.member', true), '')::bigint"

CHANGES = (
    # What a partners' file that says nothing of it says.
    """ALTER TABLE programme ADD COLUMN spending jsonb NOT NULL DEFAULT
      '{"drain": {"test_points": 10, "at_least": 100, "share": "0.5", "minutes": 60},
        "limits": [], "step_up_minutes": 10}'""",
    # From the lowest rank up: [{"code": ..., "name": ...}].
    "ALTER TABLE programme ADD COLUMN tiers jsonb NOT NULL DEFAULT '[]'",
    # The most that a reward may cost the pool per point; none: the price of a point.
    "ALTER TABLE contract ADD COLUMN reward_cost_limit numeric(20, 8)",
    "ALTER TABLE member ADD COLUMN tier text",
    "ALTER TABLE member ADD COLUMN spend_locked_at timestamptz",
    "ALTER TABLE member ADD COLUMN spend_confirmed_until timestamptz",
    # When the person who gave leave had last shown its password or a passkey.
    "ALTER TABLE oauth_grant ADD COLUMN proved_at timestamptz",
    # What a reward costs, frozen: minor units of the partner's currency. Null: points x price.
    "ALTER TABLE entry ADD COLUMN cost bigint",
    """ALTER TABLE entry ADD CONSTRAINT entry_costs_where_spent CHECK (
      cost IS NULL OR (kind = ANY ('{6,7}'::smallint[]) AND cost >= 0)) NOT VALID""",
    "ALTER TABLE redemption ADD COLUMN reward_id bigint",
    "ALTER TABLE redemption ADD COLUMN cost bigint",
)

KINDS = "('VOUCHER', 'GIFT_CARD', 'ITEM', 'CASH_BACK', 'DONATION', 'PRIZE_DRAW')"
SIGNED = """
        client_id text NOT NULL,
        request_id uuid NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()"""

TABLES = {
    # `stock`: how many are left; of those with codes, how many codes. Null: no end.
    "reward": f"""
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        partner_id int NOT NULL REFERENCES partner (id),
        code text NOT NULL,
        kind text NOT NULL CHECK (kind IN {KINDS}),
        version int NOT NULL,
        stock bigint CHECK (stock >= 0),
        withdrawn_at timestamptz,
        created_at timestamptz NOT NULL,
        UNIQUE (partner_id, code),
        CHECK (kind NOT IN ('VOUCHER', 'GIFT_CARD') OR stock IS NOT NULL)""",
    "reward_image": f"""
        hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
        media_type text NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg', 'image/webp')),
        width int NOT NULL,
        height int NOT NULL,
        content bytea NOT NULL CHECK (octet_length(content) <= 524288),{SIGNED}""",
    # What a reward said from one moment until its next version. Money in minor units of the
    # partner's currency.
    "reward_version": f"""
        reward_id bigint NOT NULL REFERENCES reward (id),
        version int NOT NULL,
        partner_id int NOT NULL REFERENCES partner (id),
        claim uuid NOT NULL UNIQUE,
        request_hash uuid NOT NULL,
        texts jsonb NOT NULL,
        category text,
        image_hash bytea REFERENCES reward_image (hash),
        points bigint NOT NULL CHECK (points > 0),
        money bigint CHECK (money > 0),
        currency text NOT NULL,
        per_member int CHECK (per_member > 0),
        from_at timestamptz,
        until_at timestamptz,
        tier text,
        place text NOT NULL CHECK (place IN ('ONLINE', 'STORE', 'BOTH')),
        face_value bigint CHECK (face_value > 0),
        cost_basis text NOT NULL CHECK (cost_basis IN ('PRICE', 'FACE_VALUE', 'NEGOTIATED')),
        cost bigint CHECK (cost >= 0),
        cancel_hours int NOT NULL CHECK (cancel_hours >= 0),
        valid_days int CHECK (valid_days > 0),
        winners int CHECK (winners > 0),
        charity text,{SIGNED},
        PRIMARY KEY (reward_id, version),
        CHECK (until_at > from_at),
        CHECK ((cost_basis = 'NEGOTIATED') = (cost IS NOT NULL)),
        CHECK (cost_basis <> 'FACE_VALUE' OR face_value IS NOT NULL)""",
    # `code_hash` is keyed, so that who reads the table cannot try codes; `sealed` is encrypted.
    "reward_code": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        reward_id bigint NOT NULL REFERENCES reward (id),
        partner_id int NOT NULL REFERENCES partner (id),
        code_hash bytea NOT NULL,
        sealed bytea NOT NULL,
        member_id bigint,
        claim_seq int,
        loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (partner_id, code_hash),
        UNIQUE (member_id, claim_seq),
        CHECK ((member_id IS NULL) = (claim_seq IS NULL))""",
    # At the place of its redemption in the member's ledger.
    "reward_claim": f"""
        member_id bigint NOT NULL,
        seq int NOT NULL,
        partner_id int NOT NULL,
        reward_id bigint NOT NULL,
        version int NOT NULL,
        kind text NOT NULL CHECK (kind IN {KINDS}),
        points bigint NOT NULL CHECK (points > 0),
        money bigint CHECK (money > 0),
        code_hash bytea,
        sealed_code bytea,
        claimed_at timestamptz NOT NULL,
        cancel_until timestamptz,
        valid_until timestamptz,
        state text NOT NULL CHECK (state IN ('CLAIMED', 'SENT', 'WON', 'LOST', 'DONE',
          'CANCELLED')),
        money_state text CHECK (money_state IN ('DUE', 'PAID', 'TO_REPAY', 'REPAID',
          'NOTHING_DUE')),
        changed_at timestamptz NOT NULL,
        note text,
        use_claim uuid UNIQUE,
        use_hash uuid,
        refund_seq int,
        ticket int,
        PRIMARY KEY (member_id, seq),
        FOREIGN KEY (reward_id, version) REFERENCES reward_version (reward_id, version),
        CHECK ((money IS NULL) = (money_state IS NULL)),
        CHECK ((code_hash IS NULL) = (sealed_code IS NULL)),
        CHECK ((kind IN ('VOUCHER', 'GIFT_CARD')) = (code_hash IS NOT NULL)),
        CHECK ((kind = 'PRIZE_DRAW') = (ticket IS NOT NULL)),
        UNIQUE (reward_id, ticket),
        CHECK ((state = 'CANCELLED') = (refund_seq IS NOT NULL))""",
    # `commitment` is the SHA-256 of `seed` and is shown from the beginning; the seed when drawn.
    # `tickets`: how many were given out, those that came back included.
    "prize_draw": """
        reward_id bigint PRIMARY KEY REFERENCES reward (id),
        partner_id int NOT NULL REFERENCES partner (id),
        commitment bytea NOT NULL CHECK (octet_length(commitment) = 32),
        seed bytea,
        drawn_at timestamptz,
        tickets int NOT NULL DEFAULT 0,
        winners int,
        CHECK ((seed IS NULL) = (drawn_at IS NULL))""",
    "prize_seed": """
        reward_id bigint PRIMARY KEY REFERENCES reward (id),
        seed bytea NOT NULL CHECK (octet_length(seed) = 32)""",
    # An entry's cost, shared among the lots that paid for it.
    "cost_share": """
        member_id bigint NOT NULL,
        seq int NOT NULL,
        lot_seq int NOT NULL,
        period_id int NOT NULL,
        issuer_id int NOT NULL,
        cost bigint NOT NULL CHECK (cost >= 0),
        PRIMARY KEY (member_id, seq, lot_seq)""",
    "till_token": """
        token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
        member_id bigint NOT NULL,
        partner_id int REFERENCES partner (id),
        is_confirmed boolean NOT NULL,
        issued_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        failures smallint NOT NULL DEFAULT 0""",
}
# Of what is owed; the programme once more, which has got columns with values.
SEALED = {
    "programme": ("id",),
    "reward": ("id",),
    "reward_version": ("reward_id", "version"),
    "reward_claim": ("member_id", "seq"),
    "prize_draw": ("reward_id",),
    "cost_share": ("member_id", "seq", "lot_seq"),
}
APPEND_ONLY = ("reward_image", "reward_version", "cost_share")
FROZEN = {
    "reward": "id, partner_id, code, kind, created_at",
    "reward_code": "id, reward_id, partner_id, code_hash, sealed",
    "reward_claim": """member_id, seq, partner_id, reward_id, version, kind, points, money,
      code_hash, sealed_code, claimed_at, cancel_until, valid_until, ticket""",
    "prize_draw": "reward_id, partner_id, commitment",
}
NEVER_REMOVED = ("reward", "reward_claim", "reward_code", "prize_draw")
INDEXES = (
    "CREATE INDEX reward_listed ON reward (partner_id, id)",
    "CREATE INDEX reward_code_free ON reward_code (reward_id, id) WHERE member_id IS NULL",
    "CREATE INDEX reward_claim_of ON reward_claim (reward_id, member_id)",
    "CREATE INDEX reward_claim_listed ON reward_claim (partner_id, claimed_at, member_id, seq)",
    """CREATE UNIQUE INDEX reward_claim_coded ON reward_claim (partner_id, code_hash)
      WHERE code_hash IS NOT NULL""",
    "CREATE INDEX till_token_of ON till_token (member_id)",
)
OWN = f"partner_id = {PARTNER}"
# The catalogue is for every member; a brand sees its own.
POLICIES = {
    "reward": f"{OWN} OR {MEMBER} IS NOT NULL",
    "reward_version": f"{OWN} OR {MEMBER} IS NOT NULL",
    "reward_image": "true",
    "prize_draw": f"{OWN} OR {MEMBER} IS NOT NULL",
    "reward_claim": f"{OWN} OR member_id = {MEMBER}",
}
# Read by functions of the schema `verbs` only, and by nobody else: not by the operator either.
HIDDEN = ("reward_code", "prize_seed", "till_token")
# Of codes the laws count how many there are, and not what they are.
COUNTED = "id, reward_id, partner_id, member_id, claim_seq"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for change in CHANGES:
        op.execute(change)
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        if name in HIDDEN:
            continue
        op.execute(f"GRANT SELECT ON {name} TO coalition_app, coalition_reader")
        sees = POLICIES.get(name, "false")
        op.execute(f"CREATE POLICY sees ON {name} FOR SELECT TO coalition_app USING ({sees})")
        op.execute(f"CREATE POLICY reads ON {name} FOR SELECT TO coalition_reader USING (true)")
    op.execute(f"GRANT SELECT ({COUNTED}) ON reward_code TO coalition_reader")
    op.execute("CREATE POLICY sees ON reward_code FOR SELECT TO coalition_app USING (false)")
    op.execute("CREATE POLICY reads ON reward_code FOR SELECT TO coalition_reader USING (true)")
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
