"""Laws of signing up and of changing how one signs in."""

from coalition.kit.errors import Refusal


class LinkNotGood(Refusal):
    """The link was used, has ended, or was not made here: the answer is the same."""

    code = "LINK_NOT_GOOD"


class PasswordNotAllowed(Refusal):
    """Too short, or among the first that anybody would try."""

    code = "PASSWORD_NOT_ALLOWED"


class PasswordNotRight(Refusal):
    """Not the password that was chosen with the sign-up."""

    code = "PASSWORD_NOT_RIGHT"


class CardCodeNotGood(Refusal):
    """No such card, not its code, an old code, or one that was tried too often: all alike."""

    code = "CARD_CODE_NOT_GOOD"


class CardInUse(Refusal):
    """The card has points of its own: putting two balances together is the operator's."""

    code = "CARD_IN_USE"
