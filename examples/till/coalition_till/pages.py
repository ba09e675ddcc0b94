"""The till's pages: plain forms, no script, nothing from another host."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from coalition_till.counter import Counter, Terms
from coalition_till.goods import MOST_OF_ONE, SHELF, Mistake, basket, money
from coalition_till.sale import Sale, Sales, State
from coalition_till.words import Trouble

SHOWN = 10
LONGEST_CODE = 200
_HERE = Path(__file__).parent
_STYLE = (_HERE / "till.css").read_text(encoding="utf-8")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:;"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
Handler = Callable[[Request], Awaitable[Response]]
Step = Callable[[Sale, Mapping[str, str]], Awaitable[None]]


class Pages:
    """`members_url`: where customers see their points."""

    def __init__(self, counter: Counter, sales: Sales, members_url: str) -> None:
        self._counter = counter
        self._sales = sales
        self._members_url = members_url

    def application(self, *hosts: str) -> Starlette:
        """`hosts`: by which names it is asked; under any other it answers 400."""
        steps: dict[str, Step] = {
            "points": self._take_points, "points/drop": self._drop_points, "pay": self._pay,
            "cancel": self._cancel, "return": self._take_back, "again": self._again,
        }  # fmt: skip
        routes = [
            Route("/", _kept(self.basket)),
            Route("/sales", _kept(self.begin), methods=["POST"]),
            Route("/sales/{number}", _kept(self.sale)),
            Route("/till.css", _style),
        ]
        routes += [
            Route(f"/sales/{{number}}/{name}", _kept(partial(self._do, step)), methods=["POST"])
            for name, step in steps.items()
        ]
        return Starlette(
            routes=routes,
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))],
            exception_handlers={404: _not_found, Exception: _failed},
        )

    async def basket(self, request: Request) -> Response:
        del request
        return await self._basket({}, None)

    async def begin(self, request: Request) -> Response:
        form = await _fields(request)
        try:
            lines = basket(form)
        except Mistake as mistake:
            return await self._basket(form, mistake)
        sale = self._sales.open(lines)
        return RedirectResponse(f"/sales/{sale.number}", 303)

    async def sale(self, request: Request) -> Response:
        sale = self._sales.find(request.path_params["number"])
        if sale is None:
            return _no_such_sale()
        return await self._sale(sale, {}, None)

    async def _do(self, step: Step, request: Request) -> Response:
        """One step of a sale, one at a time: a second press finds it done."""
        sale = self._sales.find(request.path_params["number"])
        if sale is None:
            return _no_such_sale()
        form = await _fields(request)
        async with sale.lock:
            try:
                if step not in {self._again, self._cancel}:
                    sale.must_be_sure()
                await step(sale, form)
            except (Mistake, Trouble) as problem:
                return await self._sale(sale, form, problem)
        return RedirectResponse(f"/sales/{sale.number}", 303)

    async def _take_points(self, sale: Sale, form: Mapping[str, str]) -> None:
        if sale.state is not State.OPEN or sale.held or sale.spent:
            return
        token = _whole(form.get("token", ""))
        if not token or len(token) > LONGEST_CODE:
            raise Mistake("token", "Scan the code that the customer shows, or type it.")
        await self._counter.hold(
            sale, token, money("amount", form.get("amount", ""), most=sale.total)
        )

    async def _drop_points(self, sale: Sale, form: Mapping[str, str]) -> None:
        del form
        if sale.state is State.OPEN:
            await self._counter.release(sale)

    async def _pay(self, sale: Sale, form: Mapping[str, str]) -> None:
        card = _whole(form.get("card", ""))
        if len(card) > LONGEST_CODE:
            raise Mistake("card", "That is too long for the number of a card.")
        if sale.state is State.OPEN or (sale.may_earn and card):
            await self._counter.pay(sale, card)

    async def _cancel(self, sale: Sale, form: Mapping[str, str]) -> None:
        del form
        if sale.state is State.OPEN:
            await self._counter.cancel(sale)

    async def _take_back(self, sale: Sale, form: Mapping[str, str]) -> None:
        if sale.state is not State.PAID or sale.is_returned:
            return
        if form.get("all"):
            await self._counter.take_back(sale, None)
            return
        if sale.kept <= 0:
            raise Mistake("amount", "All money has been given back. Take back everything instead.")
        amount = money("amount", form.get("amount", ""), most=sale.kept)
        is_all = amount == sale.kept and not sale.spent
        await self._counter.take_back(sale, None if is_all else amount)

    async def _again(self, sale: Sale, form: Mapping[str, str]) -> None:
        del form
        await self._counter.again(sale)

    async def _basket(self, form: Mapping[str, str], problem: Mistake | None) -> Response:
        try:
            terms = await self._counter.terms()
        except Trouble as trouble:
            return _page("away.html", 503, trouble=trouble)
        return _page(
            "basket.html", 422 if problem else 200,
            shelf=SHELF, most=MOST_OF_ONE, form=form, problem=problem,
            latest=self._sales.latest(SHOWN), **self._of(terms),
        )  # fmt: skip

    async def _sale(
        self, sale: Sale, form: Mapping[str, str], problem: Mistake | Trouble | None
    ) -> Response:
        try:
            terms = await self._counter.terms()
        except Trouble as trouble:
            return _page("away.html", 503, trouble=trouble)
        status = 200 if problem is None else 422
        if isinstance(problem, Trouble) and problem.unsure:
            status = 503
        return _page("sale.html", status, sale=sale, form=form, problem=problem, **self._of(terms))

    def _of(self, terms: Terms) -> dict[str, object]:
        def shown(amount: Decimal) -> str:
            return f"{amount:,.2f} {terms.currency}"

        return {"terms": terms, "money": shown, "members_url": self._members_url}


def _kept(handler: Handler) -> Handler:
    """A form is taken from the till's own pages only: a browser says where it comes from."""

    async def answer(request: Request) -> Response:
        if request.method == "POST":
            site = request.headers.get("sec-fetch-site")
            origin = request.headers.get("origin")
            own = f"{request.url.scheme}://{request.url.netloc}"
            if site not in {None, "same-origin", "none"} or (
                site is None and origin not in {None, own}
            ):
                return _told(403, "Nothing was done", "This was sent from another site.")
        return await handler(request)

    return answer


async def _fields(request: Request) -> dict[str, str]:
    async with request.form(max_fields=50, max_files=0) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def _whole(number: str) -> str:
    """A number as it was scanned, or typed with the gaps in which a page shows it."""
    return "".join(number.split())


def _page(template: str, status: int, **values: object) -> Response:
    text = _templates.get_template(template).render(**values)
    return Response(text, status, headers=_HEADERS, media_type="text/html; charset=utf-8")


def _told(status: int, title: str, text: str) -> Response:
    return _page("told.html", status, title=title, text=text)


def _no_such_sale() -> Response:
    return _told(
        404, "No such sale", "This till remembers the latest sales, until it is started anew."
    )


async def _style(request: Request) -> Response:
    del request
    return PlainTextResponse(_STYLE, media_type="text/css; charset=utf-8")


async def _not_found(request: Request, error: Exception) -> Response:
    del request, error
    return _told(404, "There is nothing here", "The address is no page of this till.")


async def _failed(request: Request, error: Exception) -> Response:
    del request, error
    return _told(500, "Something went wrong", "The till's log says what. Go back and try again.")
