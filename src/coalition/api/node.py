"""The one interface of everything that has an id."""

import strawberry

from coalition.api.viewers import shown_to


@shown_to()
@strawberry.interface(description="Anything with an opaque id that names it for ever.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque; its prefix says what it names.")
