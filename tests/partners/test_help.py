"""What members read for help: written in the partners' file, told over the API and at /app/help."""

from typing import cast

import pytest
from lxml import html

from coalition.partners import in_language
from coalition.partners.file import load_file
from coalition.partners.mistakes import MistakesInFile
from tests.support import World, a_bakery, a_grocer, nothing_moves
from tests.support.brands import a_programme, partners_file
from tests.support.edge import edge_of
from tests.web.people import a_reader, text_of

FIRST = {"version": "1", "valid_from": "2025-01-01", "text": {"en": "Be kind.\n\nEarn points."}}
SECOND = {
    "version": "2", "valid_from": "2026-03-01", "address": "https://points.example/terms",
    "changes": {"en": "Points end.", "de": "Punkte verfallen."},
}  # fmt: skip
HELP: dict[str, object] = {
    "email": "help@points.example",
    "questions": [
        {
            "question": {"es": "¿Caducan?", "en": "Do points end?"},
            "answer": {"en": "After a year."},
        },
        {
            "question": {"en": "Who are you?"},
            "answer": {"en": "A <b>shop</b>.", "de": "Ein Laden."},
        },
    ],
    "terms": [FIRST, SECOND],
}


async def test_help_is_searched_in_the_readers_language_and_tells_the_terms(world: World) -> None:
    applied = await world.apply(help=HELP)
    async with edge_of(world, applied.new_secrets) as edge:
        reader = await a_reader(world, edge, await world.enrol("Mia"))
        said = text_of(await reader.get("/app/help?from=/app/card&request=" + "a" * 32))
        assert "Do points end? After a year." in said
        assert "A <b>shop</b>." in said
        assert "Version 2 from March 1, 2026 In force What is new: Points end." in said
        page = html.fromstring(
            (await reader.get("/app/help?from=/app/card&request=" + "a" * 32)).text
        )
        (letter,) = page.xpath("//a[starts-with(@href, 'mailto:')]/@href")
        assert "Page%3A%20/app/card" in letter
        assert "Number%3A%20" + "a" * 32 in letter
        assert page.xpath("//a[@href='https://points.example/terms']")
        found = text_of(await reader.get("/app/help?search=YEAR end"))
        assert ("Do points end?" in found, "Who are you?" in found) == (True, False)
        assert "No answer holds these words" in text_of(await reader.get("/app/help?search=zebra"))
        assert "Be kind. Earn points." in text_of(await reader.get("/app/help/terms/1"))
        for path in ("/app/help/terms/2", "/app/help/terms/9"):
            assert (await reader.get(path)).status_code == 404
        spanish = await reader.get("/app/help", **{"Accept-Language": "es-MX"})
        assert "¿Caducan? After a year." in text_of(spanish)
        # What leads elsewhere, or is no number of ours, is not told.
        odd = await reader.get("/app/help?from=https://evil.example/&request=<script>")
        (letter,) = html.fromstring(odd.text).xpath("//a[starts-with(@href, 'mailto:')]/@href")
        assert letter.endswith("&body=")


async def test_the_terms_are_read_before_joining_and_without_signing_in(world: World) -> None:
    third = {"version": "3", "valid_from": "2030-01-01", "text": {"en": "Be kinder.", "de": "Ja."}}
    applied = await world.apply(help=HELP | {"terms": [FIRST, SECOND, third]})
    async with edge_of(world, applied.new_secrets) as edge:
        join = html.fromstring((await edge.http.get("/signup")).text)
        assert join.xpath("//form[@action='/signup']//a/@href") == ["/terms"]
        assert "/terms" in join.xpath("//footer//a/@href")

        now = await edge.http.get("/terms")
        assert now.status_code == 200
        assert now.headers["cache-control"] == "private, max-age=300"
        assert "Accept-Language" in now.headers["vary"]
        said = text_of(now)
        # Those in force stand elsewhere; those that come are there to be read.
        assert "Terms, version 2 from March 1, 2026 In force What is new: Points end." in said
        assert html.fromstring(now.text).xpath("//article//a/@href") == [
            "https://points.example/terms"
        ]
        assert "Version 3 from January 1, 2030" in said
        assert "Be kind. Earn points." in text_of(await edge.http.get("/terms/1"))
        german = await edge.http.get("/terms/3", headers={"Accept-Language": "de-AT"})
        assert "Ja." in text_of(german)
        for path in ("/terms/2", "/terms/9"):
            assert (await edge.http.get(path)).status_code == 404

        found = text_of(await edge.http.get("/help?search=YEAR end"))
        assert ("Do points end?" in found, "Who are you?" in found) == (True, False)
        # What only members may do is not offered to who is none.
        assert "Is a purchase missing?" not in found


