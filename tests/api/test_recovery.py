"""While the database is down every edge says so, and afterwards it answers as before."""

from pathlib import Path

from coalition.kit.database import Addresses, Database
from tests.support import World
from tests.support.edge import AWARD, Edge, an_award, edge_of


async def test_without_a_database_every_edge_says_when_to_come_back(
    world: World, tmp_path: Path
) -> None:
    nowhere = f"postgresql://x@/x?host={tmp_path}&port=5432"
    database = Database(Addresses(nowhere, nowhere, nowhere, assume_role=False))
    async with edge_of(world, {}, database) as edge:
        token = await edge.ask_for_token("grocer-till", "x" * 40)
        assert token.status_code == 503
        assert token.json()["error"] == "temporarily_unavailable"
        asked = await edge.http.post(
            "/graphql",
            json={"query": "{ viewer { kind } }"},
            headers={"Authorization": "Bearer a.b.c"},
        )
        assert asked.status_code == 503
        assert asked.headers["Retry-After"]
        (error,) = asked.json()["errors"]
        assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
        assert str(tmp_path) not in asked.text
        assert (await edge.http.get("/readyz")).status_code == 503
        assert (await edge.http.get("/healthz")).status_code == 200


async def test_a_server_whose_connections_were_cut_serves_the_next_request(
    world: World, edge: Edge
) -> None:
    await world.enrol("Ada", card="7001")
    await edge.ask("grocer-till", AWARD, input=an_award("r-1", "7001"))
    for attempt in range(2, 5):
        await world.superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'coalition_app' AND datname = current_database()"
        )
        # The first request may meet a connection that has just died; it is told to come back,
        # and with the same key it is safe to.
        award = an_award(f"r-{attempt}", "7001")
        answers = [await edge.post("grocer-till", AWARD, {"input": award}) for _ in range(2)]
        assert {answer.status_code for answer in answers} <= {200, 503}
        assert answers[-1].status_code == 200
        assert answers[-1].json()["data"]["awardPoints"]["award"]["points"] == "100"


async def test_a_ready_server_says_so(edge: Edge) -> None:
    assert (await edge.http.get("/readyz")).json() == {"status": "ok"}
