"""One run of the whole system for all tests, and ways to talk to it."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.receiver import Receiver, running_receiver
from tests.e2e.system import System, running_system

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Mails hold the address of a page, which names the project, and that by which their recipient ends
# them; the log names channels and projects.
_NO_SECRETS = re.compile(r'/projects/[^/]+|/unsubscribe/\S+|\\?"(project|channel)\\?": ?\\?"[^"]*"')
_COMMAND_LINE = Path(sys.executable).with_name("nightbell")

Create = Callable[..., dict[str, Any]]
AddChannel = Callable[[str], str]
CommandLine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run the system; in the end it must stop as asked, and have told no secret."""
    with running_system(tmp_path_factory.mktemp("system") / "state") as system:
        yield system
        logged = json.dumps(system.logged())
        assert system.stop() == 0
    printed = system.printed().partition("forgets them.\n")[2]
    assert printed.endswith("Stopped.\n")
    for text in (printed, logged):
        assert not _UUID.search(_NO_SECRETS.sub("", text))
        for secret in (system.api_key, system.api_key_readonly, system.ping_key):
            assert secret not in text


@pytest.fixture(scope="package")
def anyone(system: System) -> Iterator[httpx.Client]:
    """An HTTP client without a key."""
    with httpx.Client(base_url=system.url, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="package")
def api(system: System) -> Iterator[httpx.Client]:
    """An HTTP client with the key that reads and writes."""
    key = {"X-Api-Key": system.api_key}
    with httpx.Client(base_url=system.url, headers=key, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="package")
def command_line(system: System) -> CommandLine:
    """Return a function that runs `nightbell` with these arguments.

    The environment is that of a shell that has read the `env` file, unless it is given.
    """

    def run(
        *arguments: str, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [_COMMAND_LINE, *arguments],
            env=environment or system.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture(scope="package")
def create(api: httpx.Client) -> Create:
    """Return a function that creates a check with these fields and returns what is shown of it."""

    def send(**fields: Any) -> dict[str, Any]:
        answer = api.post("/api/v3/checks/", json=fields)
        assert answer.status_code == 201
        return dict(answer.json())

    return send


@pytest.fixture(scope="package")
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks, for as long as the system runs."""
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="package")
def add_webhook(api: httpx.Client, receiver: Receiver) -> AddChannel:
    """Return a function that makes a webhook to a path of the receiver, and returns its id."""

    def add(path: str) -> str:
        settings = {}
        for status in ("down", "up"):
            settings[f"url_{status}"] = f"{receiver.url}{path}"
            settings[f"method_{status}"] = "POST"
            settings[f"body_{status}"] = "$NAME: $STATUS"
        return _add_channel(api, "webhook", settings)

    return add


@pytest.fixture(scope="package")
def add_mail(api: httpx.Client) -> AddChannel:
    """Return a function that makes a channel of mail to an address, and returns its id."""
    return lambda address: _add_channel(api, "email", {"to": address})


@pytest.fixture(scope="package")
def mails(system: System) -> Callable[[str], list[dict[str, Any]]]:
    """Return a function that returns the mails to an address that were sent, oldest first."""
    url = f"{system.variables['AWS_ENDPOINT_URL']}/_ministack/ses/messages"

    def read(address: str) -> list[dict[str, Any]]:
        accounts = httpx.get(url).json()["messages"]
        found = [mail for sent in accounts.values() for mail in sent if mail["To"] == [address]]
        return sorted(found, key=lambda mail: float(mail["Timestamp"]))

    return read


@pytest.fixture(scope="package")
def silent(
    create: Create, anyone: httpx.Client, add_webhook: AddChannel, add_mail: AddChannel
) -> dict[str, Any]:
    """Make a check that is pinged once: it goes down two minutes later.

    The first test asks for it, and the last ones look what has become of it.
    """
    channels = f"{add_webhook('/silent')},{add_mail('silent@example.org')}"
    check = create(name="Silent", timeout=60, grace=60, channels=channels)
    assert anyone.get(check["ping_url"]).status_code == 200
    return check


def _add_channel(api: httpx.Client, kind: str, settings: dict[str, str]) -> str:
    answer = api.post("/api/v3/channels/", json={"kind": kind, "settings": settings})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
