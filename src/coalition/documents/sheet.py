"""A statement as rows: what its CSV and its workbook are filled from. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from coalition.documents.words import FACTS, POINTS, TOTALS
from coalition.proof.canonical import canonical

Json = Mapping[str, Any]
Cell = str | Decimal | int | None
LINE_COLUMNS = (
    "line", "kind", "description", "original_period", "promotion", "redeemer", "points", "price",
    "share", "amount", "currency", "entries", "sha256",
)  # fmt: skip
STORE_COLUMNS = ("line", "store", "entries", "points", "amount", "currency")
TAX_COLUMNS = ("document", "mode", "rate", "base", "vat", "currency")


@dataclass(frozen=True, slots=True)
class Sheet:
    """`facts`, `totals` and `points` are (name, words, value)."""

    facts: tuple[tuple[str, str, str], ...]
    totals: tuple[tuple[str, str, Decimal], ...]
    taxes: tuple[tuple[Cell, ...], ...]
    lines: tuple[tuple[Cell, ...], ...]
    points: tuple[tuple[str, str, int], ...] = ()
    stores: tuple[tuple[Cell, ...], ...] = ()


def sheet_of(content: Json) -> Sheet:
    currency = content["currency"]
    return Sheet(
        facts=tuple(_facts(content)),
        totals=tuple(
            (name, words, Decimal(content["totals"][name])) for name, words in TOTALS.items()
        ),
        taxes=tuple(
            (tax["side"], tax["mode"], Decimal(tax["rate"]), Decimal(tax["base"]),
             Decimal(tax["vat"]), currency)
            for tax in content["taxes"]
        ),
        lines=tuple(
            (line["line"], line["kind"], line["description"], line["originalPeriod"],
             line["promotion"], line["redeemer"], int(line["points"]),
             None if line["price"] is None else Decimal(line["price"]), Decimal(line["share"]),
             Decimal(line["amount"]), currency, line["entries"], line["sha256"])
            for line in content["lines"]
        ),
        points=tuple(
            (name, words, int(content["points"][name]))
            for name, words in POINTS.items() if content["points"]
        ),
        stores=tuple(
            (one["line"], one["store"] or "", one["entries"], int(one["points"]),
             Decimal(one["amount"]), currency)
            for one in content["stores"]
        ),
    )  # fmt: skip


def facts_of(content: Json) -> Mapping[str, str]:
    """Everything that a statement says besides its figures, by name; what it lacks is left out."""
    entity = content["partner"]["legalEntity"] or {}
    operator = content["operator"] or {}
    period, netting = content["period"], content["netting"]
    found = {
        "number": content["number"],
        "version": content["version"],
        "replaces": content["replaces"],
        "programme": content["programme"],
        "operator": operator.get("name"),
        "operatorVatId": operator.get("vatId"),
        "partner": content["partner"]["name"],
        "partnerCode": content["partner"]["code"],
        "legalEntity": entity.get("name"),
        "vatId": entity.get("vatId"),
        "period": period["label"],
        "periodFrom": period["startsAt"],
        "periodUntil": period["endsAt"],
        "timeZone": period["timeZone"],
        "issuedAt": content["issuedAt"],
        "disputeUntil": content["disputeUntil"],
        "currency": content["currency"],
        "paymentReference": content["paymentReference"],
        "netting": netting["currency"],
        "fx": netting["currency"] and f"{netting['fxSource']}, {netting['fxDate']}",
        "before": content["balance"]["before"],
        "after": content["balance"]["after"],
        "runId": content["runId"],
        "ledgerHead": content["ledgerHead"],
        "hash": content["hash"],
        "lineFile": content["lineFile"]["sha256"],
        "contentHash": hashlib.sha256(canonical(content)).hexdigest(),
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def _facts(content: Json) -> Iterable[tuple[str, str, str]]:
    for name, value in facts_of(content).items():
        yield name, FACTS[name], value
