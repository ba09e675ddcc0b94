"""The typed client against the real edge, also while that is away, slow, or loses its answers."""

import runpy
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest
from pydantic import ValidationError

from coalition_client import (
    AwardPointsBatchInput,
    AwardPointsInput,
    AwardShape,
    Client,
    EnrolMemberInput,
    ErrorShape,
    IdentifierInput,
    IdentifierKind,
    MemberRef,
    MoneyInput,
    NoAnswer,
    PurchaseInput,
    RedeemPointsInput,
    Refused,
    RequestFailed,
    TokenRefused,
    TryLater,
    UserErrorCode,
    every,
)
from tests.support import World, assert_books_balance, nothing_moves
from tests.support.edge import URL, edge_of
from tests.support.road import Road

PACKAGE = Path(__file__).parents[2] / "clients" / "python"
CARD = MemberRef(card="70000001")


@asynccontextmanager
async def on_the_road(
    world: World, secrets: Mapping[str, str]
) -> AsyncIterator[tuple[Client, Road]]:
    """The grocer's till, and the road from it to the server."""
    async with edge_of(world, secrets) as edge:
        road = Road(edge.http._transport)
        async with httpx2.AsyncClient(transport=road) as http:
            yield Client(URL, "grocer-till", secrets["grocer-till"], http=http), road


def a_purchase(reference: str, amount: str = "100.00") -> AwardPointsInput:
    return AwardPointsInput(
        idempotency_key=f"key-{reference}",
        member=CARD,
        purchase=PurchaseInput(
            reference=reference,
            purchased_at=datetime(2026, 3, 10, 16, tzinfo=UTC),
            amount=MoneyInput(amount=Decimal(amount), currency="USD"),
        ),
    )


async def test_a_till_enrols_awards_redeems_and_reads_on(world: World) -> None:
    secrets = (await world.apply()).new_secrets
    async with on_the_road(world, secrets) as (till, road):
        viewer = await till.viewer()
        assert viewer.partner is not None
        assert viewer.partner.agreements[0].issue_price == Decimal("0.0100")
        card = IdentifierInput(kind=IdentifierKind.CARD, value="70000001")
        enrolled = await till.enrol_member(
            EnrolMemberInput(idempotency_key="enrol-ada", identifiers=[card])
        )
        assert enrolled.member is not None
        assert await till.find_member(CARD) == enrolled.member
        async with nothing_moves(world):
            tried = await till.award_points(a_purchase("1", "19.99"), dry_run=True)
        assert tried.award is not None
        estimate = await till.estimate_award(a_purchase("1", "19.99").purchase)
        awarded = await till.award_points(a_purchase("1", "19.99"))
        assert awarded.award is not None
        assert awarded.award.points == estimate.points == tried.award.points == 19
        again = await till.award_points(a_purchase("1", "19.99"))
        assert (again.award, again.replayed) == (awarded.award, True)
        rows = [a_purchase(str(number)) for number in range(2, 6)] + [a_purchase("6", "0.10")]
        batch = await till.award_points_batch(AwardPointsBatchInput(rows=rows), only_rejected=True)
        assert (batch.accepted, batch.rejected, batch.points) == (4, 1, 400)
        assert batch.results[0].user_errors[0].code is UserErrorCode.NOTHING_EARNED
        found = [award.purchase_reference async for award in every(till.list_awards, first=2)]
        assert sorted(found) == ["1", "2", "3", "4", "5"]
        spent = await till.redeem_points(
            RedeemPointsInput(idempotency_key="r", member=CARD, points=300, reference="b-1")
        )
        assert spent.redemption is not None
        assert spent.redemption.value.amount == Decimal("2.40")
        member = await till.can_spend(CARD, 120)
        assert member is not None
        assert not member.can_spend
        assert road.asked.count("/oauth/token") == 1
    await assert_books_balance(world)


async def test_a_refusal_is_raised_with_its_code_and_where_it_is(world: World) -> None:
    secrets = (await world.apply()).new_secrets
    async with on_the_road(world, secrets) as (till, _):
        async with nothing_moves(world):
            with pytest.raises(Refused, match="MEMBER_NOT_FOUND") as refused:
                await till.award_points(a_purchase("1"))
        assert refused.value.code == "MEMBER_NOT_FOUND"
        assert refused.value.mistakes[0].field == ("member",)


@pytest.mark.parametrize("happens", [503, 429, "cut"])
async def test_what_did_not_reach_the_server_is_sent_again(
    world: World, happens: int | str
) -> None:
    secrets = (await world.apply()).new_secrets
    await world.enrol("Ada", card="70000001", brand="grocer")
    async with on_the_road(world, secrets) as (till, road):
        await till.viewer()
        road.planned = [happens, happens]
        awarded = await till.award_points(a_purchase("1"))
        assert awarded.award is not None
        assert not awarded.replayed
    await assert_books_balance(world)


