"""Whose an address is: of IPv6, one host may use a whole network of 64 bits."""

import pytest

from coalition.kit.addresses import network_of


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("a till", "a till"),
        (None, "unknown"),
    ],
)
def test_an_address_is_counted_as_its_network(address: str | None, counted: str) -> None:
    assert network_of(address) == counted
