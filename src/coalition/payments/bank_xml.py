"""XML that comes from outside, read into a tree that is bounded, or refused.

No document type, no entity, nothing from elsewhere, and only encodings that banks use: Python would
decode by any codec that it knows.
"""

import xml.etree.ElementTree as ET
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from coalition.payments.errors import BankFileNotValid, BankFileTooLarge

LARGEST_FILE = 16 * 1024 * 1024
# A message of ISO 20022 is some fifteen deep. What is not one could take any memory and stack.
_DEEPEST = 50
_MOST_ELEMENTS = 500_000
# It has at most a namespace, a schema's place, or a currency.
_MOST_ATTRIBUTES = 10
_ENCODINGS = ("utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252")
_SHOWN = 40


def tree_of(content: bytes) -> ET.Element:
    """The root. Raises `BankFileTooLarge`, `BankFileNotValid`."""
    if len(content) > LARGEST_FILE:
        raise BankFileTooLarge(
            f"A bank's file may have {LARGEST_FILE} bytes, and this one has {len(content)}.",
            field=("content",),
        )
    parser = DefusedXMLParser(target=_Bounded(), forbid_dtd=True)
    parser.parser.XmlDeclHandler = _declared
    try:
        parser.feed(content)
        root: ET.Element = parser.close()
    except DefusedXmlException:
        raise not_valid("it declares a document type or entities, as no bank does") from None
    except (ET.ParseError, ValueError, LookupError) as error:
        raise not_valid(f"it is not whole XML: {error}") from None
    return root


def not_valid(why: str) -> BankFileNotValid:
    return BankFileNotValid(f"This bank file cannot be read: {why}.", field=("content",))


def shown(text: str) -> str:
    """A value for a refusal: quoted, without what cannot be printed, and not too long."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def _declared(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        raise not_valid(f"its encoding {shown(encoding)} is none of {', '.join(_ENCODINGS)}")


class _Bounded(ET.TreeBuilder):
    """Builds a tree that is neither too deep nor too large."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._elements = 0

    def start(self, tag: Any, attrs: Any, /) -> ET.Element:  # noqa: ANN401 - as the base has it
        self._depth += 1
        self._elements += 1
        if self._depth > _DEEPEST:
            raise not_valid(f"its elements are more than {_DEEPEST} deep in one another")
        if self._elements > _MOST_ELEMENTS:
            raise not_valid(f"it has more than {_MOST_ELEMENTS} elements")
        if len(attrs) > _MOST_ATTRIBUTES:
            name = shown(str(tag).rpartition("}")[2])
            raise not_valid(f"an element {name} in it has more than {_MOST_ATTRIBUTES} attributes")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)
