"""`coalition rewards` as an operator types it: a brand's file of rewards, and its codes."""

import gzip
import json
import os
import struct
from pathlib import Path

import pytest

from coalition.catalogue import load_rewards, reward_coded
from coalition.kit.clock import wall_clock
from coalition.kit.database import EVERYTHING
from coalition.kit.mistakes import MistakesInFile
from tests.cli.shell import Shell
from tests.docs.pages import blocks_of
from tests.support import World, assert_books_balance, nothing_moves
from tests.support.catalogue import Counter, a_reward, a_voucher

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 8, 8)
WORDS = ("--brand", "grocer")


def _write(folder: Path, text: str) -> str:
    (folder / "rewards.yaml").write_text(text)
    return "rewards.yaml"


def _example() -> str:
    (block,) = [one for one in blocks_of("catalogue.md") if one.language == "yaml"]
    return block.text


def _said(out: str) -> list[tuple[str, str]]:
    return [(one["sign"], one["code"]) for one in json.loads(out)["changes"]]


async def test_the_example_of_the_page_is_planned_applied_and_then_unchanged(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    await world.apply()
    world.now = wall_clock()
    counter = Counter(world)
    await counter.put("grocer", a_reward(code="tea", points=10))
    others = await counter.put("bakery", a_reward(code="cotton-bag", points=7))
    file = _write(tmp_path, _example())
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures/five-off.png").write_bytes(PNG)
    async with nothing_moves(world):
        planned = await shell.run("rewards", "plan", file, *WORDS)
    assert planned.code == 0, planned.err
    assert "+ five-off  VOUCHER, 1,000 points" in planned.out
    assert "2 changes would be applied.\nNot in the file, and left alone: tea.\n" in planned.out
    applied = await shell.run("rewards", "apply", file, *WORDS, "--json")
    assert applied.code == 0, applied.err
    assert _said(applied.out) == [("+", "five-off"), ("+", "cotton-bag")]
    async with nothing_moves(world):
        again = await shell.run("rewards", "apply", file, *WORDS)
    assert again.out == "Nothing to change.\nNot in the file, and left alone: tea.\n"

    async with world.database.reading(EVERYTHING) as connection:
        made = await reward_coded(connection, world.partner("grocer").id, "cotton-bag")
    assert made is not None
    bag = made.id
    record = await counter.reward(bag)
    assert (record.terms.money, record.stock, record.terms.place) == (150, 25, "STORE")
    assert record.terms.from_at is not None
    assert record.terms.from_at.isoformat() == "2026-03-01T05:00:00+00:00"
    assert (await counter.reward(others)).terms.points == 7

    # What was claimed since is not put back on the shelf by another price.
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "900.00")
    await counter.claim(ada, bag)
    _write(tmp_path, _example().replace("points: 400", "points: 450"))
    dearer = await shell.run("rewards", "apply", file, *WORDS, "--json")
    (change,) = json.loads(dearer.out)["changes"]
    assert change == {"sign": "~", "code": "cotton-bag", "detail": "points 400 -> 450"}
    assert (await counter.reward(bag)).stock == 24
    async with nothing_moves(world):
        assert _said((await shell.run("rewards", "apply", file, *WORDS, "--json")).out) == []
    _write(tmp_path, _example().replace("stock: 25", "stock: 30"))
    more = await shell.run("rewards", "plan", file, *WORDS)
    assert "~ cotton-bag  points 450 -> 400, stock 24 -> 30\n" in more.out
    await assert_books_balance(world)


WRONG = r"""rewards:
  tea:
    kind: ITEM
    texts: { en: { title: Tea, tittle: Tea } }
    points: 1e3
    colour: red
  "bread[/red]\e[31m":
    kind: LOAF
    texts: { en: { title: Bread } }
    points: 5
    money: { amount: 1,50, currency: USD }
  cake:
    kind: ITEM
    texts: { en: { title: Cake } }
    points: 5
    until: tomorrow
    image: ../cake.png
  pie:
    kind: ITEM
    texts: { en: { title: Pie } }
    points: 5
    image: huge.png
  pie:
    kind: ITEM
    texts: { en: { title: Pie } }
    points: 5
"""
UNLAWFUL = r"""rewards:
  tea:
    kind: ITEM
    texts:
      en: { title: "Tea\a", description: "\u202e" }
      english: { title: Tea }
    points: 0
    tier: gold
    validDays: 3
  bread:
    kind: ITEM
    texts: { en: { title: Bread } }
    points: 5
    money: { amount: 1.50, currency: EUR }
    faceValue: { amount: 1.505, currency: USD }
  cake:
    kind: ITEM
    texts: { en: { title: Cake } }
    points: 5
    costBasis: NEGOTIATED
    cost: { amount: 9.00, currency: USD }
  coffee:
    kind: VOUCHER
    texts: { en: { title: Coffee } }
    points: 5
"""


