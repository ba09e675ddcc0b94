"""M20: what falls back to another language says which one it is, and is set in its direction."""

from coalition.catalogue import Texts
from coalition.pages.language import language, spoken
from tests.support import Person, World, a_bakery, a_grocer
from tests.support.catalogue import Counter, a_voucher
from tests.support.edge import Edge
from tests.web.people import Reader, text_of

HELP = {
    "email": "help@points.example",
    "questions": [
        {
            "question": {"en": "When do my points end?", "ar": "متى تنتهي نقاطي؟"},
            "answer": {"en": "After a <year>."},
        }
    ],
    "terms": [
        {
            "version": "2", "valid_from": "2026-01-01", "text": {"en": "Be kind."},
            "changes": {"de-AT": "Nichts."},
        }
    ],
}  # fmt: skip


def _english(text: str) -> str:
    return f'<bdi lang="en" dir="ltr">{text}</bdi>'


async def test_each_text_in_another_language_says_so_where_it_stands(
    world: World, edge: Edge, reader: Reader, mia: Person
) -> None:
    await world.apply(brands=[a_grocer(), a_bakery()], help=HELP)
    counter = Counter(world)
    texts = {
        "en": Texts("Five Off", "For <breakfast>, any day.", "One a table."),
        "ar": Texts("خصم خمسة"),
        "de": Texts("Fünf weniger", "Zum Frühstück."),
    }
    number = await counter.put("bakery", a_voucher(points=100), texts=texts)
    await counter.put(
        "grocer", a_voucher(code="tea", points=90), texts={"en": Texts("Tea for Two")}
    )
    await counter.load("bakery", number, "FIVE-0001")
    await world.award("grocer", mia, "500.00")
    edge.http.headers["Accept-Language"] = "ar"
    shelf = (await reader.get("/app/rewards")).text
    assert ">خصم خمسة</a></h3>" in shelf
    assert f">{_english('Tea for Two')}</a></h3>" in shelf
    claimed = await counter.claim(mia, number)
    assert not claimed.replayed
    listed = await reader.get("/app/vouchers")
    address = listed.text.partition('<a href="/app/vouchers/')[2].partition('"')[0]
    voucher = (await reader.get(f"/app/vouchers/{address}")).text
    assert "<h1>خصم خمسة</h1>" in voucher
    assert _english("For &lt;breakfast&gt;, any day.") in voucher
    assert _english("One a table.") in voucher
    asked = (await reader.get("/app/help")).text
    assert "<summary>متى تنتهي نقاطي؟</summary>" in asked
    assert _english("After a &lt;year&gt;.") in asked
    assert '<bdi lang="de-AT" dir="ltr">Nichts.</bdi>' in asked
    assert _english("Be kind.") in (await reader.get("/app/help/terms/2")).text
    edge.http.headers["Accept-Language"] = "de"
    told = (await reader.get("/app/help")).text
    assert "</strong> Nichts.</p>" in told, "de-AT is German"
    assert "Zum Frühstück." in text_of(await reader.get(f"/app/vouchers/{address}"))


def test_a_language_that_nobody_here_knows_is_named_and_shows_its_own_direction() -> None:
    assert spoken(language("en"), "mel", "xx") == '<bdi lang="xx" dir="auto">mel</bdi>'
    assert spoken(language("en"), "خبز", "ar") == '<bdi lang="ar" dir="rtl">خبز</bdi>'
    assert spoken(language("en"), "bread", "en-GB") == "bread"
