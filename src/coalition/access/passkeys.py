"""Passkeys: a key of a person's own device signs a challenge of ours (WebAuthn level 3).

The library checks what was signed; who may sign in with it, how often and from where is ours, as
it is for passwords. A challenge is good once, for five minutes, for one purpose, in one browser.
"""

import ipaddress
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import structlog
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from coalition.access.attempts import Attempts
from coalition.access.permissions import hash_of_code
from coalition.access.sessions import SignedIn
from coalition.kit.config import Settings
from coalition.kit.database import Database
from coalition.kit.text import clean

CHALLENGE_LIFE = timedelta(minutes=5)
MOST_PASSKEYS = 20
LONGEST_LABEL = 60
_LONGEST_ID = 1023  # bytes, WebAuthn level 3 section 4
_HANDLE_BYTES = 32
_log = structlog.get_logger()


class Purpose(StrEnum):
    """What a challenge is for; one for something else is none."""

    SIGN_IN = "sign_in"
    ADD = "add"
    PROVE = "prove"


class PasskeyRefused(Exception):
    """Nothing to tell the person but that it did not work; `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PasskeyNotKept(Exception):
    """A passkey is good but is not kept; the text tells its owner why."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """`is_backed_up`: the device's maker keeps a copy, so a lost device is no lost passkey."""

    credential_id: bytes
    label: str
    transports: tuple[str, ...]
    is_backed_up: bool
    created_at: datetime
    used_at: datetime | None

    @property
    def id(self) -> str:
        return urlsafe_b64encode(self.credential_id).decode().rstrip("=")


