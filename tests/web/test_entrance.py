"""Coming in and leaving."""

from tests.support import Person, World
from tests.web.people import Reader, text_of


async def test_a_member_comes_in_sees_its_points_and_leaves(
    reader: Reader, world: World, mia: Person
) -> None:
    await world.award("grocer", mia, "120.00")
    home = await reader.get("/app")
    assert home.status_code == 200, home.text
    assert "120 points" in text_of(home)
    assert "Hello, Mia" in text_of(home)
    left = await reader.post("/app/leave")
    assert (left.status_code, left.headers["location"]) == (303, "/app/goodbye")
