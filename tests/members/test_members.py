"""One member behind one card, each partner with its own notes of it, and no partner the wiser
about what another one knows.
"""

import asyncio
from datetime import timedelta

import pytest

from coalition import earning, redemption
from coalition.access import Scope
from coalition.kit.claims import IdempotencyKeyReused
from coalition.kit.errors import NotAllowed, Refusal
from coalition.members import (
    Enrolled,
    Enrolment,
    IdentifierBlocked,
    IdentifierKind,
    IdentifierTaken,
    KnownMember,
    MemberClosed,
    MemberNotFound,
    MemberRef,
    MemberStatus,
    block_card,
    change_status,
    enrol_member,
    find_member,
    identifier,
    replace_card,
)
from coalition.partners import PartnerSuspended
from tests.support import (
    Person,
    World,
    a_bakery,
    a_fuel,
    a_grocer,
    assert_books_balance,
    nothing_moves,
)

CARD, EMAIL, PHONE, EXTERNAL, PAYMENT_CARD = IdentifierKind
Known = tuple[IdentifierKind, str]


async def _enrol(
    world: World, brand: str | None, *known: Known, key: str | None = None
) -> Enrolled:
    """By a brand, or (None) by the operator."""
    return await enrol_member(
        world.office,
        actor=world.operator() if brand is None else world.actor(brand),
        idempotency_key=key or f"{brand}-{'-'.join(value for _, value in known)}".replace(" ", ""),
        enrolment=Enrolment([identifier(kind, value, ("identifiers",)) for kind, value in known]),
    )


async def _find(world: World, brand: str, kind: str, value: str) -> KnownMember | None:
    return await find_member(world.database, actor=world.actor(brand), ref=MemberRef(kind, value))


async def _block(world: World, brand: str, card: str, *, key: str = "block") -> Enrolled:
    return await block_card(
        world.office, actor=world.actor(brand), idempotency_key=key, card=card, reason="lost"
    )


async def _replace(
    world: World, brand: str, card: str, new_card: str, *, key: str = "replace"
) -> Enrolled:
    return await replace_card(
        world.office, actor=world.actor(brand), idempotency_key=key, card=card,
        new_card=new_card, reason="lost",
    )  # fmt: skip


async def _set_status(
    world: World, who: int, status: MemberStatus, *, key: str | None = None
) -> Enrolled:
    return await change_status(
        world.office, actor=world.operator(), idempotency_key=key or f"{who}-{status}",
        member_id=who, status=status, reason="as the story goes",
    )  # fmt: skip


async def _told(world: World, brand: str, ref: MemberRef) -> list[object]:
    """Every answer that a brand gets about whom it names so."""
    (awarded,) = await earning.award_points(
        world.office,
        actor=world.actor(brand),
        requests=[earning.AwardRequest("key", ref, world.purchase(brand, "10", reference="r"))],
        now=world.now,
    )
    assert awarded.refusal is not None
    refusals = [awarded.refusal]
    spend = redemption.SpendRequest("key", ref, 10, "basket")
    try:
        await redemption.redeem_points(
            world.office, actor=world.actor(brand), request=spend, now=world.now
        )
    except Refusal as refusal:
        refusals.append(refusal)
    found = await _find(world, brand, ref.kind, ref.value)
    return [found, *((one.code, one.message, one.field) for one in refusals)]


async def _lots(world: World) -> list[tuple[object, ...]]:
    return await world.rows("SELECT * FROM lot ORDER BY member_id, seq")


async def test_a_card_that_is_enrolled_twice_is_one_member(world: World) -> None:
    await world.apply()
    first = await _enrol(world, "grocer", (CARD, "7000 0001"), key="1")
    async with nothing_moves(world):
        again = await _enrol(world, "grocer", (CARD, "70000001"), key="1")
    other_key = await _enrol(world, "grocer", (CARD, "70000001"), key="2")
    assert (again.member_id, again.replayed) == (first.member_id, True)
    assert (other_key.member_id, other_key.replayed) == (first.member_id, False)
    assert await world.rows("SELECT count(*) FROM member") == [(1,)]


async def test_a_second_partner_links_itself_by_the_card_and_keeps_its_own_id(
    world: World,
) -> None:
    await world.apply()
    ada = await _enrol(world, "grocer", (CARD, "7001"), (EXTERNAL, "g-1"))
    linked = await _enrol(world, "bakery", (CARD, "7001"), (EXTERNAL, "b-1"))
    assert linked.member_id == ada.member_id
    for brand, mine, others in (("grocer", "g-1", "b-1"), ("bakery", "b-1", "g-1")):
        found = await _find(world, brand, "EXTERNAL", mine)
        assert found is not None
        assert found.member_id == ada.member_id
        assert await _find(world, brand, "EXTERNAL", others) is None
    await assert_books_balance(world)


