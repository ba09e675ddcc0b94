"""What a brand's file of rewards would change, and the change: by the verbs that the API calls.

The file is asked of the verbs in a rehearsal first, so that a mistake which only the database knows
is told with the others and nothing of the file is put.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from coalition.access import Actor, Scope, acting_partner
from coalition.catalogue.errors import RewardNotValid
from coalition.catalogue.images import put_image
from coalition.catalogue.put_reward import LONGEST, broken_by, fingerprint, put_reward, said_in
from coalition.catalogue.queries import RewardRecord, rewards_of
from coalition.catalogue.reward_file import MoneyModel, RewardFile, RewardModel
from coalition.catalogue.rules import MACHINES, RewardTerms, Texts, minor_of
from coalition.catalogue.texts import checked_texts
from coalition.kit.amounts import Money
from coalition.kit.claims import claim_of
from coalition.kit.database import Sight
from coalition.kit.errors import Refusal
from coalition.kit.mistakes import Mistake, MistakesInFile
from coalition.kit.text import clean
from coalition.partners import Office, Partner, Terms
from coalition.partners.models import in_zone
from coalition.partners.plan import Change

_FIELDS = {
    "points": "points", "money": "money", "category": "category", "image_hash": "image",
    "stock": "stock", "per_member": "perMember", "from_at": "from", "until_at": "until",
    "tier": "tier", "place": "place", "face_value": "faceValue", "cost_basis": "costBasis",
    "cost": "cost", "cancel_hours": "cancelHours", "valid_days": "validDays",
    "winners": "winners", "charity": "charity", "texts": "texts",
}  # fmt: skip
_ANY_TITLE = "-"
_OF_MONEY = frozenset({"money", "face_value", "cost"})


@dataclass(frozen=True, slots=True)
class _Due:
    """A reward that is to be put. `image`: to be kept before."""

    code: str
    key: str
    terms: RewardTerms
    image: bytes | None
    change: Change


@dataclass(frozen=True, slots=True)
class RewardsPlan:
    """`unchanged`: codes of the file that stand as it says. `left_alone`: the brand's rewards that
    are not in it and can be claimed.
    """

    due: tuple[_Due, ...]
    unchanged: tuple[str, ...]
    left_alone: tuple[str, ...]

    @property
    def changes(self) -> list[Change]:
        return [one.change for one in self.due]


async def plan_file(
    office: Office, *, actor: Actor, file: RewardFile, now: datetime
) -> RewardsPlan:
    """Raises `MistakesInFile` with all that would be refused. Changes nothing."""
    partner_id = acting_partner(actor, Scope.CATALOGUE_WRITE)
    in_force = await office.terms()
    partner, sight = in_force.partner(partner_id), Sight(partner_id=partner_id)
    wanted: dict[str, RewardTerms] = {}
    mistakes: list[Mistake] = []
    for code, model in file.rewards.items():
        found = list(dict.fromkeys(_mistakes(file, code, in_force, partner, now)))
        mistakes += found
        if not found:
            terms = _terms(file, code, partner, in_force.programme.time_zone)
            wanted[code] = said_in(terms, _texts(model))
    async with office.database.reading(sight) as connection:
        standing = {one.terms.code: one for one in await rewards_of(connection, partner_id)}
    due = [
        one
        for code, said in wanted.items()
        if (one := _due(said, standing.get(code), partner, file.images.get(code)))
    ]
    async with office.database.rehearsing(sight) as rehearsal:
        desk = office.rehearsing(rehearsal)
        for one in due:
            try:
                await _put(desk, actor, one, now)
            except Refusal as refusal:
                mistakes.append(file.mistake(one.code, refusal.field, refusal.message))
    if mistakes:
        raise MistakesInFile(file.path, mistakes)
    changed = {one.code for one in due}
    return RewardsPlan(
        tuple(due),
        tuple(code for code in wanted if code not in changed),
        tuple(
            code
            for code, one in standing.items()
            if code not in file.rewards and one.withdrawn_at is None
        ),
    )


async def apply_file(
    office: Office, *, actor: Actor, file: RewardFile, now: datetime
) -> RewardsPlan:
    """Put what the file says and is not so yet; applied again it changes nothing. Cut off in the
    middle, the same again does the rest.

    Raises `MistakesInFile` before anything is put; a refusal for what changed since it was planned.
    """
    plan = await plan_file(office, actor=actor, file=file, now=now)
    for one in plan.due:
        await _put(office, actor, one, now)
    return plan


async def _put(office: Office, actor: Actor, one: _Due, now: datetime) -> None:
    if one.image is not None:
        await put_image(office, actor=actor, content=one.image)
    await put_reward(
        office, actor=actor, idempotency_key=one.key, terms=one.terms,
        texts=list(one.terms.texts.items()), now=now,
    )  # fmt: skip


def _due(
    said: RewardTerms, stands: RewardRecord | None, partner: Partner, image: bytes | None
) -> _Due | None:
    """None when the reward stands as the file says."""
    if stands is None:
        detail = f"{said.kind}, {said.points:,} points"
        return _Due(said.code, _key(1, said), said, image, Change("+", said.code, detail))
    terms = said
    if MACHINES[said.kind].has_codes and stands.terms.kind is said.kind:
        counted = replace(said, stock=stands.stock)
    else:
        terms = counted = replace(said, stock=_stock(said, stands, partner.id))
    details = list(_differences(stands.terms, counted, partner.currency))
    if stands.withdrawn_at is not None:
        details.insert(0, "is brought back")
    if not details:
        return None
    change = Change("~", said.code, ", ".join(details))
    return _Due(said.code, _key(stands.version + 1, said), terms, image, change)


def _stock(said: RewardTerms, stands: RewardRecord, partner_id: int) -> int | None:
    """What is left when the file says no other stock than when it was last applied: what was
    claimed since is not put back on the shelf by another price.
    """
    before = _key(stands.version, replace(stands.terms, stock=said.stock))
    is_same = stands.claim == claim_of(partner_id, "putReward", before)
    return stands.stock if is_same else said.stock


def _key(version: int, said: RewardTerms) -> str:
    """Two who apply a file at once put the same version once."""
    return f"rewards-file/{version}/{fingerprint(said).hex}"


def _differences(before: RewardTerms, after: RewardTerms, currency: str) -> Iterator[str]:
    if before.kind is not after.kind:
        yield f"kind {before.kind} -> {after.kind}"
    for name, shown in _FIELDS.items():
        old, new = getattr(before, name), getattr(after, name)
        if name == "texts":
            if list(old.items()) != list(new.items()):
                yield f"texts in {', '.join(new)}"
        elif old != new:
            yield f"{shown} {_told(name, old, currency)} -> {_told(name, new, currency)}"


def _told(name: str, value: object, currency: str) -> str:
    if value is None:
        return "none"
    if isinstance(value, bytes):
        return value.hex()[:12]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if name in _OF_MONEY and isinstance(value, int):
        return str(Money(value, currency))
    return str(value)


def _mistakes(
    file: RewardFile, code: str, in_force: Terms, partner: Partner, now: datetime
) -> Iterator[Mistake]:
    """All that is wrong with a reward, as far as it is known without the database."""
    model = file.rewards[code]
    try:
        terms = _terms(file, code, partner, in_force.programme.time_zone)
    except MistakesInFile as error:
        yield from error.mistakes
        return
    if code != code.strip():
        yield file.mistake(code, ("code",), "a code begins and ends without blanks")
    for refusal in (
        *_wrong_texts(terms, _texts(model)),
        *broken_by(terms, in_force.programme, partner, now),
    ):
        yield file.mistake(code, refusal.field, refusal.message)


def _wrong_texts(terms: RewardTerms, texts: list[tuple[str, Texts]]) -> Iterator[Refusal]:
    """Each text is looked at by itself, so that one that is wrong hides no other."""
    for name, longest in LONGEST.items():
        text = getattr(terms, name)
        if text or name == "code":
            try:
                clean(text, (name,), longest=longest)
            except Refusal as refusal:
                yield refusal
    try:
        checked_texts(texts)
    except Refusal as refusal:
        yield from list(_wrong_in_languages(texts)) or [refusal]


def _wrong_in_languages(texts: list[tuple[str, Texts]]) -> Iterator[Refusal]:
    for place, (locale, said) in enumerate(texts):
        for one in (
            Texts(said.title),
            Texts(_ANY_TITLE, description=said.description),
            Texts(_ANY_TITLE, terms=said.terms),
        ):
            try:
                checked_texts([(locale, one)])
            except Refusal as refusal:
                field = ("texts", str(place), *refusal.field[2:])
                yield type(refusal)(refusal.message, field=field)


def _texts(model: RewardModel) -> list[tuple[str, Texts]]:
    return [
        (locale, Texts(one.title, one.description, one.terms))
        for locale, one in model.texts.items()
    ]


def _terms(file: RewardFile, code: str, partner: Partner, time_zone: str) -> RewardTerms:
    """Raises `MistakesInFile` for money that the brand cannot mean."""
    model, zone = file.rewards[code], ZoneInfo(time_zone)
    mistakes: list[Mistake] = []

    def minor(given: MoneyModel | None, name: str) -> int | None:
        if given is None:
            return None
        try:
            return minor_of(given.amount, given.currency, partner.currency, name)
        except RewardNotValid as refusal:
            mistakes.append(file.mistake(code, refusal.field, refusal.message))
            return None

    image = file.images.get(code)
    terms = RewardTerms(
        code=code,
        kind=model.kind,
        texts={},
        points=model.points,
        money=minor(model.money, "money"),
        category=model.category,
        image_hash=image and hashlib.sha256(image).digest(),
        stock=model.stock,
        per_member=model.per_member,
        from_at=model.from_ and in_zone(model.from_, zone),
        until_at=model.until and in_zone(model.until, zone),
        tier=model.tier,
        place=model.place,
        face_value=minor(model.face_value, "faceValue"),
        cost_basis=model.cost_basis,
        cost=minor(model.cost, "cost"),
        cancel_hours=model.cancel_hours,
        valid_days=model.valid_days,
        winners=model.winners,
        charity=model.charity,
    )
    if mistakes:
        raise MistakesInFile(file.path, mistakes)
    return terms
