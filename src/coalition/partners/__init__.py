"""The programme, its brands and what was agreed with each of them.

Terms come from one file (`coalition partners apply`) and are never edited: a change is a new
agreement that starts later. `Office` hands the terms in force to every verb.
"""

from coalition.partners.colours import ON_DARK, ON_LIGHT, Theme, contrast, readable_on
from coalition.partners.errors import (
    InTheFuture,
    NoAgreementOnDate,
    PartnerSuspended,
    StoreNotAllowed,
    TooLongAgo,
)
from coalition.partners.happened import agreement_then, in_time
from coalition.partners.help import Help, Question, TermsVersion, in_language, language_told
from coalition.partners.office import Office
from coalition.partners.packs import PackLeft, packs_left
from coalition.partners.place import place_of
from coalition.partners.queries import help_of, logo_of
from coalition.partners.terms import (
    Agreement,
    Contract,
    GiftTerms,
    HouseholdTerms,
    LegalEntity,
    Partner,
    PartnerStatus,
    Programme,
    Promotion,
    ReconciliationTerms,
    RedemptionRate,
    StandAlone,
    Terms,
    Tier,
    VatMode,
)

__all__ = [
    "ON_DARK",
    "ON_LIGHT",
    "Agreement",
    "Contract",
    "GiftTerms",
    "Help",
    "HouseholdTerms",
    "InTheFuture",
    "LegalEntity",
    "NoAgreementOnDate",
    "Office",
    "PackLeft",
    "Partner",
    "PartnerStatus",
    "PartnerSuspended",
    "Programme",
    "Promotion",
    "Question",
    "ReconciliationTerms",
    "RedemptionRate",
    "StandAlone",
    "StoreNotAllowed",
    "Terms",
    "TermsVersion",
    "Theme",
    "Tier",
    "TooLongAgo",
    "VatMode",
    "agreement_then",
    "contrast",
    "help_of",
    "in_language",
    "in_time",
    "language_told",
    "logo_of",
    "packs_left",
    "place_of",
    "readable_on",
]
