"""What the links in mails carry: who may do what with them, signed. Pure.

A link says what it is for by itself, so the database holds nothing that could be used: whoever
reads a row cannot make the link, and whoever changes a link has one that opens nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from coalition.kit.ids import Kind, NotAnId, Seal
from coalition.kit.links import is_same, signed
from coalition.mail.kinds import MailKind

_LONGEST = 200
ACCOUNT: Final = "/account"
# Where a mail leads that asks for nothing to be confirmed, when it is not to the account.
PAGES: Final[Mapping[MailKind, str]] = MappingProxyType(
    {
        MailKind.COPY_READY: "/app/data",
        MailKind.ERASURE_ASKED: "/app/data",
        MailKind.SPENDING_LOCKED: "/app/security",
        MailKind.SPENDING_UNLOCKED: "/app/security",
        MailKind.SPENDING_BLOCKED: "/app/security",
        MailKind.VOUCHER_COPY: "/app/vouchers",
        MailKind.POINTS_GIVEN: "/app/transfer",
        MailKind.VOUCHER_OPENED: "/app/vouchers?show=given",
        MailKind.SPENT: "/app/activity",
        MailKind.EXPIRING: "/app/expiry",
        MailKind.MONTHLY: "/app/activity",
    }
)
UNSUBSCRIBE: Final = "/mail/unsubscribe"
CONFIRM: Final = "/mail/confirm"


class LinkNotValid(ValueError):
    """Not made here, or changed on the way."""


@dataclass(frozen=True, slots=True)
class Unsubscribing:
    """A member that wants no more mails of a kind; or offers of a brand (None: the programme)."""

    member_id: int
    kind: str
    partner_id: int | None = None


class Links:
    """Made and read with the server's key for mails."""

    def __init__(self, key: bytes, seal: Seal, url: str) -> None:
        self._key = key
        self._seal = seal
        self._url = url

    def page(self, kind: MailKind) -> str:
        """Where somebody sees what a mail of this kind tells of."""
        return self._url + PAGES.get(kind, ACCOUNT)

    def voucher(self, member_id: int, seq: int) -> str:
        """The page of a member's voucher."""
        return f"{self._url}/app/vouchers/{self._seal.seal(Kind.CLAIM, member_id, seq)}"

    def confirming(self, verification_id: int, purpose: str, email: str) -> str:
        """Where a person confirms what it asked for."""
        return f"{self._url}{CONFIRM}?token={self.token(verification_id, purpose, email)}"

    def token(self, verification_id: int, purpose: str, email: str) -> str:
        return self._signed(self._seal.seal(Kind.VERIFICATION, verification_id), purpose, email)

    def verification_of(self, token: str) -> int:
        """Which one a token claims to be of; whether it is right, `token` tells. Raises
        `LinkNotValid`.
        """
        return self._opened(Kind.VERIFICATION, token.partition(".")[0][:_LONGEST])

    def is_right(self, token: str, verification_id: int, purpose: str, email: str) -> bool:
        return is_same(self.token(verification_id, purpose, email), token)

    def unsubscribing(self, what: Unsubscribing) -> str:
        member = self._seal.seal(Kind.MEMBER, what.member_id)
        brand = "" if what.partner_id is None else self._seal.seal(Kind.PARTNER, what.partner_id)
        return f"{self._url}{UNSUBSCRIBE}?token={self._signed(f'{member}~{what.kind}~{brand}')}"

    def unsubscribed(self, token: str) -> Unsubscribing:
        """Who wants no more of what. Such a link works for ever: mails are kept for years. Raises
        `LinkNotValid`.
        """
        body, _, _ = token[:_LONGEST].partition(".")
        if not is_same(self._signed(body), token):
            raise LinkNotValid(body)
        member, kind, brand = body.split("~")
        return Unsubscribing(
            self._opened(Kind.MEMBER, member), kind,
            self._opened(Kind.PARTNER, brand) if brand else None,
        )  # fmt: skip

    def _opened(self, kind: Kind, text: str) -> int:
        try:
            return self._seal.open(kind, text)[0]
        except NotAnId:
            raise LinkNotValid(text) from None

    def _signed(self, body: str, *about: str) -> str:
        return signed(self._key, body, *about)
