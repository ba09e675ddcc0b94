"""POST /signup and POST /signup/password, GET /signup/consents: JSON for the pages that ask.

Whether an address has an account is told to its mailbox only: the answers are the same.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coalition import consents, joining
from coalition.access.attempts import TooManyAttempts
from coalition.consents import Choice, Purpose
from coalition.kit.database import NOTHING
from coalition.kit.errors import Misconfigured, Refusal, Unavailable
from coalition.partners import Office
from coalition.signin.bodies import NotDone, as_json, check_site, said_in
from coalition.signin.desk import Desk, address_of, in_words

_ANSWERED = (NotDone, TooManyAttempts, Refusal, Unavailable, Misconfigured)
_ACCEPTED = "We have written to this address. The link in the mail is the next step."
_log = structlog.get_logger()


class _Strict(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=to_camel, populate_by_name=False
    )


Model = TypeVar("Model", bound=_Strict)


class _Ticked(_Strict):
    """A box that was ticked: consent to a version of a text."""

    purpose: str
    version: int
    partner: str | None = None
    locale: str | None = None


class _SignUp(_Strict):
    email: str
    password: str
    given_name: str
    family_name: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    consents: list[_Ticked] = []
    card: str | None = None
    card_code: str | None = None


class _Forgotten(_Strict):
    email: str


class SignUpEndpoints:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._office = Office(desk.database)

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/signup", self._answering(self.sign_up), methods=["POST"]),
            Route("/signup/password", self._answering(self.forgotten), methods=["POST"]),
            Route("/signup/consents", self._answering(self.consents), methods=["GET"]),
        ]

    async def consents(self, request: Request) -> Response:
        """What may be ticked, in one language; nothing is ticked at first."""
        terms = await self._office.terms()
        async with self._desk.database.reading(NOTHING) as connection:
            texts = await consents.texts_of(connection)
        locale = request.query_params.get("locale")
        asked = []
        for purpose, partner_id in consents.all_that_is_asked(terms):
            partner = None if partner_id is None else terms.partner(partner_id)
            text = texts.text(purpose, locale)
            asked.append(
                {
                    "purpose": purpose.value,
                    "partner": partner.code if partner else None,
                    "version": text.version,
                    "locale": text.locale,
                    "text": text.as_asked_by(partner.name if partner else terms.programme.name),
                }
            )
        return as_json(200, consents=asked)

    async def sign_up(self, request: Request) -> Response:
        check_site(request, self._desk.settings)
        said = _read(_SignUp, await said_in(request))
        await joining.sign_up(
            self._office,
            joining.SignUp(
                **said.model_dump(exclude={"consents"}),
                consents=[_choice(place, one) for place, one in enumerate(said.consents)],
            ),
            address=address_of(request),
            now=self._desk.clock(),
        )
        return as_json(202, message=_ACCEPTED)

    async def forgotten(self, request: Request) -> Response:
        check_site(request, self._desk.settings)
        said = _read(_Forgotten, await said_in(request))
        await joining.ask_for_password(
            self._desk.database, email=said.email, address=address_of(request),
            now=self._desk.clock(),
        )  # fmt: skip
        return as_json(202, message=_ACCEPTED)

    def _answering(
        self, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except _ANSWERED as error:
                return _answered(error)

        return answer


def _choice(place: int, ticked: _Ticked) -> Choice:
    if ticked.purpose not in list(Purpose):
        raise consents.ConsentNotAsked(
            f"Nobody asks for {ticked.purpose[:40]!r}.", field=("consents", str(place), "purpose")
        )
    return Choice(Purpose(ticked.purpose), ticked.partner, ticked.version, ticked.locale)


def _read(model: type[Model], said: Mapping[str, Any]) -> Model:
    """Raises `NotDone`."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        wrong = error.errors()[0]
        field = [str(one) for one in wrong["loc"]]
        raise NotDone(400, f"{'.'.join(field)}: {wrong['msg']}.", field=field) from None


def _answered(error: Exception) -> Response:
    match error:
        case NotDone():
            return as_json(error.status, message=error.message, **error.more)
        case TooManyAttempts():
            wait = error.wait_seconds
            answer = as_json(429, message=f"Too many attempts. Try again in {in_words(wait)}.")
            answer.headers["Retry-After"] = str(wait)
            return answer
        case Refusal():
            return as_json(422, code=error.code, message=error.message, field=list(error.field))
        case _:
            _log.warning("nobody signs up just now", reason=str(error))
            return as_json(503, message="Try again in a few seconds.")
