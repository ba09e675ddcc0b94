"""The partners' file is read strictly, and every mistake is told at once with its line."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from coalition.access import Scope
from coalition.partners.file import LoadedFile, Mistake, MistakesInFile, load_file
from tests.support import World, nothing_moves

EXAMPLE = Path(__file__).parents[2] / "partners.example.yaml"

TEXT = """\
programme:
  name: Market Street
  point_name: points
  point_value: 0.0050
  currency: USD
  time_zone: Europe/Madrid
  settlement_calendar: monthly
  late_purchase_days: 30
  expiry: {kind: none}
  returns: {clawback: within_balance, shortfall_payer: issuer}
legal_entities:
  - {code: harvest, name: Harvest Foods, country: NO}
partners:
  - code: grocer
    name: NO
    legal_entity: harvest
    currency: USD
    agreements:
      - valid_from: 2026-01-01
        points_per_unit: 1
        issue_price: 0.0100
        redeem_price: 0.0080
    clients:
      - id: grocer-till
        name: 12:30
        scopes: [points:award]
operator:
  clients:
    - {id: operator, name: The office, scopes: [operator:read]}
"""

Reader = Callable[[str], LoadedFile]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    def from_text(text: str) -> LoadedFile:
        path = tmp_path / "partners.yaml"
        path.write_text(dedent(text))
        return load_file(path)

    return from_text


def _mistakes(read: Reader, text: str) -> list[Mistake]:
    with pytest.raises(MistakesInFile) as refused:
        read(text)
    return refused.value.mistakes


def _changed(*changes: tuple[str, str]) -> str:
    text = TEXT
    for before, after in changes:
        assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times"
        text = text.replace(before, after)
    return text


def test_the_example_is_right() -> None:
    assert len(load_file(EXAMPLE).content.partners) == 6


def test_every_value_is_the_text_that_stands_in_the_file(read: Reader) -> None:
    content = read(TEXT).content
    assert content.partners[0].name == "NO"
    assert content.legal_entities[0].country == "NO"
    assert content.partners[0].clients[0].name == "12:30"
    assert content.partners[0].clients[0].scopes == [Scope.POINTS_AWARD]
    issue_price = content.partners[0].agreements[0].issue_price
    assert issue_price == Decimal("0.01")
    assert str(issue_price) == "0.0100"


def test_a_day_begins_in_the_programmes_zone_and_an_instant_is_itself(read: Reader) -> None:
    file = read(TEXT)
    (agreement,) = file.content.partners[0].agreements
    assert agreement.starts(file.zone).isoformat() == "2025-12-31T23:00:00+00:00"
    exact = read(_changed(("valid_from: 2026-01-01", "valid_from: 2026-01-01T00:00:00+05:00")))
    (agreement,) = exact.content.partners[0].agreements
    assert agreement.starts(exact.zone).isoformat() == "2025-12-31T19:00:00+00:00"


@pytest.mark.parametrize(
    ("before", "after", "line", "field", "told"),
    [
        ("point_value: 0.0050", "point_value: cheap", 4, "programme.point_value", ["'cheap'"]),
        ("point_value: 0.0050", "point_value: 0", 4, "programme.point_value", ["'0'", "greater"]),
        ("point_value: 0.0050", "point_value: NaN", 4, "programme.point_value", ["finite"]),
        ("Europe/Madrid", "Europe/Madridt", 6, "programme.time_zone", ["'Europe/Madridt'", "IANA"]),
        ("monthly", "daily", 7, "programme.settlement_calendar",
         ["'daily'", "'weekly', 'monthly' or 'quarterly'"]),
        ("late_purchase_days: 30", "late_purchase_days: 1.5", 8, "programme.late_purchase_days",
         ["'1.5'", "integer"]),
        ("{kind: none}", "{kind: rolling}", 9, "programme.expiry", ["takes months"]),
        ("{kind: none}", "{kind: none, months: 1}", 9, "programme.expiry", ["nothing besides"]),
        ("within_balance", "everything", 10, "programme.returns.clawback",
         ["'everything'", "'unlimited'"]),
        ("country: NO", "country: Norway", 12, "legal_entities[0].country", ["'Norway'"]),
        ("code: grocer\n", "code: Grocer!\n", 14, "partners[0].code", ["'Grocer!'", "pattern"]),
        ("legal_entity: harvest", "legal_entity: harvester", 16, "partners[0].legal_entity",
         ["'harvester'", "none of legal_entities: harvest"]),
        ("    currency: USD", "    currency: USDX", 17, "partners[0].currency",
         ["'USDX'", "ISO 4217"]),
        ("    currency: USD", "    currency: XAU", 17, "partners[0].currency", ["'XAU'"]),
        ("valid_from: 2026-01-01", "valid_from: 2026-02-30", 19,
         "partners[0].agreements[0].valid_from", ["'2026-02-30'"]),
        ("points_per_unit: 1", "points_per_unit: 0", 20,
         "partners[0].agreements[0].points_per_unit", ["'0'", "greater than 0"]),
        ("issue_price: 0.0100", "issue_price: -0.01", 21, "partners[0].agreements[0].issue_price",
         ["'-0.01'", "greater than or equal to 0"]),
        ("issue_price: 0.0100", "issue_price: 0.123456789", 21,
         "partners[0].agreements[0].issue_price", ["'0.123456789'", "8 decimal places"]),
        ("redeem_price: 0.0080", "refund_price: 0.0080", 19,
         "partners[0].agreements[0].redeem_price", ["is missing"]),
        ("[points:award]", "[points:give]", 26, "partners[0].clients[0].scopes[0]",
         ["'points:give'", "'points:award'"]),
        ("[points:award]", "[operator:read]", 26, "partners[0].clients[0].scopes[0]",
         ["'operator:read'", "points:award, points:redeem"]),
        ("[points:award]", "[]", 26, "partners[0].clients[0].scopes", ["at least 1"]),
        ("[operator:read]", "[points:award]", 29, "operator.clients[0].scopes[0]",
         ["'points:award'", "operator:read, partners:manage"]),
        ("id: operator,", "id: grocer-till,", 29, "operator.clients[0].id",
         ["'grocer-till'", "partners[0].clients[0]"]),
        ("name: 12:30", "secret_env: till secret", 24, "partners[0].clients[0].name",
         ["is missing"]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_field_value_and_what_is_allowed(
    read: Reader, before: str, after: str, line: int, field: str, told: list[str]
) -> None:
    mistakes = _mistakes(read, _changed((before, after)))
    (mistake,) = [one for one in mistakes if one.field == field]
    assert mistake.line == line
    for part in told:
        assert part in mistake.message


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(read: Reader) -> None:
    mistakes = _mistakes(
        read,
        _changed(
            ("issue_price: 0.0100", "issue_price: much"),
            ("point_value: 0.0050", "point_worth: 0.0050"),
            ("    name: NO\n", "    name: NO\n    motto: red\n"),
        ),
    )
    assert [(one.line, one.field, one.message.split(":")[0]) for one in mistakes] == [
        (1, "programme.point_value", "is missing"),
        (4, "programme.point_worth", "is not a field that is known here"),
        (16, "partners[0].motto", "is not a field that is known here"),
        (22, "partners[0].agreements[0].issue_price", "'much'"),
    ]


def test_a_field_that_is_given_twice_is_told(read: Reader) -> None:
    (mistake,) = _mistakes(read, _changed(("    name: NO\n", "    name: NO\n    name: YES\n")))
    assert (mistake.line, mistake.field, mistake.message) == (
        16, "partners[0].name", "is given twice",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("block", "again", "field"),
    [
        ("  - {code: harvest, name: Harvest Foods, country: NO}\n", "", "legal_entities[1].code"),
        ("    agreements:\n", "    stores: [{code: '1', name: A}, {code: '1', name: B}]\n",
         "partners[0].stores[1].code"),
    ],
)  # fmt: skip
def test_two_of_one_code_are_told(read: Reader, block: str, again: str, field: str) -> None:
    (mistake,) = _mistakes(read, _changed((block, (again or block) + block)))
    assert mistake.field == field
    assert mistake.message.endswith("is given twice")


def test_agreements_stand_in_the_order_in_which_they_start(read: Reader) -> None:
    one = TEXT[TEXT.index("      - valid_from") : TEXT.index("    clients:\n      - id: grocer")]
    (mistake,) = _mistakes(read, _changed((one, one + one)))
    assert (mistake.line, mistake.field) == (23, "partners[0].agreements[1].valid_from")
    assert "must be later" in mistake.message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("programme: [", "not YAML"),
        ("a: b: c\n", "not YAML"),
        ("- 1\n", "PartnersFile"),
        ("words", "PartnersFile"),
        ("a: &x 1\nb: *y\n", "not YAML"),
    ],
)
def test_what_is_no_such_file_is_told_and_not_a_crash(read: Reader, text: str, told: str) -> None:
    mistakes = _mistakes(read, text)
    assert told in mistakes[0].message
    assert mistakes[0].line >= 1


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MistakesInFile) as refused:
        load_file(tmp_path / "nowhere.yaml")
    assert "cannot be read" in refused.value.mistakes[0].message


def test_bytes_that_are_not_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "partners.yaml"
    path.write_bytes(b"programme: \xff\xfe")
    with pytest.raises(MistakesInFile) as refused:
        load_file(path)
    assert "cannot be read" in refused.value.mistakes[0].message


async def test_a_file_with_a_mistake_applies_nothing(world: World) -> None:
    async with nothing_moves(world):
        with pytest.raises(MistakesInFile, match="nothing was applied"):
            await world.apply_file(world.write(_changed(("Europe/Madrid", "Madrid"))))
