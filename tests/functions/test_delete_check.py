"""DELETE /api/{version}/checks/{check}."""

import json

import pytest


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_shows_the_deleted_check_without_channels(call, create, add_channel, show, version):
    add_channel("Ops")
    check_id = create(name="Backups", channels="*")["uuid"]
    check = show(check_id, version)

    answer = call("DELETE", f"/api/{version}/checks/{check_id}")

    assert answer.status == 200
    assert answer.json == check | {"channels": ""}


def test_nothing_finds_the_check_any_more(call, create, ping, project):
    check = create(slug="backups", tags="db", desc="d" * 10_000)
    ping(f"/ping/{check['uuid']}")
    url = f"/api/v3/checks/{check['uuid']}"

    call("DELETE", url)

    assert call("GET", url).status == 404
    assert call("DELETE", url).status == 404
    for method, suffix in (
        ("POST", ""),
        ("POST", "/pause"),
        ("GET", "/pings/"),
        ("GET", "/flips/"),
    ):
        assert call(method, url + suffix).status == 404
    assert call("GET", "/api/v3/checks/").json == {"checks": []}
    assert ping(f"/ping/{check['uuid']}").status == 404
    assert ping(f"/ping/{project.ping_key}/backups").status == 404


def test_leaves_no_trace_but_the_history(call, create, ping, dump):
    before = dump()
    check = create(slug="backups", desc="d" * 10_000)
    ping(f"/ping/{check['uuid']}", "POST", b"done")

    call("DELETE", f"/api/v3/checks/{check['uuid']}")

    after = dump()
    # What belonged to the check is deleted in the background, by purge_check.
    assert after.pop("pings")
    assert after.pop("flips")
    assert check["uuid"] not in json.dumps(after)
    assert all(after[name] == before[name] for name in after if name != "keys")


def test_leaves_other_checks_alone(call, create, show, ping):
    doomed, other = create(slug="backups"), create(slug="backups")

    call("DELETE", f"/api/v3/checks/{doomed['uuid']}")

    assert show(other["uuid"]) == other
    assert ping(f"/ping/{other['uuid']}").status == 200
