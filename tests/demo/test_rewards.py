"""The demo's brands have something on their shelves."""

from collections import Counter

from coalition.catalogue import RewardFilter, RewardKind, RewardOrder, list_rewards
from coalition.demo.rewards import make_rewards
from coalition.kit.database import Sight
from coalition.partners.example import example_file
from tests.support import World, assert_books_balance


async def test_each_brand_of_the_example_has_rewards_that_a_member_can_claim(world: World) -> None:
    await world.apply_file(example_file())
    brands = (await world.office.terms()).partners
    made = await make_rewards(world.addresses)
    ada = await world.enrol("Ada")
    async with world.database.reading(Sight(member_id=ada.member_id)) as connection:
        found = await list_rewards(
            connection, RewardFilter(), RewardOrder.POINTS, home="EUR", after=None, limit=100
        )
    assert len(found) == made
    codes = Counter(one.terms.code for one in found)
    own = {one.partner_id for one in found if codes[one.terms.code] == 1}
    assert own == {brand.id for brand in brands}, "each has something that no other has"
    assert next(one.terms.points for one in found if one.terms.kind is RewardKind.VOUCHER) == 300
    assert all(one.stock is None or one.stock > 0 for one in found)
    await assert_books_balance(world)
