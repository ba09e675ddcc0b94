"""People come to an account, and change how they sign in, with what only a mailbox confirms."""

from coalition.joining.cards import claim_card, issue_card_code
from coalition.joining.change_address import (
    SPEND_PAUSE,
    Changed,
    ask_for_address,
    confirm_address,
)
from coalition.joining.clean import clean_joining
from coalition.joining.errors import (
    CardCodeNotGood,
    CardInUse,
    LinkNotGood,
    PasswordNotAllowed,
    PasswordNotRight,
)
from coalition.joining.links import Verification, verification_of
from coalition.joining.new_password import ask_for_password, choose_password
from coalition.joining.sign_up import Account, Confirming, SignUp, confirm_sign_up, sign_up

__all__ = [
    "SPEND_PAUSE",
    "Account",
    "CardCodeNotGood",
    "CardInUse",
    "Changed",
    "Confirming",
    "LinkNotGood",
    "PasswordNotAllowed",
    "PasswordNotRight",
    "SignUp",
    "Verification",
    "ask_for_address",
    "ask_for_password",
    "choose_password",
    "claim_card",
    "clean_joining",
    "confirm_address",
    "confirm_sign_up",
    "issue_card_code",
    "sign_up",
    "verification_of",
]
