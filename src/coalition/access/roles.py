"""What people may do, by the roles they have (docs/sign-in.md). Pure."""

from collections.abc import Iterable

from coalition.access.actor import (
    MEMBER_SCOPES,
    OPERATOR_SCOPES,
    PARTNER_SCOPES,
    ActorKind,
    Scope,
)

ROLES: dict[ActorKind, dict[str, frozenset[Scope]]] = {
    ActorKind.PARTNER: {
        "owner": PARTNER_SCOPES,
        "finance": frozenset({Scope.SETTLEMENT_READ, Scope.RECONCILIATION_WRITE}),
        "marketing": frozenset({Scope.CATALOGUE_WRITE, Scope.CAMPAIGNS_WRITE}),
        "support": frozenset({Scope.MEMBERS_READ, Scope.MEMBERS_ENROL, Scope.MISSING_ANSWER}),
        "cashier": frozenset({Scope.MEMBERS_READ, Scope.POINTS_AWARD, Scope.POINTS_REDEEM}),
        "developer": frozenset({Scope.WEBHOOKS_MANAGE}),
    },
    ActorKind.OPERATOR: {
        "owner": OPERATOR_SCOPES,
        "finance": frozenset(
            {Scope.OPERATOR_READ, Scope.SETTLEMENT_CLOSE, Scope.SETTLEMENT_APPROVE}
        ),
        "support": frozenset({Scope.OPERATOR_READ, Scope.MEMBERS_SUPPORT}),
        "partners": frozenset({Scope.OPERATOR_READ, Scope.PARTNERS_MANAGE}),
        "reader": frozenset({Scope.OPERATOR_READ}),
    },
    ActorKind.MEMBER: {"member": MEMBER_SCOPES},
}


def scopes_of(kind: ActorKind, roles: Iterable[str]) -> frozenset[Scope]:
    """Everything that somebody with these roles may allow a client. Unknown roles give nothing."""
    known = ROLES[kind]
    return frozenset[Scope]().union(*(known.get(role, frozenset()) for role in roles))
