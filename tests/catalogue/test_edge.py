"""The catalogue as brands, members and the operator meet it over HTTP."""

import base64
import struct
import time
import zlib
from collections.abc import AsyncIterator

import pytest
from joserfc import jwt

from coalition.access import EXPLORER, MEMBER_SCOPES, load_keys
from tests.support import (
    Person,
    World,
    a_bakery,
    a_fuel,
    a_grocer,
    assert_books_balance,
    nothing_moves,
)
from tests.support.edge import URL, Edge, Json, codes, edge_of

PUT = """mutation ($input: PutRewardInput!) { putReward(input: $input) {
  reward { id version stock availability } replayed userErrors { code field } } }"""
LOAD = """mutation ($input: LoadCodesInput!) { loadCodes(input: $input) {
  loaded refusedCodes { index error { code } } reward { stock } userErrors { code } } }"""
CLAIM = """mutation ($input: ClaimRewardInput!, $dry: Boolean! = false) {
  claimReward(input: $input, dryRun: $dry) {
    claim { id code points state reward { title } redemption { points } }
    replayed userErrors { code } } }"""
CANCEL = """mutation ($input: CancelClaimInput!) { cancelClaim(input: $input) {
  claim { state code } replayed userErrors { code } } }"""
USE = """mutation ($input: UseVoucherInput!) { useVoucher(input: $input) {
  claim { id state } userErrors { code } } }"""
REWARDS = """query ($filter: RewardFilter, $sort: RewardSort! = POINTS, $after: String) {
  rewards(filter: $filter, sort: $sort, first: 2, after: $after) {
    nodes { code availability title(locale: "es-MX") description(locale: "es-MX") }
    pageInfo { hasNextPage endCursor } } }"""
IMAGE = """mutation ($input: PutRewardImageInput!) { putRewardImage(input: $input) {
  image { hash path } userErrors { code } } }"""
MINE = """{ viewer { member { claims { nodes { state code } } } } }"""


def _a_reward(code: str, **more: object) -> Json:
    return {
        "idempotencyKey": f"put-{code}",
        "code": code,
        "kind": "ITEM",
        "texts": [{"locale": "en", "title": code.title(), "description": "Good."}],
        "points": "300",
    } | more


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply()
    async with edge_of(world, applied.new_secrets) as found:
        yield found


@pytest.fixture
async def ada(world: World, edge: Edge) -> Person:
    """She has 500 points of the grocer's, and asks with a token of her own."""
    who = await _ada(world, edge)
    await world.award("grocer", who, "500.00")
    return who


async def _ada(world: World, edge: Edge) -> Person:
    who = await world.enrol("Ada")
    keys, now = await load_keys(world.database), int(time.time())
    claims = {
        "iss": URL, "aud": f"{URL}/graphql", "iat": now, "exp": now + 600, "jti": "x", "sub": "x",
        "client_id": EXPLORER, "scope": " ".join(sorted(MEMBER_SCOPES)),
        "member_id": who.member_id,
    }  # fmt: skip
    header = {"alg": "ES256", "typ": "at+jwt", "kid": keys.signing.kid}
    edge.bear("ada", jwt.encode(header, claims, keys.signing))
    return who


@pytest.mark.usefixtures("ada")
async def test_from_a_brands_shelf_to_a_members_hand_and_a_till(world: World, edge: Edge) -> None:
    put = await edge.ask(
        "bakery-till", PUT, input=_a_reward("five-off", kind="VOUCHER", cancelHours=24)
    )
    assert put["reward"]["availability"] == "OUT_OF_STOCK"
    reward = put["reward"]["id"]
    loaded = await edge.ask(
        "bakery-till", LOAD, input={"rewardId": reward, "codes": ["AB 12", "AB12", "CD34"]}
    )
    assert (loaded["loaded"], loaded["reward"]["stock"]) == (2, "2")
    assert [(one["index"], one["error"]["code"]) for one in loaded["refusedCodes"]] == [
        (1, "CODE_KNOWN")
    ]
    wanted = {"idempotencyKey": "c1", "rewardId": reward, "points": "300"}
    async with nothing_moves(world):
        dry = await edge.ask("ada", CLAIM, input=wanted, dry=True)
    assert (dry["claim"]["points"], dry["userErrors"]) == ("300", [])
    assert dry["claim"]["code"] is None, "nobody reads for nothing the code that is drawn next"
    claimed = await edge.ask("ada", CLAIM, input=wanted)
    assert claimed["claim"]["code"] == "AB12"
    assert claimed["claim"]["redemption"] == {"points": "300"}
    mine = await edge.ask("ada", MINE)
    assert mine["member"]["claims"]["nodes"] == [{"state": "CLAIMED", "code": "AB12"}]
    used = await edge.ask(
        "bakery-till", USE, input={"idempotencyKey": "u1", "code": "ab12", "reference": "b-1"}
    )
    assert codes(used) == ["VOUCHER_NOT_FOUND"]
    used = await edge.ask(
        "bakery-till", USE, input={"idempotencyKey": "u1", "code": "AB 12", "reference": "b-1"}
    )
    assert used["claim"] == {"id": claimed["claim"]["id"], "state": "DONE"}
    late = await edge.ask(
        "ada", CANCEL,
        input={"idempotencyKey": "x1", "claimId": claimed["claim"]["id"], "reason": "no"},
    )  # fmt: skip
    assert codes(late) == ["CLAIM_NOT_CANCELLABLE"]
    await assert_books_balance(world)


