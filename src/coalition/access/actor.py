"""Who is asking, and what its token lets it do. The actor is a parameter of every verb."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from coalition.kit.errors import NotAllowed
from coalition.kit.ids import new_request_id


class Scope(StrEnum):
    MEMBERS_READ = "members:read"
    MEMBERS_ENROL = "members:enrol"
    POINTS_AWARD = "points:award"
    POINTS_REDEEM = "points:redeem"
    SETTLEMENT_READ = "settlement:read"
    RECONCILIATION_WRITE = "reconciliation:write"
    CATALOGUE_WRITE = "catalogue:write"
    MISSING_ANSWER = "missing:answer"
    CAMPAIGNS_WRITE = "campaigns:write"
    WEBHOOKS_MANAGE = "webhooks:manage"
    MEMBER_READ = "member:read"
    MEMBER_REDEEM = "member:redeem"
    MEMBER_MANAGE = "member:manage"
    MEMBER_CARDS = "member:cards"
    OPERATOR_READ = "operator:read"
    PARTNERS_MANAGE = "partners:manage"
    SETTLEMENT_CLOSE = "settlement:close"
    SETTLEMENT_APPROVE = "settlement:approve"
    MEMBERS_SUPPORT = "members:support"


PARTNER_SCOPES = frozenset(
    {
        Scope.MEMBERS_READ,
        Scope.MEMBERS_ENROL,
        Scope.POINTS_AWARD,
        Scope.POINTS_REDEEM,
        Scope.SETTLEMENT_READ,
        Scope.RECONCILIATION_WRITE,
        Scope.CATALOGUE_WRITE,
        Scope.MISSING_ANSWER,
        Scope.CAMPAIGNS_WRITE,
        Scope.WEBHOOKS_MANAGE,
    }
)
MEMBER_SCOPES = frozenset(
    {Scope.MEMBER_READ, Scope.MEMBER_REDEEM, Scope.MEMBER_MANAGE, Scope.MEMBER_CARDS}
)
OPERATOR_SCOPES = frozenset(
    {
        Scope.OPERATOR_READ,
        Scope.PARTNERS_MANAGE,
        Scope.SETTLEMENT_CLOSE,
        Scope.SETTLEMENT_APPROVE,
        Scope.MEMBERS_SUPPORT,
    }
)


class ActorKind(StrEnum):
    PARTNER = "PARTNER"
    MEMBER = "MEMBER"
    OPERATOR = "OPERATOR"

    @property
    def scopes(self) -> frozenset[Scope]:
        """All that an actor of the kind may ever have. No scope is of two kinds."""
        match self:
            case ActorKind.PARTNER:
                return PARTNER_SCOPES
            case ActorKind.MEMBER:
                return MEMBER_SCOPES
            case ActorKind.OPERATOR:
                return OPERATOR_SCOPES


@dataclass(frozen=True, slots=True)
class Actor:
    """A token's bearer, in one request. A partner has `partner_id`, a member `member_id`, the
    operator none. `store_code`, `terminal_code`: the only ones it may act for; None: any.
    `login_id`: the person that allowed the client to act, and `grant_id` by what; None: the client
    acts for itself.
    """

    kind: ActorKind
    client_id: str
    scopes: frozenset[Scope]
    partner_id: int | None = None
    member_id: int | None = None
    store_code: str | None = None
    terminal_code: str | None = None
    login_id: int | None = None
    grant_id: UUID | None = None
    request_id: UUID = field(default_factory=new_request_id, compare=False)

    def __post_init__(self) -> None:
        if (self.kind is ActorKind.PARTNER) != (self.partner_id is not None) or (
            self.kind is ActorKind.MEMBER
        ) != (self.member_id is not None):
            raise ValueError(f"An actor of kind {self.kind} with the ids of another kind.")

    @property
    def trace(self) -> tuple[str, UUID]:
        """The client and the request: a posting's event names both."""
        return self.client_id, self.request_id

    @property
    def signature(self) -> tuple[str, UUID | None, UUID]:
        """The client, the leave it stands on and the request, where it matters who a person is."""
        return self.client_id, self.grant_id, self.request_id


def require(actor: Actor, *scopes: Scope) -> None:
    """Pass when the token carries any of `scopes`. Raises `NotAllowed`."""
    if not actor.scopes.intersection(scopes):
        names = " or ".join(scopes)
        raise NotAllowed(f"This needs a token with the scope {names}.", scope=names)


def acting_member(actor: Actor, *scopes: Scope) -> int:
    """The member that acts, by its token and never by an input. Raises `NotAllowed`."""
    require(actor, *scopes)
    if actor.member_id is None:
        raise NotAllowed("This is done with a member's token.")
    return actor.member_id


def acting_partner(actor: Actor, scope: Scope) -> int:
    """The partner that acts, by its token and never by an input. Raises `NotAllowed`."""
    require(actor, scope)
    if actor.partner_id is None:
        raise NotAllowed("This is done with a partner's token.")
    return actor.partner_id
