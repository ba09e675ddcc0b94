"""The accounts of the two books and the entries that move between them.

Points book: an account is named by the promise it holds; the row's member or partner says
whose it is. What the coalition owes its members is MEMBER + HELD + ON_THE_WAY - OWED.
Money book: one row per line of a statement, per tax on it and per payment, between a partner and
the pool or another account of the coalition.
"""

from enum import IntEnum


class Account(IntEnum):
    ISSUED = 10  # points a partner has brought into the world
    MEMBER = 20  # points owed to a member, spendable now or after their pending days
    HELD = 21  # points of a member set aside for one purchase
    OWED = 22  # points a member owes since a return took back more than it had
    ON_THE_WAY = 23  # points that have left a member for another, and not arrived
    REDEEMED = 30  # points spent at a partner
    EXPIRED = 40  # points that ended unspent
    SHORTFALL_ISSUER = 50  # returned points already spent, borne by the partner that gave them
    SHORTFALL_POOL = 51  # the same, borne by the pool


class Kind(IntEnum):
    AWARD = 1
    AWARD_REVERSAL = 2
    DEBT_REPAYMENT = 3
    HOLD = 4
    HOLD_RELEASE = 5
    REDEMPTION = 6
    REDEMPTION_REVERSAL = 7
    EXPIRY = 8
    OPENING = 9  # points that another system had given
    PASSED_ON = 10  # to another member, or home from it
    RECEIVED = 11  # of another member, as a lot
    BROUGHT_BACK = 12  # into the lot that they had left


class MoneyAccount(IntEnum):
    RECEIVABLE = 600  # a partner owes the pool
    PAYABLE = 610  # the pool owes a partner
    POOL = 620
    VAT = 630  # what the coalition owes the tax office, less what it may deduct
    ROUNDING = 640
    FX_DIFFERENCE = 650
    CASH = 660
    GOODWILL = 670  # what the operator itself pays for
    PREPAID = 680  # what partners have paid for points that they have not given yet
    FEES = 690


def effect_on_member(debit: Account, credit: Account, points: int) -> int:
    """How an entry changes what a member has and may spend some day, less what it owes."""
    of_member = {Account.MEMBER, Account.OWED}
    return points * ((credit in of_member) - (debit in of_member))
