"""What of an event is told to whom, whatever carries it."""

import json
import re

import pytest

from coalition.access import PARTNER_SCOPES, Actor, ActorKind, Scope
from coalition.api.admission import NotAdmitted
from coalition.api.schema import schema
from coalition.api.subscriptions import KINDS
from coalition.api.telling import default_documents
from coalition.outbox import OF_MEMBERS_ALONE, EventKind
from tests.live.telling import Teller, a_full_year
from tests.support import World, assert_books_balance

DOCUMENTS = default_documents()
# The one scope of a partner under which each kind of event is told in full.
_SCOPES = {
    EventKind.AWARD_RECORDED: Scope.POINTS_AWARD,
    EventKind.AWARD_REVERSED: Scope.POINTS_AWARD,
    EventKind.POINTS_HELD: Scope.POINTS_REDEEM,
    EventKind.HOLD_RELEASED: Scope.POINTS_REDEEM,
    EventKind.HOLD_EXPIRED: Scope.POINTS_REDEEM,
    EventKind.REDEMPTION_RECORDED: Scope.POINTS_REDEEM,
    EventKind.REDEMPTION_REFUNDED: Scope.POINTS_REDEEM,
    EventKind.POINTS_EXPIRED: Scope.POINTS_AWARD,
    EventKind.POINTS_CARRIED_OVER: Scope.POINTS_AWARD,
    EventKind.MEMBER_ENROLLED: Scope.MEMBERS_ENROL,
    EventKind.MEMBER_CHANGED: Scope.MEMBERS_ENROL,
    EventKind.STATEMENT_ISSUED: Scope.SETTLEMENT_READ,
    EventKind.PACKS_RUN_LOW: Scope.SETTLEMENT_READ,
    EventKind.CREDIT_RUNS_LOW: Scope.SETTLEMENT_READ,
    EventKind.DIFFERENCES_OVERDUE: Scope.RECONCILIATION_WRITE,
    EventKind.PAYMENT_FAILED: Scope.SETTLEMENT_READ,
    EventKind.PAYMENT_IN_QUESTION: Scope.SETTLEMENT_READ,
    EventKind.DISPUTE_OPENED: Scope.RECONCILIATION_WRITE,
    EventKind.DISPUTE_ANSWERED: Scope.RECONCILIATION_WRITE,
    EventKind.DISPUTE_DECIDED: Scope.RECONCILIATION_WRITE,
    EventKind.DISPUTE_WITHDRAWN: Scope.RECONCILIATION_WRITE,
    EventKind.DISPUTE_DUE_SOON: Scope.RECONCILIATION_WRITE,
}
_NOT_TOLD = {
    "{ viewer { scopes } }": "OPERATION_RESOLUTION_FAILURE",
    "subscription { awardRecorded { id } pointsHeld { id } }": "GRAPHQL_VALIDATION_FAILED",
    "subscription { __typename }": "GRAPHQL_VALIDATION_FAILED",
    "subscription { awardRecorded { award { member { balance { held } } } } }": "FORBIDDEN",
    "subscription { awardRecorded(after: 7) { id } }": "GRAPHQL_VALIDATION_FAILED",
    'subscription { awardRecorded(after: "cur_x") { id } }': "BAD_USER_INPUT",
    "subscription ($after: String!) { awardRecorded(after: $after) { id } }": "BAD_USER_INPUT",
    """subscription { awardRecorded { award { member { awards(first: 100) { nodes { member {
      awards(first: 100) { nodes { id } } } } } } } } }""": "QUERY_TOO_COMPLEX",
}
BALANCE = """subscription { balanceChanged {
  id cursor recordedAt partner { code } member { id }
  balance { available held } entry { kind points } } }"""


def test_every_kind_of_event_has_a_field_and_a_document_and_every_field_its_kinds() -> None:
    root = schema.graphql_schema.subscription_type
    assert root is not None
    assert KINDS.keys() == root.fields.keys()
    assert set().union(*KINDS.values()) == set(EventKind)
    assert DOCUMENTS.keys() == set(EventKind) - OF_MEMBERS_ALONE


def _code(refused: NotAdmitted) -> object:
    return (refused.errors[0].extensions or {})["code"]


