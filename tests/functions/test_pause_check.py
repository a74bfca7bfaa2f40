"""POST /api/{version}/checks/{check}/pause."""

import pytest

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def flips_of(call):
    """Return a function that returns the flips of a check, newest first."""
    return lambda check_id: [
        flip["up"] for flip in call("GET", f"/api/v3/checks/{check_id}/flips/").json
    ]


@pytest.mark.parametrize("path", ["/api/v1/checks/{}/pause", "/api/v3/checks/{}/pause/"])
@pytest.mark.parametrize("body", [b"", b"{}", None])
def test_pauses_a_check(call, create, show, path, body):
    check = create()

    answer = call("POST", path.format(check["uuid"]), body)

    assert answer.status == 200
    assert answer.json["status"] == "paused"
    assert show(check["uuid"]) == check | {"status": "paused"}


def test_forgets_the_run_and_keeps_the_last_ping(call, create, ping, show):
    check_id = create(timeout=60)["uuid"]
    ping(f"/ping/{check_id}")
    ping(f"/ping/{check_id}/start")

    call("POST", f"/api/v3/checks/{check_id}/pause")

    shown = show(check_id)
    assert (shown["started"], shown["next_ping"], shown["n_pings"]) == (False, None, 2)
    assert shown["last_ping"] == "2024-01-15T12:00:00+00:00"


def test_is_a_flip_the_first_time(call, create, flips_of):
    check_id = create()["uuid"]

    statuses = [call("POST", f"/api/v3/checks/{check_id}/pause").status for _ in range(2)]

    assert statuses == [200, 200]
    assert flips_of(check_id) == [0]


def test_takes_the_check_off_the_due_index(call, create, ping, tables):
    check_id = create(timeout=60)["uuid"]
    ping(f"/ping/{check_id}")

    call("POST", f"/api/v3/checks/{check_id}/pause")

    assert tables.scan(TableName="checks", IndexName="due")["Items"] == []


@pytest.mark.parametrize("identifier", [UNKNOWN, "nonsense", "0" * 40])
def test_finds_no_other_check(call, project, unchanged, identifier):
    with unchanged():
        assert call("POST", f"/api/v3/checks/{identifier}/pause").status == 404


def test_a_ping_ends_the_pause(call, create, ping, show, flips_of, now):
    check_id = create()["uuid"]
    call("POST", f"/api/v3/checks/{check_id}/pause")
    now.advance(seconds=1)

    ping(f"/ping/{check_id}")

    assert show(check_id)["status"] == "up"
    assert flips_of(check_id) == [1, 0]
