"""Every address at which people sign in, look after their account, or see what anybody may."""

from starlette.routing import Route

from coalition.kit.clock import Clock, wall_clock
from coalition.kit.config import Settings
from coalition.kit.database import Database
from coalition.signin.account import AccountPages
from coalition.signin.desk import Desk
from coalition.signin.gifts import GiftPage
from coalition.signin.help import PublicHelp
from coalition.signin.letters import LetterPages
from coalition.signin.passkeys import PasskeyEndpoints
from coalition.signin.sign_in import SignInPages
from coalition.signin.sign_up import SignUpPages


def signin_routes(database: Database, settings: Settings, clock: Clock = wall_clock) -> list[Route]:
    desk = Desk(database, settings, clock)
    return [
        *SignInPages(desk).routes,
        *AccountPages(desk).routes,
        *SignUpPages(desk).routes,
        *LetterPages(desk).routes,
        *(PasskeyEndpoints(desk, desk.passkeys).routes if desk.passkeys else []),
    ]


def public_routes(database: Database, settings: Settings, clock: Clock) -> list[Route]:
    """For anybody: where vouchers that were given are opened, help, and the programme's terms.
    `clock`: by which codes are good and terms in force.
    """
    desk = Desk(database, settings, clock)
    return [*GiftPage(desk).routes, *PublicHelp(desk).routes]
