"""The figures of a statement, worked out again from its lines. Pure.

Amounts are decimals of the statement's currency, with `decimals` of them; points are whole.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from coalition.proof.canonical import canonical
from coalition.proof.finding import Finding

Json = Mapping[str, Any]
_EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
# Which total a kind of line counts towards; every other kind is issued.
_TOTAL_OF = {
    "FEE": "fees",
    "REDEMPTION": "redeemed",
    "REDEMPTION_REVERSAL": "redeemed",
    "BREAKAGE_SHARE": "breakage",
    "ADJUSTMENT": "adjusted",
    "PREPAID": "prepaid",
}
_TOTALS = ("issued", "fees", "redeemed", "breakage", "adjusted", "prepaid")


def hash_of(line: Json) -> str:
    """The hash of a line: over its canonical text without the hash itself."""
    rest = {name: value for name, value in line.items() if name != "sha256"}
    return hashlib.sha256(canonical(rest)).hexdigest()


def minor_of(amount: str, decimals: int) -> int:
    """Whole minor units. Raises `ValueError` for an amount that is spelled in another way."""
    minor = _EXACT.scaleb(Decimal(amount), decimals)
    if minor != minor.to_integral_value() or f"{minor.scaleb(-decimals):f}" != amount:
        raise ValueError(f"{amount!r} is no amount with {decimals} decimals")
    return int(minor)


def rounded(factors: Iterable[Decimal], decimals: int) -> int:
    """Their product in minor units, rounded once, half to even."""
    product = Decimal(1)
    for factor in factors:
        product = _EXACT.multiply(product, factor)
    whole = _EXACT.scaleb(product, decimals)
    return int(whole.to_integral_value(rounding=ROUND_HALF_EVEN))


def wrong_figures(content: Json) -> list[Finding]:
    """What does not follow. Raises `KeyError`, `TypeError`, `ValueError`, `ArithmeticError` for
    content of another shape.
    """
    return [*_wrong_lines(content), *_wrong_totals(content), *_wrong_taxes(content),
            *_wrong_positions(content), *_wrong_stores(content), *_wrong_hash(content)]  # fmt: skip


def _wrong_lines(content: Json) -> Iterable[Finding]:
    decimals = content["decimals"]
    for place, line in enumerate(content["lines"], start=1):
        where = f"line {place}"
        if line["line"] != place:
            yield Finding(where, f"It calls itself line {line['line']}.")
        if hash_of(line) != line["sha256"]:
            yield Finding(where, "It was altered: its hash is another one.")
        amount = minor_of(line["amount"], decimals)
        if line["price"] is None:
            continue
        factors = (Decimal(int(line["points"])), Decimal(line["price"]), Decimal(line["share"]))
        if rounded(factors, decimals) != amount:
            yield Finding(
                where,
                f"{line['points']} points x {line['price']} x {line['share']} is not"
                f" {line['amount']}.",
            )


def _wrong_totals(content: Json) -> Iterable[Finding]:
    decimals, totals = content["decimals"], content["totals"]
    said = {name: minor_of(value, decimals) for name, value in totals.items()}
    sums = dict.fromkeys(_TOTALS, 0)
    for line in content["lines"]:
        sums[_TOTAL_OF.get(line["kind"], "issued")] += minor_of(line["amount"], decimals)
    for name, minor in sums.items():
        if said[name] != minor:
            yield Finding("totals", f"{name} is {totals[name]}, not the sum of its lines.")
    net = said["issued"] + said["fees"] - sum(said[name] for name in _TOTALS[2:])
    if said["net"] != net:
        yield Finding("totals", f"net is {totals['net']}, not what the other totals give.")
    if said["payable"] != said["net"] + said["vatIssued"] - said["vatRedeemed"]:
        yield Finding("totals", f"payable is {totals['payable']}, not net and VAT together.")


def _wrong_taxes(content: Json) -> Iterable[Finding]:
    decimals, totals = content["decimals"], content["totals"]
    bases, taxes = {"ISSUANCE": 0, "REDEMPTION": 0}, {"ISSUANCE": 0, "REDEMPTION": 0}
    for tax in content["taxes"]:
        bases[tax["side"]] += minor_of(tax["base"], decimals)
        vat = minor_of(tax["vat"], decimals)
        taxes[tax["side"]] += vat
        if rounded((Decimal(tax["base"]), Decimal(tax["rate"])), decimals) != vat:
            yield Finding("taxes", f"{tax['base']} x {tax['rate']} is not {tax['vat']}.")
    for side, name in (("ISSUANCE", "vatIssued"), ("REDEMPTION", "vatRedeemed")):
        if taxes[side] != minor_of(totals[name], decimals):
            yield Finding("taxes", f"{name} is {totals[name]}, not the sum of its taxes.")
    taxed = minor_of(totals["net"], decimals) + minor_of(totals["prepaid"], decimals)
    if content["taxes"] and bases["ISSUANCE"] - bases["REDEMPTION"] != taxed:
        yield Finding("taxes", "What is taxed is not what the totals say.")


def _wrong_positions(content: Json) -> Iterable[Finding]:
    """What stood before the period, and what stands after it."""
    decimals, balance, points = content["decimals"], content["balance"], content["points"]
    payable = minor_of(content["totals"]["payable"], decimals)
    before, after = (minor_of(balance[name], decimals) for name in ("before", "after"))
    if after != before + payable:
        yield Finding("balance", f"{balance['after']} is not {balance['before']} and payable.")
    if points is None:
        return
    roll = {name: int(value) for name, value in points.items()}
    taken = roll["returned"] + roll["redeemed"] + roll["expired"] + roll["repaid"]
    given = roll["opened"] + roll["issued"] + roll["refunded"]
    if roll["closing"] != roll["opening"] + given - taken:
        yield Finding("points", f"{points['closing']} is not what the other figures give.")


def _wrong_stores(content: Json) -> Iterable[Finding]:
    """The stores of a line that was redeemed sum to it."""
    decimals = content["decimals"]
    sums: dict[int, list[int]] = {}
    for one in content["stores"]:
        found = sums.setdefault(one["line"], [0, 0, 0])
        found[0] += one["entries"]
        found[1] += int(one["points"])
        found[2] += minor_of(one["amount"], decimals)
    for line in content["lines"]:
        is_given = line["kind"] in {"REDEMPTION", "REDEMPTION_REVERSAL"} and line["details"]["rows"]
        said = [line["details"]["rows"], int(line["points"]), minor_of(line["amount"], decimals)]
        if sums.pop(line["line"], [0, 0, 0]) != (said if is_given else [0, 0, 0]):
            yield Finding(f"line {line['line']}", "Its stores do not sum to it.")
    for place in sums:
        yield Finding("stores", f"There is no line {place}.")


def _wrong_hash(content: Json) -> Iterable[Finding]:
    """The statement's own hash, as docs/settlement.md spells it."""
    decimals = content["decimals"]
    spelled: dict[str, object] = {
        "period": content["period"]["label"],
        "partner": content["partner"]["code"],
        "currency": content["currency"],
        "lines": [_spelled(line, decimals) for line in content["lines"]],
    }
    due = [
        [tax["side"], tax["mode"], f"{Decimal(tax['rate']):.8f}", minor_of(tax["base"], decimals),
         minor_of(tax["vat"], decimals)]
        for tax in content["taxes"]
        if minor_of(tax["vat"], decimals)
    ]  # fmt: skip
    if due:
        spelled["taxes"] = due
    text = json.dumps(spelled, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    if hashlib.sha256(text.encode()).hexdigest() != content["hash"]:
        yield Finding("hash", "It is not the hash of the lines and taxes.")


def _spelled(line: Json, decimals: int) -> list[object]:
    price = None if line["price"] is None else f"{Decimal(line['price']):.8f}"
    found: list[object] = [
        line["kind"], line["description"], int(line["points"]), price,
        minor_of(line["amount"], decimals), line["entries"],
    ]  # fmt: skip
    more: dict[str, object] = {}
    if Decimal(line["share"]) != 1:
        more["share"] = f"{Decimal(line['share']):.16f}"
    more |= {
        name: line[name]
        for name in ("originalPeriod", "promotion", "redeemer")
        if line[name] is not None
    }
    return [*found, more] if more else found
