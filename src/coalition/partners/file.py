"""The partners' file: read strictly, every mistake told at once with its line.

YAML gives the shape only. Every value is taken as the text that stands in the file, so 0.0100
is never a float and NO never a boolean; what a value must be is said by the models below.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from coalition.access import (
    MEMBER_SCOPES,
    OPERATOR_SCOPES,
    PARTNER_SCOPES,
    Authentication,
    Grant,
    Scope,
)
from coalition.kit.amounts import NotMoney, exponent_of
from coalition.ledger import SettlementCalendar
from coalition.partners.terms import (
    Clawback,
    Excludable,
    ExpiryKind,
    PartnerStatus,
    ShortfallPayer,
)

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with the file. `field` is written as in partners[0].currency."""

    line: int
    field: str
    message: str


class MistakesInFile(Exception):
    """Nothing was applied; `mistakes` are all of them, in the order of the file."""

    def __init__(self, path: Path, mistakes: list[Mistake]) -> None:
        super().__init__(f"{path}: {len(mistakes)} mistakes, nothing was applied.")
        self.path = path
        self.mistakes = sorted(mistakes, key=lambda mistake: (mistake.line, mistake.field))


def _currency(code: str) -> str:
    try:
        exponent_of(code)
    except NotMoney as error:
        raise ValueError(str(error)) from None
    return code


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError("must be a zone of the IANA database, like Europe/Madrid") from None
    return name


Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
Currency = Annotated[str, AfterValidator(_currency)]
Price = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=8, allow_inf_nan=False)]
Rate = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=8, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=100_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expiry(_Strict):
    kind: ExpiryKind
    months: Annotated[int, Field(gt=0, le=600)] | None = None
    period: Literal["month", "quarter", "year"] | None = None
    on: date | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needs = {
            ExpiryKind.NONE: set[str](),
            ExpiryKind.ROLLING: {"months"},
            ExpiryKind.PERIOD_END: {"months", "period"},
            ExpiryKind.FIXED: {"on"},
        }[self.kind]
        given = {name for name in ("months", "period", "on") if getattr(self, name) is not None}
        if given != needs:
            wanted = " and ".join(sorted(needs)) or "nothing besides kind"
            raise ValueError(f"expiry of kind {self.kind} takes {wanted}")
        return self


class Returns(_Strict):
    clawback: Clawback
    shortfall_payer: ShortfallPayer
    debt_limit: Annotated[int, Field(ge=0, le=2**62)] = 0


class ProgrammeModel(_Strict):
    name: Name
    point_name: Name
    point_value: Rate
    currency: Currency
    time_zone: Annotated[str, AfterValidator(_time_zone)]
    settlement_calendar: SettlementCalendar
    pending_days: Count = 0
    late_purchase_days: Count
    expiry: Expiry
    returns: Returns
    refund_grace_days: Count = 30
    hold_seconds: Annotated[int, Field(gt=0, le=7 * 86400)] = 900


class LegalEntityModel(_Strict):
    code: Code
    name: Name
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class StoreModel(_Strict):
    code: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    name: Name
    terminals: list[Annotated[str, StringConstraints(min_length=1, max_length=60)]] = []


def _instant(value: object) -> object:
    """A day means its first moment in the programme's zone; that is filled in by the file."""
    if isinstance(value, str) and len(value) == len("2017-01-01"):
        return datetime.combine(date.fromisoformat(value), time())
    return value


class AgreementModel(_Strict):
    valid_from: Annotated[datetime, BeforeValidator(_instant)]
    points_per_unit: Rate
    issue_price: Price
    redeem_price: Price
    minimum_redemption: Annotated[int, Field(gt=0, le=2**62)] = 1
    excludes: list[Excludable] = []

    def starts(self, zone: ZoneInfo) -> datetime:
        instant = self.valid_from
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


GrantName = Literal["client_credentials", "authorization_code", "refresh_token", "device_code"]
_GRANTS: dict[str, Grant] = {
    "client_credentials": Grant.CLIENT_CREDENTIALS,
    "authorization_code": Grant.AUTHORIZATION_CODE,
    "refresh_token": Grant.REFRESH_TOKEN,
    "device_code": Grant.DEVICE_CODE,
}


def _redirect_uri(text: str) -> str:
    """Where a code may be led: https, this machine, or a scheme of the program's own."""
    address = urlsplit(text)
    here = address.hostname in {"127.0.0.1", "::1", "localhost"}
    own = "." in address.scheme and not address.netloc
    good = (address.scheme == "https" and address.netloc) or (address.scheme == "http" and here)
    if not (good or own) or address.fragment or address.username or not text.isascii():
        raise ValueError(
            "must be https://..., http://127.0.0.1..., or com.example.app:/..., without a fragment"
        )
    return text


