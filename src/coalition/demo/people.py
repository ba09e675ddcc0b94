"""People who may sign in at the demo's server: one of each kind."""

import secrets
from dataclasses import dataclass

from coalition.access import ActorKind
from coalition.access.logins import NewLogin, add_login
from coalition.kit.database import Addresses, Database, administering
from coalition.members import IdentifierKind, known_member, ref_by
from coalition.partners import Office


@dataclass(frozen=True, slots=True)
class SignIn:
    """`who` in a few words."""

    who: str
    email: str
    password: str


async def make_sign_ins(addresses: Addresses, card: str | None) -> list[SignIn]:
    """The operator, staff of the first two brands, and the member with `card` if there is one.
    Each has a password of its own that is shown once.
    """
    database = Database(addresses, connections=2)
    try:
        brands = (await Office(database).terms()).partners[:2]
        member = None
        if card is not None:
            ref = ref_by(IdentifierKind.CARD, card, ("card",))
            member = await known_member(database, partner_id=None, ref=ref)
    finally:
        await database.close()
    wanted = [("The operator", NewLogin("office@demo.example", ActorKind.OPERATOR, ["owner"]))]
    for brand, role in zip(brands, ("owner", "finance"), strict=False):
        new = NewLogin(
            f"{role}@{brand.code}.example", ActorKind.PARTNER, [role], partner_id=brand.id
        )
        wanted.append((f"{brand.name}, {role}", new))
    if member is not None:
        new = NewLogin(
            "member@demo.example", ActorKind.MEMBER, ["member"], member_id=member.member_id
        )
        wanted.append((f"The member with the card {card}", new))
    made = [
        SignIn(who, new.email, "-".join(secrets.token_hex(2) for _ in range(4)))
        for who, new in wanted
    ]
    async with administering(addresses) as connection:
        for (_, new), one in zip(wanted, made, strict=True):
            await add_login(connection, new, one.password)
    return made