async def _is_refused(world: World, shell: Shell, tmp_path: Path, text: str, *told: str) -> None:
    file = _write(tmp_path, text)
    async with nothing_moves(world):
        applied = await shell.run("rewards", "apply", file, *WORDS)
    assert (applied.code, applied.out) == (1, "")
    assert "Traceback" not in applied.err
    assert "\x1b" not in applied.err
    shown = " ".join(applied.err.replace("│", " ").split())
    for one in told:
        assert one in shown, (one, applied.err)


async def _is_told_by_a_plan(shell: Shell, *told: str) -> None:
    planned = await shell.run("rewards", "plan", "rewards.yaml", *WORDS)
    assert planned.code == 1
    assert [one for one in told if one not in planned.err] == []


async def test_every_mistake_is_told_with_its_line_and_nothing_is_put(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    """The shape of all is looked at first, then whether each may be like that."""
    await world.apply()
    world.now = wall_clock()
    await Counter(world).put("grocer", a_reward())
    (tmp_path / "huge.png").write_bytes(PNG + bytes(512 * 1024))
    await _is_refused(
        world, shell, tmp_path, WRONG,
        "4 rewards.tea.texts.en.tittle is not a field that is known here",
        "5 rewards.tea.points '1e3': must be a whole number",
        "6 rewards.tea.colour is not a field that is known here",
        r"8 rewards.'bread[/red]\x1b[31m'.kind 'LOAF': Input should be 'VOUCHER'",
        "16 rewards.cake.until 'tomorrow': must be a day",
        "23 rewards.pie is given twice",
    )  # fmt: skip
    await _is_refused(
        world, shell, tmp_path, UNLAWFUL,
        "5 rewards.tea.texts.en.description description must be 1 to 2000 printable characters.",
        "5 rewards.tea.texts.en.title title must be 1 to 100 printable characters.",
        "6 rewards.tea.texts.english locale must be a language like es or es-MX.",
        "7 rewards.tea.points points must be more than nothing, not 0.",
        "8 rewards.tea.tier 'gold' is none of the programme's tiers.",
        "9 rewards.tea.validDays A ITEM has no code",
        "14 rewards.bread.money money must be in the brand's USD, not in EUR.",
        "15 rewards.bread.faceValue 1.505 USD has more decimals",
        "21 rewards.cake.cost 9.00 USD for 5 points is more than",
        "23 rewards.coffee.kind A reward's kind stays.",
    )  # fmt: skip
    await _is_told_by_a_plan(shell, "rewards.tea.points", "rewards.coffee.kind")


async def test_an_image_is_a_picture_that_lies_beside_the_file(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    await world.apply()
    world.now = wall_clock()
    folder = tmp_path / "of-the-brand"
    folder.mkdir()
    (tmp_path / "outside.png").write_bytes(PNG)
    (folder / "huge.png").write_bytes(PNG + bytes(512 * 1024))
    (folder / "wide.png").write_bytes(PNG[:-8] + struct.pack(">II", 9000, 8))
    (folder / "drawing.svg").write_text("<svg/>")
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    os.mkfifo(folder / "pipe.png")
    names = {
        "../outside.png": "must lie beside the file", "link.png": "must lie beside the file",
        "/etc/passwd": "must lie beside the file", "huge.png": "is larger than 512 KiB",
        "wide.png": "9000 x 8 pixels", "drawing.svg": "is not PNG, JPEG or WebP",
        "pipe.png": "is not a file", "missing.png": "is not a file", r"a\0b.png": "null",
    }  # fmt: skip
    text = "rewards:\n" + "".join(
        f"  r{place}: {{ kind: ITEM, points: 5, texts: {{ en: {{ title: R }} }},"
        f' image: "{name}" }}\n'
        for place, name in enumerate(names)
    )
    (folder / "rewards.yaml").write_text(text)
    async with nothing_moves(world):
        refused = await shell.run("rewards", "apply", "of-the-brand/rewards.yaml", *WORDS)
    assert (refused.code, refused.out) == (1, "")
    shown = " ".join(refused.err.replace("│", " ").split())
    for place, (name, why) in enumerate(names.items()):
        told = shown[shown.index(f"rewards.r{place}.image") :]
        assert why in told[: 120 + len(name)], (name, told[:200])


def test_files_that_are_made_to_harm_are_given_up(tmp_path: Path) -> None:
    laughs = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    for text, why in (
        (laughs, "says more than a file may"),
        ("a: &a [*a]\n", "is nested too deeply"),
        ("[" * 1000, "is nested too deeply"),
        ("a: \x07\n", "not YAML"),
        ("", "is empty"),
        ("rewards: {}\n", "at least 1 item"),
        ("just text\n", "Input should be"),
    ):
        with pytest.raises(MistakesInFile) as refused:
            load_rewards(tmp_path / _write(tmp_path, text))
        (mistake,) = refused.value.mistakes
        assert why in mistake.message


async def test_codes_given_twice_are_loaded_once(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    await world.apply()
    world.now = wall_clock()
    counter = Counter(world)
    voucher = await counter.put("grocer", a_voucher())
    await counter.load("grocer", voucher, "OLD")
    bread = await counter.put("bakery", a_voucher(code="bread"))
    await counter.put("grocer", a_reward(code="bag"))
    fine = [f"NEW-{number:04}" for number in range(1500)]
    # The first two stand again behind a thousand others, and one of them with blanks.
    lines = ["code", *fine, "NEW-0000", "new 1", "NEW- 0001", "", "OLD", "a,b", "x" * 65]
    with gzip.open(tmp_path / "codes.csv.gz", "wb") as packed:
        packed.write("\r\n".join(lines).encode())
    words = ("rewards", "codes", "codes.csv.gz", *WORDS, "--reward", "five-off")
    async with nothing_moves(world):
        dry = await shell.run(*words, "--dry-run", "--json")
    done = await shell.run(*words, "--json")
    assert done.code == 1, done.err
    told = json.loads(done.out)
    assert json.loads(dry.out) == told | {"dryRun": True}
    assert (told["loaded"], told["known"], told["refused"]) == (1501, 3, 2)
    assert [(one["line"], one["code"]) for one in told["lines"]] == [
        (1507, "FILE_BROKEN"), (1508, "TEXT_NOT_ALLOWED"),
    ]  # fmt: skip
    assert (await counter.reward(voucher)).stock == 1502
    async with nothing_moves(world):
        again = await shell.run(*words)
    assert again.out == "0 codes loaded, 1,504 known before, 2 refused.\n"
    assert "line 1508: TEXT_NOT_ALLOWED: code must be 1 to 64 printable" in again.err
    assert "xxx" not in again.err + again.out
    (tmp_path / "more.csv").write_text("ONE\n")
    async with nothing_moves(world):
        for brand, reward, why in (
            ("grocer", "bread", "REWARD_NOT_FOUND"),
            ("grocer", "bag", "REWARD_TAKES_NO_CODES"),
            ("[/b]", "bread", "There is no brand '[/b]'. There are: bakery, grocer."),
        ):
            ran = await shell.run(
                "rewards", "codes", "more.csv", "--brand", brand, "--reward", reward
            )
            assert (ran.code, ran.out) == (1, "")
            assert why in ran.err
    assert (await shell.run("rewards", "codes", "more.csv")).code == 2
    # Each brand's codes are its own.
    own = await shell.run(*words[:2], "more.csv", "--brand", "bakery", "--reward", "bread")
    assert (own.code, own.out) == (0, "1 codes loaded, 0 known before, 0 refused.\n")
    assert (await counter.reward(bread)).stock == 1
    await assert_books_balance(world)
