"""The members' pages. They are a client of the public API like any other: they sign in by OAuth,
ask /graphql with documents that are registered there, and know no capability.
"""

from coalition.web.documents import DOCUMENTS
from coalition.web.routes import MembersPages, members_pages

__all__ = ["DOCUMENTS", "MembersPages", "members_pages"]
