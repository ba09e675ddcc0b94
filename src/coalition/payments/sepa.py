"""Whether an account is in the Single Euro Payments Area. Pure.

Source: schwifty's registry, and EPC409-09 for the countries that have joined since it was made:
Albania and Montenegro, Moldova and North Macedonia, Serbia.
"""

from schwifty import IBAN

_JOINED = frozenset({"AL", "MD", "ME", "MK", "RS"})


def is_in_sepa(iban: str) -> bool:
    """`iban` is a valid one."""
    account = IBAN(iban)
    return account.in_sepa_zone or account.country_code in _JOINED
