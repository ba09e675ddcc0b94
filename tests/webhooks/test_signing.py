"""Signatures that libraries of others verify: what is tampered with or old is refused."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from coalition.webhooks.signing import new_secret, shown, signed_headers
from tests.support.edge import codes
from tests.support.node import TESTS, run_node

from .listening import ROTATE, Listening
from .receiver import Received


def _verifies(secret: str, told: Received, body: bytes | None = None) -> bool:
    try:
        Webhook(secret).verify(told.body if body is None else body, told.headers)
    except WebhookVerificationError:
        return False
    return True


async def _a_message(listening: Listening) -> Received:
    listening.receiver.received.clear()
    ada = await listening.world.enrol("Ada")
    await listening.world.award("bakery", ada, "50.00")
    await listening.round()
    (told,) = listening.receiver.received
    return told


@given(
    st.dictionaries(st.text(), st.text() | st.integers()),
    st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1),
)
def test_what_we_sign_an_independent_library_verifies(
    content: dict[str, object], message_id: str
) -> None:
    body = json.dumps(content, ensure_ascii=False).encode()
    secrets = [new_secret(), new_secret()]
    headers = dict(signed_headers(secrets, message_id, datetime.now(UTC), body))
    for secret in secrets:
        assert Webhook(shown(secret)).verify(body, headers) == content
    with pytest.raises(WebhookVerificationError):
        Webhook(shown(new_secret())).verify(body, headers)


def test_a_secret_has_256_bits_and_is_shown_in_the_form_of_the_standard() -> None:
    secret = new_secret()
    prefix, _, rest = shown(secret).partition("_")
    assert prefix == "whsec"
    assert base64.b64decode(rest, validate=True) == secret
    assert len(secret) == 32
    assert new_secret() != secret


async def test_a_message_is_verified_and_a_changed_one_is_not(listening: Listening) -> None:
    """Security checklist, line 39."""
    secret = (await listening.register())["secret"]
    told = await _a_message(listening)
    assert _verifies(secret, told)
    assert not _verifies(secret, told, told.body.replace(b"award", b"aware"))
    assert not _verifies(shown(new_secret()), told)
    for name, other in (("webhook-id", "dlv_other"), ("webhook-timestamp", "1700000000")):
        changed = Received(told.path, told.headers | {name: other}, told.body)
        assert not _verifies(secret, changed)


async def test_a_message_is_good_for_five_minutes(listening: Listening) -> None:
    """Security checklist, line 39."""
    secret = (await listening.register())["secret"]
    listening.world.now -= timedelta(minutes=6)
    assert not _verifies(secret, await _a_message(listening))
    listening.world.now += timedelta(minutes=2)
    assert _verifies(secret, await _a_message(listening))


async def test_while_a_secret_is_rotated_both_sign(listening: Listening) -> None:
    """Security checklist, line 39."""
    made = await listening.register()
    before, endpoint = made["secret"], made["webhookEndpoint"]["id"]
    asked = {"idempotencyKey": "rotate-1", "webhookEndpointId": endpoint, "overlapHours": 2}
    rotated = await listening.ask(ROTATE, **asked)
    after = rotated["secret"]
    told = await _a_message(listening)
    assert len(told.headers["webhook-signature"].split()) == 2
    assert _verifies(before, told)
    assert _verifies(after, told)
    # The same request again makes no third one, and shows none.
    again = await listening.ask(ROTATE, **asked)
    assert (again["secret"], again["replayed"]) == (None, True)
    listening.world.now += timedelta(hours=2)
    stored = await _a_message(listening)
    assert len(stored.headers["webhook-signature"].split()) == 1
    listening.world.now -= timedelta(hours=2)
    assert await listening.world.rows("SELECT count(*) FROM webhook_secret") == [(2,)]


async def test_an_overlap_of_nothing_ends_the_old_secret_at_once(listening: Listening) -> None:
    made = await listening.register()
    rotated = await listening.ask(
        ROTATE, idempotencyKey="stolen", webhookEndpointId=made["webhookEndpoint"]["id"],
        overlapHours=0,
    )  # fmt: skip
    told = await _a_message(listening)
    assert not _verifies(made["secret"], told)
    assert _verifies(rotated["secret"], told)


@pytest.mark.parametrize("hours", [-1, 169])
async def test_an_overlap_has_bounds(listening: Listening, hours: int) -> None:
    made = await listening.register()
    refused = await listening.ask(
        ROTATE, idempotencyKey="r", webhookEndpointId=made["webhookEndpoint"]["id"],
        overlapHours=hours,
    )  # fmt: skip
    assert codes(refused) == ["WEBHOOK_OVERLAP_NOT_ALLOWED"]


async def test_the_library_of_another_ecosystem_verifies_too(listening: Listening) -> None:
    """Security checklist, line 39."""
    secret = (await listening.register())["secret"]
    told = await _a_message(listening)
    changed = told.body.replace(b"award", b"aware")
    stale = dict(signed_headers([base64.b64decode(secret[6:])], told.id,
                                datetime.now(UTC) - timedelta(minutes=6), told.body))  # fmt: skip
    cases = [
        {"secret": secret, "headers": told.headers, "body": told.body.decode()},
        {"secret": secret, "headers": told.headers, "body": changed.decode()},
        {"secret": shown(new_secret()), "headers": told.headers, "body": told.body.decode()},
        {"secret": secret, "headers": stale, "body": told.body.decode()},
    ]
    ran = run_node(TESTS / "webhooks" / "verify.mjs", json.dumps(cases))
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [True, False, False, False]
