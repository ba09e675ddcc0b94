"""JSON from others, read strictly: what two readers could read in two ways is refused."""

import json
from typing import Any


def read_json(text: bytes, *, most_names: int = 1000) -> object:
    """The value of a JSON text in UTF-8 with each name once in an object (RFC 8259; I-JSON, RFC
    7493, section 2.3). Raises `ValueError` for anything else, and for an object of more than
    `most_names` names: each of them costs time, whoever wants it.
    """

    def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(pairs) > most_names:
            raise ValueError(f"An object has more than {most_names} names.")
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("A name stands twice in an object.")
        return found

    try:
        read: object = json.loads(
            text.decode("utf-8"), object_pairs_hook=each_once, parse_constant=_no_constant
        )
    except RecursionError:
        raise ValueError("It is nested too deeply.") from None
    return read


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON.")
