"""Who reads Arabic meets no English: on every page that links lead to, and after every mistake.

Arabic has no letter of English: what is written in Latin ones is a name, or it was forgotten.
"""

import re
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
from lxml import etree, html

from tests.oauth.people import Browser
from tests.support import Person, World
from tests.support.edge import Edge, edge_of
from tests.web.browser.story import (
    MIA,
    PROGRAMME,
    brands,
    promotions,
    what_brands_give,
    what_mia_did,
    what_mia_redeemed,
    what_mia_shares,
)
from tests.web.people import Reader

HELP = {
    "email": "help@points.example",
    "questions": [{"question": {"ar": "متى تصل نقاطي؟"}, "answer": {"ar": "عند الدفع."}}],
    "terms": [{"version": "2", "valid_from": "2026-01-01", "text": {"ar": "كن لطيفا."}}],
}
# Called so by whoever named them, in every language.
NAMES = re.compile(
    r"Harvest Grocer|Corner Bakery|Roadway Fuel|Petalwerk|Market Street|Spring together|Roots and"
    r" Wings|Five Off Your Breakfast|Hamper|Bunch Of Tulips|Car Wash|Kettle|Trees|Mia|Bo|Cy"
    r"|HG|CB|RF|Visa|grocer-till|Food|purchase-\d|English|Deutsch|Español|[\w.@]+\.example|[\w.]+@example\.com"
    # Its zone is too young for the names that we have.
    r"|Coyhaique|\(?(?:USD|EUR|GBP|US)\)?"
    r"|\b(?:CSV|JSON|PNG|JPEG|PDF|QR|UTC|SHA|Code 128)\b"
)
_LATIN = re.compile(r"[A-Za-z]{2,}")
# Numbers of things are the same for everybody.
_NUMBERS = re.compile(r"[\w-]{20,}|\b(?:ent|clm|req|rwd|don)_\w+|[A-Z]+-\d+|\b[0-9a-f-]{8,}\b")
_SAID_IN = ("aria-label", "alt", "title", "placeholder", "data-done", "data-stopped", "data-known",
            "data-announce")  # fmt: skip
_UNSAID = {"script", "style", "meta", "link"}
# Pages that differ in whose they are, or in where one comes from, are one.
_IDS = re.compile(r"[a-z]{3}_[\w-]+|(?<=from=)[^&]+")
# What leads out of the pages, or shows parts for those who make pages.
_NOT_TO = ("/app/components", "/app/leave", "/signout", "/static", "/theme", "/logo", "mailto:")
WRONG: dict[str, dict[str, str]] = {
    "/app/profile": {"given_name": "x" * 101},
    "/app/profile/email": {"email": "mia@b"},
    "/app/household/invite": {"card": "", "role": "SPENDER"},
    "/app/household/found": {},
    "/app/transfer/check": {"card": "0000", "points": "many"},
    "/app/linked/card": {"card": "7001", "code": "0"},
    "/app/notifications/quiet": {"from": "22:00"},
    "/app/data/delete": {},
    "/app/display": {"language": "xx"},
    "/app/missing/report": {"amount": "a lot", "day": "x"},
    "/signup": {"email": "x", "password": "short", "card": "1"},
}


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply(
        brands=brands(),
        promotions=promotions(),
        **PROGRAMME | {"help": HELP, "point_name": {"ar": "نقاط", "en": "points"}},  # type: ignore[arg-type]  # programme fields only
    )
    async with edge_of(world, applied.new_secrets) as made:
        yield made


@pytest.fixture
async def mia(world: World, edge: Edge) -> Person:
    del edge
    await what_brands_give(world)
    member = await what_mia_did(world)
    await what_mia_shares(world, member)
    await what_mia_redeemed(world, member)
    return member


async def test_who_reads_arabic_meets_no_english(world: World, edge: Edge, mia: Person) -> None:
    del mia
    edge.http.headers["Accept-Language"] = "ar"
    stranger = Reader(edge.http)
    left = []
    for path in (
        "/signin", "/signup", "/signup/password", "/device?user_code=NONE", "/help", "/terms",
        "/terms/none",
    ):  # fmt: skip
        left += _left_on(path, await stranger.get(path))
    await Browser(edge.http).enter(world, MIA)
    reader = Reader(edge.http)
    waiting = ["/app", "/app/earn?brand=x&amount=1", "/app/activity?since=x", "/app/nothing"]
    seen = set[str]()
    while waiting:
        path = waiting.pop()
        kind = _IDS.sub("ID", path)
        if kind in seen:
            continue
        seen.add(kind)
        answer = await reader.get(path)
        left += _left_on(kind, answer)
        waiting += _links_of(answer)
    for path, typed in WRONG.items():
        answer = await reader.post(path, **typed)
        assert answer.status_code == 422, path
        left += _left_on(f"POST {path}", answer)
    assert len(seen) > len(WRONG)
    assert left == [], "\n".join(sorted(set(left)))


@pytest.mark.parametrize(
    ("said", "is_left"),
    [
        ("vDRjyOs9lLaRZ5lxMytUScBM", False),
        ("CQH-6D9FZUCuPAOb38woBdA9", False),
        ("-tHmDzKDJIvRDwCBMia3HtHG", False),
        ("Harvest Grocer", False),
        ("Your points", True),
    ],
)
def test_a_code_is_no_word_whatever_stands_in_it(said: str, *, is_left: bool) -> None:
    page = httpx2.Response(200, html=f"<p>{said}</p>")
    assert bool(_left_on("/app", page)) is is_left


def _links_of(page: httpx2.Response) -> list[str]:
    if not page.headers["content-type"].startswith("text/html"):
        return []
    found = (one.get("href", "").partition("#")[0] for one in html.fromstring(page.text).iter("a"))
    return [one for one in found if one.startswith("/") and not one.startswith(_NOT_TO)]


def _left_on(path: str, page: httpx2.Response) -> list[str]:
    """What a page, or a file of text, says in another script than its reader's."""
    if page.headers["content-type"].startswith("text/html"):
        said = list(_said_by(page.text))
    else:
        said = page.text.splitlines() if page.headers["content-type"].startswith("text/csv") else []
    return [
        f"{path}: {one.strip()}" for one in said
        # Numbers first: some name may stand in the middle of one by chance.
        if _LATIN.search(NAMES.sub(" ", _NUMBERS.sub(" ", one)))
    ]  # fmt: skip


def _said_by(page: str) -> Iterator[str]:
    whole = html.fromstring(page)
    for number in whole.find_class("groups"):
        etree.strip_tags(number, "span")
    for one in whole.iter():
        if not isinstance(one.tag, str) or one.tag in _UNSAID:
            continue
        yield from (one.text or "", one.tail or "")
        yield from (one.get(name, "") for name in _SAID_IN)
