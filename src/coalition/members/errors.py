"""Laws about members and what they are known by."""

from coalition.kit.errors import Refusal


class MemberNotFound(Refusal):
    """Nobody, or nobody whom this partner may know by that: the answer is the same."""

    code = "MEMBER_NOT_FOUND"


class MemberClosed(Refusal):
    """The member has left: it neither earns nor spends."""

    code = "MEMBER_CLOSED"


class MemberSuspended(Refusal):
    """The operator has suspended the member: it neither earns nor spends for now."""

    code = "MEMBER_SUSPENDED"


class StepUpRequired(Refusal):
    """The member must show once more that it is it: its password or a passkey, just now."""

    code = "STEP_UP_REQUIRED"


class TierUnknown(Refusal):
    """The programme has no such tier."""

    code = "TIER_UNKNOWN"


class IdentifierTaken(Refusal):
    """The identifier is another member's."""

    code = "IDENTIFIER_TAKEN"


class IdentifierBlocked(Refusal):
    """The card was blocked or replaced: it neither earns nor spends."""

    code = "IDENTIFIER_BLOCKED"


class IdentifierNotValid(Refusal):
    """The value is no e-mail address, no phone number, or none of this kind may be used here."""

    code = "IDENTIFIER_NOT_VALID"


class TooManyCards(Refusal):
    """A member has linked as many payment cards at the brand as it may."""

    code = "TOO_MANY_CARDS"


class CardNumberNotAllowed(Refusal):
    """The number of a payment card was sent where its token belongs: it is not kept."""

    code = "CARD_NUMBER_NOT_ALLOWED"


def refusal_about(outcome: str, field: tuple[str, ...]) -> Refusal | None:
    """What the books said of a member, as a refusal; None when it is not about a member."""
    match outcome:
        case MemberNotFound.code:
            return MemberNotFound("No such member.", field=field)
        case MemberClosed.code:
            return MemberClosed("The member has left the programme.", field=field)
        case MemberSuspended.code:
            return MemberSuspended("The member is suspended.", field=field)
        case StepUpRequired.code:
            return StepUpRequired(
                "The member must confirm this: it signs in once more, or calls confirmSpending"
                " right after it has.",
                field=field,
            )
        case IdentifierBlocked.code:
            return IdentifierBlocked(
                "This card was blocked or replaced. Ask the member for its new card.", field=field
            )
        case _:
            return None
