"""Lists over several brands: the newest rows of each, by its own index, then of all of those."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

# A moment, a member and a place in the member's ledger.
Places = sa.Select[Any, Any, Any]


def of_each_brand(
    places: Places,
    partner: sa.ColumnElement[int],
    partner_ids: Sequence[int],
    order: Sequence[str],
    limit: int,
) -> Places:
    """`places` (ordered and limited itself) of each of the brands, merged by `order`, newest first.

    An index over all brands would be one more to write with every award; a row of the books is
    listed once and written always.
    """
    ids = sa.cast(list(partner_ids), sa.ARRAY(sa.Integer))
    brands = sa.func.unnest(ids).table_valued("id").render_derived(name="brand")
    each = places.where(partner == brands.c.id).lateral("each_brands")
    newest_first = [each.c[name].desc() for name in order]
    return (
        sa.select(*each.c)
        .select_from(brands.join(each, sa.true()))
        .order_by(*newest_first)
        .limit(limit)
    )
