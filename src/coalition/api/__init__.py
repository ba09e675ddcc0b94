"""GraphQL for partners, members' apps and the operator."""

from coalition.api.context import Server
from coalition.api.files import BulkFiles
from coalition.api.http import GraphQLEndpoint
from coalition.api.schema import printed_schema

__all__ = ["BulkFiles", "GraphQLEndpoint", "Server", "printed_schema"]
