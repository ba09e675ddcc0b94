"""JSON that two readers could read in two ways is refused."""

import pytest

from coalition.kit.strict_json import read_json

REFUSED = [
    b'{"a": 1, "a": 2}', b"NaN", b"[Infinity]", b"\xff", b"[" * 100_000, b"9" * 5000, b"{", b"",
    '{"é": 1}'.encode("latin-1"), '"x"'.encode("utf-16"),
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_one_thing_to_everybody_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(text)


def test_the_rest_is_read() -> None:
    assert read_json('{"a": [1, "é", null, {"a": true}]}'.encode()) == {
        "a": [1, "é", None, {"a": True}]
    }
