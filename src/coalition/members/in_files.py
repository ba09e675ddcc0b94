"""Which member a row of a partner's file names. Pure."""

from collections.abc import Mapping
from typing import Final

from coalition.files import ContractBroken, text_in
from coalition.kit.errors import Refusal
from coalition.members.ref import IdentifierKind, identifier

MEMBER_COLUMNS: Final = {
    "card": "CARD", "email": "EMAIL", "phone": "PHONE", "externalId": "EXTERNAL", "memberId": "ID",
}  # fmt: skip


def member_in(line: int, said: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The kind and value by which a row names its member, in their one spelling; None twice when
    it names nobody. Raises `ContractBroken`.
    """
    given = [name for name in MEMBER_COLUMNS if said.get(name)]
    if not given:
        return None, None
    if len(given) > 1:
        raise ContractBroken(f"a member is named once, not by {' and '.join(given)}.", line=line)
    (name,) = given
    kind = MEMBER_COLUMNS[name]
    if name in {"email", "phone"}:
        try:
            return kind, identifier(IdentifierKind(kind), said[name], (name,)).value
        except Refusal as refusal:
            raise ContractBroken(refusal.message, line=line) from None
    value = text_in(line, name, said[name])
    if value is None:
        return None, None
    return kind, value.replace(" ", "") if name == "card" else value
