"""What the shop sells, and a basket of it. Prices are in the brand's currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

MOST_OF_ONE = 99
LARGEST_AMOUNT = Decimal("9999.99")
_CENT = Decimal("0.01")


class Mistake(Exception):
    """What somebody typed cannot be. `field`: in which input; the text says what to do."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.text = text


@dataclass(frozen=True, slots=True)
class Item:
    code: str
    name: str
    price: Decimal


SHELF = (
    Item("bread", "Sourdough bread", Decimal("4.20")),
    Item("cheese", "Mountain cheese, 200 g", Decimal("6.75")),
    Item("apples", "Apples, 1 kg", Decimal("3.10")),
    Item("coffee", "Coffee beans, 500 g", Decimal("11.90")),
    Item("oil", "Olive oil, 1 l", Decimal("14.50")),
)


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    count: int
    amount: Decimal


def basket(form: Mapping[str, str]) -> tuple[Line, ...]:
    """The lines of a form with a count for each item and an `other` amount.

    Raises `Mistake`, also for a basket with nothing in it.
    """
    lines = []
    for item in SHELF:
        count = _count(item, form.get(item.code, ""))
        if count:
            lines.append(Line(item.name, count, count * item.price))
    other = form.get("other", "").strip()
    if other:
        lines.append(Line("Something else", 1, money("other", other)))
    if not lines:
        raise Mistake(SHELF[0].code, "The basket is empty. Say how many of something.")
    return tuple(lines)


def money(field: str, text: str, *, most: Decimal = LARGEST_AMOUNT) -> Decimal:
    """An amount above nothing with at most two decimals, as 12.50 or 12,50. Raises `Mistake`."""
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise Mistake(
            field, f"{text.strip()[:20]} is no amount. Write it as 12.50, without a sign."
        ) from None
    if not amount.is_finite() or not 0 < amount <= most:
        raise Mistake(field, f"The amount must be more than 0 and at most {most:.2f}.")
    if amount != amount.quantize(_CENT):
        raise Mistake(field, "The amount has at most two decimals, as 12.50.")
    return amount.quantize(_CENT)


def _count(item: Item, text: str) -> int:
    text = text.strip() or "0"
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(MOST_OF_ONE)):
        raise Mistake(
            item.code, f"{item.name}: {text[:10]} is no number of pieces, 0 to {MOST_OF_ONE}."
        )
    return int(text)
