"""What every page shares: layout, style, language, headers. Pages work without JavaScript."""

from coalition.pages.browsers import browser_of
from coalition.pages.choosing import LanguageChoice
from coalition.pages.files import APP, HTMX, PASSKEYS, SSE, static_routes
from coalition.pages.forms import (
    TooLarge,
    fields,
    fields_and_file,
    from_this_site,
    local_path,
)
from coalition.pages.language import (
    COOKIE,
    LANGUAGES,
    Text,
    known,
    language_of,
    remember,
    said,
    spoken,
)
from coalition.pages.letter import letter_to
from coalition.pages.look import PLAIN, Dressed, Look, Looks, look_of
from coalition.pages.programs import program_name
from coalition.pages.render import (
    HEADERS,
    Page,
    add_templates,
    done_page,
    error_page,
    form_not_read,
    formats_of,
    just_a_moment,
    page,
    rendered,
)
from coalition.pages.zones import remember_zone, zones

__all__ = [
    "APP",
    "COOKIE",
    "HEADERS",
    "HTMX",
    "LANGUAGES",
    "PASSKEYS",
    "PLAIN",
    "SSE",
    "Dressed",
    "LanguageChoice",
    "Look",
    "Looks",
    "Page",
    "Text",
    "TooLarge",
    "add_templates",
    "browser_of",
    "done_page",
    "error_page",
    "fields",
    "fields_and_file",
    "form_not_read",
    "formats_of",
    "from_this_site",
    "just_a_moment",
    "known",
    "language_of",
    "letter_to",
    "local_path",
    "look_of",
    "page",
    "program_name",
    "remember",
    "remember_zone",
    "rendered",
    "said",
    "spoken",
    "static_routes",
    "zones",
]
