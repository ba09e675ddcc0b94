"""What the partners' file says of money: rate cards, banks, packs, promotions, exits."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from coalition.kit.database import administering
from coalition.partners import VatMode
from coalition.partners.file import Mistake, MistakesInFile, load_file
from coalition.partners.plan import plan_changes
from coalition.partners.terms import Freeze, Overdraft
from tests.support import (
    Brand,
    World,
    a_bakery,
    a_fuel,
    a_grocer,
    a_programme,
    a_promotion,
    an_agreement,
    assert_books_balance,
    nothing_moves,
    partners_file,
)

File = dict[str, object]
IBAN = "DE89370400440532013000"
BIC = "COBADEFFXXX"
CREDITOR = "DE98ZZZ09999999999"
MANDATE = {"id": "M-1", "signed_on": "2026-01-02"}
PACK = {"code": "a", "bought_on": "2026-01-01", "points": "100", "amount": "9.00"}


def _file(*brands: Brand, **more: object) -> File:
    content = partners_file(list(brands) or [a_grocer(), a_fuel()])
    return content | more


def _entity(**more: object) -> File:
    harvest = {"code": "grocer-inc", "name": "Harvest", "country": "DE"} | more
    return _file(a_grocer(), legal_entities=[harvest])


def _mistakes(world: World, content: File) -> list[tuple[str, str]]:
    with pytest.raises(MistakesInFile) as refused:
        load_file(world.write(content))
    return [(one.field, one.message) for one in refused.value.mistakes]


async def _refused(world: World, content: File) -> list[Mistake]:
    async with nothing_moves(world):
        with pytest.raises(MistakesInFile) as refused:
            await world.apply_file(world.write(content))
    return refused.value.mistakes


async def test_a_rate_card_is_read_whole_and_kept(world: World) -> None:
    content = _file(
        a_grocer(
            valid_until="2027-01-01", fee_per_point="0.0005", breakage_share="0.5",
            paid_at_issuance="0.25", vat_mode="mixed", vat_rate="0.21", vat_rate_redemption="0.1",
            settlement_calendar="weekly", time_zone="Europe/London", stop_earning_on="2026-12-01",
            redeem_until="2026-12-24", credit={"limit": "100.00", "alert": "0.9"},
            prepaid={"packs": [PACK], "overdraft": "to_limit"},
            contract={"dispute_window_days": "7", "freeze": "exclude"},
        ),
        a_fuel(),
        legal_entities=[
            {"code": "grocer-inc", "name": "Harvest", "country": "DE", "iban": IBAN, "bic": BIC,
             "vat_id": "DE123456789", "mandate": MANDATE, "creditor_id": CREDITOR,
             "address": {"street": "Main 1", "postcode": "10115", "city": "Berlin"}},
            {"code": "fuel-inc", "name": "Roadway", "country": "US"},
        ],
        programme=a_programme(
            settlement={"netting": "EUR", "fx_source": "ECB", "coverage_floor": "1.1",
                        "dispute_window_days": "4", "approvals": "2"}
        ),
        promotions=[a_promotion()],
    )  # fmt: skip
    content["operator"] = {"clients": [], "legal_entity": "fuel-inc"}
    await world.apply_file(world.write(content))
    terms = await world.office.terms()
    grocer = world.partner("grocer")
    (card,) = grocer.agreements
    assert (card.fee_per_point, card.breakage_share, card.paid_at_issuance) == (
        Decimal("0.0005"), Decimal("0.5"), Decimal("0.25"),
    )  # fmt: skip
    assert (card.vat_mode, card.vat_rate, card.vat_rate_redemption, card.valid_until) == (
        VatMode.MIXED, Decimal("0.21"), Decimal("0.1"), datetime(2027, 1, 1, 5, tzinfo=UTC),
    )  # fmt: skip
    assert (grocer.calendar.name, grocer.stop_earning_on, grocer.redeem_until) == (
        "weekly@Europe/London", date(2026, 12, 1), date(2026, 12, 24),
    )  # fmt: skip
    contract = grocer.contract
    assert (contract.credit_limit, contract.credit_alert, contract.overdraft) == (
        100_00, Decimal("0.9"), Overdraft.TO_LIMIT,
    )  # fmt: skip
    assert [(pack.code, pack.points, pack.amount) for pack in contract.packs] == [("a", 100, 900)]
    assert (contract.dispute_window_days, contract.dispute_freeze) == (7, Freeze.EXCLUDE)
    entity = grocer.entity
    assert entity is not None
    assert (entity.iban, entity.bic, entity.city, entity.vat_id, entity.creditor_id) == (
        IBAN, BIC, "Berlin", "DE123456789", CREDITOR,
    )  # fmt: skip
    assert entity.mandate is not None
    assert (entity.mandate.id, entity.mandate.sequence) == ("M-1", "RCUR")
    assert terms.operator_entity is not None
    assert terms.operator_entity.code == "fuel-inc"
    programme = terms.programme
    assert (programme.netting, programme.fx_source, programme.coverage_floor) == (
        "EUR", "ECB", Decimal("1.1"),
    )  # fmt: skip
    assert (programme.dispute_window_days, programme.approvals) == (4, 2)
    (promotion,) = terms.promotions
    assert [share for _, share in promotion.shares] == [60, 40]
    async with nothing_moves(world):
        assert (await world.apply_file(world.write(content))).changes == ()


async def test_a_file_that_says_none_of_it_means_what_it_meant_before(world: World) -> None:
    await world.apply(brands=[a_grocer()])
    grocer = world.partner("grocer")
    (card,) = grocer.agreements
    assert (card.fee_per_point, card.breakage_share, card.paid_at_issuance, card.vat_mode) == (
        Decimal(0), Decimal(0), Decimal(1), VatMode.EXEMPT,
    )  # fmt: skip
    assert grocer.calendar.name == "monthly@America/New_York"
    assert grocer.contract.credit_limit is None


MISTAKES: list[tuple[str, Callable[[], File], str, str]] = [
    ("a share above one", lambda: _file(a_grocer(breakage_share="1.01")),
     "partners[0].agreements[0].breakage_share", "'1.01': Input should be less than or equal to 1"),
    ("more paid than there is", lambda: _file(a_grocer(paid_at_issuance="2")),
     "partners[0].agreements[0].paid_at_issuance", "less than or equal to 1"),
    ("a fee below nothing", lambda: _file(a_grocer(fee_per_point="-0.1")),
     "partners[0].agreements[0].fee_per_point", "greater than or equal to 0"),
    ("a rate that is needed", lambda: _file(a_grocer(vat_mode="standard")),
     "partners[0].agreements[0]", "vat_mode standard takes vat_rate"),
    ("a rate too many", lambda: _file(a_grocer(vat_mode="exempt", vat_rate="0.2")),
     "partners[0].agreements[0]", "vat_mode exempt takes no vat_rate"),
    ("a calendar of nobody", lambda: _file(a_grocer(settlement_calendar="daily")),
     "partners[0].settlement_calendar", "'weekly', 'monthly' or 'quarterly'"),
    ("a zone of nobody", lambda: _file(a_grocer(time_zone="Mars/Olympus")),
     "partners[0].time_zone", "'Mars/Olympus': must be a zone of the IANA database"),
    ("an agreement that overlaps", lambda: _file(
        a_grocer(agreements=[an_agreement(valid_until="2026-07-01"),
                             an_agreement(valid_from="2026-06-30")])),
     "partners[0].agreements[1].valid_from", "overlaps the agreement before it, which holds until"),
    ("an agreement that ends before it starts", lambda: _file(a_grocer(valid_until="2024-01-01")),
     "partners[0].agreements[0].valid_until", "must be later than valid_from"),
    ("a stop before there was an agreement", lambda: _file(a_grocer(stop_earning_on="2024-12-31")),
     "partners[0].stop_earning_on", "2024-12-31 is before the first agreement"),
    ("an end of spending before that of earning", lambda: _file(
        a_grocer(stop_earning_on="2026-06-01", redeem_until="2026-05-01")),
     "partners[0].redeem_until", "is before stop_earning_on 2026-06-01"),
    ("an agreement after the end", lambda: _file(
        a_grocer(stop_earning_on="2026-06-01", redeem_until="2026-07-01",
                 later=[{"valid_from": "2026-08-01"}])),
     "partners[0].agreements[1].valid_from", "2026-08-01 is after 2026-07-01, the last day"),
    ("a limit that the currency cannot say", lambda: _file(a_grocer(credit={"limit": "1.001"})),
     "partners[0].credit.limit", "has more decimals than the currency"),
    ("an overdraft without a limit", lambda: _file(
        a_grocer(prepaid={"packs": [PACK], "overdraft": "to_limit"})),
     "partners[0].prepaid.overdraft", "to_limit needs credit"),
    ("a pack twice", lambda: _file(a_grocer(prepaid={"packs": [PACK, PACK]})),
     "partners[0].prepaid.packs[1].code", "'a' is given twice"),
    ("an action of nobody", lambda: _file(
        a_grocer(reconciliation={"at_sla": "shrug"})),
     "partners[0].reconciliation.at_sla", "'shrug': Input should be 'bill'"),
    ("an IBAN with a wrong digit", lambda: _entity(iban="DE88370400440532013000"),
     "legal_entities[0].iban", "is not an IBAN: Invalid checksum digits"),
    ("a BIC that is none", lambda: _entity(iban=IBAN, bic="COBA"),
     "legal_entities[0].bic", "'COBA': is not a BIC"),
    ("a BIC of elsewhere", lambda: _entity(iban=IBAN, bic="BNPAFRPPXXX"),
     "legal_entities[0]", "the bic BNPAFRPPXXX is of another country than the iban"),
    ("a BIC without an IBAN", lambda: _entity(bic=BIC),
     "legal_entities[0]", "a bic needs the iban"),
    ("a mandate without an IBAN", lambda: _entity(mandate=MANDATE),
     "legal_entities[0]", "a mandate needs the iban that it collects from"),
    ("a creditor with wrong digits", lambda: _entity(creditor_id="DE97ZZZ09999999999"),
     "legal_entities[0].creditor_id", "its check digits are wrong"),
    ("one currency without rates", lambda: _file(
        programme=a_programme(settlement={"netting": "EUR"})),
     "programme.settlement", "netting in one currency needs fx_source"),
    ("shares that are not a hundred", lambda: _file(
        promotions=[a_promotion(funded_by={"grocer": "60", "fuel": "39.9"})]),
     "promotions[0].funded_by", "the shares sum to 99.9, not to 100"),
    ("a funder of nobody", lambda: _file(
        promotions=[a_promotion(funded_by={"grocer": "60", "diner": "40"})]),
     "promotions[0].funded_by.diner", "'diner' is none of partners: fuel, grocer"),
    ("a brand of nobody", lambda: _file(promotions=[a_promotion(brand="diner")]),
     "promotions[0].brand", "'diner' is none of partners"),
    ("a promotion before its funder", lambda: _file(
        a_grocer(), a_fuel(valid_from="2026-04-01"), promotions=[a_promotion()]),
     "promotions[0].funded_by.fuel", "'fuel' has no agreement yet on 2026-03-01"),
    ("a promotion that ends before it starts", lambda: _file(
        promotions=[a_promotion(valid_until="2026-03-01")]),
     "promotions[0].valid_until", "must be later than valid_from"),
    ("a promotion twice", lambda: _file(promotions=[a_promotion(), a_promotion()]),
     "promotions[1].code", "'spring' is given twice"),
    ("an operator of nobody", lambda: _file(operator={"clients": [], "legal_entity": "us"}),
     "operator.legal_entity", "'us' is none of legal_entities"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "field", "told"),
    [case[1:] for case in MISTAKES],
    ids=[case[0] for case in MISTAKES],
)
def test_a_mistake_is_told_with_where_it_stands(
    world: World, content: Callable[[], File], field: str, told: str
) -> None:
    ((found, message),) = _mistakes(world, content())
    assert found == field
    assert told in message


def test_an_iban_is_kept_as_the_bank_writes_it_to_machines(world: World) -> None:
    loaded = load_file(world.write(_entity(iban="DE89 3704 0044 0532 0130 00")))
    assert loaded.content.legal_entities[0].iban == IBAN


async def test_a_brands_calendar_and_zone_are_fixed_once_it_has_posted(world: World) -> None:
    brands = [a_grocer(time_zone="Europe/Paris"), a_bakery()]
    await world.apply(brands=brands)
    # Nothing was posted yet: it may still change.
    await world.apply(brands=[a_grocer(time_zone="Europe/London"), a_bakery()])
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "10")
    other = a_grocer(time_zone="Europe/Paris", settlement_calendar="weekly")
    mistakes = await _refused(world, _file(other, a_bakery()))
    assert [(one.field, one.message) for one in mistakes] == [
        ("partners[0].settlement_calendar", "'weekly': stays 'monthly' once points were posted"),
        ("partners[0].time_zone", "'Europe/Paris': stays 'Europe/London' once points were posted"),
    ]
    await world.apply(
        brands=[a_grocer(time_zone="Europe/London"), a_bakery(time_zone="Europe/Rome")]
    )
    await assert_books_balance(world)


async def test_to_leave_out_a_calendar_that_was_posted_by_is_a_change_too(world: World) -> None:
    await world.apply(brands=[a_grocer(time_zone="Europe/London")])
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "10")
    (mistake,) = await _refused(world, _file(a_grocer()))
    assert "stays 'Europe/London' once points were posted" in mistake.message


async def test_a_stop_is_not_set_to_before_what_was_posted(world: World) -> None:
    await world.apply(brands=[a_grocer()])
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "10")
    await world.redeem("grocer", ada, 5)
    stopped = a_grocer(stop_earning_on="2026-03-15", redeem_until="2026-03-16")
    (mistake,) = await _refused(world, _file(stopped))
    assert (mistake.field, "have earned points" in mistake.message) == (
        "partners[0].stop_earning_on", True,
    )  # fmt: skip
    await world.apply(brands=[a_grocer(stop_earning_on="2026-03-16", redeem_until="2026-03-16")])


async def test_who_has_left_does_not_come_back(world: World) -> None:
    for status in ("active", "suspended", "active", "leaving", "left"):
        await world.apply(brands=[a_grocer(status=status)])
    (mistake,) = await _refused(world, _file(a_grocer(status="active")))
    assert mistake.field == "partners[0].status"
    assert "a new partner with a new code" in mistake.message


async def test_packs_and_promotions_are_never_edited_and_never_removed(world: World) -> None:
    brand = a_grocer(prepaid={"packs": [PACK]})
    await world.apply(brands=[brand, a_fuel()], promotions=[a_promotion()])
    edited = a_grocer(prepaid={"packs": [PACK | {"points": "200"}]})
    other = a_promotion(funded_by={"grocer": "50", "fuel": "50"})
    mistakes = await _refused(world, _file(edited, a_fuel(), promotions=[other]))
    assert [one.field for one in mistakes] == [
        "partners[0].prepaid.packs[0].points", "promotions[0].funded_by",
    ]  # fmt: skip
    mistakes = await _refused(world, _file(a_grocer(), a_fuel()))
    assert [one.message for one in mistakes] == [
        "the pack a is missing; packs stay", "spring is missing; promotions stay",
    ]  # fmt: skip


async def test_a_plan_tells_of_all_of_it(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_fuel()])
    content = _file(
        a_grocer(time_zone="Europe/London", credit={"limit": "10.00"}, prepaid={"packs": [PACK]}),
        a_fuel(),
        promotions=[a_promotion()],
        legal_entities=[
            {"code": "grocer-inc", "name": "Harvest Grocer Inc.", "country": "US", "iban": IBAN},
            {"code": "fuel-inc", "name": "Roadway Fuel Inc.", "country": "US"},
        ],
    )
    path = world.write(content)
    async with nothing_moves(world), administering(world.addresses) as connection:
        plan = await plan_changes(connection, load_file(path))
    assert [f"{one.sign} {one.what} {one.detail}" for one in plan.changes] == [
        f"~ legal entity grocer-inc.iban None -> {IBAN}",
        "~ partner grocer.time_zone America/New_York -> Europe/London",
        "~ partner grocer.credit_limit None -> 1000",
        "~ partner grocer.credit_alert None -> 0.8",
        "~ partner grocer.overdraft None -> refuse",
        "~ partner grocer.pack_alert None -> 0.8",
        "+ pack grocer/a 100 points",
        "+ promotion spring at grocer, by fuel 40, grocer 60",
    ]


def test_the_example_says_what_a_whole_rate_card_is() -> None:
    example = Path(__file__).parents[2] / "partners.example.yaml"
    content = load_file(example).content
    cards = [card for partner in content.partners for card in partner.agreements]
    assert any(card.breakage_share for card in cards)
    assert any(card.vat_mode is not VatMode.EXEMPT for card in cards)
    assert any(entity.iban for entity in content.legal_entities)
    assert content.operator.legal_entity is not None