RedirectUri = Annotated[str, AfterValidator(_redirect_uri)]


def _public_keys(keys: dict[str, object]) -> dict[str, object]:
    try:
        found = KeySet.import_key_set(keys)  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"must be a JWK set: {error}") from None
    if any(key.is_private for key in found.keys) or not found.keys:
        raise ValueError("must hold public keys only: the private ones stay with the client")
    return keys


class ClientModel(_Strict):
    id: Code
    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1)]
    secret_env: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    grants: Annotated[list[GrantName], Field(min_length=1)] = ["client_credentials"]
    redirect_uris: list[RedirectUri] = []
    authentication: Authentication = Authentication.SECRET
    public_keys: Annotated[dict[str, object], AfterValidator(_public_keys)] | None = None
    store: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None
    terminal: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None

    @property
    def grant_types(self) -> list[str]:
        return sorted(_GRANTS[name].value for name in self.grants)


class ReconciliationModel(_Strict):
    points_tolerance: Annotated[int, Field(ge=0, le=2**62)] = 0
    amount_tolerance: Price = Decimal(0)
    time_window_minutes: Annotated[int, Field(ge=0, le=31 * 24 * 60)] = 24 * 60
    open_value_tolerance: Price = Decimal(0)
    late_earn_days: Count = 30
    sla_days: Count = 10
    at_sla: Literal["bill", "reverse"] = "bill"
    owner: Name = "operator"


class PartnerModel(_Strict):
    code: Code
    name: Name
    legal_entity: Code
    currency: Currency
    status: PartnerStatus = PartnerStatus.ACTIVE
    stores: list[StoreModel] = []
    agreements: Annotated[list[AgreementModel], Field(min_length=1)]
    clients: list[ClientModel] = []
    reconciliation: ReconciliationModel = ReconciliationModel()


class OperatorModel(_Strict):
    clients: list[ClientModel]


class PartnersFile(_Strict):
    programme: ProgrammeModel
    legal_entities: list[LegalEntityModel]
    partners: list[PartnerModel]
    operator: OperatorModel


@dataclass(frozen=True)
class LoadedFile:
    """A file whose shape is right, and where each of its fields stands."""

    path: Path
    content: PartnersFile
    lines: Mapping[Path_, int]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.content.programme.time_zone)

    def clients(self) -> Iterator[tuple[str | None, Path_, ClientModel]]:
        """Every client: the code of its partner (None: the operator's), its place, itself."""
        for place, partner in enumerate(self.content.partners):
            for inner, client in enumerate(partner.clients):
                yield partner.code, ("partners", place, "clients", inner), client
        for inner, client in enumerate(self.content.operator.clients):
            yield None, ("operator", "clients", inner), client

    def mistake(self, at: Path_, message: str) -> Mistake:
        return Mistake(_line(self.lines, at), _spelled(at), message)


