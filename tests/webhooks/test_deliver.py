"""What happens is told, signed, until it is received; what is not received is kept."""

from tests.support import nothing_moves
from tests.support.edge import codes

from .listening import Listening


async def test_the_bakery_is_told_of_its_award_once(listening: Listening) -> None:
    world = listening.world
    ada = await world.enrol("Ada")
    made = await listening.register()
    given = await world.award("bakery", ada, "50.00", reference="till-1")
    assert given.place is not None
    done = await listening.round()
    assert (done.queued, done.delivered) == (1, 1)
    (told,) = listening.receiver.received
    assert told.content["type"] == "award.recorded"
    assert told.content["sequence"] == 1
    assert told.content["data"]["award"]["purchaseReference"] == "till-1"
    assert told.content["data"]["id"] == told.content["id"]
    assert (await listening.round()).delivered == 0
    assert len(listening.receiver.received) == 1
    (delivery,) = await listening.deliveries(made["webhookEndpoint"]["id"])
    assert (delivery["id"], delivery["state"]) == (told.id, "DELIVERED")
    (attempt,) = delivery["attempts"]
    assert (attempt["number"], attempt["status"], attempt["error"]) == (1, 204, None)
