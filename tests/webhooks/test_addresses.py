"""A webhook reaches nobody's inner network (SSRF).

Loopback, link-local, RFC 1918, IPv4 inside IPv6, names that lead elsewhere a moment later
(rebinding) and redirects are refused; the last in test_deliver.py.
"""

import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from coalition.webhooks import Reach, Sender, WebhookAddressNotAllowed, reach_of
from coalition.webhooks.addresses import is_public
from tests.support import nothing_moves
from tests.support.edge import codes

from .listening import AWARDS, CHANGE, CREATE, Listening
from .receiver import Receiver, a_receiver

INNER = {
    "loopback": ["127.0.0.1", "127.255.0.9", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12::1"],
    "link-local": ["169.254.0.1", "fe80::1", "fe80::1%eth0"],
    "metadata of clouds": [
        "169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254",
    ],
    "shared by carriers": ["100.64.0.1", "100.127.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "203.0.113.9",
                 "2001:db8::1", "fec0::1", "4000::1", "100::1"],
    "nobody": ["0.0.0.0", "0.1.2.3", "::"],  # noqa: S104 - to be refused
    "IPv4 mapped into IPv6": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"],
    "IPv4 compatible": ["::127.0.0.1", "::10.0.0.1"],
    "IPv4 translated": ["::ffff:0:10.0.0.1"],
    "6to4": ["2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::"],
    "NAT64": ["64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::10.0.0.1"],
    "Teredo": ["2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1"],
    "ISATAP": ["2a00:1450::5efe:10.0.0.1", "2a00:1450::200:5efe:192.168.0.1"],
}  # fmt: skip
PUBLIC = ["93.184.215.14", "8.8.8.8", "2a00:1450:4001:80b::200e", "2606:4700::1111",
          "64:ff9b::8.8.8.8", "2002:808:808::1"]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "address"), [(kind, one) for kind, some in INNER.items() for one in some]
)
def test_an_address_of_an_inner_network_is_not_public(kind: str, address: str) -> None:
    """Security checklist, line 39."""
    assert not is_public(ip_address(address)), kind


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_no_wrapping_makes_an_inner_address_public(inner: IPv4Address) -> None:
    """Security checklist, line 39."""
    number = int(inner)
    wrapped = [
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address(number),
        IPv6Address((0x64FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
        IPv6Address((0x2A001450 << 96) | (0x5EFE << 32) | number),
    ]
    if not is_public(inner):
        assert not any(is_public(one) for one in wrapped)


def _answering(*addresses: str) -> Reach:
    async def resolve(host: str, port: int) -> Sequence[str]:
        del host, port
        return addresses

    return Reach(resolve=resolve)


async def test_every_address_of_a_name_must_be_public() -> None:
    await _answering("8.8.8.8").target("https://hooks.example.com/in?a=1")
    for inner in ("10.0.0.1", "::1"):
        with pytest.raises(WebhookAddressNotAllowed, match="public addresses"):
            await _answering("8.8.8.8", inner).target("https://hooks.example.com/")


async def test_a_name_that_is_not_found_is_refused() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(host, port)

    with pytest.raises(WebhookAddressNotAllowed, match="not found"):
        await Reach(resolve=resolve).target("https://nobody.example.com/")


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/", "ftp://hooks.example.com/", "//hooks.example.com/",
        "hooks.example.com", "https://", "https:///path", "https://user@hooks.example.com/",
        "https://user:secret@hooks.example.com/", "https://hooks.example.com/#part",
        "https://hooks.example.com:22/", "https://hooks.example.com:80/",
        "https://hooks.example.com:0/", "https://hooks.example.com:99999/",
        "https://hooks.example.com:x/", "https://hooks.example.com\\@10.0.0.1/",
        "https://hooks.example.com/a b", "https://hooks.example.com/\r\nX-Evil: 1",
        "https://hooks.example.com/\x00", "https://bücher.example/", "https://[::1",
        "https://%31%32%37.0.0.1/", "https://" + "a" * 2000 + ".com/", "", "javascript:alert(1)",
        "file:///etc/passwd", "gopher://10.0.0.1/",
    ],
)  # fmt: skip
async def test_an_address_that_can_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(WebhookAddressNotAllowed):
        await _answering("8.8.8.8").target(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"])
async def test_other_spellings_of_this_machine_lead_to_it_and_are_refused(host: str) -> None:
    with pytest.raises(WebhookAddressNotAllowed):
        await Reach().target(f"https://{host}/")


@pytest.mark.parametrize("port", [443, 1024, 8443, 65535])
async def test_a_usual_port_or_a_high_one_may_be_named(port: int) -> None:
    target = await _answering("8.8.8.8").target(f"https://hooks.example.com:{port}/in?x=1")
    assert (target.port, target.path) == (port, "/in?x=1")
    assert target.authority == f"hooks.example.com:{port}"


async def test_a_network_is_let_through_only_when_the_setting_names_it() -> None:
    local = reach_of("127.0.0.1/32, ::1/128")
    assert (await local.target("http://127.0.0.1:8080/")).addresses == (ip_address("127.0.0.1"),)
    for url in ("http://127.0.0.2/", "https://10.0.0.1/", "http://8.8.8.8/"):
        with pytest.raises(WebhookAddressNotAllowed):
            await local.target(url)
    with pytest.raises(WebhookAddressNotAllowed):
        await reach_of("").target("http://127.0.0.1:8080/")


class _Rebinding:
    """A name that leads to a public address when it is asked first, and then elsewhere."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        del host, port
        self.asked += 1
        return [self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]]


async def test_a_name_that_leads_elsewhere_when_it_is_called_is_not_called() -> None:
    """Security checklist, line 39.

    Registered while it led to a public address; by the time of the delivery to ours.
    """
    resolve = _Rebinding("8.8.8.8", "127.0.0.1")
    reach = Reach(resolve=resolve)
    async with a_receiver() as receiver:
        url = f"https://rebound.example.com:{receiver.port}/"
        await reach.target(url)
        sender = Sender(reach)
        answer = await sender.send(url, {}, b"{}")
        await sender.close()
    assert answer.status is None
    assert "public addresses" in (answer.error or "")
    assert receiver.received == []


async def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    """Asked again the name would lead elsewhere; it is asked once."""
    resolve = _Rebinding("127.0.0.1", "127.0.0.9")
    async with a_receiver() as receiver:
        sender = Sender(Reach(reach_of("127.0.0.0/8").allowed, resolve))
        answer = await sender.send(_named(receiver), {}, b"{}")
        await sender.close()
    assert answer.status == 204
    assert resolve.asked == 1
    (told,) = receiver.received
    assert told.headers["host"] == f"partner.example.com:{receiver.port}"


def _named(receiver: Receiver) -> str:
    return f"http://partner.example.com:{receiver.port}/in"


async def test_the_next_address_is_tried_where_nobody_answers() -> None:
    reach = Reach(reach_of("127.0.0.0/8").allowed, _answering("127.0.0.9", "127.0.0.1").resolve)
    async with a_receiver() as receiver:
        sender = Sender(reach)
        answer = await sender.send(_named(receiver), {}, b"{}")
        await sender.close()
    assert answer.status == 204
    assert len(receiver.received) == 1


async def test_the_certificate_must_be_for_the_name_and_not_for_the_address(
    tmp_path: Path,
) -> None:
    asked: list[str | None] = []
    tls = _certified(tmp_path, "partner.example.com")
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    reach = Reach(reach_of("127.0.0.1").allowed, _answering("127.0.0.1").resolve)
    believing = ssl.create_default_context(cafile=tmp_path / "receiver.pem")
    async with a_receiver(tls) as receiver:
        url = _named(receiver).replace("http:", "https:")
        answers = []
        for sender, to in (
            (Sender(reach, believing), url),
            (Sender(reach, believing), url.replace("partner", "other")),
            (Sender(reach, believing), url.replace("partner.example.com", "127.0.0.1")),
            (Sender(reach), url),
        ):
            answers.append(await sender.send(to, {}, b"{}"))
            await sender.close()
    assert [one.status for one in answers] == [204, None, None, None]
    assert all("certificate verify failed" in (one.error or "") for one in answers[1:])
    assert asked[:2] == ["partner.example.com", "other.example.com"]
    assert len(receiver.received) == 1


def _certified(folder: Path, name: str) -> ssl.SSLContext:
    """A server's side with a certificate that it has signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "receiver.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_a_name_of_ours_and_a_name_of_nobody_are_answered_alike() -> None:
    """Else somebody could ask which names there are in our network."""
    said = set()
    for reach in (_answering("10.0.0.1"), _answering()):
        with pytest.raises(WebhookAddressNotAllowed) as refused:
            await reach.target("https://intranet.example.com/")
        said.add(refused.value.message)
    assert len(said) == 1


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with a_receiver() as receiver:
        sender = Sender(reach_of("127.0.0.1"))
        assert (await sender.send(receiver.url(), {}, b"{}")).status == 204
        await sender.close()


@pytest.mark.parametrize(
    "url", ["https://127.0.0.2/", "https://[::ffff:10.0.0.1]/", "http://8.8.8.8/", "nonsense"]
)
async def test_an_endpoint_at_such_an_address_is_refused_and_nothing_moves(
    listening: Listening, url: str
) -> None:
    made = await listening.register()
    async with nothing_moves(listening.world):
        refused = await listening.ask(CREATE, idempotencyKey="inner", url=url, events=AWARDS)
        assert codes(refused) == ["WEBHOOK_ADDRESS_NOT_ALLOWED"]
        assert refused["userErrors"][0]["field"] == ["url"]
        changed = await listening.ask(
            CHANGE, webhookEndpointId=made["webhookEndpoint"]["id"], url=url
        )
        assert codes(changed) == ["WEBHOOK_ADDRESS_NOT_ALLOWED"]
