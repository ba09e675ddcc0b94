"""What a period did to points, by the month in which they were earned. Pure."""

from dataclasses import dataclass
from datetime import date

FIGURES = ("issued", "returned", "redeemed", "refunded", "expired", "repaid", "opened")


@dataclass(frozen=True, slots=True)
class CohortRoll:
    """What became, in the month `used_in`, of points that an issuer gave under one agreement in
    the month `earned_in`. A month is its first day.

    `returned` is what returns took out of lots, `repaid` what new points paid of debts, `opened`
    what was carried over from another system.
    """

    issuer_id: int
    agreement_id: int
    earned_in: date
    used_in: date
    issued: int
    returned: int
    redeemed: int
    refunded: int
    expired: int
    repaid: int
    opened: int

    @property
    def outstanding(self) -> int:
        """What all this leaves to be spent."""
        given = self.issued + self.opened + self.refunded
        return given - self.returned - self.redeemed - self.expired - self.repaid
