"""The schema's own scalars. None of them ever meets a float."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import NewType

import strawberry
from graphql import GraphQLError, IntValueNode, StringValueNode, ValueNode, print_ast
from strawberry.types.scalar import ScalarDefinition

from coalition.api.viewers import shown_to
from coalition.kit.amounts import LARGEST, Money

Points = NewType("Points", int)
CurrencyCode = NewType("CurrencyCode", str)

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?", re.ASCII)
# A day, a month and a year before or after what is asked for must be dates too.
_YEARS = range(1900, 9999)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


class _Written(str):
    """A literal of the document that is neither a whole number nor a string."""

    __slots__ = ()


def _refused(name: str, value: object, wanted: str) -> GraphQLError:
    shown = str(value) if isinstance(value, _Written) else repr(value)
    return GraphQLError(f"{name} must be {wanted}, not {shown[:60]}.")


def _text(name: str, value: object, wanted: str) -> str:
    if isinstance(value, bool | _Written) or not isinstance(value, str | int):
        raise _refused(name, value, wanted)
    try:
        return str(value)
    except ValueError:  # more digits than Python prints
        raise _refused(name, "a number", wanted) from None


def _literal(node: ValueNode) -> object:
    if isinstance(node, IntValueNode | StringValueNode):
        return node.value
    return _Written(print_ast(node))


def parse_points(value: object) -> Points:
    wanted = 'a whole number of 64 bits, like "1200"'
    text = _text("Points", value, wanted)
    if not _WHOLE.fullmatch(text) or abs(int(text)) > LARGEST:
        raise _refused("Points", value, wanted)
    return Points(int(text))


def parse_decimal(value: object) -> Decimal:
    wanted = 'a decimal string, like "19.99"'
    text = _text("Decimal", value, wanted)
    if not _DECIMAL.fullmatch(text):
        raise _refused("Decimal", value, wanted)
    try:
        return Decimal(text)
    except InvalidOperation:
        raise _refused("Decimal", value, wanted) from None


def serialize_decimal(value: Decimal) -> str:
    return format(value, "f")


def parse_instant(value: object) -> datetime:
    wanted = "an instant of RFC 3339 with its offset, like 2017-01-31T18:30:00-05:00"
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise _refused("DateTime", value, wanted)
    try:
        found = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refused("DateTime", value, wanted) from None
    if found.year not in _YEARS:
        raise _refused("DateTime", value, f"{wanted}, from {_YEARS[0]} to {_YEARS[-1]}")
    return found


def serialize_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_day(value: object) -> date:
    wanted = "a day, like 2017-01-31"
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise _refused("Date", value, wanted)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _refused("Date", value, wanted) from None


def parse_currency(value: object) -> CurrencyCode:
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise _refused("CurrencyCode", value, "an ISO 4217 code, like EUR")
    return CurrencyCode(value)


def _points_literal(node: ValueNode, _variables: object = None) -> Points:
    return parse_points(_literal(node))


def _decimal_literal(node: ValueNode, _variables: object = None) -> Decimal:
    return parse_decimal(_literal(node))


SCALARS: dict[object, ScalarDefinition] = {
    Points: strawberry.scalar(
        name="Points",
        description='A whole number of points within 64 bits, sent as a string: "1200".',
        serialize=str,
        parse_value=parse_points,
        parse_literal=_points_literal,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal, sent as a string and never as a float: "19.99".',
        serialize=serialize_decimal,
        parse_value=parse_decimal,
        parse_literal=_decimal_literal,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant of RFC 3339; its offset is required, answers are in UTC.",
        serialize=serialize_instant,
        parse_value=parse_instant,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day in the programme's time zone.",
        serialize=date.isoformat,
        parse_value=parse_day,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="A currency by its ISO 4217 code.",
        serialize=str,
        parse_value=parse_currency,
    ),
}


@shown_to()
@strawberry.type(name="Money", description="An exact amount of one currency.")
class MoneyType:
    amount: Decimal = strawberry.field(description="The amount, with the currency's decimals.")
    currency: CurrencyCode = strawberry.field(description="Which currency.")

    @classmethod
    def of(cls, money: Money) -> "MoneyType":
        return cls(amount=money.amount, currency=CurrencyCode(money.currency))


@strawberry.input(name="MoneyInput", description="An exact amount of one currency.")
class MoneyInput:
    amount: Decimal = strawberry.field(description='Like "19.99"; never a float.')
    currency: CurrencyCode = strawberry.field(description="Which currency.")