async def test_the_same_external_id_at_two_partners_is_two_members(world: World) -> None:
    await world.apply()
    ada = await _enrol(world, "grocer", (EXTERNAL, "17"))
    bo = await _enrol(world, "bakery", (EXTERNAL, "17"))
    assert ada.member_id != bo.member_id


@pytest.mark.parametrize(
    ("kind", "value"), [(EMAIL, "ada@example.com"), (PHONE, "+34 600 123 456")]
)
async def test_an_address_is_each_partners_own_note_and_tells_nobody_that_a_member_exists(
    world: World, kind: IdentifierKind, value: str
) -> None:
    await world.apply()
    ada = await _enrol(world, "grocer", (kind, value))
    spelled = identifier(kind, value, ()).value
    unknown = "bo@example.com" if kind is EMAIL else "+34600999999"
    # What the bakery is told of an address that the grocer knows, and of one that nobody knows.
    answers = [await _told(world, "bakery", MemberRef(kind, one)) for one in (spelled, unknown)]
    assert answers[0] == answers[1]
    assert answers[0] == [None, *[("MEMBER_NOT_FOUND", "No such member.", ("member",))] * 2]
    new = [await _enrol(world, "bakery", (kind, address)) for address in (value, unknown)]
    assert ada.member_id not in {one.member_id for one in new}
    assert [one.replayed for one in new] == [False, False]
    mine = await _find(world, "grocer", kind.value, spelled)
    assert mine is not None
    assert mine.member_id == ada.member_id
    await assert_books_balance(world)


async def test_an_identifier_of_another_member_is_taken(world: World) -> None:
    await world.apply()
    await _enrol(world, "grocer", (CARD, "7001"), (EMAIL, "ada@example.com"))
    await _enrol(world, "grocer", (CARD, "7002"), (EMAIL, "bo@example.com"))
    async with nothing_moves(world):
        with pytest.raises(IdentifierTaken) as refused:
            await _enrol(world, "grocer", (CARD, "7001"), (EMAIL, "bo@example.com"))
    assert refused.value.field == ("identifiers", "1")
    # At the bakery the address is nobody's yet.
    await _enrol(world, "bakery", (CARD, "7001"), (EMAIL, "bo@example.com"))


async def test_a_member_gains_identifiers_when_one_of_them_names_it_already(world: World) -> None:
    await world.apply()
    ada = await _enrol(world, "grocer", (EMAIL, "ada@example.com"))
    again = await _enrol(world, "grocer", (EMAIL, "ada@example.com"), (CARD, "7001"))
    found = await _find(world, "bakery", "CARD", "7001")
    assert found is not None
    assert ada.member_id == again.member_id == found.member_id


async def test_what_is_wrong_with_an_enrolment_leaves_no_trace(world: World) -> None:
    await world.apply()
    await _enrol(world, "grocer", (CARD, "7001"), key="used")
    cards = [(CARD, str(number)) for number in range(11)]
    async with nothing_moves(world):
        for brand, known, key, code in (
            ("grocer", [], "1", "IDENTIFIER_NOT_VALID"),
            ("grocer", cards, "2", "IDENTIFIER_NOT_VALID"),
            ("grocer", [cards[0], cards[0]], "3", "IDENTIFIER_NOT_VALID"),
            (None, [(EXTERNAL, "1")], "4", "IDENTIFIER_NOT_VALID"),
            ("grocer", [cards[0]], "used", "IDEMPOTENCY_KEY_REUSED"),
            ("grocer", [cards[0]], "with blank", "IDEMPOTENCY_KEY_NOT_ALLOWED"),
        ):
            with pytest.raises(Refusal) as refused:
                await _enrol(world, brand, *known, key=key)
            assert refused.value.code == code


async def test_a_suspended_partner_enrols_nobody(world: World) -> None:
    await world.apply(brands=[a_bakery(), a_grocer(status="suspended")])
    async with nothing_moves(world):
        with pytest.raises(PartnerSuspended):
            await _enrol(world, "grocer", (CARD, "7001"))


