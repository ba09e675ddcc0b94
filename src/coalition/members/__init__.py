"""Members: enrolled, found and changed under the identifiers by which they are known."""

from coalition.members.account import MemberAccount, account_of
from coalition.members.change import (
    MemberStatus,
    block_card,
    change_status,
    confirm_spending,
    lock_spending,
    replace_card,
    set_tier,
    unlock_spending,
)
from coalition.members.enrol import Enrolled, Enrolment, enrol_member
from coalition.members.errors import (
    CardNumberNotAllowed,
    IdentifierBlocked,
    IdentifierNotValid,
    IdentifierTaken,
    MemberClosed,
    MemberNotFound,
    MemberSuspended,
    StepUpRequired,
    TierUnknown,
    TooManyCards,
    refusal_about,
)
from coalition.members.find import (
    KnownMember,
    earning_refusal,
    find_member,
    known_member,
    known_members,
)
from coalition.members.in_files import MEMBER_COLUMNS, member_in
from coalition.members.luhn import check_digit, holds_card_number
from coalition.members.payment_cards import (
    CardToLink,
    PaymentCard,
    link_payment_card,
    payment_cards,
    unlink_payment_card,
)
from coalition.members.profile import Profile, profile_of
from coalition.members.rectify import KEPT, Corrections, rectify_profile
from coalition.members.ref import (
    Identifier,
    IdentifierKind,
    MemberRef,
    identifier,
    member_numbered,
    ref_by,
)
from coalition.members.said import (
    LocaleNotKnown,
    TimeZoneNotKnown,
    checked_locale,
    checked_name,
    checked_time_zone,
)
from coalition.members.security_events import (
    SecurityEvent,
    SecurityEventKind,
    security_events,
)

__all__ = [
    "KEPT",
    "MEMBER_COLUMNS",
    "CardNumberNotAllowed",
    "CardToLink",
    "Corrections",
    "Enrolled",
    "Enrolment",
    "Identifier",
    "IdentifierBlocked",
    "IdentifierKind",
    "IdentifierNotValid",
    "IdentifierTaken",
    "KnownMember",
    "LocaleNotKnown",
    "MemberAccount",
    "MemberClosed",
    "MemberNotFound",
    "MemberRef",
    "MemberStatus",
    "MemberSuspended",
    "PaymentCard",
    "Profile",
    "SecurityEvent",
    "SecurityEventKind",
    "StepUpRequired",
    "TierUnknown",
    "TimeZoneNotKnown",
    "TooManyCards",
    "account_of",
    "block_card",
    "change_status",
    "check_digit",
    "checked_locale",
    "checked_name",
    "checked_time_zone",
    "confirm_spending",
    "earning_refusal",
    "enrol_member",
    "find_member",
    "holds_card_number",
    "identifier",
    "known_member",
    "known_members",
    "link_payment_card",
    "lock_spending",
    "member_in",
    "member_numbered",
    "payment_cards",
    "profile_of",
    "rectify_profile",
    "ref_by",
    "refusal_about",
    "replace_card",
    "security_events",
    "set_tier",
    "unlink_payment_card",
    "unlock_spending",
]
