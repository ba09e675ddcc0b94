"""The operator's record of processing (GDPR, article 30): what is done with whose data, why, who
gets it, and how long it is kept. What the program does is written here; what differs from one
coalition to another is read from its terms and settings.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import resources
from typing import Any, Final

from coalition.kit.database import Database
from coalition.outbox import EventKind
from coalition.partners import LegalEntity, Office, Partner

# With the names of `Retention` where a number is to stand.
_ACTIVITIES: Final[Sequence[dict[str, Any]]] = json.loads(
    resources.files(__package__).joinpath("activities.json").read_text("utf-8")
)


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
    """What the program does, with how long it is kept by the settings."""
    days = asdict(keep)
    return [one | {"retention": one["retention"].format(**days)} for one in _ACTIVITIES]