async def test_an_award_whose_answer_was_lost_counts_once(world: World) -> None:
    secrets = (await world.apply()).new_secrets
    ada = await world.enrol("Ada", card="70000001", brand="grocer")
    async with on_the_road(world, secrets) as (till, road):
        await till.viewer()
        road.planned = ["lost"]
        awarded = await till.award_points(a_purchase("1"))
        assert awarded.replayed
    assert (await world.balance(ada)).available == 100
    await assert_books_balance(world)


async def test_a_client_gives_up_and_says_what_is_known(world: World) -> None:
    secrets = (await world.apply()).new_secrets
    async with on_the_road(world, secrets) as (till, road):
        hasty = Client(URL, "grocer-till", secrets["grocer-till"], http=till._http, tries=2)
        await hasty.viewer()
        async with nothing_moves(world):
            road.planned = [503, 503]
            with pytest.raises(TryLater, match="2 times") as later:
                await hasty.award_points(a_purchase("1"))
            assert (later.value.status, later.value.retry_after) == (503, 0.0)
            road.planned, road.retry_after = [429], "3600"
            with pytest.raises(TryLater, match="1 times") as throttled:
                await hasty.award_points(a_purchase("1"))
            assert (throttled.value.status, throttled.value.retry_after) == (429, 3600.0)
            road.planned = ["cut", "cut"]
            with pytest.raises(NoAnswer, match="road is closed"):
                await hasty.award_points(a_purchase("1"))


async def test_a_date_to_try_again_is_understood(world: World) -> None:
    secrets = (await world.apply()).new_secrets
    async with on_the_road(world, secrets) as (till, road):
        road.planned, road.retry_after = [503], "Tue, 24 Nov 2099 12:00:00 GMT"
        with pytest.raises(TryLater) as later:
            await till.viewer()
        assert (later.value.retry_after or 0) > 3600
        road.planned, road.retry_after = [503], "soon"
        assert (await till.viewer()).kind == "PARTNER"


async def test_a_token_that_is_taken_no_more_is_fetched_anew(world: World) -> None:
    secrets = (await world.apply()).new_secrets
    async with on_the_road(world, secrets) as (till, road):
        await till.viewer()
        road.planned = [401]
        await till.viewer()
        assert road.asked == ["/oauth/token", "/graphql", "/graphql", "/oauth/token", "/graphql"]
        road.planned = [401, 401]
        with pytest.raises(RequestFailed) as failed:
            await till.viewer()
        assert failed.value.status == 401


async def test_a_wrong_secret_and_a_missing_scope_are_told_apart(world: World) -> None:
    secrets = (await world.apply()).new_secrets
    async with on_the_road(world, secrets) as (till, _):
        http = till._http
        wrong = Client(URL, "grocer-till", "cs_wrong", http=http)
        with pytest.raises(TokenRefused) as refused:
            await wrong.viewer()
        assert refused.value.code == "invalid_client"
        narrow = Client(URL, "grocer-till", secrets["grocer-till"], scope="members:read", http=http)
        with pytest.raises(RequestFailed) as failed:
            await narrow.award_points(a_purchase("1"))
        assert (failed.value.code, failed.value.status) == ("INSUFFICIENT_SCOPE", 403)
        assert failed.value.request_id


async def test_a_secret_is_not_sent_in_the_clear() -> None:
    with pytest.raises(ValueError, match="https"):
        Client("http://points.example.com", "till", "cs_secret")
    async with Client("http://127.0.0.1:8000/", "till", "cs_secret"):
        pass


def test_numbers_and_times_are_exact() -> None:
    most = 2**63 - 1
    points = RedeemPointsInput(idempotency_key="r", member=CARD, points=most, reference="1")
    assert f'"points":"{most}"' in points.model_dump_json()
    with pytest.raises(ValidationError, match="timezone"):
        PurchaseInput(
            reference="1",
            purchased_at=datetime(2026, 3, 10),  # noqa: DTZ001 - the mistake that is meant
            amount=MoneyInput(amount=Decimal("1.10"), currency="USD"),
        )


def test_a_refusal_that_this_version_does_not_know_is_kept() -> None:
    told = ErrorShape.model_validate({"code": "NEW_LAW", "message": "Not today.", "field": None})
    assert (told.code, told.code.value) == ("NEW_LAW", "NEW_LAW")
    with pytest.raises(ValidationError, match="state"):
        AwardShape.model_validate({"state": 7})


def test_the_generated_code_is_that_of_this_schema_and_these_documents() -> None:
    made_from = runpy.run_path(str(PACKAGE / "made_from.py"))["made_from"]
    recorded = (PACKAGE / "src/coalition_client/generated/made_from.txt").read_text().strip()
    assert made_from() == recorded, "The schema or a document has changed: run `make client`."
