"""The operator's record of processing (GDPR, article 30): what is done with whose data, why, who
gets it, and how long it is kept. What the program does is written here; what differs from one
coalition to another is read from its terms and settings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coalition.kit.database import Database
from coalition.outbox import EventKind
from coalition.partners import LegalEntity, Office, Partner


@dataclass(frozen=True, slots=True)
class Retention:
    """In days, as the settings say; copies in hours."""

    mail_days: int
    webhook_days: int
    bulk_file_days: int
    bulk_result_days: int
    copy_hours: int
    erasure_days: int


async def record_of_processing(
    office: Office, retention: Retention, *, now: datetime
) -> dict[str, Any]:
    """As JSON. Raises `Unavailable`, `Misconfigured` without a programme."""
    terms = await office.terms()
    register = await _register(office.database)
    return {
        "programme": terms.programme.name,
        "asOf": now.isoformat(),
        "controller": _controller(terms.operator_entity),
        "activities": _activities(retention),
        "sharing": [_of_partner(one, register.get(one.id, {})) for one in terms.partners],
    }


def _controller(entity: LegalEntity | None) -> Mapping[str, str | None] | None:
    """None: the partners' file names no legal entity of the operator."""
    if entity is None:
        return None
    return {
        "name": entity.name,
        "street": entity.street,
        "postcode": entity.postcode,
        "city": entity.city,
        "country": entity.country,
    }


async def _register(database: Database) -> dict[int, Mapping[str, Any]]:
    rows = await database.call("sharing_register")
    return {row["partner_id"]: dict(row) for row in rows}


def _of_partner(partner: Partner, found: Mapping[str, Any]) -> dict[str, Any]:
    """What a brand gets, as it stands."""
    return {
        "partner": partner.code,
        "name": partner.name,
        "legalEntity": partner.entity.name if partner.entity else None,
        "country": partner.entity.country if partner.entity else None,
        "role": "controller of its own notes and mails; joint controller of the programme",
        "membersLinked": found.get("members", 0),
        "ownIdentifiers": found.get("identifiers", 0),
        "marketingConsents": found.get("marketing", 0),
        "profilingConsents": found.get("profiling", 0),
        "programsOfMembers": found.get("permissions", 0),
        "webhookEvents": [EventKind(one).name for one in found.get("events", [])],
    }


def _activities(keep: Retention) -> Sequence[Mapping[str, Any]]:
    until_erased = "until the member is erased"
    return [
        {
            "activity": "membership and points",
            "purpose": "collecting and spending points",
            "legalBasis": "contract (GDPR 6(1)(b))",
            "role": "controller, jointly with the brand where points are collected or spent",
            "dataSubjects": "members",
            "categories": ["name", "language", "time zone", "cards", "purchases", "movements"],
            "recipients": "the brand concerned, its own part only",
            "retention": f"{until_erased}; the books stay, about a number",
        },
        {
            "activity": "settlement with brands",
            "purpose": "billing what points cost, and proof of it",
            "legalBasis": "legal obligation (GDPR 6(1)(c)): accounts",
            "role": "controller",
            "dataSubjects": "members, by number",
            "categories": ["movements of points"],
            "recipients": "the brand concerned, tax authorities, auditors",
            "retention": "as accounts are kept; append-only",
        },
        {
            "activity": "accounts and signing in",
            "purpose": "letting members, brands' and the operator's staff in, and nobody else",
            "legalBasis": "contract (GDPR 6(1)(b)), security (6(1)(f))",
            "role": "controller",
            "dataSubjects": "members, staff",
            "categories": ["e-mail address", "hash of the password", "passkeys", "sessions",
                           "keyed hashes of devices", "permissions for programs"],
            "recipients": "nobody",
            "retention": f"{until_erased}; sessions 12 hours, attempts a day",
        },
        {
            "activity": "mails about security and each use of points",
            "purpose": "protecting members",
            "legalBasis": "security (GDPR 6(1)(f)), contract (6(1)(b))",
            "role": "controller",
            "dataSubjects": "members",
            "categories": ["e-mail address", "what happened"],
            "recipients": "the operator's mail server",
            "retention": f"{keep.mail_days} days: that it was sent, not where to and what about",
        },
        {
            "activity": "mails of the programme",
            "purpose": "telling of points that end, and of each month",
            "legalBasis": "consent (GDPR 6(1)(a)): PROGRAMME_MAILS",
            "role": "controller",
            "dataSubjects": "members that consented",
            "categories": ["e-mail address", "points"],
            "recipients": "the operator's mail server",
            "retention": f"{keep.mail_days} days",
        },
        {
            "activity": "offers and profiling",
            "purpose": "offers of the programme or of a brand; choosing them by purchases",
            "legalBasis": "consent (GDPR 6(1)(a)): MARKETING, PROFILING, each by itself, by brand",
            "role": "the brand that was consented to is the controller of what it does",
            "dataSubjects": "members that consented",
            "categories": ["that consent was given", "the brand's own notes"],
            "recipients": "the brand that was consented to",
            "retention": "decisions are kept as proof, about a number once the member is erased",
        },
        {
            "activity": "telling brands of events",
            "purpose": "brands' systems follow what happens at their own tills",
            "legalBasis": "contract (GDPR 6(1)(b))",
            "role": "processor for the brand",
            "dataSubjects": "members, by number",
            "categories": ["what happened at the brand"],
            "recipients": "the brand's server",
            "retention": f"{keep.webhook_days} days: that it was told",
        },
        {
            "activity": "files of brands",
            "purpose": "awarding purchases in bulk; comparing books",
            "legalBasis": "contract (GDPR 6(1)(b))",
            "role": "processor for the brand",
            "dataSubjects": "members",
            "categories": ["cards or the brand's own identifiers", "purchases"],
            "recipients": "nobody else",
            "retention": f"files {keep.bulk_file_days} days, results {keep.bulk_result_days} days",
        },
        {
            "activity": "members' rights",
            "purpose": "copies of data, correction, erasure",
            "legalBasis": "legal obligation (GDPR 6(1)(c))",
            "role": "controller",
            "dataSubjects": "members",
            "categories": ["everything about the member"],
            "recipients": "the member",
            "retention": (
                f"copies {keep.copy_hours} hours; erasure after {keep.erasure_days} days"
            ),
        },
    ]  # fmt: skip
