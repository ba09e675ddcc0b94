"""Keys of idempotency are each client's brand's own."""

from tests.isolation.coalition import a_coalition
from tests.isolation.test_paths import BAKERY, GROCER
from tests.support import World, assert_books_balance
from tests.support.edge import AWARD, BATCH, ENROL, HOLD, REDEEM, an_award, codes


async def test_another_brands_key_is_another_key(world: World) -> None:
    """What the grocer did under a key is neither replayed to the bakery nor in its way.

    Security checklist, line 1.
    """
    async with a_coalition(world) as coalition:
        spend = {"idempotencyKey": "k", "member": {"card": "7001"}, "points": 10, "reference": "b"}
        award = an_award("shared-reference", "7001", "10.00", purchasedAt="2026-04-10T12:00:00Z")
        batch = {"rows": [an_award("b-1", "7001", "10.00", purchasedAt="2026-04-10T12:00:00Z")]}
        enrol = {"idempotencyKey": "k", "identifiers": [{"kind": "CARD", "value": "7001"}]}
        seen: dict[str, list[object]] = {}
        for bearer in (GROCER, BAKERY):
            for document, asked in (
                (AWARD, award), (REDEEM, spend), (HOLD, spend), (BATCH, batch), (ENROL, enrol),
            ):  # fmt: skip
                answer = await coalition.ask(bearer, document, input=asked)
                ((name, payload),) = answer.json()["data"].items()
                assert codes(payload) == [], answer.text
                assert payload["replayed"] in (False, 0)
                found = [payload.get(one) for one in ("award", "redemption", "hold")]
                seen.setdefault(name, []).append(next((one["id"] for one in found if one), None))
        for name, (first, second) in seen.items():
            assert first != second or first is None, name
    await assert_books_balance(world)
