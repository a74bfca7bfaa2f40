"""GET /api/{version}/checks/{check}/pings."""

import pytest

from nightbell.domain import transitions
from nightbell.domain.check import Ping, Signal
from nightbell.store import checks, pings, projects
from nightbell.store.tables import CheckItem, PingItem, check_shard


@pytest.mark.parametrize("path", ["/api/v1/checks/{}/pings", "/api/v3/checks/{}/pings/"])
def test_lists_the_pings_newest_first(call, create, ping, path, now):
    check_id = create()["uuid"]
    for suffix in ("/start", "", "/log", "/fail"):
        now.advance(seconds=1)
        ping(f"/ping/{check_id}{suffix}")

    listed = call("GET", path.format(check_id)).json["pings"]

    assert [(entry["n"], entry["type"]) for entry in listed] == [
        (4, "fail"),
        (3, "log"),
        (2, "success"),
        (1, "start"),
    ]
    assert [entry.get("duration") for entry in listed] == [None, None, 1.0, None]


def test_the_body_has_the_address_of_the_requests_version(call, create, ping):
    check_id = create()["uuid"]
    ping(f"/ping/{check_id}", "POST", b"done")

    (listed,) = call("GET", f"/api/v2/checks/{check_id}/pings/").json["pings"]

    site = "https://x4wq9f8m2c.execute-api.eu-west-1.amazonaws.com/live"
    assert listed["body_url"] == f"{site}/api/v2/checks/{check_id}/pings/1/body"


def test_a_new_check_has_none(call, create):
    assert call("GET", f"/api/v3/checks/{create()['uuid']}/pings/").json == {"pings": []}


def test_lists_as_many_as_the_project_may_see(call, now):
    keys = projects.create("Small", check_limit=1, ping_log_limit=3, now=now.moment)
    check_id = call("POST", "/api/v3/checks/", key=keys.api_key).json["uuid"]
    for body in (b"1", b"2", b"3", b"4"):
        checks.receive(
            check_id,
            lambda check, body=body: transitions.receive(
                check, Ping(created=now.moment, kind=Signal.LOG, body=body)
            ),
        )
    url = f"/api/v3/checks/{check_id}/pings/"

    listed = call("GET", url, key=keys.api_key).json["pings"]

    assert [entry["n"] for entry in listed] == [4, 3, 2]
    bodies = [call("GET", f"{url}{n}/body", key=keys.api_key) for n in (1, 2, 4)]
    assert [(answer.status, answer.body) for answer in bodies] == [
        (404, b""),
        (200, b"2"),
        (200, b"4"),
    ]


def test_the_log_is_a_ring_of_a_thousand(call, now, tables):
    keys = projects.create("Large", check_limit=1, ping_log_limit=1000, now=now.moment)
    check_id = call("POST", "/api/v3/checks/", key=keys.api_key).json["uuid"]
    url = f"/api/v3/checks/{check_id}/pings/"
    with PingItem.batch_write() as batch:  # 1,005 requests would take long
        for n in range(1, 1006):
            body = b"body %d" % n * (1 if n % 2 else 200)
            ping = Ping(created=now.moment, kind=Signal.SUCCESS, n=n, body=body)
            for item in pings.items_of(check_id, ping):
                batch.save(item)
    shard = check_shard(keys.project_id, check_id)
    CheckItem(shard, check_id).update([CheckItem.n_pings.set(1005)])

    listed = call("GET", url, key=keys.api_key).json["pings"]

    assert [entry["n"] for entry in listed] == list(range(1005, 5, -1))
    assert all(entry["body_url"] for entry in listed)
    statuses = {n: call("GET", f"{url}{n}/body", key=keys.api_key) for n in (4, 5, 6, 1005)}
    assert [answer.status for answer in statuses.values()] == [404, 404, 200, 200]
    assert statuses[6].body == b"body 6" * 200
    assert statuses[1005].body == b"body 1005"


def test_a_short_body_does_not_show_the_long_one_it_replaced(call, now, tables):
    keys = projects.create("Large", check_limit=1, ping_log_limit=1000, now=now.moment)
    check_id = call("POST", "/api/v3/checks/", key=keys.api_key).json["uuid"]
    shard = check_shard(keys.project_id, check_id)
    for n, body in ((1, b"long" * 1000), (1001, b""), (2, b""), (1002, b"short")):
        pings.add(check_id, Ping(created=now.moment, kind=Signal.SUCCESS, n=n, body=body))
    CheckItem(shard, check_id).update([CheckItem.n_pings.set(1002)])
    url = f"/api/v3/checks/{check_id}/pings/"

    listed = call("GET", url, key=keys.api_key).json["pings"]

    assert [(entry["n"], entry["body_url"] is None) for entry in listed] == [
        (1002, False),
        (1001, True),
    ]
    assert call("GET", f"{url}1001/body", key=keys.api_key).status == 404
    assert call("GET", f"{url}1/body", key=keys.api_key).status == 404


@pytest.mark.parametrize(
    "identifier", ["00000000-0000-4000-8000-000000000000", "nonsense", "0" * 40]
)
def test_finds_no_other_check(call, project, identifier):
    assert call("GET", f"/api/v3/checks/{identifier}/pings/").status == 404
