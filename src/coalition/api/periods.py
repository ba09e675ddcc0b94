"""How far a period is, who led it there, and what stands in its way."""

from datetime import datetime
from enum import Enum

import strawberry

from coalition import settlement
from coalition.access import Scope
from coalition.api.context import Context
from coalition.api.partners import Partner
from coalition.api.viewers import OPERATORS, shown_to

IN_OFFICE = (Scope.OPERATOR_READ, Scope.SETTLEMENT_CLOSE, Scope.SETTLEMENT_APPROVE)


@strawberry.enum(description="How far a period's settlement is, in this order.")
class PeriodState(Enum):
    OPEN = strawberry.enum_value("open", description="What happens in it belongs to it.")
    CLOSING = strawberry.enum_value("closing", description="Cut off: nothing is added to it.")
    RECONCILING = strawberry.enum_value(
        "reconciling", description="What differs from partners' books is resolved or waived."
    )
    CALCULATED = strawberry.enum_value(
        "calculated", description="Its statements are written and not handed out yet."
    )
    CLOSED = strawberry.enum_value("closed", description="Its statements are issued.")
    DISPUTED = strawberry.enum_value("disputed", description="A line of them is disputed.")
    FINAL = strawberry.enum_value("final", description="Approved and netted.")
    INSTRUCTED = strawberry.enum_value("instructed", description="Its payments are on their way.")
    SETTLED = strawberry.enum_value("settled", description="All is paid.")
    LOCKED = strawberry.enum_value("locked", description="Nothing about it changes any more.")


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="Somebody led a period into a state.")
class PeriodStep:
    state: PeriodState = strawberry.field(description="Into which.")
    person: str = strawberry.field(
        description="Who: the login that a person's token stands on, else the client."
    )
    client: str = strawberry.field(description="With which client.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, step: settlement.Step) -> "PeriodStep":
        return cls(
            state=PeriodState(step.state.value),
            person=step.person,
            client=step.client_id,
            at=step.recorded_at,
        )


@strawberry.enum(description="What a run calculated.")
class RunKind(Enum):
    STATEMENTS = strawberry.enum_value(
        "STATEMENTS", description="The statements of one legal entity."
    )
    NETTING = strawberry.enum_value("NETTING", description="Who pays whom.")


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="A calculation whose results are kept and never made again.")
class SettlementRun:
    kind: RunKind = strawberry.field(description="What it calculated.")
    version: int = strawberry.field(description="1, or higher when it replaces another one.")
    entries: int = strawberry.field(description="How many entries, or statements, it covers.")
    up_to: datetime | None = strawberry.field(
        description="The cut-off: what was recorded up to then is covered."
    )
    hash: str = strawberry.field(description="SHA-256 over the hashes of what it gave.")
    person: str = strawberry.field(description="Who ran it.")
    reason: str | None = strawberry.field(description="Why, when it replaces another one.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, run: settlement.Run) -> "SettlementRun":
        return cls(
            kind=RunKind(run.kind),
            version=run.version,
            entries=run.entries,
            up_to=run.up_to,
            hash=run.hash,
            person=run.person,
            reason=run.reason,
            at=run.recorded_at,
        )


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="Items of a partner that keep a period from its next state.")
class OpenItems:
    partner: Partner = strawberry.field(description="Whose.")
    subject: str = strawberry.field(description="Of what: RECONCILIATION, DISPUTES, PAYMENTS.")
    state: PeriodState = strawberry.field(description="The state that they keep it from.")
    open_items: int = strawberry.field(description="How many.")
    waivers: int = strawberry.field(
        description="How many people have waived them; with two the period passes."
    )

    @classmethod
    def of(cls, context: Context, gate: settlement.Gate) -> "OpenItems":
        return cls(
            partner=Partner.numbered(context, gate.partner_id),
            subject=gate.subject,
            state=PeriodState(gate.state.value),
            open_items=gate.open_items,
            waivers=gate.waivers,
        )
