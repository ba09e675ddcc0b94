"""Scopes as people read them before they allow something."""

from collections.abc import Iterable

from coalition.access.actor import Scope

WORDS: dict[Scope, str] = {
    Scope.MEMBERS_READ: "look members up, and see what they did at your brand",
    Scope.MEMBERS_ENROL: "enrol members, block and replace their cards",
    Scope.POINTS_AWARD: "award points for purchases, and take them back for returns",
    Scope.POINTS_REDEEM: "spend members' points at your brand, and refund them",
    Scope.SETTLEMENT_READ: "see your brand's statements",
    Scope.RECONCILIATION_WRITE: "compare your books with the coalition's",
    Scope.CATALOGUE_WRITE: "change your brand's rewards",
    Scope.MISSING_ANSWER: "answer members who miss points, and award them",
    Scope.CAMPAIGNS_WRITE: "change your brand's campaigns",
    Scope.WEBHOOKS_MANAGE: "have your brand's systems told of what happens",
    Scope.MEMBER_READ: "see your points, and what you did at all brands",
    Scope.MEMBER_REDEEM: "spend your points",
    Scope.MEMBER_MANAGE: "change your details and cards",
    Scope.MEMBER_CARDS: "link your payment cards, so that paying with them brings points",
    Scope.OPERATOR_READ: "see everything of all brands and members",
    Scope.PARTNERS_MANAGE: "change brands and their agreements",
    Scope.SETTLEMENT_CLOSE: "close periods and issue statements",
    Scope.SETTLEMENT_APPROVE: "approve settlements",
    Scope.MEMBERS_SUPPORT: "help members: change their status, cards and enrolments",
}


def in_plain_words(scopes: Iterable[Scope]) -> list[str]:
    return [WORDS[scope] for scope in Scope if scope in set(scopes)]
