"""Pages from templates that escape everything. Their policy allows no script but files of ours, no
style but the sheets, and no other host.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from coalition.pages import files
from coalition.pages.formats import Formats
from coalition.pages.language import LANGUAGES, Language, Text, language_of, said, spoken
from coalition.pages.look import Look, look_of
from coalition.pages.zones import zone_of

_HERE = Path(__file__).parent
_ICONS = {
    one.stem: Markup(one.read_text(encoding="utf-8").strip())  # noqa: S704 - files of our own
    for one in (_HERE / "icons").glob("*.svg")
}
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # No other site is told from where somebody comes. With "no-referrer" a browser would call the
    # origin of our own forms "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Vary": "Accept-Language, Cookie, HX-Request",
}


@dataclass(frozen=True, slots=True)
class Page:
    """`tab`: the part of the members' pages that it belongs to; None: it stands by itself.
    `scripts`: it works without them too. `leads_to`: other origins to which a form of it may lead
    in the end.
    """

    template: str
    title: Text
    status: int = 200
    tab: str | None = None
    leads_to: tuple[str, ...] = ()
    scripts: tuple[files.File, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


# Where other packages' templates lie. Each file name is used once.
_folders: list[Path] = [_HERE / "templates"]


def add_templates(folder: Path) -> None:
    """Pages of this folder may be shown too."""
    if folder not in _folders:
        _folders.append(folder)
        _environment.cache_clear()


def page(request: Request, what: Page, **values: object) -> Response:
    # A browser holds a redirection after a form to the form's policy too.
    forms = " ".join(("'self'", *what.leads_to))
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none';"
        f" frame-ancestors 'none'; form-action {forms}"
    )
    if what.scripts:
        policy += "; script-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'"
    text = rendered(
        request, what.template, title=what.title, tab=what.tab, scripts=what.scripts, **values
    )
    return Response(
        text,
        status_code=what.status,
        media_type="text/html; charset=utf-8",
        headers=HEADERS | {"Content-Security-Policy": policy} | dict(what.headers),
    )


def rendered(request: Request, template: str, **values: object) -> str:
    """A template with these values; texts among them are said in the reader's language."""
    speech, look, form = language_of(request), look_of(request), formats_of(request)
    told = {
        name: speech.say(value) if isinstance(value, Text) else value
        for name, value in values.items()
    }
    return (
        _environment()
        .get_template(template)
        .render(
            t=speech.text,
            tn=speech.number_of,
            say=speech.say,
            language=speech,
            languages=LANGUAGES,
            look=look,
            point_name=look.point_name_in(speech.code),
            form=form,
            spoken=partial(spoken, speech),
            worth_of=partial(_worth_of, speech, form, look),
            here=_here(request),
            files=files,
            icon=_ICONS.__getitem__,
            **told,
        )
    )


def _worth_of(speech: Language, form: Formats, look: Look, points: int | str) -> str | None:
    """What so many points are worth, in words; None: it rounds to nothing, or is not known."""
    money = look.worth_of(abs(int(points)))
    if money is None or not money.minor:
        return None
    told = {"amount": str(money.amount), "currency": money.currency}
    return speech.text("Worth {money}", money=form.money(told))


def formats_of(request: Request) -> Formats:
    """How the reader's language writes points, money and days of this programme, and in whose zone
    it is told the time.
    """
    return Formats(language_of(request).locale, zone_of(request) or look_of(request).zone)


def error_page(
    request: Request,
    *,
    status: int,
    title: Text,
    message: Text,
    request_id: str | None = None,
    way_on: tuple[str, Text] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """What went wrong, with a way on: an address and what it is called."""
    what = Page("message.html", title, status, headers=headers or {})
    return page(request, what, message=message, request_id=request_id, way_on=way_on, is_good=False)


def done_page(
    request: Request, *, title: Text, message: Text, way_on: tuple[str, Text] | None = None
) -> Response:
    return page(
        request,
        Page("message.html", title),
        message=message, request_id=None, way_on=way_on, is_good=True,
    )  # fmt: skip


def just_a_moment(request: Request) -> Response:
    return error_page(
        request,
        status=503,
        title=said("Just a moment"),
        message=said("We cannot reach your points right now. Try again in a few seconds."),
        way_on=(_here(request), said("Try again")) if request.method == "GET" else None,
        headers={"Retry-After": "3"},
    )


def form_not_read(request: Request) -> Response:
    """For what no page of ours sends, and for what did not arrive whole."""
    return error_page(
        request,
        status=400,
        title=said("Nothing was done"),
        message=said("The form did not arrive as it was sent. Go back and send it again."),
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in _folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _here(request: Request) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")
