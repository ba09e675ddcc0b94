"""The words in which reconciliation speaks: its enums, each value with its meaning, and what
items are asked for by.
"""

from enum import Enum
from typing import Annotated

import strawberry


@strawberry.enum(description="How a file writes its rows.")
class ReconciliationFormat(Enum):
    CSV = strawberry.enum_value("CSV", description="A line for each row (docs/reconciliation.md).")
    NDJSON = strawberry.enum_value("NDJSON", description="A JSON object for each row.")


@strawberry.enum(description="How a file is packed.")
class ReconciliationCompression(Enum):
    NONE = strawberry.enum_value("NONE", description="Not at all.")
    GZIP = strawberry.enum_value("GZIP", description="With gzip (RFC 1952).")


@strawberry.enum(description="Where a file is.")
class ReconciliationFileState(Enum):
    AWAITING = strawberry.enum_value("AWAITING", description="It has not come whole yet.")
    TAKEN = strawberry.enum_value("TAKEN", description="It keeps to its contract and waits.")
    COMPARING = strawberry.enum_value("COMPARING", description="It is being compared.")
    RECONCILED = strawberry.enum_value("RECONCILED", description="It was compared, and counts.")
    SUPERSEDED = strawberry.enum_value(
        "SUPERSEDED", description="A file with a higher number counts instead."
    )
    REPEATED = strawberry.enum_value(
        "REPEATED", description="The same content was taken before: nothing was done."
    )


@strawberry.enum(description="What was found of a row.")
class ReconciliationClass(Enum):
    MATCHED = strawberry.enum_value("MATCHED", description="Both books say the same.")
    MATCHED_TOLERANCE = strawberry.enum_value(
        "MATCHED_TOLERANCE", description="They differ by no more than was agreed."
    )
    POINTS_MISMATCH = strawberry.enum_value("POINTS_MISMATCH", description="Other points.")
    AMOUNT_MISMATCH = strawberry.enum_value(
        "AMOUNT_MISMATCH", description="The same points for another amount."
    )
    CURRENCY_MISMATCH = strawberry.enum_value("CURRENCY_MISMATCH", description="Another currency.")
    STATUS_MISMATCH = strawberry.enum_value(
        "STATUS_MISMATCH", description="Returned at the partner, standing in the ledger."
    )
    MISSING_AT_PARTNER = strawberry.enum_value(
        "MISSING_AT_PARTNER", description="In the ledger only."
    )
    MISSING_IN_LEDGER = strawberry.enum_value("MISSING_IN_LEDGER", description="In the file only.")
    DUPLICATE_IN_FILE = strawberry.enum_value(
        "DUPLICATE_IN_FILE", description="The file tells it once more."
    )
    DUPLICATE_IN_LEDGER = strawberry.enum_value(
        "DUPLICATE_IN_LEDGER", description="It was posted once more."
    )
    TIMING = strawberry.enum_value("TIMING", description="It lies in another period.")
    UNKNOWN_MEMBER = strawberry.enum_value(
        "UNKNOWN_MEMBER", description="Of nobody, or of somebody else than the ledger says."
    )
    UNKNOWN_STORE = strawberry.enum_value(
        "UNKNOWN_STORE", description="At no store of the brand, or at another than the ledger says."
    )


@strawberry.enum(description="What is done with a difference.")
class ReconciliationAction(Enum):
    NONE = strawberry.enum_value("NONE", description="Nothing: the books agree.")
    ACCEPT = strawberry.enum_value("ACCEPT", description="The ledger stands.")
    POST = strawberry.enum_value(
        "POST", description="What the ledger lacks is posted, as late award or return."
    )
    ASK = strawberry.enum_value(
        "ASK", description="The partner looks for it; at its term it is billed or taken back."
    )
    BILL = strawberry.enum_value("BILL", description="The ledger stands and is billed.")
    REVERSE = strawberry.enum_value(
        "REVERSE", description="What the partner does not have is taken back in the ledger."
    )
    DISPUTE = strawberry.enum_value("DISPUTE", description="It is to become a dispute.")


@strawberry.enum(description="Where an item is.")
class ReconciliationItemState(Enum):
    OPEN = strawberry.enum_value("open", description="Nobody has resolved it.")
    ACCEPTED = strawberry.enum_value("accepted", description="The ledger stands.")
    POSTED = strawberry.enum_value("posted", description="What the ledger lacked was posted.")
    BILLED = strawberry.enum_value("billed", description="The ledger stands and is billed.")
    REVERSED = strawberry.enum_value("reversed", description="It was taken back in the ledger.")
    TO_DISPUTE = strawberry.enum_value("to_dispute", description="It is to become a dispute.")
    SUPERSEDED = strawberry.enum_value(
        "superseded", description="A later file was compared: what differs there counts."
    )


@strawberry.enum(description="Which side of a partner's business.")
class ReconciliationSide(Enum):
    ISSUED = strawberry.enum_value("ISSUED", description="Awards, less returns.")
    REDEEMED = strawberry.enum_value("REDEEMED", description="Redemptions, less refunds.")


@strawberry.enum(description="What a row tells of.")
class RowKind(Enum):
    AWARD = strawberry.enum_value(1, description="Points for a purchase.")
    RETURN = strawberry.enum_value(2, description="Points of a returned purchase, taken back.")
    REDEMPTION = strawberry.enum_value(6, description="Points spent.")
    REFUND = strawberry.enum_value(7, description="Spent points given back.")


@strawberry.enum(description="How rows of the two books were found to be the same.")
class FoundBy(Enum):
    REFERENCE = strawberry.enum_value("REFERENCE", description="By the partner's reference.")
    RECEIPT = strawberry.enum_value(
        "RECEIPT", description="By store, terminal, receipt number and day."
    )
    SCORE = strawberry.enum_value("SCORE", description="By member, amount and time.")
    SPLIT = strawberry.enum_value("SPLIT", description="As parts of one ticket.")
    NONE = strawberry.enum_value("NONE", description="It stands alone.")


OfFile = Annotated[strawberry.ID | None, strawberry.argument(description="Only of this file.")]
OfClass = Annotated[
    ReconciliationClass | None, strawberry.argument(name="class", description="Only this class.")
]
InState = Annotated[
    ReconciliationItemState | None, strawberry.argument(description="Only in this state.")
]
OlderThan = Annotated[
    int | None, strawberry.argument(description="Only those found more than so many days ago.")
]
Overdue = Annotated[
    bool, strawberry.argument(description="Only those whose time to be resolved is over.")
]
Unowned = Annotated[bool, strawberry.argument(description="Only those that nobody looks after.")]
