"""The law of seals: each row that the application wrote is as the application wrote it.

Entries have their chain and lots the entries that made them. Every other row of the books, of the
terms and of what was made of them has a seal, which the database makes for what the application
writes and for nobody else (migration 0017).
"""

from collections.abc import Mapping, Sequence

from coalition.ledger import Check

# table -> its primary key
SEALED: Mapping[str, Sequence[str]] = {
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
    "pack_billed": ("pack_id",),
    "reconciliation_terms": ("partner_id",),
    "allowance": ("partner_id", "kind"),
    "member": ("member_id",),
    "identifier": ("kind", "partner_id", "value"),
    "award_reversal": ("member_id", "seq"),
    "hold": ("member_id", "seq"),
    "redemption": ("member_id", "seq"),
    "refund": ("member_id", "seq"),
    "cost_share": ("member_id", "seq", "lot_seq"),
    "reward": ("id",),
    "reward_version": ("reward_id", "version"),
    "reward_claim": ("member_id", "seq"),
    "voucher_gift": ("id",),
    "prize_draw": ("reward_id",),
    "household": ("id",),
    "household_member": ("id",),
    "household_invitation": ("id",),
    "household_act": ("claim",),
    "transfer": ("id",),
    "passage": ("to_member_id", "to_seq"),
    "opening": ("id",),
    "opening_issuer": ("opening_id", "issuer_id"),
    "opening_lot": ("member_id", "seq"),
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
    "bank_statement": ("id",),
    "dispute": ("id",),
    "dispute_step": ("id",),
    "dispute_item": ("dispute_id", "item_id"),
    "reconciliation_file": ("id",),
    "reconciliation_side": ("file_id", "side"),
    "reconciliation_item": ("id",),
}


def unsealed_rows(name: str) -> str:
    """The query of the rows of a table that are not as they were sealed."""
    key = ", ".join(f"'{one}'" for one in SEALED[name])
    return f"""
        SELECT format('%s %s: %s', replace('{name}', '_', ' '), coalesce(t.key, s.key), CASE
                      WHEN t.key IS NULL THEN 'it was removed'
                      WHEN s.key IS NULL THEN 'the application did not write it'
                      ELSE 'it is not what the application wrote' END)
          FROM (SELECT row_key(to_jsonb(r), {key}) AS key, row_hash(to_jsonb(r)) AS hash
                  FROM {name} r) t
          FULL JOIN (SELECT key, hash FROM seal WHERE table_name = '{name}') s ON s.key = t.key
         WHERE s.hash IS DISTINCT FROM t.hash"""  # noqa: S608 - names of ours


SEALS_HOLD = Check(
    "LE9",
    "Each row that is no entry is as the application wrote it, and none is missing",
    "\n        UNION ALL".join(map(unsealed_rows, SEALED)),
)
