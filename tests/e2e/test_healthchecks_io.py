"""The client `healthchecks-io` from PyPI, unchanged, against the running system."""

import asyncio
import inspect
import warnings
from datetime import UTC, datetime, timedelta

import httpx
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it uses pydantic's former names
    from healthchecks_io import (
        AsyncClient,
        BadAPIRequestError,
        CheckCreate,
        CheckNotFoundError,
        CheckTrap,
        CheckUpdate,
        Client,
        HCAPIAuthError,
        NonUniqueSlugError,
    )

from tests.e2e.system import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


class Blocking:
    """The client for asyncio with the methods of the other one."""

    def __init__(self, client, loop):
        self.client = client
        self.loop = loop

    def __getattr__(self, name):
        method = getattr(self.client, name)
        return lambda *args, **kwargs: self.loop.run_until_complete(method(*args, **kwargs))


@pytest.fixture(scope="module")
def loop():
    """Make an event loop."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="module")
def connect(system, loop):
    """Return a function that makes a client of a kind, for a version of the API."""
    connections = []

    def make(kind, api_version, api_key=system.api_key):
        connections.append((httpx.Client if kind is Client else httpx.AsyncClient)(timeout=60))
        client = kind(
            api_key=api_key,
            ping_key=system.ping_key,
            api_url=f"{system.url}/api/",
            ping_url=f"{system.url}/ping/",
            api_version=api_version,
            client=connections[-1],
        )
        return client if kind is Client else Blocking(client, loop)

    yield make
    for connection in connections:
        if isinstance(connection, httpx.AsyncClient):
            loop.run_until_complete(connection.aclose())
        else:
            connection.close()


@pytest.fixture(scope="module", params=[(Client, 1), (AsyncClient, 3)], ids=["sync", "async"])
def client(request, connect):
    """Return each client in turn, with the version of the API that it uses by default, and v3."""
    return connect(*request.param)


@pytest.fixture
def check(client):
    """Make a check."""
    return client.create_check(CheckCreate(name="Client", tags="client", timeout=3600, grace=60))


def test_creates_finds_and_deletes_a_check(client):
    new = CheckCreate(
        name="All fields",
        tags="client all",
        desc="Grüße",
        schedule="5 4 * * *",
        tz="Europe/Riga",
        methods="POST",
        manual_resume=True,
        channels="*",
    )

    created = client.create_check(new)
    found = client.get_check(created.uuid)
    deleted = client.delete_check(created.uuid)

    assert (found.name, found.desc, found.methods) == ("All fields", "Grüße", "POST")
    assert found.manual_resume
    assert len(found.channels.split(",")) >= 3
    assert (deleted.uuid, deleted.channels) == (created.uuid, "")
    with pytest.raises(CheckNotFoundError):
        client.get_check(created.uuid)


def test_finds_checks_by_tags(client, check):
    other = client.create_check(CheckCreate(tags="client other"))

    every = client.get_checks()
    tagged = client.get_checks(tags=["client"])
    both = client.get_checks(tags=["client", "other"])

    assert {check.uuid, other.uuid} <= {found.uuid for found in tagged}
    assert {found.uuid for found in tagged} <= {found.uuid for found in every}
    assert {check.uuid, other.uuid} & {found.uuid for found in both} == {other.uuid}


def test_updates_pauses_and_upserts_a_check(client, check):
    updated = client.update_check(check.uuid, CheckUpdate(desc="changed", grace=120))
    paused = client.pause_check(check.uuid)
    unique = CheckCreate(name=f"Once {check.uuid}", unique=["name"])

    assert (updated.desc, updated.grace, updated.timeout) == ("changed", 120, 3600)
    assert paused.status == "paused"
    assert client.create_check(unique).uuid == client.create_check(unique).uuid


def test_sends_every_kind_of_ping(client, check):
    answers = [
        client.start_ping(uuid=check.uuid),
        client.success_ping(uuid=check.uuid, data="output"),
        client.exit_code_ping(3, uuid=check.uuid),
        client.exit_code_ping(0, uuid=check.uuid),
        client.fail_ping(uuid=check.uuid, data="oh"),
    ]

    pings = client.get_check_pings(check.uuid)
    assert answers == [(True, "OK")] * 5
    assert [ping.type for ping in pings] == ["fail", "success", "fail", "success", "start"]
    assert pings[3].duration is not None
    assert pings[0].user_agent.startswith("py-healthchecks.io")
    assert client.get_check(check.uuid).status == "down"


def test_reads_of_pings_by_mail(client, check, api, system):
    # The client cannot set these.
    api.post(check.update_url, json={"subject": "done", "subject_fail": "failed"})
    for number, subject in enumerate(("Backup done", "Backup failed", "Backup"), 1):
        system.mail(f"Subject: {subject}\n\n42 files\n", check.uuid)
        wait_until(lambda n=number: client.get_check(check.uuid).n_pings == n)

    pings = client.get_check_pings(check.uuid)

    assert [ping.type for ping in pings] == ["ign", "fail", "success"]
    assert {(ping.scheme, ping.method, ping.remote_addr) for ping in pings} == {
        ("email", "", "127.0.0.1")
    }
    assert {ping.user_agent for ping in pings} == {"Email from cron@example.org"}
    assert client.get_check(check.uuid).status == "down"


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_reads_flips_from_v3(connect, kind):
    client = connect(kind, 3)
    check = client.create_check(CheckCreate(name="Flips"))
    client.success_ping(uuid=check.uuid)
    client.fail_ping(uuid=check.uuid)
    later = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())

    assert [flip.up for flip in client.get_check_flips(check.uuid)] == [0, 1]
    assert len(client.get_check_flips(check.uuid, seconds=600)) == 2
    assert client.get_check_flips(check.uuid, start=later) == []
    assert client.get_check_flips(check.uuid, end=1) == []
    with pytest.raises(BadAPIRequestError):
        client.get_check_flips(check.uuid, seconds=40_000_000)


def test_lists_integrations_and_badges(client, check):
    names = {integration.name for integration in client.get_integrations()}
    badges = client.get_badges()

    assert {"On-call", "Team", "Receiver on this machine"} <= names
    assert {"*", "client"} <= badges.keys()
    assert httpx.get(badges["client"].json3_url).json()["status"] in ("up", "late", "down")


def test_pings_by_slug(connect):
    client = connect(Client, 1)
    client.create_check(CheckCreate(name="By slug"))  # v1 makes the slug from the name

    assert client.success_ping(slug="by-slug") == (True, "OK")

    client.create_check(CheckCreate(name="By slug"))
    with pytest.raises(NonUniqueSlugError):
        client.success_ping(slug="by-slug")
    with pytest.raises(CheckNotFoundError):
        client.success_ping(slug="no-such-slug")


def test_a_read_only_key_reads_by_unique_key(connect, system, check):
    reader = connect(Client, 3, system.api_key_readonly)
    # Checks of tests before have the tag as well; the latest comes last.
    unique_key = reader.get_checks(tags=["client"])[-1].unique_key

    assert reader.get_check(unique_key).uuid is None
    assert reader.get_check_flips(unique_key) == []
    with pytest.raises(HCAPIAuthError):
        reader.pause_check(check.uuid)
    with pytest.raises(HCAPIAuthError):
        connect(Client, 3, "x" * 32).get_checks()


def test_the_trap_tells_how_a_block_of_code_ended(connect):
    client = connect(Client, 3)
    check = client.create_check(CheckCreate(name="Trap"))

    with CheckTrap(client, uuid=check.uuid) as trap:
        trap.add_log("all well")
    with pytest.raises(ValueError, match="oh"), CheckTrap(client, uuid=check.uuid):
        raise ValueError("oh")

    pings = client.get_check_pings(check.uuid)
    assert [ping.type for ping in pings] == ["fail", "start", "success", "start"]


def test_the_trap_works_with_asyncio(connect, loop):
    blocking = connect(AsyncClient, 3)
    check = blocking.create_check(CheckCreate(name="Trap"))

    async def work():
        async with CheckTrap(blocking.client, uuid=check.uuid) as trap:
            trap.add_log("all well")

    loop.run_until_complete(work())

    assert [ping.type for ping in blocking.get_check_pings(check.uuid)] == ["success", "start"]


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_these_are_all_methods_the_client_has(kind):
    methods = {
        name
        for name, _ in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith(("_", "check_"))
    }

    assert methods == {
        "create_check",
        "delete_check",
        "exit_code_ping",
        "fail_ping",
        "get_badges",
        "get_check",
        "get_check_flips",
        "get_check_pings",
        "get_checks",
        "get_integrations",
        "pause_check",
        "start_ping",
        "success_ping",
        "update_check",
    }
