"""Send the mails that are due: claimed by one worker, sent, and written down what became of each.

At least once: a worker that dies between the mail server's answer and the writing leaves the mail
to be sent again, under the same Message-ID.
"""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import structlog
from asyncpg import Record

from coalition import ledger
from coalition.access import ServerKeys
from coalition.kit.clock import Clock
from coalition.kit.errors import Unavailable
from coalition.mail.days import month_of
from coalition.mail.door import Answer, Door, MailServer, Outcome
from coalition.mail.gate import Wishes, verdict
from coalition.mail.kinds import MailKind, Rank
from coalition.mail.letters import letter_of
from coalition.mail.links import Links, Unsubscribing
from coalition.mail.message import Envelope, message_of, rendered
from coalition.mail.occasion import Month, Occasion, VoucherCopy
from coalition.mail.schedule import next_try
from coalition.mail.words import Words, words_of
from coalition.partners import Office, Terms

AT_ONCE: Final = 4
# Longer than any attempt takes.
_LEASE: Final = timedelta(minutes=3)
_LATER: Final = timedelta(seconds=30)
# The voucher at a place of a member's ledger, in a language; None: no copy of it is sent any more.
VoucherOf = Callable[[int, int, str], Awaitable[VoucherCopy | None]]
_log = structlog.get_logger()


