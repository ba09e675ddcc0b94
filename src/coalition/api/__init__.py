"""GraphQL for partners, members' apps and the operator."""

from coalition.api.context import Server
from coalition.api.http import GraphQLEndpoint
from coalition.api.reconciliation_files import ReconciliationFiles
from coalition.api.schema import printed_schema

__all__ = ["GraphQLEndpoint", "ReconciliationFiles", "Server", "printed_schema"]