def load_file(path: Path) -> LoadedFile:
    """Raises `MistakesInFile`."""
    try:
        node = YAML().compose(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise MistakesInFile(
            path, [Mistake(mark.line + 1 if mark else 1, "", f"not YAML: {error.problem}")]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise MistakesInFile(path, [Mistake(1, "", f"cannot be read: {error}")]) from None
    if node is None:
        raise MistakesInFile(path, [Mistake(1, "", "is empty")])
    lines: dict[Path_, int] = {}
    mistakes: list[Mistake] = []
    plain = _plain(node, (), lines, mistakes)
    try:
        content = PartnersFile.model_validate(plain)
    except ValidationError as error:
        mistakes += [_mistake(lines, dict(found)) for found in error.errors()]
        raise MistakesInFile(path, mistakes) from None
    loaded = LoadedFile(path, content, lines)
    mistakes += _inconsistencies(loaded)
    if mistakes:
        raise MistakesInFile(path, mistakes)
    return loaded


def _plain(node: Node, at: Path_, lines: dict[Path_, int], mistakes: list[Mistake]) -> object:
    lines[at] = node.start_mark.line + 1
    if isinstance(node, MappingNode):
        result: dict[str, object] = {}
        for key, value in node.value:
            name = str(key.value)
            inside = (*at, name)
            if name in result:
                mistakes.append(
                    Mistake(key.start_mark.line + 1, _spelled(inside), "is given twice")
                )
            result[name] = _plain(value, inside, lines, mistakes)
            lines[inside] = key.start_mark.line + 1
        return result
    if isinstance(node, SequenceNode):
        return [
            _plain(item, (*at, place), lines, mistakes) for place, item in enumerate(node.value)
        ]
    if isinstance(node, ScalarNode):
        empty = node.style is None and node.value in {"", "~", "null"}
        return None if empty else node.value
    raise TypeError(f"A YAML node of kind {type(node)}.")


def _mistake(lines: Mapping[Path_, int], found: dict[str, object]) -> Mistake:
    at: Path_ = tuple(found["loc"])  # type: ignore[arg-type]
    message = str(found["msg"]).removeprefix("Value error, ")
    match found["type"]:
        case "missing":
            message = "is missing"
        case "extra_forbidden":
            message = "is not a field that is known here"
        case _ if not isinstance(found["input"], dict | list):
            message = f"{found['input']!r}: {message}"
    return Mistake(_line(lines, at), _spelled(at), message)


def _unfit(client: ClientModel, content: PartnersFile, at: Path_) -> Iterator[tuple[str, str]]:
    """What of a client does not go together: the field, and why."""
    grants = set(client.grants)
    if "authorization_code" in grants and not client.redirect_uris:
        yield "grants", "authorization_code needs redirect_uris"
    if "refresh_token" in grants and not grants & {"authorization_code", "device_code"}:
        yield "grants", "refresh_token goes with authorization_code or device_code"
    if client.authentication is Authentication.NONE and "client_credentials" in grants:
        yield "authentication", "a client without a secret or a key has no client_credentials"
    if (client.authentication is Authentication.PRIVATE_KEY) != (client.public_keys is not None):
        yield "public_keys", "goes with authentication: private_key_jwt, and that with it"
    if client.secret_env and client.authentication is not Authentication.SECRET:
        yield "secret_env", "is for authentication: client_secret"
    if client.terminal is not None and client.store is None:
        yield "terminal", "needs the store that it stands in"
    if client.store is not None:
        owner = content.partners[int(at[1])] if at[0] == "partners" else None
        stores = {one.code: one for one in owner.stores} if owner else {}
        if client.store not in stores:
            known = ", ".join(stores) or "none is listed"
            yield "store", f"{client.store!r} is none of the brand's stores: {known}"
        elif client.terminal and client.terminal not in stores[client.store].terminals:
            yield "terminal", f"{client.terminal!r} is no terminal of store {client.store}"


def _inconsistencies(file: LoadedFile) -> list[Mistake]:
    content = file.content
    found: list[Mistake] = []
    entities = {entity.code for entity in content.legal_entities}
    found += _twice(file, ("legal_entities",), "code", [e.code for e in content.legal_entities])
    found += _twice(file, ("partners",), "code", [p.code for p in content.partners])
    seen: dict[str, Path_] = {}
    for owner, at, client in file.clients():
        allowed = OPERATOR_SCOPES if owner is None else PARTNER_SCOPES
        if {"authorization_code", "device_code"}.intersection(client.grants):
            allowed |= MEMBER_SCOPES  # members may let it act for them
        found += [file.mistake((*at, field), text) for field, text in _unfit(client, content, at)]
        if client.id in seen:
            found.append(
                file.mistake((*at, "id"), f"{client.id!r} is the id of {_spelled(seen[client.id])}")
            )
        seen.setdefault(client.id, at)
        for place, scope in enumerate(client.scopes):
            if scope not in allowed:
                names = ", ".join(sorted(allowed))
                found.append(
                    file.mistake(
                        (*at, "scopes", place), f"{scope.value!r} is not for this client; {names}"
                    )
                )
    for place, partner in enumerate(content.partners):
        at = ("partners", place)
        if partner.legal_entity not in entities:
            known = ", ".join(sorted(entities)) or "none is given"
            found.append(
                file.mistake(
                    (*at, "legal_entity"),
                    f"{partner.legal_entity!r} is none of legal_entities: {known}",
                )
            )
        found += _twice(file, (*at, "stores"), "code", [store.code for store in partner.stores])
        starts = [agreement.starts(file.zone) for agreement in partner.agreements]
        for later in range(1, len(starts)):
            if starts[later] <= starts[later - 1]:
                found.append(
                    file.mistake(
                        (*at, "agreements", later, "valid_from"),
                        f"{partner.agreements[later].valid_from} must be later than the"
                        " agreement before it",
                    )
                )
    return found


def _twice(file: LoadedFile, at: Path_, name: str, values: list[str]) -> list[Mistake]:
    return [
        file.mistake((*at, place, name), f"{value!r} is given twice")
        for place, value in enumerate(values)
        if value in values[:place]
    ]


def _line(lines: Mapping[Path_, int], at: Path_) -> int:
    while at not in lines and at:
        at = at[:-1]
    return lines.get(at, 1)


def _spelled(at: Path_) -> str:
    text = ""
    for part in at:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
