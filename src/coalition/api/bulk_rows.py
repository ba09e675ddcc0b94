"""A row of a file, read as the input of `awardPoints`: by the schema, so by its own rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLInputObjectType, Undefined
from graphql.utilities import coerce_input_value, validate_input_value

from coalition import earning
from coalition.access import ServerKeys
from coalition.api.purchases import award_input_of
from coalition.api.schema import schema
from coalition.bulk import ReadRow, RowNotReadable

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class _Keyed:
    """As much of a request's context as the reading of an input needs."""

    keys: ServerKeys


def row_reader(keys: ServerKeys) -> ReadRow:
    """Reads `AwardPointsInput`; raises `RowNotReadable` where GraphQL would refuse the variable."""
    input_type = schema.graphql_schema.get_type("AwardPointsInput")
    if not isinstance(input_type, GraphQLInputObjectType):
        raise TypeError("The schema has no AwardPointsInput.")
    keyed = _Keyed(keys)

    def read(said: Mapping[str, Any]) -> earning.AwardRequest:
        try:
            coerced = coerce_input_value(said, input_type)
        except GraphQLError as error:  # strawberry's own, of inputs with exactly one field
            raise RowNotReadable(error.message) from None
        if coerced is Undefined:
            raise _refusal(said, input_type)
        return award_input_of(coerced).to_request(keyed)

    return read


def _refusal(said: Mapping[str, Any], input_type: GraphQLInputObjectType) -> RowNotReadable:
    found: list[tuple[str, tuple[str, ...]]] = []

    def note(error: GraphQLError, path: list[str | int]) -> None:
        found.append((error.message, tuple(map(str, path))))

    validate_input_value(said, input_type, note, hide_suggestions=True)
    message, path = found[0] if found else ("The row is not an AwardPointsInput.", ())
    return RowNotReadable(message[:_LONGEST], field=path)
