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
    IdentifierBlocked,
    IdentifierNotValid,
    IdentifierTaken,
    MemberClosed,
    MemberNotFound,
    MemberSuspended,
    StepUpRequired,
    TierUnknown,
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
    "Profile",
    "SecurityEvent",
    "SecurityEventKind",
    "StepUpRequired",
    "TierUnknown",
    "TimeZoneNotKnown",
    "account_of",
    "block_card",
    "change_status",
    "checked_locale",
    "checked_name",
    "checked_time_zone",
    "confirm_spending",
    "earning_refusal",
    "enrol_member",
    "find_member",
    "identifier",
    "known_member",
    "known_members",
    "lock_spending",
    "member_in",
    "member_numbered",
    "profile_of",
    "rectify_profile",
    "ref_by",
    "refusal_about",
    "replace_card",
    "security_events",
    "set_tier",
    "unlock_spending",
]
