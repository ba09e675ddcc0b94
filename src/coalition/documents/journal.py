"""A period's money book as a journal for the general ledger: two rows an entry, balanced per
currency. Pure.

The books only grow, and a journal names its last entry: asked for up to that one again, it has the
same bytes.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coalition.documents.content import instant, money
from coalition.kit.amounts import Money
from coalition.kit.text import safe_cell
from coalition.ledger.chart import MoneyAccount
from coalition.proof.canonical import canonical
from coalition.settlement import MoneyEntry

_COLUMNS = (
    "entry", "recorded_at", "account", "account_name", "debit", "credit", "currency", "partner",
    "statement", "line", "source", "reverses",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Journal:
    """`accounts`: which account of the general ledger each of ours is; ours, where none is named.
    `codes` of the partners by their ids.
    """

    period: str
    calendar: str
    entries: Sequence[MoneyEntry]
    accounts: Mapping[str, str]
    codes: Mapping[int, str]

    @property
    def up_to(self) -> int:
        """Its last entry; 0: it has none."""
        return self.entries[-1].id if self.entries else 0

    def account(self, one: MoneyAccount) -> str:
        return self.accounts.get(one.name, str(one.value))


def journal_csv(journal: Journal) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for one in journal.entries:
        for account, debit in ((one.debit, True), (one.credit, False)):
            amount = money(one.amount)
            writer.writerow(
                [
                    one.id, instant(one.recorded_at), safe_cell(journal.account(account)),
                    account.name, amount if debit else "", "" if debit else amount,
                    one.amount.currency, _partner(journal, one) or "", one.statement or "",
                    one.line or "", one.source, one.reverses or "",
                ]
            )  # fmt: skip
    return text.getvalue().encode()


def journal_json(journal: Journal) -> bytes:
    """Canonical (RFC 8785). Debits and credits of each currency are the same."""
    totals: dict[str, int] = {}
    for one in journal.entries:
        currency = one.amount.currency
        totals[currency] = totals.get(currency, 0) + one.amount.minor
    return canonical(
        {
            "format": "coalition-journal/1",
            "period": journal.period,
            "calendar": journal.calendar,
            "upTo": journal.up_to,
            "accounts": {one.name: journal.account(one) for one in MoneyAccount},
            "entries": [_entry(journal, one) for one in journal.entries],
            "totals": [
                {"currency": currency, "debit": total, "credit": total}
                for currency, total in (
                    (currency, money(Money(minor, currency)))
                    for currency, minor in sorted(totals.items())
                )
            ],
        }
    )


def _entry(journal: Journal, one: MoneyEntry) -> dict[str, object]:
    return {
        "entry": one.id,
        "recordedAt": instant(one.recorded_at),
        "debit": journal.account(one.debit),
        "credit": journal.account(one.credit),
        "amount": money(one.amount),
        "currency": one.amount.currency,
        "partner": _partner(journal, one),
        "statement": one.statement,
        "line": one.line,
        "source": one.source,
        "reverses": one.reverses,
    }


def _partner(journal: Journal, one: MoneyEntry) -> str | None:
    return None if one.partner_id is None else journal.codes[one.partner_id]