@pytest.mark.usefixtures("ada")
async def test_a_brand_never_sees_a_code_and_another_brand_sees_nothing(edge: Edge) -> None:
    put = await edge.ask("bakery-till", PUT, input=_a_reward("five-off", kind="VOUCHER"))
    reward = put["reward"]["id"]
    await edge.ask("bakery-till", LOAD, input={"rewardId": reward, "codes": ["AB12"]})
    claimed = await edge.ask("ada", CLAIM, input={"idempotencyKey": "c", "rewardId": reward})
    asked = "query ($id: ID!) { node(id: $id) { id } }"
    for id_ in (reward, claimed["claim"]["id"]):
        assert await edge.ask("bakery-till", asked, id=id_) == {"id": id_}
        assert await edge.ask("grocer-till", asked, id=id_) is None
    refused = await edge.post("bakery-till", "{ claims { nodes { code } } }")
    assert refused.status_code == 403
    foreign = await edge.ask("grocer-till", LOAD, input={"rewardId": reward, "codes": ["Z"]})
    unknown = await edge.ask("grocer-till", LOAD, input={"rewardId": "rwd_x", "codes": ["Z"]})
    assert foreign == unknown
    assert codes(foreign) == ["REWARD_NOT_FOUND"]


@pytest.mark.usefixtures("ada")
async def test_members_browse_what_is_open_in_their_order_and_language(edge: Edge) -> None:
    texts = [
        {"locale": "en", "title": "Tea", "description": "A pot."},
        {"locale": "es", "title": "Té"},
    ]
    worth = {"amount": "9.00", "currency": "USD"}
    for brand, reward in (
        ("bakery-till", _a_reward("tea", points="200", texts=texts)),
        ("bakery-till", _a_reward("cake", points="450", faceValue=worth)),
        ("grocer-till", _a_reward("hamper", points="900", faceValue=worth, stock="0")),
        ("grocer-till", _a_reward("later", points="1", **{"from": "2026-03-16T12:00:00Z"})),
    ):
        assert (await edge.ask(brand, PUT, input=reward))["userErrors"] == []
    first = await edge.ask("ada", REWARDS)
    assert first["nodes"] == [
        {"code": "tea", "availability": "AVAILABLE", "title": "Té", "description": "A pot."},
        {"code": "cake", "availability": "AVAILABLE", "title": "Cake", "description": "Good."},
    ]
    rest = await edge.ask("ada", REWARDS, after=first["pageInfo"]["endCursor"])
    assert [(one["code"], one["availability"]) for one in rest["nodes"]] == [
        ("hamper", "OUT_OF_STOCK")
    ]
    assert not rest["pageInfo"]["hasNextPage"]
    for asked, found in (
        ({"sort": "VALUE"}, ["cake", "hamper"]),
        ({"filter": {"affordable": True}}, ["tea", "cake"]),
        ({"filter": {"pointsFrom": "300", "partner": "bakery"}}, ["cake"]),
        ({"filter": {"partner": "nobody"}}, []),
    ):
        page = await edge.ask("ada", REWARDS, **asked)
        assert [one["code"] for one in page["nodes"]] == found, asked
    own = await edge.ask("grocer-till", REWARDS)
    assert [(one["code"], one["availability"]) for one in own["nodes"]] == [
        ("later", "NOT_YET"), ("hamper", "OUT_OF_STOCK"),
    ]  # fmt: skip


