"""Laws of paying and of being paid."""

from coalition.kit.errors import Refusal

# The same words for an id that was never given and for one that waits for nothing.
NO_SUCH_ENTRY = "No entry of the bank that waits for an answer has this id."


class OperatorAccountMissing(Refusal):
    """The partners' file gives the operator no legal entity with an account to pay from."""

    code = "OPERATOR_ACCOUNT_MISSING"


class PaymentDateNotValid(Refusal):
    """Payments are made on a bank day from today on, at most a year ahead; debits a day later."""

    code = "PAYMENT_DATE_NOT_VALID"


class MandateNotUsable(Refusal):
    """A brand owes euro, which are collected, and has given no mandate that can be used."""

    code = "MANDATE_NOT_USABLE"


class NothingToInstruct(Refusal):
    """No payment of the period has failed, so none is sent again."""

    code = "NOTHING_TO_INSTRUCT"


class PaymentFileNotValid(Refusal):
    """A payment file would not be valid against its schema; it was not made."""

    code = "PAYMENT_FILE_NOT_VALID"


class BankFileNotValid(Refusal):
    """The file is no camt.053, camt.054 or pain.002 that can be read safely."""

    code = "BANK_FILE_NOT_VALID"


class BankFileTooLarge(Refusal):
    """The file is larger than a bank's file may be."""

    code = "BANK_FILE_TOO_LARGE"


class BankEntryNotFound(Refusal):
    """No entry of a bank's file that may have been told before has this id."""

    code = "BANK_ENTRY_NOT_FOUND"


class BankEntryResolved(Refusal):
    """Somebody has said something else of this entry; it is said once."""

    code = "BANK_ENTRY_RESOLVED"


class BankFileOfAnotherAccount(Refusal):
    """The file is about another account than the operator's."""

    code = "BANK_FILE_OF_ANOTHER_ACCOUNT"
