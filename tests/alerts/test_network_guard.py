"""The guard around libraries that open connections of their own."""

import ctypes
import io
import os
import socket
import subprocess
import sys
import syslog
import threading
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from nightbell.alerts import network_guard
from nightbell.alerts.network_guard import Refused, guarded


def connect(address, family=socket.AF_INET):
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(5)
        sock.connect(address)


@pytest.mark.parametrize(
    ("family", "address"),
    [
        (socket.AF_INET, ("127.0.0.1", 80)),
        (socket.AF_INET, ("10.0.0.1", 80)),
        (socket.AF_INET, ("169.254.169.254", 80)),
        (socket.AF_INET, ("localhost", 80)),
        (socket.AF_INET, ("127.1", 80)),
        (socket.AF_INET, ("", 80)),
        (socket.AF_INET6, ("::1", 80)),
        (socket.AF_INET6, ("::ffff:127.0.0.1", 80, 0, 0)),
        (socket.AF_UNIX, "/dev/log"),
        (socket.AF_UNIX, "\0abstract"),
        (socket.AF_UNIX, b"/dev/log"),
    ],
)
def test_nobody_connects_to_what_is_not_public(family, address):
    with guarded() as watch, pytest.raises(Refused):
        connect(address, family)

    assert watch.refused_address


def test_nor_sends_a_datagram_there():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, guarded() as watch:
        with pytest.raises(Refused):
            sock.sendto(b"<14>x", ("127.0.0.1", 514))
        with pytest.raises(Refused):
            sock.sendmsg([b"<14>x"], [], 0, ("127.0.0.1", 514))
        with pytest.raises(Refused):
            sock.connect_ex(("127.0.0.1", 514))

    assert watch.refused_address


def test_a_public_address_is_no_matter():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, guarded() as watch:
        # Of a datagram's socket this only says where to, and sends nothing. There may be no way
        # there from here, which is no refusal.
        result = sock.connect_ex(("8.8.8.8", 53))

    assert isinstance(result, int)
    assert not watch.refused_address


def test_private_networks_may_be_allowed(receiver):
    with guarded() as watch, urllib.request.urlopen(f"{receiver.url}/hook", b"x", 5) as answer:
        status = answer.status

    assert status == 200
    assert receiver.request.body == b"x"
    assert not watch.refused_address


def test_even_then_metadata_and_the_runtime_api_are_not(receiver):
    for address in (("169.254.169.254", 80), ("127.0.0.1", 9001), ("::1", 80)):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        with guarded() as watch, pytest.raises(Refused):
            connect(address, family)

        assert watch.refused_address


def test_a_redirect_is_followed_to_public_addresses_only(receiver, monkeypatch):
    receiver.status = 302
    receiver.headers = {"Location": "http://169.254.169.254/latest/meta-data/"}

    with guarded() as watch, pytest.raises(OSError, match="address"):
        urllib.request.urlopen(receiver.url, timeout=5)

    assert watch.refused_address
    assert len(receiver.requests) == 1


def bind():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))


# Python 3.11 tells nobody of new threads; the functions run on a later one.
THREADS = [lambda _: threading.Thread(target=print).start()] * (sys.version_info >= (3, 12))


@pytest.mark.parametrize(
    "action",
    [
        *THREADS,
        lambda _: subprocess.run(["true"], check=True),
        lambda _: os.system("true"),
        lambda _: os.posix_spawn("/bin/true", ["true"], {}),
        lambda _: os.fork(),
        lambda _: ctypes.CDLL(None),
        lambda _: syslog.syslog("x"),
        lambda _: bind(),
        lambda _: Path("/proc/self/environ").read_text(),
        lambda _: Path("/proc/self/root/proc/self/environ").read_text(),
        lambda _: os.open(b"/proc/self/environ", os.O_RDONLY),
        lambda _: io.FileIO("/etc/passwd"),
        lambda _: Path(os.__file__, "../../../../../../../../../etc/passwd").read_text(),
        lambda folder: (folder / "there").read_text(),
        lambda folder: (folder / "new").write_text("x"),
        lambda folder: (folder / "there").open("r+"),
        lambda folder: os.open(folder / "there", os.O_WRONLY),
        lambda folder: os.open(folder, os.O_RDONLY),
        lambda folder: (folder / "there").unlink(),
        lambda folder: (folder / "there").rename(folder / "new"),
        lambda folder: (folder / "new").mkdir(),
        lambda folder: (folder / "new").symlink_to("/etc"),
    ],
)
def test_no_programs_no_files_no_threads(tmp_path, action):
    (tmp_path / "there").write_text("x")

    with guarded() as watch, pytest.raises(Refused):
        action(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_text() == "x"
    assert not watch.refused_address


def test_what_belongs_to_modules_can_be_read():
    with guarded():
        text = Path(os.__file__).read_text()

    assert "def makedirs" in text


def test_others_do_as_they_like_meanwhile(tmp_path):
    done, outcome = threading.Event(), []

    def write():
        done.wait(5)
        (tmp_path / "new").write_text("x")
        outcome.append("written")

    thread = threading.Thread(target=write)
    thread.start()
    with guarded():
        done.set()
        thread.join()

    assert outcome == ["written"]


def test_it_ends_with_the_block(tmp_path):
    with pytest.raises(ValueError, match="x"), guarded():
        raise ValueError("x")

    (tmp_path / "new").write_text("x")
    with ExitStack() as sockets:
        server = sockets.enter_context(socket.create_server(("127.0.0.1", 0)))
        connect(server.getsockname())


def test_refusals_are_what_libraries_expect_of_the_network():
    assert issubclass(network_guard.Refused, OSError)
