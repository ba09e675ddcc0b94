"""Disputes against a line of a statement: rounds, deadlines, evidence, and what is authorised."""

from coalition.disputes.answer_dispute import Answer, Answered, answer_dispute
from coalition.disputes.checks import DISPUTE_CHECKS
from coalition.disputes.decide_dispute import Decided, Decision, decide_dispute
from coalition.disputes.dispute_items import ItemsDispute, dispute_items
from coalition.disputes.evidence import Evidence
from coalition.disputes.expire_disputes import expire_disputes
from coalition.disputes.ladder import DisputeState, Reason, Side, Standing, StepKind
from coalition.disputes.open_dispute import Disputed, DisputeRequest, open_dispute
from coalition.disputes.queries import (
    Dispute,
    DisputeFilter,
    DisputeStep,
    evidence_of,
    items_of_dispute,
    list_disputes,
    steps_of_dispute,
)
from coalition.disputes.warn_of_disputes import warn_of_disputes
from coalition.disputes.withdraw_dispute import Withdrawal, Withdrawn, withdraw_dispute

__all__ = [
    "DISPUTE_CHECKS",
    "Answer",
    "Answered",
    "Decided",
    "Decision",
    "Dispute",
    "DisputeFilter",
    "DisputeRequest",
    "DisputeState",
    "DisputeStep",
    "Disputed",
    "Evidence",
    "ItemsDispute",
    "Reason",
    "Side",
    "Standing",
    "StepKind",
    "Withdrawal",
    "Withdrawn",
    "answer_dispute",
    "decide_dispute",
    "dispute_items",
    "evidence_of",
    "expire_disputes",
    "items_of_dispute",
    "list_disputes",
    "open_dispute",
    "steps_of_dispute",
    "warn_of_disputes",
    "withdraw_dispute",
]
