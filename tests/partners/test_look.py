"""How a programme and its brands look: colours that can be read, logos that are pictures."""

import re
import struct
import zlib
from pathlib import Path

import pytest

from coalition.partners import ON_DARK, ON_LIGHT, Theme, contrast, logo_of, readable_on
from coalition.partners.colours import SEEN, TEXT
from coalition.partners.example import copy_example
from coalition.partners.file import load_file
from coalition.partners.mistakes import MistakesInFile
from tests.support import World, a_bakery, a_grocer

SHEET = Path(__file__).parents[2] / "src/coalition/pages/static/style.css"
THEME = {"primary": "#14532d", "primary_dark": "#86e0a8"}


def a_picture(width: int = 64, height: int = 64) -> bytes:
    """A PNG of one colour (W3C, section 5)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = b"".join(b"\0" + b"\x14\x53\x2d" * width for _ in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#0b5cad", "#0b5cad", 1)],
)
def test_contrast_is_that_of_the_standard(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(one, other) == contrast(other, one)


@pytest.mark.parametrize(
    "colour", ["#000000", "#ffffff", "#777777", "#ff0000", "#00ff00", "#757575"]
)
def test_white_or_ink_is_read_on_every_colour(colour: str) -> None:
    assert contrast(readable_on(colour), colour) >= 4.2


def test_our_own_colours_pass_and_are_checked_on_the_grounds_of_the_sheet() -> None:
    theme = Theme()
    assert all(contrast(theme.primary, ground) >= TEXT for ground in ON_LIGHT)
    assert all(contrast(theme.primary_dark, ground) >= TEXT for ground in ON_DARK)
    assert all(contrast(theme.accent, ground) >= SEEN for ground in ON_LIGHT)
    assert all(contrast(theme.accent_dark, ground) >= SEEN for ground in ON_DARK)
    grounds = re.findall(r"--(?:paper|ground): (#[0-9a-f]{6});", SHEET.read_text())
    assert tuple(grounds) == (*ON_LIGHT, *ON_DARK)


@pytest.mark.parametrize(
    ("field", "colour", "told"),
    [
        ("primary", "#ffcc00", "stands out from #ffffff by 1.51, 4.5 is needed: take a darker one"),
        ("primary_dark", "#14532d", "4.5 is needed: take a lighter one"),
        ("accent", "#ffffff", "3 is needed: take a darker one"),
        ("primary", "green", "should match pattern"),
    ],
)
async def test_a_colour_that_cannot_be_read_is_a_mistake_with_its_line(
    field: str, colour: str, told: str, world: World
) -> None:
    with pytest.raises(MistakesInFile) as wrong:
        await world.apply(theme=THEME | {field: colour})
    (mistake,) = wrong.value.mistakes
    assert mistake.field == f"programme.theme.{field}"
    assert mistake.line > 1
    assert colour in mistake.message
    assert told in mistake.message
    assert await world.rows("SELECT 1 FROM programme") == []


async def test_a_brands_colour_on_which_nothing_could_be_read_is_a_mistake(world: World) -> None:
    with pytest.raises(MistakesInFile) as wrong:
        await world.apply(brands=[a_grocer(colour="#777777"), a_bakery()])
    (mistake,) = wrong.value.mistakes
    assert mistake.field == "partners[0].colour"
    assert "white stands out from it by 4.48 and ink by" in mistake.message
    assert "4.5 is needed: take a darker or a lighter one" in mistake.message


def test_the_examples_logos_are_pictures_and_travel_with_it(tmp_path: Path) -> None:
    copy_example(tmp_path / "mine.yaml")
    (tmp_path / "logos" / "fuel.png").write_bytes(a_picture())
    copy_example(tmp_path / "mine.yaml")
    logos = load_file(tmp_path / "mine.yaml").logos
    assert set(logos) == {
        "grocer", "bakery-cafe", "pharmacy", "fuel", "florist", "wine-spirits",
    }  # fmt: skip
    assert logos["fuel"].content == a_picture(), "what somebody made its own stays"
    assert sum(len(one.content) for one in logos.values()) < 4_000


async def test_a_point_has_a_name_in_each_language_or_one_for_all(world: World) -> None:
    await world.apply(point_name={"de": "Punkte", "de-CH": "Pünktli", "es": "puntos"})
    told = (await world.office.terms()).programme.point_name_in
    assert [told(one) for one in ("de-CH", "de-AT", "es", "fr", None)] == [
        "Pünktli", "Punkte", "puntos", "Punkte", "Punkte",
    ]  # fmt: skip
    await world.apply(point_name="miles")
    told = (await world.office.terms()).programme.point_name_in
    assert [told(one) for one in ("de", "en", None)] == ["miles"] * 3
    with pytest.raises(MistakesInFile) as wrong:
        await world.apply(point_name={"english": "points"})
    assert wrong.value.mistakes[0].field.startswith("programme.point_name")


async def test_a_theme_and_a_logo_are_applied_changed_and_taken_away(world: World) -> None:
    path = world.write("").parent / "grocer.png"
    path.write_bytes(a_picture())
    await world.apply(
        brands=[a_grocer(logo="grocer.png", colour="#14532D"), a_bakery()], theme=THEME
    )
    terms = await world.office.terms()
    assert terms.programme.theme.primary == "#14532d"
    grocer, bakery = terms.partners
    assert (grocer.colour, bakery.colour, bakery.logo) == ("#14532d", None, None)
    assert grocer.logo is not None
    assert await logo_of(world.database, grocer.logo) == ("image/png", a_picture())
    again = await world.apply(
        brands=[a_grocer(logo="grocer.png", colour="#14532d"), a_bakery()], theme=THEME
    )
    assert again.changes == ()
    path.write_bytes(a_picture(100, 100))
    changed = await world.apply(
        brands=[a_grocer(logo="grocer.png", colour="#14532d"), a_bakery()], theme=THEME
    )
    assert [one.what for one in changed.changes] == ["partner grocer.logo"]
    await world.apply()
    assert (await world.office.terms()).partners[0].logo is None
    assert await logo_of(world.database, grocer.logo) is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"<svg onload='x'/>", "is an SVG picture, in which scripts can run: save it as PNG"),
        (b"<?xml version='1.0'?><!-- x --><svg/>", "is an SVG picture"),
        (b"GIF89a", "must be a PNG or WebP picture"),
        (a_picture()[:-20], "is a PNG picture that is cut off or damaged"),
        (a_picture().replace(b"IDAT", b"IDOT"), "is a PNG picture that is cut off or damaged"),
        (b"RIFF\xff\xff\0\0WEBPVP8X" + b"\x3f" * 40, "is a WebP picture that is cut off"),
        (b"", "must be a PNG or WebP picture"),
        (a_picture(16, 64), "is 16 by 64 pixels"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 70_000, "is larger than 64 KiB"),
        (b"RIFF....WEBPVP8?" + b"x" * 40, "must be a PNG or WebP picture"),
    ],
)
async def test_what_is_no_picture_is_a_mistake(
    content: bytes | None, told: str, world: World
) -> None:
    if content is not None:
        (world.write("").parent / "logo.png").write_bytes(content)
    with pytest.raises(MistakesInFile, match="nothing was applied") as wrong:
        await world.apply(brands=[a_grocer(logo="logo.png"), a_bakery()])
    (mistake,) = wrong.value.mistakes
    assert mistake.field == "partners[0].logo"
    assert told in mistake.message
