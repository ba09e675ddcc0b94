"""Nobody's password costs as much to compare as somebody's."""

from coalition.access import passwords


def test_nobodys_hash_takes_the_work_of_todays_parameters() -> None:
    assert not passwords._hasher.check_needs_rehash(passwords._NOBODYS)
