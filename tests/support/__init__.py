"""What the tests share: a coalition to act in, and brands to act with."""

from tests.support.brands import (
    Brand,
    a_bakery,
    a_client,
    a_florist,
    a_fuel,
    a_grocer,
    a_programme,
    a_promotion,
    an_agreement,
    an_operator,
    partners_file,
)
from tests.support.world import Person, World, assert_books_balance, nothing_moves

__all__ = [
    "Brand",
    "Person",
    "World",
    "a_bakery",
    "a_client",
    "a_florist",
    "a_fuel",
    "a_grocer",
    "a_programme",
    "a_promotion",
    "an_agreement",
    "an_operator",
    "assert_books_balance",
    "nothing_moves",
    "partners_file",
]
