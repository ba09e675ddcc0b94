"""How a client names a member."""

from collections.abc import Mapping
from typing import Any, Protocol

import strawberry
from strawberry import UNSET

from coalition.access import ServerKeys
from coalition.kit.ids import Kind, NotAnId
from coalition.members import (
    IdentifierKind,
    IdentifierNotValid,
    MemberNotFound,
    member_numbered,
    ref_by,
)
from coalition.members import MemberRef as Ref

_BY = {
    "card": IdentifierKind.CARD,
    "email": IdentifierKind.EMAIL,
    "phone": IdentifierKind.PHONE,
    "external_id": IdentifierKind.EXTERNAL,
    "payment_card": IdentifierKind.PAYMENT_CARD,
}
_FIELDS = {"id": "id", "card": "card", "email": "email", "phone": "phone",
           "externalId": "external_id", "paymentCard": "payment_card"}  # fmt: skip
_SAID = {name: said for said, name in _FIELDS.items()}


class Keyed(Protocol):
    """Whatever has the keys that open ids: a request's context, or a worker."""

    @property
    def keys(self) -> ServerKeys: ...


@strawberry.input(
    one_of=True,
    description="A member, by exactly one of these. A card is shown by the member, so any partner"
    " may use it; e-mail, phone and external id name only members whom this partner itself has"
    " under them.",
)
class MemberRef:
    id: strawberry.ID | None = strawberry.field(default=UNSET, description="The member's id.")
    card: str | None = strawberry.field(default=UNSET, description="The number of its card.")
    email: str | None = strawberry.field(default=UNSET, description="Its e-mail address.")
    phone: str | None = strawberry.field(default=UNSET, description="Its number, as +34 600 123.")
    external_id: str | None = strawberry.field(
        default=UNSET, description="The calling partner's own id of the member."
    )
    payment_card: str | None = strawberry.field(
        default=UNSET,
        description="The token of a payment card that the member has linked at the calling partner."
        " It names who earns, and nobody that spends.",
    )

    def to_ref(self, context: Keyed) -> Ref:
        """Raises `MemberNotFound`, `IdentifierNotValid`, `CardNumberNotAllowed`,
        `TextNotAllowed`.
        """
        for name, kind in _BY.items():
            value = getattr(self, name)
            if isinstance(value, str):
                return ref_by(kind, value, ("member", _SAID[name]))
        try:
            number, _ = context.keys.seal.open(Kind.MEMBER, str(self.id))
        except NotAnId:
            raise MemberNotFound("No such member.", field=("member",)) from None
        return member_numbered(number)

    def to_spender(self, context: Keyed) -> Ref:
        """`to_ref` for whose points are to be spent. Raises `IdentifierNotValid`, too, where that
        is said by a payment card: whoever pays with it need not be the member.
        """
        if isinstance(self.payment_card, str):
            raise IdentifierNotValid(
                "A payment card names who earns. Ask for the member's card, or its code to pay"
                " with points.",
                field=("member", "paymentCard"),
            )
        return self.to_ref(context)

    @classmethod
    def from_coerced(cls, value: Mapping[str, Any]) -> "MemberRef":
        return cls(**{_FIELDS[name]: given for name, given in value.items()})
