"""GraphQL for partners, members' apps and the operator."""

from coalition.api.body import LARGEST_BODY
from coalition.api.bulk_files import BulkFiles
from coalition.api.catalogue_images import CatalogueImages
from coalition.api.context import Server
from coalition.api.copy_files import CopyFiles
from coalition.api.document_files import DocumentFiles
from coalition.api.http import GraphQLEndpoint
from coalition.api.missing_receipts import MissingReceipts
from coalition.api.reconciliation_files import ReconciliationFiles
from coalition.api.schema import printed_schema, register_documents
from coalition.api.webhook_catalogue import printed_catalogue

__all__ = [
    "LARGEST_BODY",
    "BulkFiles",
    "CatalogueImages",
    "CopyFiles",
    "DocumentFiles",
    "GraphQLEndpoint",
    "MissingReceipts",
    "ReconciliationFiles",
    "Server",
    "printed_catalogue",
    "printed_schema",
    "register_documents",
]
