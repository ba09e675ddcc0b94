"""What partners and bookkeepers are given: statements, invoices, journals, as files."""

from coalition.documents.formats import FORMATS, Format, rendered
from coalition.documents.statements import StatementDocument, line_file, statement_documents

__all__ = ["FORMATS", "Format", "StatementDocument", "line_file", "rendered", "statement_documents"]
