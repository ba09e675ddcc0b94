"""What is written agrees with what is there: settings, commands, operations, links, figures."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from graphql import OperationType
from pydantic import BaseModel

from coalition import cli
from coalition.access import Scope
from coalition.api.schema import schema
from coalition.catalogue import CATALOGUE_CHECKS
from coalition.disputes import DISPUTE_CHECKS
from coalition.documents.checks import DOCUMENT_CHECKS, SIGNED
from coalition.insight import INSIGHT_CHECKS
from coalition.jobs.guards import GUARDS_STAND
from coalition.jobs.seals import SEALS_HOLD
from coalition.kit.config import Settings
from coalition.ledger import CHECKS, Account, Kind
from coalition.opening import OPENING_CHECKS
from coalition.partners import Agreement, Partner, PartnerStatus
from coalition.partners.models import (
    Address,
    AgreementModel,
    ClientModel,
    ContractModel,
    Credit,
    DrainModel,
    Expiry,
    LegalEntityModel,
    MandateModel,
    OperatorModel,
    PackModel,
    PartnerModel,
    Prepaid,
    ProgrammeModel,
    PromotionModel,
    ReconciliationModel,
    RedemptionRateModel,
    Returns,
    Settlement,
    SpendingLimitModel,
    SpendingModel,
    StandAloneModel,
    StoreModel,
    ThemeModel,
    TierModel,
)
from coalition.payments import PAYMENT_CHECKS
from coalition.settlement import SETTLEMENT_CHECKS
from coalition.settlement.checks import REPRODUCED
from coalition.settlement.statement import draft_statements_of
from coalition.settlement.traffic import PeriodRef, Sum, Traffic
from coalition.transfer import TRANSFER_CHECKS

TOP = Path(__file__).parents[2]
DOCS = TOP / "docs"
DECISIONS = DOCS / "decisions"
PAGES = [TOP / "README.md", *sorted(DOCS.rglob("*.md"))]
OF_A_DECISION = ["Context", "Decision", "Price", "Alternatives", "What enforces it"]
MODELS: list[type[BaseModel]] = [
    ProgrammeModel, Expiry, Returns, LegalEntityModel, PartnerModel, StoreModel, AgreementModel,
    ClientModel, OperatorModel, Settlement, Address, MandateModel, Credit, Prepaid, PackModel,
    ContractModel, PromotionModel, ReconciliationModel, RedemptionRateModel, StandAloneModel,
    ThemeModel,
    SpendingModel, DrainModel, SpendingLimitModel, TierModel,
]  # fmt: skip
# `coalition` on its own, or the one in .venv; a command is its first words in small letters.
_TYPED = re.compile(r"(?:^|[\s`/])coalition((?: [a-z]+(?:-[a-z]+)*)+)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FILE_AND_NAME = re.compile(r"`([a-z_/]+\.py):([\w.]+)`")


def _name(page: Path) -> str:
    return str(page.relative_to(TOP))


def _commands(command: object, words: tuple[str, ...] = ()) -> Iterator[str]:
    """The words of every command that does something; groups only hold others."""
    inside: Mapping[str, object] | None = getattr(command, "commands", None)
    if inside is None:
        yield " ".join(words)
    else:
        for name, inner in inside.items():
            yield from _commands(inner, (*words, name))


COMMANDS = sorted(
    words for one in cli.COMMANDS for words in _commands(cli.read_command(one), (one,))
)


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_a_command_is_listed_with_what_it_says_of_itself(command: str) -> None:
    assert cli.SAID[command] == cli.read_command(command).get_short_help_str(1000)


def test_the_list_of_commands_is_told_without_reading_them() -> None:
    script = """if True:
        import contextlib, sys
        from coalition import cli
        with contextlib.suppress(SystemExit):
            cli.app(["--help"])
        assert not {"coalition.api", "coalition.app"}.intersection(sys.modules)
    """
    asked = [sys.executable, "-c", script]
    told = subprocess.run(asked, capture_output=True, check=True, text=True)  # noqa: S603 - ours
    assert re.findall(r"^  ([a-z][a-z-]*)  ", told.stdout, re.MULTILINE) == [*cli.COMMANDS]


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@cache
def _headings(page: Path) -> set[str]:
    return {_slug(line) for line in re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)}


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_documented(field: str) -> None:
    assert f"| `COALITION_{field.upper()}` |" in (DOCS / "settings.md").read_text()


def test_no_setting_is_documented_that_is_not_there() -> None:
    there = {f"COALITION_{field.upper()}" for field in Settings.model_fields}
    for page in PAGES:
        assert set(re.findall(r"COALITION_[A-Z_]+[A-Z]", page.read_text())) <= there, _name(page)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    pattern = rf"\| `coalition {re.escape(command)}[ `]"
    assert re.search(pattern, (TOP / "README.md").read_text())


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_command_that_is_typed_exists(page: Path) -> None:
    known = {tuple(command.split()) for command in COMMANDS}
    code = re.findall(r"```sh\n(.*?)```|`([^`\n]+)`", page.read_text(), re.DOTALL)
    typed = {
        tuple(words.split()) for pair in code for part in pair for words in _TYPED.findall(part)
    }
    unknown = {words for words in typed if not any(words[: len(one)] == one for one in known)}
    assert unknown == set()


@pytest.mark.parametrize("kind", ["query", "mutation", "subscription"])
def test_every_operation_is_documented(kind: str) -> None:
    written = (DOCS / "api.md").read_text()
    root = schema._schema.get_root_type(OperationType(kind))
    assert root is not None
    assert [name for name in root.fields if f"`{name}" not in written] == []


ROOTS = {"Query", "Mutation", "Subscription"}


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_opens_what_the_page_says_and_nothing_else(scope: Scope) -> None:
    """So what leaving a scope out takes away can be read there."""
    rows = re.findall(
        r"^\| (`[a-z:`, ]+`) \| \w+ \| (.+) \|$", (DOCS / "api.md").read_text(), re.MULTILINE
    )
    (opened,) = [opens for scopes, opens in rows if f"`{scope.value}`" in scopes]
    named = set(re.findall(r"`([\w.]+)`", opened))
    coordinates = {one for one, viewers in schema.viewers.items() if scope in viewers.scopes}
    roots = {one.partition(".")[2] for one in coordinates if one.partition(".")[0] in ROOTS}
    assert {one for one in named if "." not in one} == roots
    assert {one for one in named if "." in one} <= coordinates


def test_every_field_of_the_partners_file_is_documented() -> None:
    written = (DOCS / "partners-file.md").read_text()
    missing = [
        f"{model.__name__}.{field}"
        for model in MODELS
        for field in model.model_fields
        if f"| `{field}` |" not in written and f".{field}`" not in written
    ]
    assert missing == []


def test_every_decision_is_in_the_index_and_has_its_parts() -> None:
    index = (DECISIONS / "README.md").read_text()
    pages = sorted(page for page in DECISIONS.glob("*.md") if page.name != "README.md")
    assert [page.name[:4] for page in pages] == [f"{place + 1:04}" for place in range(len(pages))]
    for page in pages:
        text = page.read_text()
        title = re.match(r"# (\d{4})\. (.+)\n", text)
        assert title is not None, page.name
        assert f"| [{title[1]}]({page.name}) | {title[2]} |" in index
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == OF_A_DECISION, page.name
        assert len(re.findall(r"^> .+$", text, re.MULTILINE)) == 1, "one line to quote"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in _LINK.findall(page.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (heading and heading not in _headings(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_files_that_are_named_are_there(page: Path) -> None:
    text = page.read_text()
    named = set(re.findall(r"`((?:tests|scripts|src|docs)/[\w./-]+)`", text))
    assert [name for name in sorted(named) if not (TOP / name).exists()] == []
    for file, name in _FILE_AND_NAME.findall(text):
        found = [one for one in (TOP / "src/coalition").rglob("*.py") if one.match(file)]
        assert found, f"{file} is not there"
        last = name.rpartition(".")[2]
        defined = re.compile(rf"^\s*(?:(?:async )?def|class) {last}\b|^{last}\b", re.MULTILINE)
        assert any(defined.search(one.read_text()) for one in found), f"{file}:{name}"


def test_functions_of_the_database_that_are_named_are_there() -> None:
    sql = "\n".join(file.read_text() for file in (TOP / "src/coalition").rglob("*.sql"))
    there = set(re.findall(r"^CREATE FUNCTION (\w+\.\w+)\(", sql, re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`((?:verbs|books)\.[a-z_]+)`", page.read_text()))
        assert named <= there, _name(page)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_targets_of_make_that_are_named_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(), re.MULTILINE))
    typed = re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", page.read_text(), re.MULTILINE)
    assert {target for pair in typed for target in pair if target} <= targets


def test_the_laws_of_the_books_are_listed_in_their_own_words() -> None:
    written = (DOCS / "books.md").read_text()
    listed = set(
        re.findall(
            r"^\| (I\d+|NW5|LE9|LE15|ST2|ST9|ST12|RE6|RE9|MB6|MB8) \| ([^|]+) \|",
            written,
            re.MULTILINE,
        )
    )
    laws = (
        *CHECKS, *OPENING_CHECKS, *CATALOGUE_CHECKS, *TRANSFER_CHECKS, *SETTLEMENT_CHECKS,
        *DOCUMENT_CHECKS, *PAYMENT_CHECKS, *DISPUTE_CHECKS, *INSIGHT_CHECKS, SEALS_HOLD,
        REPRODUCED, SIGNED, GUARDS_STAND,
    )  # fmt: skip
    assert listed == {(one.invariant, one.law) for one in laws}


def test_the_accounts_and_kinds_of_entries_are_listed() -> None:
    written = (DOCS / "books.md").read_text()
    assert [one.name for one in Account if f"| {one.value} | {one.name} |" not in written] == []
    assert [
        one.name for one in Kind if not re.search(rf"^\| {one.value} \| ", written, re.MULTILINE)
    ] == []


def test_the_example_of_a_statements_hash_is_what_the_code_gives() -> None:
    """The page's own program is run, and the code is given the same sums."""
    written = (DOCS / "settlement.md").read_text()
    program = re.search(r"```python\n(.*?)```", written, re.DOTALL)
    printed = re.search(r"prints\n\n```\n([0-9a-f]{64})\n```", written)
    assert program is not None
    assert printed is not None
    ran = subprocess.run(  # noqa: S603 - our own page
        [sys.executable, "-c", program[1] + "\nprint(json.dumps(content))"],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert ran[0] == printed[1]
    february = PeriodRef(1, "2017-02")
    agreements = {price: _agreement(price) for price in ("0.0100", "0.0095")}
    sums = [
        Sum(Kind.AWARD, Account.ISSUED, agreements["0.0095"], 120_430, 1204),
        Sum(Kind.AWARD_REVERSAL, Account.MEMBER, agreements["0.0100"], 1650, 14, february),
        Sum(Kind.AWARD_REVERSAL, Account.SHORTFALL_ISSUER, agreements["0.0100"], 250, 2, february),
        Sum(Kind.REDEMPTION, Account.MEMBER, agreements["0.0095"], 31_300, 40),
        Sum(Kind.REDEMPTION, Account.HELD, agreements["0.0095"], 1500, 2),
        Sum(Kind.REDEMPTION_REVERSAL, Account.REDEEMED, agreements["0.0095"], 300, 1),
    ]
    grocer = Partner(1, "grocer", "", "", "USD", PartnerStatus.ACTIVE, tuple(agreements.values()))
    (draft,) = draft_statements_of("2017-03", grocer, Traffic(sums=tuple(sums)))
    assert draft.hash == printed[1]
    assert json.loads(ran[1])["lines"] == [
        [line.kind.value, line.description, line.points, f"{line.price:.8f}", line.amount.minor,
         line.entries, *([{"originalPeriod": line.original.label}] if line.original else [])]
        for line in draft.lines
    ]  # fmt: skip
    assert (str(draft.issued.amount), str(draft.redeemed.amount), str(draft.net.amount)) == (
        "1127.58", "260.00", "867.58",
    )  # fmt: skip


def _agreement(issue_price: str) -> Agreement:
    started = datetime(2017, 1, 1, tzinfo=UTC)
    return Agreement(
        1, 1, started, Decimal(1), Decimal(issue_price), Decimal("0.0080"), minimum_redemption=100
    )
