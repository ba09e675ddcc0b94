"""The schema is what schema.graphql says, and every operation says whom it is for."""

import re
from pathlib import Path

import pytest
import strawberry
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from coalition.access import ActorKind
from coalition.api.schema import printed_schema, schema
from coalition.api.viewers import declared_viewers
from coalition.kit.errors import refusal_codes

TOP = Path(__file__).parents[2]


def test_schema_graphql_is_current() -> None:
    committed = (TOP / "schema.graphql").read_text()
    assert committed == printed_schema(), "run `make schema` and commit the difference"


def test_every_type_field_argument_and_value_is_described() -> None:
    missing = []
    for name, type_ in schema._schema.type_map.items():
        if name.startswith("__"):
            continue
        if isinstance(type_, GraphQLObjectType | GraphQLInputObjectType | GraphQLInterfaceType):
            missing += [
                f"{name}.{field}" for field, one in type_.fields.items() if not one.description
            ]
            missing += [
                f"{name}.{field}({argument})"
                for field, one in type_.fields.items()
                for argument, given in getattr(one, "args", {}).items()
                if not given.description
            ]
        if isinstance(type_, GraphQLEnumType):
            missing += [
                f"{name}.{value}" for value, one in type_.values.items() if not one.description
            ]
    assert missing == []


def test_every_refusal_has_its_code_in_the_schema() -> None:
    enum = schema._schema.type_map["UserErrorCode"]
    assert isinstance(enum, GraphQLEnumType)
    assert refusal_codes().keys() <= enum.values.keys()


def test_an_operation_that_does_not_say_whom_it_is_for_fails_the_build() -> None:
    """Security checklist, line 3."""

    @strawberry.type
    class Query:
        @strawberry.field
        def everything(self) -> int:
            return 42

    with pytest.raises(TypeError, match=r"Query\.everything does not say who may see it"):
        declared_viewers(strawberry.Schema(query=Query)._schema)


def test_no_number_of_points_or_amount_of_money_is_a_float() -> None:
    assert "Float" not in schema._schema.type_map


def test_no_input_names_a_partner() -> None:
    """Whose it is, is told by the token.

    Security checklist, line 2.
    """
    given = {
        (f"{type_.name}.{field}", name)
        for type_ in schema.graphql_schema.type_map.values()
        if not type_.name.startswith("__")
        for field, one in getattr(type_, "fields", {}).items()
        for name in ([field] if isinstance(type_, GraphQLInputObjectType) else one.args)
    }
    assert {"idempotencyKey", "reference", "first"} <= {name for _, name in given}
    named = {
        where
        for where, name in given
        if re.search("partner|issuer|brand|tenant", name, re.IGNORECASE)
    }
    assert named - OF_ANOTHER == OF_THE_OPERATOR.keys()
    for mutation in OF_THE_OPERATOR.values():
        scopes = schema.viewers[f"Mutation.{mutation}"].scopes
        assert all(one in ActorKind.OPERATOR.scopes for one in scopes), mutation


# Not who acts: which brand a member asks about, at which one points are missing, whose rewards are
# looked at, at whose till a token is shown, whom a member lets do what.
OF_ANOTHER = {
    "ConsentInput.partner", "IssueTillTokenInput.partner", "Member.history",
    "Query.estimateEarning", "ReportMissingPurchaseInput.partner", "RewardFilter.partner",
}  # fmt: skip
# The operator's own verbs say about which brand; their scopes are given to nobody else.
OF_THE_OPERATOR = {
    "CorrectStatementsInput.partner": "correctStatements",
    "RecordAdjustmentInput.partner": "recordAdjustment",
    "WaiveOpenItemsInput.partner": "waiveOpenItems",
}
