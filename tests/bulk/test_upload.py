"""The file on its way: who may send it, how large it may be, what counts when it breaks off."""

import asyncio
import hashlib
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from joserfc import jwt

from coalition.access import load_keys
from tests.bulk.support import CANCEL, CREATE, Office, a_row, ndjson, work_off
from tests.support import Person, World, a_bakery, a_client, a_grocer, nothing_moves
from tests.support.edge import URL, Edge, Json, codes, edge_of
from tests.support.live import live_edge

FILE = ndjson(a_row(number, "7001") for number in range(3))
_ANYTIME = re.compile(r'"requestId":"[^"]+"')


async def test_a_file_can_be_sent_again_until_it_has_come_whole(world: World) -> None:
    applied = await world.apply()
    await world.enrol("Ada", card="7001")
    async with live_edge(world, applied.new_secrets) as edge:
        office = Office(world, edge)
        bulk_id = await office.open()
        reader, writer = await _connected(edge, bulk_id, "Content-Length: 6000000")
        writer.write(ndjson(a_row(number, "7001") for number in range(9000)))
        await writer.drain()
        writer.close()
        await reader.read()
        await work_off(world)
        assert (await office.watch(bulk_id))["state"] == "UPLOADING"
        assert (await office.put(bulk_id, FILE)).status_code == 202
        assert await world.rows("SELECT count(DISTINCT upload), count(*) FROM bulk_chunk") == [
            (1, 1)
        ]
        await work_off(world)
        assert (await office.watch(bulk_id))["awarded"] == 3
        async with nothing_moves(world):
            again = await office.put(bulk_id, FILE)
        assert again.status_code == 409
        assert again.json()["errors"][0]["extensions"]["code"] == "BULK_AWARD_HAS_ITS_FILE"


