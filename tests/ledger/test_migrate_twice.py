"""`coalition migrate` replaces the functions of a database that is being served."""

from coalition.migrate import migrate
from tests.support import World, assert_books_balance


async def test_a_server_goes_on_across_a_migration_of_its_functions(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    await migrate(world.addresses)
    await world.award("grocer", ada, "50")
    await world.redeem("bakery", ada, 120)
    assert (await world.balance(ada)).available == 30
    await assert_books_balance(world)
