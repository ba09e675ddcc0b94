"""A mail server on loopback, and a worker that hands mails to it."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from coalition.jobs.job import Desk
from coalition.jobs.send_mails import queue_mails, send_mails
from coalition.kit.config import Settings
from tests.support import World, a_bakery, a_grocer
from tests.support.edge import URL
from tests.support.post_office import PostOffice

Deliver = Callable[[], Awaitable[str]]


@pytest.fixture
async def post() -> AsyncIterator[PostOffice]:
    async with PostOffice().open() as office:
        yield office


@pytest.fixture
async def market(world: World) -> World:
    """Two brands whose points last a year."""
    await world.apply(
        brands=[a_grocer(minimum_redemption="10"), a_bakery(minimum_redemption="10")],
        expiry={"kind": "rolling", "months": "12"},
    )
    return world


def desk_of(world: World, post: PostOffice, **more: object) -> Desk:
    settings = {
        "url": URL, "mail_host": "127.0.0.1", "mail_port": post.port, "mail_tls": "none",
        "mail_sender": "points@market.example",
    }  # fmt: skip
    return Desk(world.office, Settings.model_validate(settings | more), world.clock)


@pytest.fixture
async def deliver(market: World, post: PostOffice) -> Deliver:
    """A round of a worker: write what happened, send what is due. The feed is read from now on."""
    desk = desk_of(market, post)
    await queue_mails(desk)

    async def round_() -> str:
        await market.until_told()
        await queue_mails(desk)
        return await send_mails(desk)

    return round_


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine's own, which signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "post.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture(scope="session")
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