async def _connected(
    edge: Edge, bulk_id: str, length: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which the head of a PUT has been sent."""
    token = await edge.token("grocer-till")
    port = int(str(edge.http.base_url).rpartition(":")[2].rstrip("/"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"PUT /bulk/awards/{bulk_id} HTTP/1.1\r\nHost: x\r\n{length}\r\n"
        f"Authorization: Bearer {token}\r\n\r\n".encode()
    )
    return reader, writer


async def test_the_later_of_two_sendings_counts_and_the_earlier_is_told(
    office: Office, ada: Person
) -> None:
    bulk_id = await office.open()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield ndjson(a_row(number, ada.card) for number in range(100, 9000))
        begun.set()
        await go_on.wait()
        yield ndjson(a_row(number, ada.card) for number in range(9000, 18_000))

    earlier = asyncio.create_task(office.put(bulk_id, slowly()))
    await begun.wait()
    assert (await office.put(bulk_id, FILE)).status_code == 202
    go_on.set()
    told = await earlier
    assert told.status_code == 409
    assert told.json()["errors"][0]["extensions"]["code"] == "UPLOAD_REPLACED"
    await work_off(office.world)
    assert (await office.watch(bulk_id))["rows"] == 3


async def test_what_was_changed_on_its_way_is_not_taken(office: Office, ada: Person) -> None:
    assert ada.card == "7001"
    bulk_id = await office.open(sha256=hashlib.sha256(FILE).hexdigest())
    damaged = await office.put(bulk_id, FILE.replace(b"10.00", b"90.00"))
    assert damaged.status_code == 422
    assert damaged.json()["errors"][0]["extensions"]["code"] == "FILE_NOT_AS_ANNOUNCED"
    await work_off(office.world)
    assert (await office.watch(bulk_id))["state"] == "UPLOADING"
    assert (await office.put(bulk_id, FILE)).status_code == 202
    await work_off(office.world)
    assert (await office.watch(bulk_id))["awarded"] == 3


@pytest.mark.usefixtures("ada")
async def test_only_its_own_brand_finds_a_bulk_award(office: Office) -> None:
    """Another brand's id is answered as one that nobody has, byte for byte."""
    bulk_id = await office.send(FILE)
    await work_off(office.world)
    bakery = replace(office, client="bakery-till")
    nobodys = bulk_id[:-3] + ("aaa" if not bulk_id.endswith("aaa") else "bbb")
    async with nothing_moves(office.world):
        for ask in (
            lambda one: bakery.put(one, FILE),
            bakery.fetch,
            lambda one: bakery.edge.post("bakery-till", CANCEL, {"input": {"bulkAwardId": one}}),
        ):
            answers = []
            for one in (bulk_id, nobodys, "blk_nonsense", "nonsense"):
                await asyncio.sleep(0.02)
                answers.append(await ask(one))
            assert len({_ANYTIME.sub("", one.text) for one in answers}) == 1
            assert len({one.status_code for one in answers}) == 1
            assert "BULK_AWARD_NOT_FOUND" in answers[0].text
    assert answers[0].status_code == 200
    assert (await bakery.fetch(bulk_id)).status_code == 404
    listed = await bakery.edge.ask("bakery-till", "{ bulkAwards { nodes { id } } }")
    assert listed == {"nodes": []}
    operators = replace(office, client="operator")
    assert len(await operators.results(bulk_id)) == 3
    assert (await operators.put(bulk_id, FILE)).status_code == 403


async def test_without_a_good_token_nothing_is_taken_or_told(office: Office) -> None:
    bulk_id = await office.open()
    http = office.edge.http
    weak = await office.edge.token("grocer-till", "points:redeem")
    async with nothing_moves(office.world):
        for token, status, code in (
            (None, 401, "UNAUTHENTICATED"),
            ("nonsense", 401, "UNAUTHENTICATED"),
            (weak, 403, "INSUFFICIENT_SCOPE"),
        ):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            for answer in (
                await http.put(f"/bulk/awards/{bulk_id}", content=FILE, headers=headers),
                await http.get(f"/bulk/awards/{bulk_id}/results", headers=headers),
            ):
                assert answer.status_code == status
                (error,) = answer.json()["errors"]
                assert error["extensions"]["code"] == code
                assert answer.headers["X-Request-Id"] == error["extensions"]["requestId"]
                assert ("WWW-Authenticate" in answer.headers) == (status == 401)


async def test_a_revoked_clients_token_sends_nothing(office: Office) -> None:
    world = office.world
    bulk_id = await office.open()
    await world.corrupt("UPDATE client SET status = 'revoked' WHERE id = 'grocer-till'")
    # Another server, which has not asked about the client within the last seconds.
    async with nothing_moves(world), edge_of(world, office.edge.secrets) as other:
        other._tokens.update(office.edge._tokens)
        refused = await Office(world, other).put(bulk_id, FILE)
    assert refused.status_code == 401


async def test_a_token_past_its_time_sends_nothing(office: Office) -> None:
    world = office.world
    bulk_id = await office.open()
    keys = await load_keys(world.database)
    now = int(time.time())
    claims = {
        "iss": URL, "aud": f"{URL}/graphql", "iat": now - 700, "exp": now - 100, "jti": "x",
        "sub": "grocer-till", "client_id": "grocer-till", "scope": "points:award",
        "partner_id": world.partner("grocer").id,
    }  # fmt: skip
    header = {"alg": "ES256", "typ": "at+jwt", "kid": keys.signing.kid}
    async with nothing_moves(world):
        refused = await office.edge.http.put(
            f"/bulk/awards/{bulk_id}",
            content=FILE,
            headers={"Authorization": f"Bearer {jwt.encode(header, claims, keys.signing)}"},
        )
    assert refused.status_code == 401


WRONG = {
    "another method": ("POST", "", {}, 405),
    "packed by the transport": ("PUT", "", {"Content-Encoding": "gzip"}, 415),
    "results by another method": ("DELETE", "/results", {}, 405),
    "results in another format": ("GET", "/results?format=xlsx", {}, 400),
    "results of another kind": ("GET", "/results?only=awarded", {}, 400),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_wrong_request_is_told_in_json(what: str, office: Office) -> None:
    method, path, headers, status = WRONG[what]
    bulk_id = await office.open()
    token = await office.edge.token("grocer-till")
    answer = await office.edge.http.request(
        method, f"/bulk/awards/{bulk_id}{path}",
        headers={"Authorization": f"Bearer {token}", **headers},
    )  # fmt: skip
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert ("Allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize("is_chunked", [False, True], ids=["with its length", "chunked"])
async def test_a_file_that_is_too_large_is_refused_over_a_real_connection(
    world: World,
    is_chunked: bool,  # noqa: FBT001 - the two ways of HTTP
) -> None:
    applied = await world.apply()
    async with live_edge(world, applied.new_secrets, bulk_megabytes=5) as edge:
        office = Office(world, edge)
        bulk_id = await office.open()
        length = "Transfer-Encoding: chunked" if is_chunked else "Content-Length: 6000000"
        reader, writer = await _connected(edge, bulk_id, length)
        if is_chunked:
            piece = b"f4240\r\n" + b"x" * 1_000_000 + b"\r\n"
            writer.write(piece * 6 + b"0\r\n\r\n")
            await writer.drain()
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        assert head.startswith(b"HTTP/1.1 413 ")
        assert b"application/json" in head
        body = json.loads(await reader.readexactly(int(head.lower().split(b"content-length:")[1]
                                                       .split(b"\r\n")[0])))  # fmt: skip
        assert body["errors"][0]["extensions"]["code"] == "FILE_TOO_LARGE"
        writer.close()
        # Larger than a request to /graphql may be, and taken.
        whole = ndjson([a_row(1, "7001")]) * 28_000
        assert 4_500_000 < len(whole) < 5_240_000
        assert (await office.put(bulk_id, whole)).status_code == 202


async def test_a_till_of_one_store_sends_files_for_its_store(world: World) -> None:
    stores = [{"code": "1", "name": "Main Street"}, {"code": "2", "name": "Station"}]
    till = a_client("till-1", store="1")
    applied = await world.apply(
        brands=[a_grocer(stores=stores, clients=[a_client("grocer-till"), till]), a_bakery()]
    )
    await world.enrol("Ada", card="7001")
    async with edge_of(world, applied.new_secrets) as edge:
        office = Office(world, edge)
        # Opened by another client of the brand: what counts is who sends the file.
        bulk_id = await office.open()
        file = ndjson([a_row(1, "7001"), a_row(2, "7001", storeCode="2")])
        assert (await replace(office, client="till-1").put(bulk_id, file)).status_code == 202
        await work_off(world)
        first, second = await office.results(bulk_id)
        assert first["outcome"] == "AWARDED"
        assert second["code"] == "STORE_NOT_ALLOWED"
        assert await world.rows("SELECT store_code FROM award") == [("1",)]


async def test_a_key_opens_one_bulk_award(office: Office) -> None:
    asked = {"idempotencyKey": "k", "format": "CSV", "fileName": "march.csv"}
    first, second = await asyncio.gather(
        *(office.edge.ask("grocer-till", CREATE, input=asked) for _ in range(2))
    )
    assert {first["replayed"], second["replayed"]} == {False, True}
    assert first["bulkAward"]["id"] == second["bulkAward"]["id"]
    assert first["bulkAward"]["uploadUrl"] == f"{URL}/bulk/awards/{first['bulkAward']['id']}"
    other = await office.edge.ask("grocer-till", CREATE, input=asked | {"format": "NDJSON"})
    assert codes(other) == ["IDEMPOTENCY_KEY_REUSED"]


WRONG_INPUT: dict[str, dict[str, object]] = {
    "CHECKSUM_NOT_ALLOWED": {"sha256": "abc"},
    "ROWS_NOT_ALLOWED": {"rows": 1_000_001},
    "TEXT_NOT_ALLOWED": {"fileName": "a\nb"},
    "IDEMPOTENCY_KEY_NOT_ALLOWED": {"idempotencyKey": ""},
}


@pytest.mark.parametrize("code", WRONG_INPUT)
async def test_what_is_wrong_with_the_announcement_is_told(code: str, office: Office) -> None:
    asked: Json = {"idempotencyKey": "k", "format": "CSV"} | WRONG_INPUT[code]
    async with nothing_moves(office.world):
        answer = await office.edge.ask("grocer-till", CREATE, input=asked)
    assert codes(answer) == [code]


async def test_a_brand_has_so_many_under_way_and_no_more(office: Office) -> None:
    for number in range(20):
        await office.open(idempotencyKey=f"k-{number}")
    asked = {"idempotencyKey": "one-too-many", "format": "CSV"}
    refused = await office.edge.ask("grocer-till", CREATE, input=asked)
    assert codes(refused) == ["TOO_MANY_BULK_AWARDS"]
    await replace(office, client="bakery-till").open()
