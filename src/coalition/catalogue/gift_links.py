"""The link that gives a voucher away: a gift's number and a MAC, as links in mails have it. Pure.

The database holds nothing that makes one. Whoever has the key could open the code itself.
"""

import hmac
from typing import Final

from coalition.catalogue.errors import VoucherLinkNotGood
from coalition.kit.ids import Kind, NotAnId, Seal
from coalition.kit.links import is_same, signed

GIFT: Final = "/gift"
_LONGEST: Final = 100


class GiftLinks:
    """Made and read with the server's key for voucher codes."""

    def __init__(self, key: bytes, seal: Seal, url: str) -> None:
        self._key = hmac.digest(key, b"gift links", "sha256")
        self._seal = seal
        self._url = url

    def link(self, gift_id: int) -> str:
        return f"{self._url}{GIFT}?token={self.token(gift_id)}"

    def token(self, gift_id: int) -> str:
        return signed(self._key, self._seal.seal(Kind.VOUCHER_GIFT, gift_id))

    def gift_of(self, token: str) -> int:
        """Raises `VoucherLinkNotGood` for what was not made here, or was changed on the way."""
        try:
            number, _ = self._seal.open(Kind.VOUCHER_GIFT, token[:_LONGEST].partition(".")[0])
        except NotAnId:
            raise not_good() from None
        if not is_same(self.token(number), token):
            raise not_good()
        return number


def not_good() -> VoucherLinkNotGood:
    return VoucherLinkNotGood("There is nothing behind this link.", field=("token",))
