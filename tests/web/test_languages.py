"""Every text in every language."""

import re
import runpy
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.messages import Catalog
from babel.messages.pofile import read_po
from lxml import html

from coalition.pages.formats import Formats
from coalition.pages.language import LANGUAGES, known, language, preferred
from tests.support import World
from tests.support.edge import Edge
from tests.web.people import Reader, text_of

TOP = Path(__file__).parents[2]
extract = runpy.run_path(str(TOP / "scripts" / "extract_texts"))
TEXTS: Catalog = extract["catalogue"]()
OTHERS = [code for code in LANGUAGES if code != "en"]
_PLACE = re.compile(r"\{(\w+)\}")
# Words that are the same there.
ALIKE = {
    "de": {"Code", "Filter", "Name", "Online", "Passkeys"}, "es": {"Passkeys"}, "ar": set[str](),
}  # fmt: skip


def _known(code: str) -> Catalog:
    with (TOP / "src/coalition/pages/locale" / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


@pytest.mark.parametrize("code", OTHERS)
def test_no_text_is_missing_and_none_is_left_over(code: str) -> None:
    there, wanted = {one.id for one in _known(code)}, {one.id for one in TEXTS}
    assert there == wanted, "run scripts/extract_texts, then translate"


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated_with_what_is_put_into_it(code: str) -> None:
    for one in _known(code):
        if not one.id:
            continue
        english = [one.id] if isinstance(one.id, str) else list(one.id)
        said = [one.string] if isinstance(one.string, str) else list(one.string or [])
        assert all(said), one.id
        places = set(_PLACE.findall(english[-1]))
        assert set(_PLACE.findall(said[-1])) == places, one.id
        assert "fuzzy" not in one.flags, one.id
        if isinstance(one.string, str) and one.string == one.id:
            assert one.id in ALIKE[code], f"{one.id!r} is not translated"


@pytest.mark.parametrize("code", OTHERS)
def test_plurals_are_those_of_the_language(code: str) -> None:
    speech = language(code)
    said = [
        speech.number_of(
            "Points are spendable a day after the purchase.",
            "Points are spendable {n} days after the purchase.",
            number,
        )
        for number in (1, 2, 3, 14)
    ]
    assert "spendable" not in str(said)
    assert "14" in said[3]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"), ("de", "de"), ("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr,es;q=0.5,de;q=0.7", "de"),
        ("es;q=0,ar", "ar"), ("fr", "en"), ("*", "en"), ("x" * 5000, "en"), ("de;q=nan,es", "de"),
    ],
)  # fmt: skip
def test_the_browsers_wish_is_understood(header: str, code: str) -> None:
    assert preferred(header) == code


@pytest.mark.parametrize(
    ("locale", "code"),
    [("es-ES", "es"), ("de", "de"), ("fr-FR", None), ("", None), ("nonsense!", None), (None, None)],
)
def test_a_members_locale_is_understood(locale: str | None, code: str | None) -> None:
    assert known(locale) == code


@pytest.mark.parametrize("code", LANGUAGES)
async def test_a_choice_is_kept_and_leads_back(code: str, reader: Reader) -> None:
    chosen = await reader.post("/language", language=code, back="/app/earn?amount=5")
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/app/earn?amount=5")
    page = await reader.get("/app/more", **{"Accept-Language": "fr"})
    root = html.fromstring(page.text)
    assert (root.get("lang"), root.get("dir")) == (code, "rtl" if code == "ar" else "ltr")


async def test_a_language_that_there_is_not_changes_nothing(edge: Edge) -> None:
    for fields in ({"language": "xx"}, {"language": "de\r\nX: y"}, {}, {"back": "//evil.example"}):
        answer = await edge.http.post("/language", data=fields)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/"
        assert "set-cookie" not in answer.headers


async def test_who_comes_for_the_first_time_is_spoken_to_as_its_brand_noted(
    reader: Reader, world: World
) -> None:
    await world.superuser.execute("UPDATE member SET locale = 'de-CH'")
    assert "Deine Karte" in text_of(await reader.get("/app/card"))
    await reader.post("/language", language="es", back="/app")
    await reader.post("/app/leave")
    assert "Has salido" in text_of(await reader.get("/app/goodbye"))


async def test_the_sign_in_speaks_them_too(edge: Edge) -> None:
    page = await edge.http.get("/signin", headers={"Accept-Language": "es"})
    assert "Contraseña" in text_of(page)
    wrong = await edge.http.post(
        "/signin", data={"email": "x@example.com", "password": "y"},
        headers={"Accept-Language": "de"},
    )  # fmt: skip
    assert "E-Mail oder Passwort stimmt nicht." in text_of(wrong)


def test_in_arabic_a_sign_stands_left_of_its_number_and_behind_its_currency() -> None:
    """The marks decide where each stands; this is the order in which they are stored."""
    arabic, english = (Formats(Locale.parse(code), ZoneInfo("UTC")) for code in ("ar", "en"))
    left, right = "\N{LEFT-TO-RIGHT MARK}", "\N{RIGHT-TO-LEFT MARK}"
    minus, space = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"
    assert [arabic.change(n) for n in (150, -35, 0)] == [f"{left}+150", f"{left}{minus}35", "0"]
    owed = {"amount": "-1.18", "currency": "USD"}
    assert arabic.money(owed) == f"{right}{left}{minus}1.18{space}US${left}"
    assert english.change(150) + english.money(owed) == f"+150{minus}$1.18"