async def test_forty_enrolments_of_one_card_at_once_are_one_member(world: World) -> None:
    await world.apply()
    enrolled = await asyncio.gather(
        *(
            _enrol(
                world, brand, (CARD, "7001"), (EXTERNAL, "1"), (EMAIL, "ada@example.com"),
                key=f"{turn}",
            )
            for turn in range(20)
            for brand in ("grocer", "bakery")
        )
    )  # fmt: skip
    assert len({one.member_id for one in enrolled}) == 1
    assert await world.rows("SELECT count(*) FROM member") == [(1,)]
    assert await world.rows("SELECT count(*) FROM balance") == [(1,)]
    assert await world.rows("SELECT count(*) FROM identifier") == [(5,)]
    await assert_books_balance(world)


async def test_the_same_enrolment_at_once_is_one_enrolment_and_replays(world: World) -> None:
    await world.apply()
    enrolled = await asyncio.gather(
        *(_enrol(world, "grocer", (CARD, "7001"), key="k") for _ in range(20))
    )
    assert sum(one.replayed for one in enrolled) == 19
    assert await world.rows("SELECT count(*) FROM enrolment") == [(1,)]


async def test_a_replaced_card_leaves_balance_lots_and_last_days_as_they_are(
    world: World,
) -> None:
    await world.apply(expiry={"kind": "rolling", "months": "12"}, pending_days="3")
    ada = await world.enrol("Ada", card="7001")
    await world.award("grocer", ada, "100", at=world.now - timedelta(days=40))
    await world.award("grocer", ada, "30")
    hold = await world.hold("grocer", ada, 20, seconds=86400)
    before = await world.balance(ada), await _lots(world)
    await _replace(world, "bakery", "7001", "7002")
    assert (await world.balance(ada), await _lots(world)) == before
    async with nothing_moves(world):
        for use in (world.award("grocer", ada, "5"), world.redeem("grocer", ada, 5)):
            with pytest.raises(IdentifierBlocked):
                await use
        assert await _find(world, "grocer", "CARD", "7001") is None
        with pytest.raises(IdentifierBlocked):
            await _enrol(world, "grocer", (CARD, "7001"))
    new = Person("Ada", ada.member_id, "7002")
    await world.award("grocer", new, "5")
    await world.redeem("grocer", new, 10)
    await world.capture("grocer", hold)
    assert (await world.balance(ada)).available == 70
    await assert_books_balance(world)


async def test_a_blocked_card_neither_earns_nor_spends_and_keeps_what_it_had(
    world: World,
) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    before = await world.balance(ada), await _lots(world)
    await _block(world, "bakery", ada.card)
    async with nothing_moves(world):
        for use in (
            world.award("grocer", ada, "5"),
            world.redeem("grocer", ada, 5),
            world.hold("grocer", ada, 5),
        ):
            with pytest.raises(IdentifierBlocked):
                await use
        for change in (
            _block(world, "bakery", ada.card, key="again"),
            _replace(world, "bakery", ada.card, "7999"),
        ):
            with pytest.raises(IdentifierBlocked):
                await change
    assert (await world.balance(ada), await _lots(world)) == before
    await assert_books_balance(world)


async def test_only_partners_that_are_linked_may_block_or_replace_a_card(world: World) -> None:
    await world.apply(brands=[a_bakery(), a_grocer(), a_fuel()])
    await _enrol(world, "grocer", (CARD, "7001"))
    async with nothing_moves(world):
        for card in ("7001", "7999"):
            with pytest.raises(MemberNotFound):
                await _block(world, "fuel", card)
            with pytest.raises(MemberNotFound):
                await _replace(world, "fuel", card, "7002")
        with pytest.raises(NotAllowed):
            await block_card(
                world.office, actor=world.actor("grocer", Scope.POINTS_AWARD),
                idempotency_key="k", card="7001", reason="lost",
            )  # fmt: skip
    await _enrol(world, "fuel", (CARD, "7001"))
    await _block(world, "fuel", "7001")
    assert await _find(world, "grocer", "CARD", "7001") is None


async def test_a_card_of_somebody_else_cannot_be_the_new_one(world: World) -> None:
    await world.apply()
    await _enrol(world, "grocer", (CARD, "7001"))
    await _enrol(world, "grocer", (CARD, "7002"))
    async with nothing_moves(world):
        for taken in ("7002", "7001"):
            with pytest.raises(IdentifierTaken):
                await _replace(world, "grocer", "7001", taken)


