"""Laws of giving points to others."""

from coalition.kit.errors import Refusal


class ReceiverNotFound(Refusal):
    """Nobody can be given points under this card's number."""

    code = "RECEIVER_NOT_FOUND"


class TransferLimit(Refusal):
    """Fewer or more points than may be given at once, in a day or in a year."""

    code = "TRANSFER_LIMIT"


class TransferToOneself(Refusal):
    """The card is the giver's own."""

    code = "TRANSFER_TO_ONESELF"


class TransferNotFound(Refusal):
    """No such gift, or one that this member may not decide: the answer is the same."""

    code = "TRANSFER_NOT_FOUND"


class TransferWaits(Refusal):
    """The gift is not accepted for now, and may be later."""

    code = "TRANSFER_WAITS"


class TransferOver(Refusal):
    """The gift was accepted, or its points have gone back."""

    code = "TRANSFER_OVER"
