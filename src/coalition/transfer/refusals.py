"""What the database answers, as the refusal that says it."""

from collections.abc import Mapping
from types import MappingProxyType

from coalition.kit.claims import reused
from coalition.kit.errors import Refusal
from coalition.members import refusal_about
from coalition.redemption import NotEnoughPoints, SpendLocked, SpendPaused, VelocityLimit
from coalition.transfer.errors import (
    ReceiverNotFound,
    TransferLimit,
    TransferNotFound,
    TransferOver,
    TransferToOneself,
    TransferWaits,
)

_SAID: Mapping[str, tuple[type[Refusal], str, tuple[str, ...]]] = MappingProxyType(
    {
        refusal.code: (refusal, message, field)
        for refusal, message, field in (
            (ReceiverNotFound, "Nobody can be given points under this number.", ("card",)),
            (TransferLimit, "That is more than you may give at once or just now.", ("points",)),
            (TransferToOneself, "This is your own card.", ("card",)),
            (TransferNotFound, "No such gift.", ("transferId",)),
            (
                TransferOver,
                "The gift was accepted, or its points have gone back.",
                ("transferId",),
            ),
            (TransferWaits, "The gift cannot be accepted just now.", ("transferId",)),
            (NotEnoughPoints, "You have fewer points to spend than this.", ("points",)),
            (SpendLocked, "Spending is locked. Unlock it first.", ()),
            (
                SpendPaused,
                "Nothing is spent for a day: the e-mail address or password has changed.",
                (),
            ),
            (VelocityLimit, "You have reached a limit of the programme. Try later.", ()),
        )
    }
)


def refusal_of(outcome: str, *, idempotency_key: str = "") -> Refusal:
    """The refusal for what the database answered."""
    if outcome == "IDEMPOTENCY_KEY_REUSED":
        return reused(idempotency_key)
    if outcome in _SAID:
        refusal, message, field = _SAID[outcome]
        return refusal(message, field=field)
    about_member = refusal_about(outcome, ())
    if about_member is None:
        raise RuntimeError(f"The database answered {outcome}.")
    return about_member
