"""Households and gifts for tests: what members do about each other's points."""

from dataclasses import dataclass
from itertools import count

from coalition import household, transfer
from coalition.access import Actor
from coalition.household import Asked, Decision, Role
from tests.support.catalogue import Counter, member_actor
from tests.support.world import Person, World

_numbers = count(1)


@dataclass(frozen=True)
class Sharing:
    """Members' apps, in one world. Whoever must prove that it is it has done so just now."""

    world: World

    async def proven(self, who: Person) -> Actor:
        return member_actor(who, await Counter(self.world).proof(who))

    async def found(self, who: Person, *, key: str | None = None) -> bool:
        return await household.found_household(
            self.world.office, asked=self._asked(member_actor(who), key)
        )

    async def invite(
        self,
        who: Person,
        card: str,
        role: Role = Role.SPENDER,
        *,
        key: str | None = None,
        actor: Actor | None = None,
    ) -> bool:
        return await household.invite_to_household(
            self.world.office,
            asked=self._asked(actor or await self.proven(who), key),
            card=card,
            role=role,
        )

    async def decide(
        self, who: Person, to: Decision, invitation: int, *, actor: Actor | None = None
    ) -> bool:
        return await household.decide_invitation(
            self.world.office,
            actor=actor or await self.proven(who),
            invitation_id=invitation,
            to=to,
            now=self.world.now,
        )

    async def invitations(self, who: Person) -> list[household.Invitation]:
        return await household.invitations_of(
            self.world.database, who.member_id, now=self.world.now
        )

    async def take_in(self, owner: Person, guest: Person, role: Role = Role.SPENDER) -> None:
        """Invite somebody, who accepts."""
        await self.invite(owner, guest.card, role)
        (found,) = [one for one in await self.invitations(guest) if one.is_own]
        await self.decide(guest, Decision.ACCEPTED, found.id)

    async def leave(
        self, who: Person, *, gone: Person | None = None, key: str | None = None
    ) -> bool:
        """By itself, or sent away by an owner."""
        stay = None if gone is None else await self.stay(gone)
        return await household.leave_household(
            self.world.office, asked=self._asked(member_actor(who), key), stay_id=stay
        )

    async def change(self, owner: Person, who: Person, role: Role) -> bool:
        return await household.change_role(
            self.world.office,
            asked=self._asked(await self.proven(owner), None),
            stay_id=await self.stay(who),
            role=role,
        )

    async def home(self, who: Person) -> household.Household | None:
        today = (await self.world.office.terms()).programme.today(self.world.now)
        return await household.household_of(
            self.world.database, who.member_id, now=self.world.now, today=today
        )

    async def pooled(self, who: Person) -> int:
        """What somebody of a household may spend now."""
        found = await self.home(who)
        return 0 if found is None else found.pooled

    async def stay(self, who: Person) -> int:
        found = await self.home(who)
        return 0 if found is None else found.own.id

    async def give(
        self,
        who: Person,
        card: str,
        points: int,
        *,
        key: str | None = None,
        actor: Actor | None = None,
    ) -> int:
        """The number of the gift."""
        sent = await transfer.send_points(
            self.world.office,
            actor=actor or await self.proven(who),
            gift=transfer.Gift(key or f"gift-{next(_numbers)}", card, points),
            now=self.world.now,
        )
        return sent.transfer_id

    async def answer(self, who: Person, gift: int, to: transfer.Decision) -> bool:
        return await transfer.decide_transfer(
            self.world.office, actor=member_actor(who), transfer_id=gift, to=to, now=self.world.now
        )

    async def gift(self, who: Person, number: int) -> transfer.Transfer:
        return (await transfer.transfers_at(self.world.database, who.member_id, [number]))[number]

    async def bring_back(self) -> int:
        """What nobody accepted in time; how many gifts."""
        return sum(
            [
                returned
                async for returned in transfer.return_transfers(
                    self.world.office, now=self.world.now
                )
            ]
        )

    def _asked(self, actor: Actor, key: str | None) -> Asked:
        return Asked(actor, key or f"household-{next(_numbers)}", self.world.now)