class MailServerNotReached(Exception):
    """Nothing is wrong with the mails: they wait. The text says what is."""


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed mail, what its member wants by now, and the use of points that it tells of."""

    id: int
    kind: MailKind
    member_id: int | None
    address: str | None = field(repr=False)
    locale: str | None
    facts: Mapping[str, Any] = field(repr=False)
    tries: int
    best_before: datetime
    given_name: str | None = field(repr=False)
    time_zone: str | None
    has_consented: bool
    is_switched_off: bool
    quiet_from: time | None
    quiet_until: time | None
    is_refused: bool
    partner_id: int | None
    points: int | None
    happened_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Became:
    outcome: str
    reason: str | None = None
    said: str | None = None
    due: datetime | None = None
    is_refused: bool = False


class Postman:
    """One worker's round of sending. It claims nothing more once `is_stopping`."""

    def __init__(
        self,
        office: Office,
        keys: ServerKeys,
        server: MailServer,
        *,
        url: str,
        per_minute: int,
        clock: Clock,
        voucher_of: VoucherOf,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._office = office
        self._keys = keys
        self._server = server
        self._links = Links(keys.mail, keys.seal, url)
        self._per_minute = per_minute
        self._clock = clock
        self._voucher_of = voucher_of
        self._is_stopping = is_stopping
        self._doors = [Door(server) for _ in range(AT_ONCE)]
        self.done: Counter[str] = Counter()

    async def round(self) -> Counter[str]:
        """Send until nothing is due, the minute is full, or it should stop; how many were SENT,
        RETRY, DROPPED, DEAD, LATER. Raises `MailServerNotReached`, `Unavailable`; what was claimed
        is due again later.
        """
        terms = await self._office.terms()
        try:
            while not self._is_stopping():
                now, lease = self._clock(), uuid4()
                rows = await self._office.database.call(
                    "claim_mails", now, now + _LEASE, lease, AT_ONCE, self._per_minute
                )
                found = [_due(row) for row in rows]
                if not found:
                    break
                troubles = await asyncio.gather(
                    *(
                        self._one(door, terms, due, lease)
                        for door, due in zip(self._doors, found, strict=False)
                    )
                )
                if trouble := next((one for one in troubles if one), None):
                    raise MailServerNotReached(trouble)
        finally:
            await asyncio.gather(*(door.close() for door in self._doors))
        return self.done

    async def _one(self, door: Door, terms: Terms, due: Due, lease: UUID) -> str | None:
        """What keeps the mail server from being reached, if anything does."""
        trouble = None
        try:
            became = await self._attempt(door, terms, due)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one mail that we cannot make stops no other
            _log.error("mail not made", mail=due.id, kind=due.kind, exc_info=error)
            became = self._again(due, "NOT_MADE", None)
        if became.outcome == "LATER" and became.reason == "NOT_REACHED":
            trouble = became.said
        await self._office.database.call(
            "record_mail", due.id, lease, became.outcome, became.reason, became.said,
            became.due, became.is_refused, self._clock(),
        )  # fmt: skip
        self.done[became.outcome] += 1
        _log.info(
            "mail", mail=due.id, kind=due.kind, outcome=became.outcome,
            reason=became.reason, said=became.said,
        )  # fmt: skip
        return trouble

    async def _attempt(self, door: Door, terms: Terms, due: Due) -> _Became:
        now = self._clock()
        words = words_of(due.locale, due.time_zone, terms.programme.zone)
        judged = verdict(due.kind, _wishes(due, words), now=now, best_before=due.best_before)
        if judged.why is not None:
            return _Became("DROPPED", judged.why)
        if judged.until is not None:
            return _Became("LATER", "QUIET_HOURS", due=judged.until)
        if due.address is None:
            return _Became("DROPPED", "NO_ADDRESS")
        told = await self._occasion(due, terms, words, now)
        if told is None:
            return _Became("DROPPED", "NOTHING_TO_TELL")
        envelope = Envelope(
            id=f"mail-{due.id}",
            sender=self._server.sender,
            sender_name=terms.programme.name,
            recipient=due.address,
            at=now,
            unsubscribe=told.unsubscribe,
        )
        shown = rendered(letter_of(told, words), words, terms.programme.name)
        message = message_of(envelope, shown, words.language)
        return self._judged(due, await door.send(due.address, message))

    def _judged(self, due: Due, answer: Answer) -> _Became:
        match answer.outcome:
            case Outcome.TAKEN:
                return _Became("SENT", said=answer.said)
            case Outcome.NOT_REACHED:
                return _Became("LATER", "NOT_REACHED", answer.said, self._clock() + _LATER)
            case Outcome.LATER:
                return self._again(due, "NOT_NOW", answer.said)
            case Outcome.REFUSED:
                return _Became("DEAD", "REFUSED", answer.said)
            case Outcome.NO_SUCH_ADDRESS:
                return _Became("DEAD", "ADDRESS_REFUSED", answer.said, is_refused=True)

    def _again(self, due: Due, reason: str, said: str | None) -> _Became:
        again = next_try(
            due.tries + 1,
            now=self._clock(),
            best_before=due.best_before,
            chance=secrets.randbelow(1000) / 1000,
        )
        if again is None:
            return _Became("DEAD", reason, said)
        return _Became("RETRY", reason, said, again)

    async def _occasion(
        self, due: Due, terms: Terms, words: Words, now: datetime
    ) -> Occasion | None:
        """What there is to tell by now; None: nothing any more."""
        partner_id = due.partner_id or due.facts.get("partner")
        told = Occasion(
            kind=due.kind,
            programme=terms.programme.name,
            link=self._link(due),
            worth=terms.programme.worth,
            given_name=due.given_name or due.facts.get("given_name"),
            facts=due.facts,
            brand=terms.partner(partner_id).name if partner_id else "",
            points=due.points or 0,
            at=due.happened_at,
        )
        if due.member_id is None or due.kind.rank is Rank.SECURITY:
            return told
        if due.kind is MailKind.VOUCHER_COPY:
            voucher = await self._voucher_of(due.member_id, due.facts["seq"], words.language)
            return replace(told, voucher=voucher) if voucher else None
        if due.kind is MailKind.SPENT:
            return await self._with_balance(told, due.member_id, terms, now)
        told = replace(
            told,
            unsubscribe=self._links.unsubscribing(Unsubscribing(due.member_id, due.kind.value)),
        )
        if due.kind is MailKind.EXPIRING:
            return await self._with_ending(told, due.member_id, terms.programme.today(now))
        return await self._with_month(told, due.member_id, terms.programme.zone)

    async def _with_balance(
        self, told: Occasion, member_id: int, terms: Terms, now: datetime
    ) -> Occasion:
        today = terms.programme.today(now)
        balance = await ledger.balance_of(self._office.database, member_id, now=now, today=today)
        return replace(told, available=balance.available)

    async def _with_ending(self, told: Occasion, member_id: int, today: date) -> Occasion | None:
        """None when they were spent meanwhile."""
        days = {date.fromisoformat(one) for one in told.facts["days"]}
        found = await ledger.expiring_points(self._office.database, member_id, today=today)
        ending = [(one.on, one.points) for one in found if one.on in days]
        return replace(told, ending=ending) if ending else None

    async def _with_month(self, told: Occasion, member_id: int, zone: ZoneInfo) -> Occasion | None:
        """None when nothing happened and the member has nothing."""
        first = date.fromisoformat(told.facts["month"])
        (row,) = await self._office.database.call(
            "month_of_member", member_id, *month_of(first, zone)
        )
        return replace(told, month=Month(first, **dict(row))) if any(row.values()) else None

    def _link(self, due: Due) -> str:
        if due.kind is MailKind.VOUCHER_COPY and due.member_id is not None:
            return self._links.voucher(due.member_id, due.facts["seq"])
        verification = due.facts.get("verification")
        if verification is None or due.address is None:
            return self._links.page(due.kind)
        return self._links.confirming(verification, due.facts["purpose"], due.address)


def _due(row: Record) -> Due:
    found = dict(row)
    return Due(**found | {"kind": MailKind(row["kind"]), "facts": json.loads(row["facts"])})


def _wishes(due: Due, words: Words) -> Wishes:
    return Wishes(
        has_consented=due.has_consented,
        is_switched_off=due.is_switched_off,
        quiet_from=due.quiet_from,
        quiet_until=due.quiet_until,
        zone=words.zone,
        is_refused=due.is_refused,
    )
