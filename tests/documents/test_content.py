"""A statement says all that finance people look for, and all of it is proven with it."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from coalition import redemption, settlement
from coalition.members import MemberRef
from coalition.proof import canonical, read_keys, verify_statement
from tests.support import World, assert_books_balance

from .january import JANUARY, NEW_YORK, a_january, files_of

FEBRUARY = "2026-02"


async def _a_february(world: World) -> dict[str, Any]:
    """The statements' contents by brand: returns of January, stores, a correction, a balance."""
    await a_january(world, vat_mode="standard", vat_rate="0.21")
    await world.approve(JANUARY)
    world.now = datetime(2026, 2, 10, 12, tzinfo=NEW_YORK)
    ((member, seq),) = await world.rows(
        "SELECT member_id, seq FROM award ORDER BY seq LIMIT 1 OFFSET 1"
    )
    await world.bring_back("grocer", (int(str(member)), int(str(seq))), "20.50")
    card = str((await world.rows("SELECT value FROM identifier"))[0][0])
    for place, (store, points) in enumerate((("12", 40), (None, 30), ("12", 5), ("7", 3))):
        await redemption.redeem_points(
            world.office, actor=world.actor("bakery"), now=world.now,
            request=redemption.SpendRequest(
                f"store-{place}", MemberRef("CARD", card), points, "basket", store
            ),
        )  # fmt: skip
    await settlement.record_adjustment(
        world.office, actor=world.operator(), now=world.now,
        request=settlement.AdjustmentRequest(
            "key-1", "grocer", "Billed twice", settlement.Source("DISPUTE", "d-7", Decimal(3)),
            points=300, price=Decimal("0.0100"),
        ),
    )  # fmt: skip
    world.now = datetime(2026, 3, 1, tzinfo=NEW_YORK)
    await world.close(FEBRUARY)
    await assert_books_balance(world)
    return {
        brand: json.loads((await files_of(world, brand, FEBRUARY)).statement)["statement"]
        for brand in ("grocer", "bakery", "fuel")
    }


async def test_a_statement_says_where_it_began_and_what_it_took_back_of_which_period(
    world: World,
) -> None:
    found = await _a_february(world)
    grocer, bakery = found["grocer"], found["bakery"]
    january = (await world.statements(JANUARY))["grocer"]
    back, corrected = grocer["lines"]
    assert (back["kind"], back["originalPeriod"], back["points"], back["price"]) == (
        "ISSUANCE_REVERSAL", JANUARY, "-20", "0.01",
    )  # fmt: skip
    assert corrected["description"] == "Billed twice (DISPUTE d-7)"
    assert corrected["adjustment"] == 1
    assert back["agreementFrom"] == "2025-01-01T05:00:00Z"
    # 6.03 and 1.27 of VAT were billed for January, and -3.20 with -0.67 for February.
    assert grocer["balance"] == {"before": str(january.payable.amount), "after": "3.43"}
    assert grocer["points"] == {
        "opening": "353", "opened": "0", "issued": "0", "returned": "20", "redeemed": "78",
        "refunded": "0", "expired": "0", "repaid": "0", "closing": "255",
    }  # fmt: skip
    assert grocer["paymentReference"] == "2026-02/grocer"
    assert grocer["netting"] == {"currency": None, "fxSource": None, "fxDate": None}
    assert [(one["store"], one["entries"], one["points"]) for one in bakery["stores"]] == [
        ("12", 2, "45"), ("7", 1, "3"), (None, 1, "30"),
    ]  # fmt: skip
    assert sum(Decimal(one["amount"]) for one in bakery["stores"]) == Decimal(
        bakery["lines"][0]["amount"]
    )
    assert found["fuel"]["lines"] == found["fuel"]["stores"] == []
    assert found["fuel"]["disputeUntil"] == "2026-03-06"


async def test_who_alters_a_balance_a_roll_or_a_store_is_found(world: World) -> None:
    await _a_february(world)
    files = await files_of(world, "bakery", FEBRUARY)
    keys, lines = read_keys(files.keys), files.lines.splitlines(keepends=True)
    assert verify_statement(files.statement, keys, lines).findings == ()
    edits = {
        "balance": ("balance", "before"),
        "points": ("points", "closing"),
    }
    for where, (part, name) in edits.items():
        signed = json.loads(files.statement)
        value = signed["statement"][part][name]
        signed["statement"][part][name] = value[:-1] + ("1" if value[-1] != "1" else "2")
        places = [one.where for one in verify_statement(canonical(signed), keys, lines).findings]
        assert places == ["signature", where]
    signed = json.loads(files.statement)
    first, second, *_ = signed["statement"]["stores"]
    first["points"], second["points"] = "44", "4"
    findings = verify_statement(canonical(signed), keys, lines).findings
    assert [str(one) for one in findings[1:]] == [
        "line 1: Its rows of store '12' do not sum to it.",
        "line 1: Its rows of store '7' do not sum to it.",
    ]
    first["points"] = "45"
    findings = verify_statement(canonical(signed), keys, lines).findings
    assert "line 1: Its stores do not sum to it." in map(str, findings)
