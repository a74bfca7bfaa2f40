"""Starting and stopping: what is kept, what is refused, what is left running."""

import os
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.system import ROOT, running_system, wait_until

pytestmark = pytest.mark.e2e


def start_in_vain(*options):
    """Start the system where it cannot start; return the exit status and what it says."""
    completed = subprocess.run(
        [sys.executable, "-m", "local", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert completed.stdout == ""
    return completed.returncode, completed.stderr


def read_mail(system, *, enabled):
    """Let mails that have come be read, or wait."""
    functions = system.aws("lambda")
    (mapping,) = (
        mapping["UUID"]
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]
        if "PingMailQueue" in mapping["EventSourceArn"]
    )
    functions.update_event_source_mapping(UUID=mapping, Enabled=enabled)


def is_listening(url):
    parts = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname, parts.port)) == 0


@pytest.mark.parametrize(
    ("option", "another"), [("--port", "PORT=9000"), ("--mail-port", "MAIL_PORT=2526")]
)
def test_a_taken_port_is_said_so_in_a_sentence(system, tmp_path, option, another):
    port = urlsplit(system.url).port

    status, said = start_in_vain("--port=0", option, str(port), f"--state={tmp_path / 'state'}")

    assert status == 1
    assert said == (
        f"Port {port} cannot be used (Address already in use); choose another: make run {another}\n"
    )


def test_a_port_that_cannot_be_is_said_so_in_a_sentence(tmp_path):
    status, said = start_in_vain("--port", "70000", "--state", str(tmp_path / "state"))

    assert (status, said) == (1, "There is no port 70000; ports end at 65535.\n")


def test_a_second_run_on_the_same_data_is_refused(system, anyone):
    status, said = start_in_vain("--port", "0", "--mail-port", "0", "--state", str(system.state))

    assert (status, said) == (1, f"Nightbell is already running on the data in {system.state}.\n")
    assert (system.state / "env").exists()
    assert anyone.get("/api/v3/status").text == "OK"


def test_ctrl_c_stops_a_run_that_is_still_starting(tmp_path):
    state, printed = tmp_path / "state", tmp_path / "printed"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "--port=0", "--mail-port=0", f"--state={state}"],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    wait_until(lambda: "Starting" in printed.read_text())

    os.killpg(process.pid, signal.SIGINT)

    assert process.wait(30) == 0
    assert printed.read_text().splitlines()[1:] == ["Stopped."]
    assert not (state / "env").exists()


def test_the_next_run_finds_what_the_first_left(tmp_path):
    state = tmp_path / "state"
    with running_system(state) as first:
        key = {"X-Api-Key": first.api_key}
        check = httpx.post(f"{first.url}/api/v3/checks/", json={"slug": "a"}, headers=key).json()
        httpx.post(check["ping_url"], content=b"kept")
        read_mail(first, enabled=False)
        first.mail("Subject: Kept\n\nas well\n", check["uuid"])
        idle = socket.create_connection(("127.0.0.1", int(first.variables["NIGHTBELL_MAIL_PORT"])))
        assert first.stop() == 0
        idle.close()
    assert "Traceback" not in first.printed()
    assert not (state / "env").exists()
    assert not is_listening(first.variables["AWS_ENDPOINT_URL"])

    with running_system(state) as second:
        same = [name for name in first.variables if name.startswith("NIGHTBELL_")]
        for given_anew in ("NIGHTBELL_URL", "NIGHTBELL_MAIL_PORT"):
            same.remove(given_anew)
        url = f"{second.url}/api/v3/checks/{check['uuid']}"
        httpx.get(f"{second.url}/ping/{second.ping_key}/a/fail")

        shown = httpx.get(url, headers=key).json()
        flips = httpx.get(f"{url}/flips/", headers=key).json()
        body = httpx.get(f"{url}/pings/1/body", headers=key).content

        assert {name: second.variables[name] for name in same} == {
            name: first.variables[name] for name in same
        }
        assert (shown["n_pings"], shown["status"]) == (2, "down")
        assert shown["ping_url"] == f"{second.url}/ping/{check['uuid']}"
        assert [flip["up"] for flip in flips] == [0, 1]
        assert body == b"kept"
        read_mail(second, enabled=True)
        wait_until(lambda: httpx.get(url, headers=key).json()["n_pings"] == 3)
        mail = httpx.get(f"{url}/pings/3/body", headers=key).text
        assert mail.endswith("Subject: Kept\r\n\r\nas well\r\n")

        # The worst that can happen to it: then MiniStack, told by nobody, stops by itself.
        os.kill(second.process.pid, signal.SIGKILL)
        second.process.wait()
        wait_until(lambda: not is_listening(second.variables["AWS_ENDPOINT_URL"]))

    with running_system(state) as third:
        shown = httpx.get(f"{third.url}/api/v3/checks/{check['uuid']}", headers=key).json()

        assert shown["n_pings"] == 3
        assert third.stop() == 0
