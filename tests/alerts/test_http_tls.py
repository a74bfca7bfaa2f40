"""TLS: the host's name is asked for and checked, though an address is connected to."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from nightbell.alerts import http, wire
from nightbell.alerts.http import Answer
from tests.alerts.loopback import OK, PUBLIC, Behaviour, answering, dripping, fault, silent


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Found an authority that signs certificates."""
    return trustme.CA()


@pytest.fixture(autouse=True)
def trusted(authority, monkeypatch, tmp_path) -> Iterator[None]:
    """Trust the authority, and nobody else."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    wire._tls.cache_clear()
    yield
    wire._tls.cache_clear()


@pytest.fixture
def host(internet, serve) -> Callable[[trustme.LeafCert, Behaviour], list[str | None]]:
    """Return a function that serves hooks.example; it returns the names that clients ask for."""

    def start(certificate: trustme.LeafCert, behave: Behaviour) -> list[str | None]:
        asked = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = lambda _socket, name, _context: asked.append(name)
        context.set_alpn_protocols(["h2", "http/1.1"])
        certificate.configure_cert(context)
        internet.names["hooks.example"] = [PUBLIC]
        internet.names["hooks.example."] = [PUBLIC]
        internet.servers[PUBLIC] = serve(behave, context)
        return asked

    return start


def test_a_certificate_for_the_name_is_good(authority, host, internet):
    asked = host(authority.issue_cert("hooks.example"), answering(OK))

    answer = http.send("GET", "https://hooks.example/", headers={})

    assert answer == Answer(200, b"hi")
    assert asked == ["hooks.example"]
    assert internet.connections == [(PUBLIC, 443)]


def test_a_certificate_for_the_address_is_good_where_the_url_has_that(authority, host):
    asked = host(authority.issue_cert(PUBLIC), answering(OK))

    answer = http.send("GET", f"https://{PUBLIC}/", headers={})

    assert answer.status == 200
    assert asked == [None]


def test_the_name_is_asked_for_without_its_final_dot(authority, host):
    asked = host(authority.issue_cert("hooks.example"), answering(OK))

    answer = http.send("GET", "https://HOOKS.example./", headers={})

    assert answer.status == 200
    assert asked == ["hooks.example"]


def test_http_1_1_is_agreed_upon_with_a_server_that_prefers_another(authority, host):
    agreed = []

    def behave(tls: ssl.SSLSocket) -> None:
        agreed.append(tls.selected_alpn_protocol())
        answering(OK)(tls)

    host(authority.issue_cert("hooks.example"), behave)

    http.send("GET", "https://hooks.example/", headers={})

    assert agreed == ["http/1.1"]


@pytest.mark.parametrize(
    ("port", "header"),
    [
        ("", b"Host: hooks.example"),
        (":443", b"Host: hooks.example"),
        (":80", b"Host: hooks.example:80"),
        (":8443", b"Host: hooks.example:8443"),
    ],
)
def test_the_host_header_has_the_port_unless_it_is_the_usual_one(authority, host, port, header):
    heads: list[bytes] = []
    host(authority.issue_cert("hooks.example"), answering(OK, heads))

    http.send("GET", f"https://hooks.example{port}/", headers={})

    assert header in heads[0].split(b"\r\n")


@pytest.mark.parametrize(
    ("identity", "first_day", "last_day", "error"),
    [
        ("hooks.example", -20, -10, "TLS certificate has expired"),
        ("hooks.example", 10, 20, "TLS certificate is not valid yet"),
        ("other.example", -10, 10, "TLS certificate is for another host"),
        ("*.hooks.example", -10, 10, "TLS certificate is for another host"),
        (PUBLIC, -10, 10, "TLS certificate is for another host"),
    ],
)
def test_another_certificate_is_refused(authority, host, identity, first_day, last_day, error):
    today = datetime.now(UTC)
    certificate = authority.issue_cert(
        identity,
        not_before=today + timedelta(days=first_day),
        not_after=today + timedelta(days=last_day),
    )
    heads: list[bytes] = []
    host(certificate, answering(OK, heads))

    assert fault("https://hooks.example/") == error
    assert heads == []


def test_a_certificate_for_the_name_is_refused_where_the_url_has_the_address(authority, host):
    host(authority.issue_cert("hooks.example"), answering(OK))

    error = fault(f"https://{PUBLIC}/")

    assert error == "TLS certificate is for another host"


def test_a_certificate_that_nobody_vouches_for_is_refused(host):
    heads: list[bytes] = []
    host(trustme.CA().issue_cert("hooks.example"), answering(OK, heads))

    error = fault("https://hooks.example/")

    assert error == "TLS certificate is not trusted"
    assert heads == []


def test_a_receiver_that_speaks_plain_http_fails(internet, serve):
    internet.servers[PUBLIC] = serve(lambda plain: plain.recv(65_536) and plain.sendall(OK))

    error = fault(f"https://{PUBLIC}/")

    assert error == "TLS handshake failed"


def test_a_receiver_that_closes_during_the_handshake_fails(internet, serve):
    internet.servers[PUBLIC] = serve(lambda plain: plain.recv(65_536))

    error = fault(f"https://{PUBLIC}/")

    assert error == "Connection closed"


def test_a_receiver_that_closes_before_the_end_fails(authority, host):
    certificate = authority.issue_cert("hooks.example")
    host(certificate, answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi"))

    error = fault("https://hooks.example/")

    assert error == "Connection closed"


def test_a_receiver_that_is_silent_fails_in_time(internet, serve, monkeypatch):
    monkeypatch.setattr(wire, "READ_TIMEOUT", 0.2)
    internet.servers[PUBLIC] = serve(silent)

    error = fault(f"https://{PUBLIC}/")

    assert error == "Connection timed out"


def test_a_receiver_that_drips_during_the_handshake_fails_in_time(internet, serve, monkeypatch):
    monkeypatch.setattr(http, "TOTAL_TIMEOUT", 0.3)

    def behave(plain: socket.socket) -> None:
        plain.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")  # a server's hello of 16 KB begins
        for _ in range(300):
            time.sleep(0.02)
            plain.sendall(b"\x00")

    internet.servers[PUBLIC] = serve(behave)

    error = fault(f"https://{PUBLIC}/")

    assert error == "Connection timed out"


def test_a_receiver_that_drips_in_its_answer_fails_in_time(authority, host, monkeypatch):
    monkeypatch.setattr(http, "TOTAL_TIMEOUT", 0.4)
    host(authority.issue_cert("hooks.example"), dripping(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"))

    error = fault("https://hooks.example/")

    assert error == "Connection timed out"
