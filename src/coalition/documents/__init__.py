"""What partners and bookkeepers are given: statements, invoices, journals, as files."""

from coalition.documents.checks import DOCUMENT_CHECKS, altered_documents
from coalition.documents.formats import FORMATS, Format, file_name, rendered
from coalition.documents.invoices import (
    Invoice,
    invoice_content,
    invoice_file,
    invoices_at,
    invoices_of_period,
    invoices_of_statements,
)
from coalition.documents.journal import Journal, journal_csv, journal_json
from coalition.documents.statements import (
    StatementDocument,
    line_file,
    public_keys,
    statement_documents,
)
from coalition.documents.summaries import entity_summaries, summary_file
from coalition.documents.summary import EntitySummary

__all__ = [
    "DOCUMENT_CHECKS",
    "FORMATS",
    "EntitySummary",
    "Format",
    "Invoice",
    "Journal",
    "StatementDocument",
    "altered_documents",
    "entity_summaries",
    "file_name",
    "invoice_content",
    "invoice_file",
    "invoices_at",
    "invoices_of_period",
    "invoices_of_statements",
    "journal_csv",
    "journal_json",
    "line_file",
    "public_keys",
    "rendered",
    "statement_documents",
    "summary_file",
]
