"""A letter as the bytes of a mail (RFC 5322, MIME): the same words as text and as HTML. Pure."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Final

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from coalition.mail.occasion import Letter
from coalition.mail.words import Words

_TEMPLATES: Final = Path(__file__).parent / "templates"
# Mail programs drop what stands in the head; nothing is ever fetched.
_inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter as it is read, in both forms."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """`id`: the same at each attempt, so that who gets a mail twice can tell. `sender`: an address;
    it shows the programme's name. `unsubscribe`: the link of one click, where there is one.
    """

    id: str
    sender: str
    sender_name: str
    recipient: str
    at: datetime
    unsubscribe: str | None = None


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        # The text is for no browser: in it an & is an &.
        autoescape=select_autoescape(["html"], default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def rendered(letter: Letter, words: Words, programme: str) -> Rendered:
    values = {
        "letter": letter,
        "programme": programme,
        "language": words.language,
        "direction": words.direction,
    }
    text = _templates().get_template("letter.txt").render(values)
    html = _inliner.inline(_templates().get_template("letter.html").render(values))
    return Rendered(letter.subject, text, html)


def message_of(envelope: Envelope, shown: Rendered, language: str) -> bytes:
    """Raises `ValueError` for an address or a header that would be more than one."""
    made = EmailMessage(policy=SMTP if envelope.recipient.isascii() else SMTPUTF8)
    made["From"] = Address(" ".join(envelope.sender_name.split()), addr_spec=envelope.sender)
    made["To"] = Address(addr_spec=envelope.recipient)
    made["Subject"] = shown.subject
    made["Date"] = format_datetime(envelope.at)
    made["Message-ID"] = f"<{envelope.id}@{envelope.sender.rpartition('@')[2]}>"
    # RFC 3834: no out-of-office notice is sent back.
    made["Auto-Submitted"] = "auto-generated"
    if envelope.unsubscribe:
        # RFC 2369 and RFC 8058: the mail program's own button, by POST.
        made["List-Unsubscribe"] = f"<{envelope.unsubscribe}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(shown.text, cte="quoted-printable")
    made.add_alternative(shown.html, subtype="html", cte="quoted-printable")
    made["Content-Language"] = language
    return made.as_bytes()
