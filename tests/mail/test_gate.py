"""Who is mailed when: decided when a mail is about to be sent."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from coalition.mail import MailKind, Rank
from coalition.mail.gate import SEND, Verdict, Wishes, quiet_until, verdict
from coalition.mail.schedule import WAITS, next_try

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
MADRID = ZoneInfo("Europe/Madrid")
NO = Wishes(zone=MADRID)
YES = Wishes(zone=MADRID, has_consented=True)


@pytest.mark.parametrize("kind", [one for one in MailKind if one.rank is not Rank.PROGRAMME])
def test_security_and_spending_are_told_always_and_at_once(kind: MailKind) -> None:
    """NW7."""
    deaf = Wishes(
        zone=MADRID, is_switched_off=True, quiet_from=time(0), quiet_until=time(23), is_refused=True
    )
    assert verdict(kind, deaf, now=NOW, best_before=LATER) == SEND


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        (YES, SEND),
        (NO, Verdict(why="NO_CONSENT")),
        (Wishes(MADRID, has_consented=True, is_switched_off=True), Verdict(why="SWITCHED_OFF")),
        (Wishes(MADRID, has_consented=True, is_refused=True), Verdict(why="ADDRESS_REFUSED")),
        (
            Wishes(
                MADRID, has_consented=True, quiet_from=time(9), quiet_until=time(14),
            ),
            Verdict(until=datetime(2026, 3, 15, 13, tzinfo=UTC)),
        ),
    ],
)  # fmt: skip
def test_mails_of_the_programme_go_to_who_wants_them(wishes: Wishes, expected: Verdict) -> None:
    assert verdict(MailKind.EXPIRING, wishes, now=NOW, best_before=LATER) == expected


def test_what_helps_nobody_any_more_is_not_sent() -> None:
    for kind in MailKind:
        assert verdict(kind, YES, now=NOW, best_before=NOW) == Verdict(why="TOO_LATE")


@pytest.mark.parametrize(
    ("at", "until"),
    [
        # In Madrid it is an hour later than in UTC.
        ("2026-03-15T20:59:00", None),
        ("2026-03-15T21:00:00", "2026-03-16T06:30:00"),
        ("2026-03-16T06:29:00", "2026-03-16T06:30:00"),
        ("2026-03-16T06:30:00", None),
        # The clocks go forward on the 29th: 07:30 is an hour earlier in UTC.
        ("2026-03-28T23:30:00", "2026-03-29T05:30:00"),
    ],
)
def test_quiet_hours_are_those_of_the_members_own_zone(at: str, until: str | None) -> None:
    wishes = Wishes(MADRID, quiet_from=time(22), quiet_until=time(7, 30))
    found = quiet_until(wishes, datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert found == (None if until is None else datetime.fromisoformat(until).replace(tzinfo=UTC))


def test_each_wait_is_longer_and_none_ends_too_late() -> None:
    times = [
        next_try(tries, now=NOW, best_before=NOW + timedelta(days=2), chance=0)
        for tries in range(1, 9)
    ]
    assert [one and one - NOW for one in times] == [*WAITS, WAITS[-1], WAITS[-1]]
    assert next_try(6, now=NOW, best_before=NOW + timedelta(hours=4), chance=0) is None
    assert next_try(1, now=NOW, best_before=LATER, chance=1) == NOW + timedelta(seconds=66)
