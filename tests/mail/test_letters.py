"""What mails say: in every language, the same to the last letter unless somebody means it."""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from coalition import mail
from coalition.mail import LANGUAGES, Envelope, MailKind, message_of, words_of
from coalition.mail.letters import greeting_name
from coalition.mail.words import TRANSLATED
from tests.mail.samples import AT, FOLDER, PROGRAMME, sample, shown

SOURCE = Path(mail.__file__).parent


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_say_what_was_read_and_found_good(language: str) -> None:
    written = (FOLDER / f"{language}.txt").read_text()
    assert sample(language) == written, "run python -m tests.mail.samples, and read what changed"


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_string_is_missing_and_none_is_left_in_english(language: str) -> None:
    text = resources.files(mail).joinpath("locale", f"{language}.po").read_bytes()
    catalogue = read_po(BytesIO(text), locale=language)
    asked = set()
    for name in ("letters.py", "account_letters.py", "points_letters.py", "words.py"):
        found = extract_from_file(
            "python", str(SOURCE / name), keywords={"_": None, "ngettext": (1, 2)}
        )
        asked |= {message for _, message, *_ in found}
    there = {message.id for message in catalogue if message.id}
    assert there == {tuple(one) if isinstance(one, tuple) else one for one in asked}
    for message in catalogue:
        if not message.id:
            continue
        said = _forms(message.string)
        english = _forms(message.id)
        assert all(said), message.id
        same = set(said) & set(english)
        # Words that are the same in both.
        assert same <= {"Browser", "System", "Code"}, message.id
        values = set(re.findall(r"%\(\w+\)s", english[-1]))
        for one in said:
            assert set(re.findall(r"%\(\w+\)s", one)) <= values, message.id
        assert values <= set(re.findall(r"%\(\w+\)s", said[-1])), message.id


def _forms(text: object) -> tuple[str, ...]:
    """The singular and all plurals of a string, or the one that it has."""
    return tuple(map(str, text)) if isinstance(text, list | tuple) else (str(text),)


@pytest.mark.parametrize("kind", MailKind)
def test_a_letter_is_whole_as_html_and_fetches_nothing(kind: MailKind) -> None:
    html = shown(kind, "ar").html
    assert '<html lang="ar" dir="rtl">' in html
    assert "Harvest <Bakery>" not in html, "what brands are called is text"
    assert not re.search(r"<(?:img|link|script|iframe|style)", html)
    assert set(re.findall(r'(?:src|href)="(https?://[^/]+)', html)) == {"https://points.example"}


@pytest.mark.parametrize("kind", MailKind)
def test_a_subject_holds_no_secret_and_nothing_that_anybody_typed(kind: MailKind) -> None:
    for language in LANGUAGES:
        subject = shown(kind, language).subject
        assert subject.isprintable()
        for one in ("Ada", "Harvest", "token", "1500", "1,500", "FIVE-0001", "cake", PROGRAMME):
            assert one not in subject


HOSTILE = [
    "Ada\r\nBcc: everybody@example.com", "http://evil.example", "www.evil.example", "a@b.example",
    "<b>Ada</b>", "Call 555 0100", "\u202egnorw", "A" * 200, "", "   ", "{{ 7 * 7 }}",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_nobody_is_greeted_with_what_is_no_name(name: str) -> None:
    assert greeting_name(name) is None


@pytest.mark.parametrize("name", ["Ada", "Anne-Marie", "O'Neill", "José", "أدا", "李"])
def test_people_are_greeted_by_their_names(name: str) -> None:
    assert greeting_name(name) == name


def _message(**more: Any) -> EmailMessage:  # noqa: ANN401 - of an envelope
    usual = Envelope("mail-7", "points@market.example", PROGRAMME, "ada@example.com", AT)
    envelope = replace(usual, **more)
    made = message_from_bytes(
        message_of(envelope, shown(MailKind.EXPIRING, "es"), "es"), policy=policy.default
    )
    assert isinstance(made, EmailMessage)
    return made


def test_a_mail_can_be_answered_to_nobody_and_stopped_with_one_click() -> None:
    """RFC 3834, RFC 8058."""
    made = _message(unsubscribe="https://points.example/mail/unsubscribe?token=t")
    assert made["List-Unsubscribe"] == "<https://points.example/mail/unsubscribe?token=t>"
    assert made["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["Message-ID"] == "<mail-7@market.example>"
    assert made["From"].addresses[0].display_name == PROGRAMME
    assert [part.get_content_type() for part in made.iter_parts()] == ["text/plain", "text/html"]
    assert "List-Unsubscribe" not in _message()


@pytest.mark.parametrize(
    "more",
    [
        {"recipient": "ada@example.com\r\nBcc: everybody@example.com"},
        {"recipient": "ada@example.com, everybody@example.com"},
        {"sender": "points@market.example\nX: y"},
        {"unsubscribe": "https://x/\r\nX: y"},
        {"id": "7>\r\nX: y"},
    ],
)
def test_no_header_is_smuggled_in(more: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        _message(**more)


def test_a_programme_with_lines_in_its_name_is_one_line() -> None:
    made = _message(sender_name="Market\r\nBcc: everybody@example.com")
    assert made["Bcc"] is None
    assert made["From"].addresses[0].display_name == "Market Bcc: everybody@example.com"


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        (None, "en"), ("de", "de"), ("de-AT", "de"), ("es_MX", "es"), ("ar-EG", "ar"),
        ("fr", "en"), ("xx", "en"), ("", "en"), ("not a language", "en"), ("../../etc", "en"),
    ],
)  # fmt: skip
def test_a_language_that_is_not_there_is_english(locale: str | None, language: str) -> None:
    assert words_of(locale, "Nowhere/At all", ZoneInfo("UTC")).language == language
