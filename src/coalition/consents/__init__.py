"""Consents: what members let the programme and brands do, in which words, since when."""

from coalition.consents.decide import (
    Choice,
    Decided,
    all_that_is_asked,
    asked_for,
    give_consent,
    withdraw_consent,
)
from coalition.consents.errors import (
    ConsentNotAsked,
    ConsentTextNotComplete,
    ConsentTextNotCurrent,
)
from coalition.consents.purposes import Channel, Purpose
from coalition.consents.queries import ConsentFilter, ConsentRecord, list_consents
from coalition.consents.texts import (
    ConsentText,
    Texts,
    publish_consent_text,
    texts_of,
)

__all__ = [
    "Channel",
    "Choice",
    "ConsentFilter",
    "ConsentNotAsked",
    "ConsentRecord",
    "ConsentText",
    "ConsentTextNotComplete",
    "ConsentTextNotCurrent",
    "Decided",
    "Purpose",
    "Texts",
    "all_that_is_asked",
    "asked_for",
    "give_consent",
    "list_consents",
    "publish_consent_text",
    "texts_of",
    "withdraw_consent",
]