async def test_a_card_that_is_replaced_at_once_by_many_is_replaced_once(world: World) -> None:
    await world.apply()
    ada = await _enrol(world, "grocer", (CARD, "7001"))
    outcomes = await asyncio.gather(
        *(_replace(world, "grocer", "7001", f"71{turn:02}", key=f"{turn}") for turn in range(12)),
        return_exceptions=True,
    )
    done = [one for one in outcomes if isinstance(one, Enrolled)]
    assert [one.member_id for one in done] == [ada.member_id]
    assert sum(isinstance(one, IdentifierBlocked) for one in outcomes) == 11
    assert await world.rows("SELECT count(*) FROM identifier WHERE state = 'active'") == [(1,)]


async def test_the_same_change_at_once_is_one_change_and_replays(world: World) -> None:
    await world.apply()
    ada = await _enrol(world, "grocer", (CARD, "7001"))
    replaced = await asyncio.gather(
        *(_replace(world, "grocer", "7001", "7002", key="k") for _ in range(12))
    )
    blocked = await asyncio.gather(*(_block(world, "grocer", "7002", key="k") for _ in range(12)))
    locked = await asyncio.gather(
        *(_set_status(world, ada.member_id, MemberStatus.LOCKED) for _ in range(12))
    )
    for outcomes in (replaced, blocked, locked):
        assert sum(one.replayed for one in outcomes) == 11
    assert await world.rows("SELECT count(*) FROM member_change") == [(3,)]
    async with nothing_moves(world):
        with pytest.raises(IdempotencyKeyReused):
            await _block(world, "grocer", "7003", key="k")


async def test_a_closed_member_stays_closed(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    await _set_status(world, ada.member_id, MemberStatus.CLOSED)
    async with nothing_moves(world):
        for status in MemberStatus:
            with pytest.raises(MemberClosed):
                await _set_status(world, ada.member_id, status, key=f"again-{status}")
        for use in (
            world.award("grocer", ada, "5"),
            world.redeem("grocer", ada, 5),
            world.hold("grocer", ada, 5),
            _enrol(world, "grocer", (CARD, ada.card)),
        ):
            with pytest.raises(MemberClosed):
                await use
    await assert_books_balance(world)


async def test_a_member_that_is_closed_while_others_change_it_ends_closed(world: World) -> None:
    await world.apply()
    for turn in range(6):
        ada = await world.enrol("Ada")
        outcomes = await asyncio.gather(
            *(
                _set_status(world, ada.member_id, status, key=f"{turn}-{place}-{status}")
                for place in range(3)
                for status in (MemberStatus.SUSPENDED, MemberStatus.CLOSED, MemberStatus.ACTIVE)
            ),
            return_exceptions=True,
        )
        assert {type(one) for one in outcomes} <= {Enrolled, MemberClosed}
        assert await world.rows(
            "SELECT status FROM member WHERE member_id = $1", ada.member_id
        ) == [("closed",)]
    changes = await world.rows("SELECT count(*) FROM member_change WHERE what = 'status: closed'")
    assert changes == [(6,)]


async def test_a_suspended_member_comes_back_with_all_it_had(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    await _set_status(world, ada.member_id, MemberStatus.SUSPENDED)
    async with nothing_moves(world):
        with pytest.raises(Refusal, match="suspended"):
            await world.redeem("grocer", ada, 5)
    await _set_status(world, ada.member_id, MemberStatus.ACTIVE)
    await world.redeem("grocer", ada, 100)
    await assert_books_balance(world)


async def test_only_the_operator_changes_a_members_status(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    async with nothing_moves(world):
        with pytest.raises(NotAllowed):
            await change_status(
                world.office, actor=world.actor("grocer"), idempotency_key="k",
                member_id=ada.member_id, status=MemberStatus.CLOSED, reason="no",
            )  # fmt: skip
        with pytest.raises(MemberNotFound):
            await _set_status(world, 999, MemberStatus.CLOSED)


async def test_the_operators_own_notes_are_seen_by_no_partner(world: World) -> None:
    await world.apply()
    ada = await _enrol(world, None, (EMAIL, "ada@example.com"), (CARD, "7001"))
    assert await _find(world, "grocer", "EMAIL", "ada@example.com") is None
    assert await _find(world, "grocer", "ID", str(ada.member_id)) is None
    assert await world.rows("SELECT count(*) FROM member_partner") == [(0,)]


async def test_a_partner_that_has_dealt_with_a_member_finds_it_by_id(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada", brand="grocer")
    assert await _find(world, "bakery", "ID", str(ada.member_id)) is None
    await world.award("bakery", ada, "10")
    assert await _find(world, "bakery", "ID", str(ada.member_id)) is not None
