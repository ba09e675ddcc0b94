"""One way for a file to come, whatever it is about: the same protection, the same answers."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from coalition.api import files
from tests.bulk.support import CREATE as OPEN_BULK
from tests.reconciliation.test_edge import CREATE as OPEN_RECONCILIATION
from tests.support import World, nothing_moves
from tests.support.edge import Edge, edge_of

OPEN = {
    "purchases": (OPEN_BULK, "bulkAward", {}),
    "reconciliation": (OPEN_RECONCILIATION, "file", {"period": "2026-03"}),
}
_ANYTIME = re.compile(r'"requestId":"[^"]+"')


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply()
    async with edge_of(world, applied.new_secrets) as found:
        yield found


async def _open(edge: Edge, what: str) -> str:
    query, name, asked = OPEN[what]
    answer = await edge.ask(
        "grocer-till", query, input={"idempotencyKey": "k", "format": "CSV"} | asked
    )
    url: str = answer[name]["uploadUrl"]
    return url


async def _slowly() -> AsyncIterator[bytes]:
    while True:
        yield b"x"
        await asyncio.sleep(0.005)


async def _never() -> AsyncIterator[bytes]:
    yield b"x"
    await asyncio.Event().wait()


async def _head(edge: Edge) -> dict[str, str]:
    return {"Authorization": f"Bearer {await edge.token('grocer-till')}"}


@pytest.mark.parametrize("what", OPEN)
@pytest.mark.parametrize("stops", [True, False], ids=["stops", "comes a byte at a time"])
async def test_a_file_that_does_not_come_on_is_given_up(
    world: World,
    edge: Edge,
    what: str,
    stops: bool,  # noqa: FBT001 - the two ways to be slow
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "PIECE_SECONDS" if stops else "WHOLE_SECONDS", 0.2)
    url, headers = await _open(edge, what), await _head(edge)
    content = _never() if stops else _slowly()
    answer = await edge.http.put(url, content=content, headers=headers)
    assert answer.status_code == 408
    assert "nothing of it counts" in answer.json()["errors"][0]["message"]
    assert await world.rows(
        "SELECT (SELECT count(*) FROM bulk_award WHERE state <> 'UPLOADING')"
        " + (SELECT count(*) FROM reconciliation_row)"
    ) == [(0,)]
    again = await edge.http.put(url, content=b"", headers=headers)
    assert again.status_code != 409, "its place is still there"


async def test_both_addresses_refuse_alike(world: World, edge: Edge) -> None:
    told = {}
    for what in OPEN:
        url, headers = await _open(edge, what), await _head(edge)
        wrong = (
            {"Authorization": "Bearer nonsense"},
            {"Content-Encoding": "gzip"},
            {"Content-Length": str(10**12)},
            {"Content-Length": "9" * 30},
        )
        async with nothing_moves(world):
            answers = [
                await edge.http.put(url, content=b"x", headers=headers | one) for one in wrong
            ]
            answers.append(await edge.http.post(url, content=b"x", headers=headers))
        told[what] = [(one.status_code, _ANYTIME.sub("", one.text)) for one in answers]
        assert [status for status, _ in told[what]] == [401, 415, 413, 413, 405]
    first, second = told.values()
    assert [one.replace("createBulkAward", "createReconciliationFile") for _, one in first] == [
        one for _, one in second
    ]
