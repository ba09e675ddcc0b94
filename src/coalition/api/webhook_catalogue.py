"""What webhooks tell, for programs: AsyncAPI 3.0 with a JSON Schema for each event.

Read from the schema: the usual document of an event says which fields, the schema of what kind
they are. A partner that registers a document of its own gets that one's shape in `data`.
"""

import json
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from coalition.api.schema import schema
from coalition.api.telling import default_documents
from coalition.api.webhook_messages import TEST, event_type

Json = dict[str, Any]
_SCALARS: dict[str, Json] = {
    "ID": {"type": "string"},
    "String": {"type": "string"},
    "Boolean": {"type": "boolean"},
    "Int": {"type": "integer"},
    "Points": {"type": "string", "pattern": "^-?(0|[1-9][0-9]{0,18})$"},
    "Decimal": {"type": "string", "pattern": "^-?(0|[1-9][0-9]*)([.][0-9]+)?$"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Date": {"type": "string", "format": "date"},
    "CurrencyCode": {"type": "string", "pattern": "^[A-Z]{3}$"},
}
_HEADERS: Json = {
    "type": "object",
    "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
    "properties": {
        "webhook-id": {
            "type": "string",
            "description": "The delivery's id, the same at every attempt: know a repetition by it.",
        },
        "webhook-timestamp": {
            "type": "string",
            "description": "Seconds since 1970 at this attempt. Refuse what is off by 5 minutes.",
        },
        "webhook-signature": {
            "type": "string",
            "description": "`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`; several"
            " with blanks between while a secret is rotated.",
        },
    },
}


def catalogue() -> Json:
    """The whole document, in the order of the kinds of events."""
    payloads = {
        event_type(kind): _payload(event_type(kind), document)
        for kind, document in sorted(default_documents().items())
    }
    payloads[TEST] = _envelope(TEST, _test_data()) | {
        "description": "A message that tells of nothing, sent when `sendTestEvent` asks for it."
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Coalition webhooks",
            "version": "1.0.0",
            "description": "Messages of Standard Webhooks 1.0, as docs/webhooks.md tells.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "webhooks": {
                "description": "The URL of a webhook endpoint, to which each is sent by POST.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in payloads},
            }
        },
        "operations": {
            "tell": {"action": "send", "channel": {"$ref": "#/channels/webhooks"}},
        },
        "components": {
            "messages": {
                name: {
                    "name": name,
                    "headers": {"$ref": "#/components/schemas/headers"},
                    "payload": {"$ref": f"#/components/schemas/{name}"},
                }
                for name in payloads
            },
            "schemas": {"headers": _HEADERS, **payloads},
        },
    }


def printed_catalogue() -> str:
    """The catalogue as docs/events/asyncapi.json holds it."""
    return json.dumps(catalogue(), indent=2) + "\n"


def _payload(name: str, document: str) -> Json:
    operation = parse(document).definitions[0]
    root = schema.graphql_schema.subscription_type
    if not isinstance(operation, OperationDefinitionNode) or root is None:
        raise TypeError(f"The document of {name} holds no subscription.")
    field = operation.selection_set.selections[0]
    if not isinstance(field, FieldNode):
        raise TypeError(f"The document of {name} does not begin with a field.")
    definition = root.fields[field.name.value]
    described = {"description": definition.description} if definition.description else {}
    return _envelope(name, _shape(definition.type, field.selection_set)) | described


def _envelope(name: str, data: Json) -> Json:
    return {
        "type": "object",
        "required": ["type", "timestamp", "id", "sequence", "cursor", "data"],
        "properties": {
            "type": {"const": name},
            "timestamp": {**_SCALARS["DateTime"], "description": "When it happened."},
            "id": {"type": "string", "description": "The event, at whichever endpoint."},
            "sequence": {
                "type": "integer",
                "minimum": 1,
                "description": "Counts what was queued for the endpoint: live messages in the order"
                " of the books, what a replay brings for the first time when it is queued. Where"
                " you replay, go by `timestamp`.",
            },
            "cursor": {
                "type": ["string", "null"],
                "description": "Where the event stands, for `replayWebhookEvents`.",
            },
            "data": data,
        },
    }


def _test_data() -> Json:
    endpoint = {"type": "object", "required": ["id"], "properties": {"id": _SCALARS["ID"]}}
    return {
        "type": "object",
        "required": ["webhookEndpoint"],
        "properties": {"webhookEndpoint": endpoint},
    }


def _shape(type_: GraphQLOutputType, selections: SelectionSetNode | None) -> Json:
    if isinstance(type_, GraphQLNonNull):
        return _of_type(type_.of_type, selections)
    return {"anyOf": [_of_type(type_, selections), {"type": "null"}]}


def _of_type(type_: GraphQLOutputType, selections: SelectionSetNode | None) -> Json:
    if isinstance(type_, GraphQLList):
        return {"type": "array", "items": _shape(type_.of_type, selections)}
    if isinstance(type_, GraphQLEnumType):
        return {"type": "string", "enum": sorted(type_.values)}
    if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) or selections is None:
        return _SCALARS[str(type_)]
    fields: dict[str, Json] = {}
    for node in selections.selections:
        if not isinstance(node, FieldNode):
            raise TypeError("The usual documents are written without fragments.")
        definition = type_.fields[node.name.value]
        shape = _shape(definition.type, node.selection_set)
        if definition.description:
            shape = shape | {"description": definition.description}
        fields[(node.alias or node.name).value] = shape
    return {"type": "object", "required": list(fields), "properties": fields}
