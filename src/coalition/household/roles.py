"""What somebody may do in a household."""

from enum import StrEnum


class Role(StrEnum):
    """Everybody's points are in the pool; who may spend those of the others is said here."""

    OWNER = "OWNER"  # invites, sends away, says what others may do; spends everybody's points
    SPENDER = "SPENDER"  # spends everybody's points
    COLLECTOR = "COLLECTOR"  # spends its own
    CHILD = "CHILD"  # spends its own, and sees no figures of the others