async def test_a_version_is_read_whatever_signs_its_name_has(world: World) -> None:
    odd = {"version": "2025/1 ?#%", "valid_from": "2025-01-01", "text": {"en": "Be kind."}}
    applied = await world.apply(help={"terms": [odd]})
    async with edge_of(world, applied.new_secrets) as edge:
        reader = await a_reader(world, edge, await world.enrol("Mia"))
        for place in ("/terms", "/app/help"):
            (link,) = html.fromstring((await reader.get(place)).text).xpath(
                "//ul[@class='versions']//a/@href"
            )
            assert "Be kind." in text_of(await reader.get(link))


async def test_terms_that_come_are_read_before_they_hold(world: World) -> None:
    coming = {"version": "1", "valid_from": "2030-01-01", "text": {"en": "Be kind."}}
    applied = await world.apply(help={"terms": [coming]})
    async with edge_of(world, applied.new_secrets) as edge:
        said = text_of(await edge.http.get("/terms"))
        assert ("Be kind." in said, "In force" in said) == (True, False)


async def test_a_programme_without_help_says_so(world: World) -> None:
    applied = await world.apply()
    async with edge_of(world, applied.new_secrets) as edge:
        reader = await a_reader(world, edge, await world.enrol("Mia"))
        said = text_of(await reader.get("/app/help"))
        assert "Nobody has written answers yet" in said
        assert "Ask at any of the brands" in said
        assert "Terms of the programme" not in said
        assert (await edge.http.get("/terms")).status_code == 404
        join = await edge.http.get("/signup")
        assert "/terms" not in join.text


def test_a_text_falls_back_by_itself() -> None:
    texts = {"en": "Hello", "es": "Hola", "es-MX": "Qué onda"}
    assert [in_language(texts, one) for one in ("es-MX", "es-AR", "fr", None)] == [
        "Qué onda", "Hola", "Hello", "Hello",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"email": "nobody"}, "is not an e-mail address"),
        ({"questions": [{"question": {"English": "x"}, "answer": {"en": "x"}}]}, "English"),
        ({"questions": [{"question": {"en": "x"}, "answer": {}}]}, "at least 1"),
        ({"terms": [{"version": "1", "valid_from": "2026-01-01"}]}, "needs its text"),
        ({"terms": [SECOND, FIRST]}, "in the order of valid_from"),
        ({"terms": [SECOND | {"address": "http://points.example"}]}, "must be an address"),
    ],
)
def test_help_that_cannot_be_read_is_a_mistake_of_its_line(
    wrong: dict[str, object], words: str, world: World
) -> None:
    file = partners_file([a_bakery(), a_grocer()], programme=a_programme(help=HELP | wrong))
    with pytest.raises(MistakesInFile) as found:
        load_file(world.write(file))
    (mistake,) = found.value.mistakes
    assert words in f"{mistake.field} {mistake.message}"
    assert mistake.field.startswith("programme.help")


async def test_terms_that_members_were_told_stay_and_go_on_in_new_versions(world: World) -> None:
    await world.apply(help=HELP)
    for change in (
        {"terms": [SECOND]},
        {"terms": [FIRST | {"text": {"en": "Be quick."}}, SECOND]},
        {"terms": [FIRST, SECOND | {"valid_from": "2026-04-01"}]},
    ):
        async with nothing_moves(world):
            with pytest.raises(MistakesInFile) as found:
                await world.apply(help=HELP | change)
            assert "stays as members were told" in found.value.mistakes[0].message
    german = {"en": cast("dict[str, str]", FIRST["text"])["en"], "de": "Sei freundlich."}
    third = {"version": "3", "valid_from": "2026-05-01", "text": {"en": "Be kinder."}}
    applied = await world.apply(help=HELP | {"terms": [FIRST | {"text": german}, SECOND, third]})
    assert [one.what for one in applied.changes] == ["programme.help"]
    assert (
        await world.apply(help=HELP | {"terms": [FIRST | {"text": german}, SECOND, third]})
    ).changes == ()
