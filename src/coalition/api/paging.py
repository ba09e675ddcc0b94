"""Relay connections by keyset: a page costs the same wherever it is.

A cursor is the id of the item behind which to go on, so it is opaque, cannot be forged and names
nothing that its bearer could not see.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import strawberry
from graphql import GraphQLError

from coalition.api.context import Context, Place
from coalition.api.viewers import shown_to
from coalition.kit.ids import Kind, NotAnId

DEFAULT_PAGE = 50
LARGEST_PAGE = 100
Row = TypeVar("Row")


@shown_to()
@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more behind this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether the list was entered behind a cursor."
    )
    start_cursor: str | None = strawberry.field(description="The cursor of the first item.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item.")


def page_size(first: int | None) -> int:
    """How many items to answer. Refuses less than 1 and more than 100."""
    if first is None:
        return DEFAULT_PAGE
    if not 1 <= first <= LARGEST_PAGE:
        raise GraphQLError(
            f"first must be 1 to {LARGEST_PAGE}, not {first}.",
            extensions={"code": "BAD_USER_INPUT"},
        )
    return first


def place_behind(context: Context, kind: Kind, after: str | None) -> Place | None:
    """The place that a cursor names."""
    if after is None:
        return None
    try:
        return context.keys.seal.open(kind, after)
    except NotAnId:
        raise bad_cursor() from None


def bad_cursor() -> GraphQLError:
    return GraphQLError(
        "after is not a cursor of this list.", extensions={"code": "BAD_USER_INPUT"}
    )


async def page_of(
    first: int | None,
    after: str | None,
    read: Callable[[int], Awaitable[list[Row]]],
    cursor: Callable[[Row], str],
) -> tuple[list[tuple[str, Row]], PageInfo]:
    """(cursor, item) of one page; `read` is asked for one item more than the page has."""
    size = page_size(first)
    rows = await read(size + 1)
    page = [(cursor(row), row) for row in rows[:size]]
    return page, PageInfo(
        has_next_page=len(rows) > size,
        has_previous_page=after is not None,
        start_cursor=page[0][0] if page else None,
        end_cursor=page[-1][0] if page else None,
    )
