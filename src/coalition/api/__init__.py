"""GraphQL for partners, members' apps and the operator."""

from coalition.api.context import Server
from coalition.api.document_files import DocumentFiles
from coalition.api.http import GraphQLEndpoint
from coalition.api.schema import printed_schema

__all__ = ["DocumentFiles", "GraphQLEndpoint", "Server", "printed_schema"]