async def test_the_document_of_a_kind_asks_for_what_its_scope_shows_and_for_no_other(
    world: World,
) -> None:
    await world.apply()
    teller = Teller(world)
    for kind, needed in _SCOPES.items():
        found = await teller.admitted(world.actor("bakery", needed), DOCUMENTS[kind])
        assert found.kinds == {kind}
        about_members = kind in {EventKind.MEMBER_ENROLLED, EventKind.MEMBER_CHANGED}
        office = Scope.MEMBERS_SUPPORT if about_members else Scope.OPERATOR_READ
        await teller.admitted(world.operator(office), DOCUMENTS[kind])
        others = PARTNER_SCOPES - {needed, *([Scope.MEMBERS_READ] if about_members else [])}
        with pytest.raises(NotAdmitted) as refused:
            await teller.admitted(world.actor("bakery", *others), DOCUMENTS[kind])
        assert _code(refused.value) == "INSUFFICIENT_SCOPE", kind


async def test_each_brand_is_told_in_full_of_its_own_acts_and_of_no_others(world: World) -> None:
    await a_full_year(world)
    teller = Teller(world)
    seen: dict[str, set[EventKind]] = {}
    events = await teller.happened()
    for event in events:
        for brand in ("bakery", "grocer"):
            till = world.actor(brand)
            admitted = await teller.admitted(till, DOCUMENTS[event.kind])
            answer = await teller.told(till, admitted, event)
            if event.partner_id != world.partner(brand).id:
                assert answer is None
                continue
            assert answer is not None
            assert answer.errors is None
            seen.setdefault(brand, set()).add(event.kind)
            text = json.dumps(answer.data)
            assert re.findall('"code": "(bakery|grocer)"', text) == [brand]
    of_brands = set(EventKind) - OF_MEMBERS_ALONE
    assert seen == {"bakery": of_brands, "grocer": of_brands}
    await assert_books_balance(world)


async def test_a_member_sees_its_balance_move_at_every_brand_and_no_others(world: World) -> None:
    await a_full_year(world)
    teller = Teller(world)
    events = await teller.happened()
    (ada,) = {one.member_id for one in events if one.kind is EventKind.MEMBER_ENROLLED
              and one.partner_id == world.partner("bakery").id}  # fmt: skip
    app = Actor(ActorKind.MEMBER, "app", frozenset({Scope.MEMBER_READ}), member_id=ada)
    balance = await teller.admitted(app, BALANCE)
    brands, kinds = set(), []
    for event in events:
        answer = await teller.told(app, balance, event)
        if event.member_id != ada or event.kind not in KINDS["balanceChanged"]:
            assert answer is None
            continue
        assert answer is not None
        assert answer.errors is None
        assert answer.data is not None
        changed = answer.data["balanceChanged"]
        brands.add(changed["partner"]["code"])
        kinds.append(changed["entry"]["kind"])
    assert brands == {"bakery", "grocer"}
    assert kinds == [
        "AWARD", "AWARD", "REDEMPTION", "REDEMPTION_REVERSAL", "HOLD", "HOLD_RELEASE", "HOLD",
        "REDEMPTION", "AWARD_REVERSAL", "OPENING", "HOLD_RELEASE", "EXPIRY", "EXPIRY",
    ]  # fmt: skip


async def test_a_brand_is_refused_the_balance_of_its_own_members(world: World) -> None:
    await world.apply()
    with pytest.raises(NotAdmitted) as refused:
        await Teller(world).admitted(world.actor("bakery"), BALANCE)
    assert _code(refused.value) == "FORBIDDEN"


async def test_a_document_that_cannot_be_told_is_refused_before_anything_is(world: World) -> None:
    await world.apply()
    teller = Teller(world)
    for document, code in _NOT_TOLD.items():
        with pytest.raises(NotAdmitted) as refused:
            await teller.admitted(world.actor("bakery"), document)
        assert _code(refused.value) == code, document


async def test_a_cursor_hides_its_place_and_cannot_be_made_up(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("bakery", ada, "50.00")
    teller = Teller(world)
    till = world.actor("bakery")
    document = (
        "subscription ($after: String) { awardRecorded(after: $after) { cursor award { id } } }"
    )
    event = (await teller.happened())[-1]
    answer = await teller.told(till, await teller.admitted(till, document), event)
    assert answer is not None
    assert answer.data is not None
    told = answer.data["awardRecorded"]
    assert (await teller.admitted(till, document, after=told["cursor"])).after == event.place
    for forged in (told["award"]["id"], told["cursor"][:-2] + "aa", told["cursor"].upper(), ""):
        with pytest.raises(NotAdmitted, match="after is not the cursor of an event"):
            await teller.admitted(till, document, after=forged)