async def test_values_of_one_currency_are_compared_and_those_of_others_follow(
    world: World,
) -> None:
    """By minor units a dinar of a thousand would lead, and a yen be worth a cent."""
    applied = await world.apply(
        brands=[a_fuel(), a_bakery(currency="JPY"), a_grocer(currency="BHD")]
    )
    async with edge_of(world, applied.new_secrets) as edge:
        await _ada(world, edge)
        for brand, code, points, worth, money in (
            ("fuel", "two-dollars", "100", "2.00", None),
            ("fuel", "three-dollars", "100", "3.00", None),
            ("fuel", "half-a-dollar", "100", "9.00", "8.50"),
            ("fuel", "tank", "10", None, None),
            ("bakery", "five-hundred-yen", "100", "500", None),
            ("bakery", "nine-hundred-yen", "150", "900", None),
            ("grocer", "one-dinar", "100", "1.000", None),
            ("grocer", "two-dinars", "100", "2.000", None),
        ):
            currency = world.partner(brand).currency
            paid = {"amount": worth, "currency": currency} if worth else None
            besides = {"amount": money, "currency": currency} if money else None
            reward = _a_reward(code, points=points, faceValue=paid, money=besides)
            put = await edge.ask(f"{brand}-till", PUT, input=reward)
            assert put["userErrors"] == []
        found, after = [], None
        while True:
            page = await edge.ask("ada", REWARDS, sort="VALUE", after=after)
            found += [one["code"] for one in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
    assert found == [
        "three-dollars", "two-dollars", "half-a-dollar", "two-dinars", "one-dinar",
        "nine-hundred-yen", "five-hundred-yen", "tank",
    ]  # fmt: skip


async def test_shelves_are_those_on_which_there_is_something_now(world: World, edge: Edge) -> None:
    await _ada(world, edge)
    for code, more in (
        ("tea", {"category": "Drinks"}), ("cake", {"category": "Baking"}), ("pot", {}),
        ("bun", {"category": "Baking"}),
        ("ice", {"category": "Summer", "from": "2026-06-01T00:00:00Z"}),
    ):  # fmt: skip
        await edge.ask("bakery-till", PUT, input=_a_reward(code, **more))
    for client, shelves in (
        ("ada", ["Baking", "Drinks"]), ("bakery-till", ["Baking", "Drinks"]), ("grocer-till", []),
    ):  # fmt: skip
        assert await edge.ask(client, "{ rewardCategories }") == shelves


async def test_a_member_saves_for_one_reward_and_nobody_else_knows(
    world: World, edge: Edge
) -> None:
    ada = await _ada(world, edge)
    rewards = {
        code: (await edge.ask("bakery-till", PUT, input=_a_reward(code)))["reward"]["id"]
        for code in ("tea", "cake")
    }
    wish = """mutation ($reward: ID) { wishForReward(input: {rewardId: $reward}) {
      kept userErrors { code } } }"""
    mine = "{ viewer { member { wish { code } } } }"
    for reward, code in ((rewards["tea"], "tea"), (rewards["cake"], "cake"), (None, None)):
        for _ in range(2):
            assert (await edge.ask("ada", wish, reward=reward))["kept"]
        found = (await edge.ask("ada", mine))["member"]["wish"]
        assert (found and found["code"]) == code
    for unknown in ("rwd_nothing", "clm_nothing"):
        async with nothing_moves(world, besides=("person_request",)):
            refused = await edge.ask("ada", wish, reward=unknown)
        assert codes(refused) == ["REWARD_NOT_FOUND"]
    await world.superuser.execute(
        "UPDATE member SET status = 'closed' WHERE member_id = $1", ada.member_id
    )
    assert codes(await edge.ask("ada", wish, reward=rewards["tea"])) == ["MEMBER_CLOSED"]


def _png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data
            + struct.pack(">I", zlib.crc32(name + data))
        )  # fmt: skip

    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IEND", b"")


async def test_an_image_is_served_by_us_to_anybody_and_is_an_image(edge: Edge) -> None:
    content = _png(20, 10)
    kept = await edge.ask(
        "bakery-till", IMAGE, input={"content": base64.b64encode(content).decode()}
    )
    served = await edge.http.get(kept["image"]["path"])
    assert (served.status_code, served.content) == (200, content)
    assert served.headers["content-type"] == "image/png"
    assert "sandbox" in served.headers["content-security-policy"]
    assert served.headers["x-content-type-options"] == "nosniff"
    again = await edge.http.get(
        kept["image"]["path"], headers={"If-None-Match": served.headers["etag"]}
    )
    assert again.status_code == 304
    for unknown in ("0" * 64, "nothing", "%00", "a" * 63 + "g"):
        assert (await edge.http.get(f"/rewards/images/{unknown}")).status_code == 404
    assert (await edge.http.post(kept["image"]["path"])).status_code == 405
    put = await edge.ask(
        "bakery-till", PUT, input=_a_reward("tea", imageHash=kept["image"]["hash"])
    )
    assert put["userErrors"] == []


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + bytes(20), _png(2001, 1),
        _png(0, 5), b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\x00\x00",
        b"RIFF\0\0\0\0WEBPVP8 ", _png(5, 5) + bytes(512 * 1024),
    ],
)  # fmt: skip
async def test_what_is_no_image_is_refused(world: World, edge: Edge, content: bytes) -> None:
    async with nothing_moves(world):
        found = await edge.ask(
            "bakery-till", IMAGE, input={"content": base64.b64encode(content).decode()}
        )
    assert codes(found) == ["REWARD_IMAGE_NOT_VALID"]
