"""The letter in which somebody asks for help: an address that mail programs open (RFC 6068)."""

import re
from urllib.parse import quote

from starlette.requests import Request

from coalition.pages.forms import local_path
from coalition.pages.language import Text, language_of, said
from coalition.pages.look import look_of

_LONGEST = 100
# As this server names its requests.
_REQUEST = re.compile(r"[0-9a-f]{32}")


def letter_to(request: Request, email: str) -> str:
    """It says where its writer was (`from`), and in which request (`request`): what whoever answers
    would have to ask for.
    """
    asked = request.query_params
    speech = language_of(request)
    told: list[Text] = []
    if came_from := local_path(asked.get("from"), "")[:_LONGEST]:
        told.append(said("Page: {page}", page=came_from.partition("?")[0]))
    if number := _REQUEST.fullmatch(asked.get("request", "")):
        told.append(said("Number: {number}", number=number[0]))
    body = "\r\n".join(["", "", "--", *map(speech.say, told)]) if told else ""
    subject = speech.text("A question about {programme}", programme=look_of(request).name)
    return f"mailto:{quote(email, safe='@')}?subject={quote(subject)}&body={quote(body)}"