def rp_id(settings: Settings) -> str | None:
    """The name that passkeys of this server are for; None where browsers make none: at an address
    without a name (WebAuthn level 3 section 5.1.3).
    """
    host = urlsplit(settings.url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host
    return None


class Passkeys:
    """The ceremonies of one server, reached by a name. `browser`: what only this browser sends,
    the token of its session or one made for the ceremony.
    """

    def __init__(self, database: Database, settings: Settings, name: str) -> None:
        self._database = database
        self._name = name
        self._origin = settings.origin

    async def options_to_sign_in(self, browser: bytes, *, now: datetime) -> Mapping[str, Any]:
        """For `navigator.credentials.get`: any passkey for this server, whoever's it is."""
        return await self._options_to_get(Purpose.SIGN_IN, browser, [], now)

    async def options_to_prove(self, person: SignedIn, *, now: datetime) -> Mapping[str, Any]:
        """For `navigator.credentials.get`: a passkey of this person."""
        own = await self.of(person.login_id)
        return await self._options_to_get(Purpose.PROVE, person.session_id, own, now)

    async def options_to_add(self, person: SignedIn, *, now: datetime) -> Mapping[str, Any]:
        """For `navigator.credentials.create`; a device that has one already makes no other."""
        (row,) = await self._database.call(
            "passkey_handle", person.login_id, secrets.token_bytes(_HANDLE_BYTES)
        )
        options = generate_registration_options(
            rp_id=self._name,
            rp_name="Coalition",
            user_id=row["handle"],
            user_name=person.email,
            challenge=await self._challenge(Purpose.ADD, person.session_id, now),
            timeout=_milliseconds(CHALLENGE_LIFE),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[_descriptor(one) for one in await self.of(person.login_id)],
        )
        return options_to_json_dict(options)

    async def sign_in(self, answer: object, browser: bytes, *, address: str, now: datetime) -> int:
        """The login's number. An attempt counts as one with a password does.

        Raises `PasskeyRefused`, `TooManyAttempts`, `Unavailable`.
        """
        attempts = Attempts(self._database, address)
        await attempts.count(now)
        login_id = await self._used(answer, Purpose.SIGN_IN, browser, now)
        await attempts.forget()
        return login_id

    async def prove(self, answer: object, person: SignedIn, *, address: str, now: datetime) -> None:
        """Raises `PasskeyRefused` also for a passkey of somebody else; `TooManyAttempts`."""
        attempts = Attempts(self._database, address)
        await attempts.count(now)
        login_id = await self._used(answer, Purpose.PROVE, person.session_id, now)
        if login_id != person.login_id:
            raise PasskeyRefused("somebody else's")
        await attempts.forget()

    async def add(self, answer: object, label: str, person: SignedIn, *, now: datetime) -> None:
        """Keep a passkey that a device has just made.

        Raises `PasskeyRefused`, `PasskeyNotKept`, `TextNotAllowed`, `Unavailable`.
        """
        label = label_of(label)
        made = _registration_in(answer)
        challenge = await self._taken(
            made.response.client_data_json, Purpose.ADD, person.session_id, now
        )
        try:
            verified = verify_registration_response(
                credential=made,
                expected_challenge=challenge,
                expected_rp_id=self._name,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except Exception as error:
            raise PasskeyRefused(str(error)) from error
        if len(verified.credential_id) > _LONGEST_ID:
            raise PasskeyRefused("its id is too long")
        (row,) = await self._database.call(
            "add_passkey", person.login_id, verified.credential_id,
            verified.credential_public_key, verified.sign_count, label,
            [one.value for one in made.response.transports or []],
            verified.credential_backed_up, MOST_PASSKEYS, now,
        )  # fmt: skip
        if row["outcome"] == "TOO_MANY":
            raise PasskeyNotKept(f"You have {MOST_PASSKEYS} passkeys. Remove one first.")
        if row["outcome"] != "ADDED":
            raise PasskeyNotKept("This passkey is known already.")

    async def of(self, login_id: int) -> Sequence[Passkey]:
        return await passkeys_of(self._database, login_id)

    async def _options_to_get(
        self, purpose: Purpose, browser: bytes, own: Sequence[Passkey], now: datetime
    ) -> Mapping[str, Any]:
        options = generate_authentication_options(
            rp_id=self._name,
            challenge=await self._challenge(purpose, browser, now),
            timeout=_milliseconds(CHALLENGE_LIFE),
            allow_credentials=[_descriptor(one) for one in own],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json_dict(options)

    async def _challenge(self, purpose: Purpose, browser: bytes, now: datetime) -> bytes:
        challenge = secrets.token_bytes(32)
        await self._database.call(
            "begin_challenge", _hash_of(challenge), purpose.value, browser, now + CHALLENGE_LIFE,
            now,
        )  # fmt: skip
        return challenge

    async def _taken(
        self, client_data: bytes, purpose: Purpose, browser: bytes, now: datetime
    ) -> bytes:
        """The challenge that was answered, which is used up now. Raises `PasskeyRefused`."""
        try:
            said = parse_client_data_json(client_data)
        except Exception as error:
            raise PasskeyRefused("its client data cannot be read") from error
        if said.cross_origin:
            raise PasskeyRefused("from inside a page of another site")
        challenge = said.challenge
        (row,) = await self._database.call(
            "take_challenge", _hash_of(challenge), purpose.value, browser, now
        )
        if not row["counts"]:
            raise PasskeyRefused("a challenge that is used up, too old, or another browser's")
        return challenge

    async def _used(self, answer: object, purpose: Purpose, browser: bytes, now: datetime) -> int:
        """The number of the login whose passkey has signed. Raises `PasskeyRefused`."""
        shown = _authentication_in(answer)
        challenge = await self._taken(shown.response.client_data_json, purpose, browser, now)
        rows = await self._database.call("find_passkey", shown.raw_id)
        if not rows:
            raise PasskeyRefused("not known")
        login_id: int = rows[0]["login_id"]
        if shown.response.user_handle not in {rows[0]["handle"], None}:
            raise PasskeyRefused("it says that it is for somebody else")
        try:
            verified = verify_authentication_response(
                credential=shown,
                expected_challenge=challenge,
                expected_rp_id=self._name,
                expected_origin=self._origin,
                credential_public_key=rows[0]["public_key"],
                # Compared where two at once cannot both pass.
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except Exception as error:
            raise PasskeyRefused(str(error)) from error
        if not rows[0]["active"]:
            raise PasskeyRefused("its owner may not sign in")
        (row,) = await self._database.call(
            "use_passkey", shown.raw_id, verified.new_sign_count, verified.credential_backed_up,
            now,
        )  # fmt: skip
        if row["outcome"] == "WENT_BACK":
            _log.warning(
                "a passkey counts backwards: there may be a copy of it",
                login=login_id,
                passkey=_hash_of(shown.raw_id).hex()[:16],
                signatures=verified.new_sign_count,
            )
        if row["outcome"] != "USED":
            raise PasskeyRefused("its count of signatures went back, or it has been removed")
        return login_id


async def passkeys_of(database: Database, login_id: int) -> Sequence[Passkey]:
    rows = await database.call("passkeys_of", login_id)
    return [
        Passkey(
            row["credential_id"], row["label"], tuple(row["transports"]), row["backed_up"],
            row["created_at"], row["used_at"],
        )
        for row in rows
    ]  # fmt: skip


async def rename_passkey(database: Database, login_id: int, id_: str, label: str) -> bool:
    """Whether there was one. Raises `TextNotAllowed`."""
    label = label_of(label)
    (row,) = await database.call("rename_passkey", login_id, _credential_id(id_), label)
    return bool(row["changed"])


async def remove_passkey(database: Database, login_id: int, id_: str) -> bool:
    """Whether there was one."""
    (row,) = await database.call("remove_passkey", login_id, _credential_id(id_))
    return bool(row["changed"])


def label_of(text: str) -> str:
    """What a person calls a passkey. Raises `TextNotAllowed`."""
    return clean(" ".join(text.split()), ("name",), longest=LONGEST_LABEL)


def _registration_in(answer: object) -> RegistrationCredential:
    try:
        # Any JSON: what it cannot read it refuses.
        return parse_registration_credential_json(answer)  # type: ignore[arg-type]
    except Exception as error:
        raise PasskeyRefused("it cannot be read") from error


def _authentication_in(answer: object) -> AuthenticationCredential:
    try:
        # Any JSON: what it cannot read it refuses.
        return parse_authentication_credential_json(answer)  # type: ignore[arg-type]
    except Exception as error:
        raise PasskeyRefused("it cannot be read") from error


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=passkey.credential_id,
        transports=[AuthenticatorTransport(one) for one in passkey.transports],
    )


def _credential_id(text: str) -> bytes:
    """Nothing for what is no id: nobody has that one."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _hash_of(value: bytes) -> bytes:
    return hash_of_code(value.hex())


def _milliseconds(time: timedelta) -> int:
    return int(time.total_seconds() * 1000)
