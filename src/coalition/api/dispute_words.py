"""The words of disputes in the schema: states, reasons, sides, steps."""

from enum import Enum

import strawberry


@strawberry.enum(description="Where a dispute stands on its ladder.")
class DisputeState(Enum):
    OPEN = strawberry.enum_value("OPEN", description="The brand is to give its evidence.")
    PARTNER_EVIDENCE = strawberry.enum_value(
        "PARTNER_EVIDENCE", description="The operator is to reply to it."
    )
    OPERATOR_REPLY = strawberry.enum_value(
        "OPERATOR_REPLY", description="The brand is to answer the reply."
    )
    CORRESPONDENCE = strawberry.enum_value(
        "CORRESPONDENCE", description="After three rounds: the operator is to decide."
    )
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="The brand was right in full.")
    PARTIAL = strawberry.enum_value("PARTIAL", description="The brand was right in part.")
    REJECTED = strawberry.enum_value("REJECTED", description="The line stands.")
    EXPIRED = strawberry.enum_value(
        "EXPIRED", description="Whoever was to speak was silent: the other side has it."
    )


@strawberry.enum(description="Why a line is disputed.")
class DisputeReason(Enum):
    WRONG_RATE = strawberry.enum_value("WRONG_RATE", description="At another price than agreed.")
    WRONG_MEMBER = strawberry.enum_value("WRONG_MEMBER", description="For another member.")
    DUPLICATE = strawberry.enum_value("DUPLICATE", description="The same thing twice.")
    RETURN_NOT_CREDITED = strawberry.enum_value(
        "RETURN_NOT_CREDITED", description="A return is missing."
    )
    OUTSIDE_CAMPAIGN = strawberry.enum_value(
        "OUTSIDE_CAMPAIGN", description="Outside a promotion's time or terms."
    )
    WRONG_ENTITY = strawberry.enum_value("WRONG_ENTITY", description="Of another company.")
    TAX = strawberry.enum_value("TAX", description="Taxed in another way than agreed.")
    OTHER = strawberry.enum_value("OTHER", description="As the message says.")


@strawberry.enum(description="Who did a step.")
class DisputeSide(Enum):
    PARTNER = strawberry.enum_value("PARTNER", description="The brand.")
    OPERATOR = strawberry.enum_value("OPERATOR", description="The operator.")
    TIME = strawberry.enum_value("TIME", description="Nobody: a deadline passed.")


@strawberry.enum(description="What a step was.")
class DisputeStepKind(Enum):
    OPENED = strawberry.enum_value("OPENED", description="The line was disputed.")
    EVIDENCE = strawberry.enum_value("EVIDENCE", description="The brand gave its evidence.")
    REPLY = strawberry.enum_value("REPLY", description="The operator replied.")
    MESSAGE = strawberry.enum_value("MESSAGE", description="Something was said besides.")
    DECISION = strawberry.enum_value("DECISION", description="The operator decided.")
    WITHDRAWAL = strawberry.enum_value("WITHDRAWAL", description="The brand let the line stand.")
    EXPIRY = strawberry.enum_value("EXPIRY", description="A deadline passed in silence.")


@strawberry.enum(description="What becomes of a disputed line until it is decided.")
class DisputeFreeze(Enum):
    CARRY = strawberry.enum_value("carry", description="It is paid, and corrected later.")
    EXCLUDE = strawberry.enum_value("exclude", description="It is left out of what is paid.")
    WAIT = strawberry.enum_value("wait", description="Its period is not final until then.")
