"""When something happened at the till, and which agreement held then. Pure."""

from datetime import datetime, timedelta

from coalition.partners.errors import InTheFuture, NoAgreementOnDate, TooLongAgo
from coalition.partners.terms import Agreement, Partner, Programme

CLOCKS_APART = timedelta(minutes=5)


def agreement_then(
    programme: Programme, partner: Partner, happened_at: datetime, *, now: datetime, field: str
) -> Agreement:
    """The partner's agreement at `happened_at`.

    Raises `InTheFuture`, `TooLongAgo`, `NoAgreementOnDate`.
    """
    in_time(programme, happened_at, now=now, field=field)
    agreement = partner.agreement_on(happened_at)
    if agreement is None:
        raise NoAgreementOnDate(
            f"{partner.code} had no agreement on {happened_at.isoformat()}.", field=(field,)
        )
    return agreement


def in_time(programme: Programme, happened_at: datetime, *, now: datetime, field: str) -> None:
    """Pass when something may still be reported. What takes back or refunds needs no agreement of
    its own day: it is at the terms of what it corrects.

    Raises `InTheFuture` (five minutes are forgiven to a till's clock), `TooLongAgo`.
    """
    if happened_at > now + CLOCKS_APART:
        raise InTheFuture(
            f"{field} {happened_at.isoformat()} is in the future; it is now {now.isoformat()}.",
            field=(field,),
        )
    if happened_at < now - timedelta(days=programme.late_purchase_days):
        raise TooLongAgo(
            f"{field} {happened_at.isoformat()} is further back than the"
            f" {programme.late_purchase_days} days that this programme accepts.",
            field=(field,),
        )
