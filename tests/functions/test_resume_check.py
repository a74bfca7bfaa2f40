"""POST /api/{version}/checks/{check}/resume."""

import pytest

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("path", ["/api/v2/checks/{}/resume", "/api/v3/checks/{}/resume/"])
def test_makes_a_paused_check_new_again(call, create, ping, show, path):
    check = create(timeout=60, manual_resume=True)
    ping(f"/ping/{check['uuid']}")
    call("POST", f"/api/v3/checks/{check['uuid']}/pause")
    ping(f"/ping/{check['uuid']}/start")

    answer = call("POST", path.format(check["uuid"]))

    assert answer.status == 200
    assert answer.json["status"] == "new"
    assert show(check["uuid"]) == check | {"n_pings": 2}


@pytest.mark.parametrize("signal", [None, "", "/fail", "/start"])
def test_refuses_a_check_that_is_not_paused(call, create, ping, unchanged, signal):
    check_id = create()["uuid"]
    if signal is not None:
        ping(f"/ping/{check_id}{signal}")

    with unchanged():
        answer = call("POST", f"/api/v3/checks/{check_id}/resume")

    assert (answer.status, answer.text) == (409, "check is not paused")


def test_is_a_flip(call, create, now):
    check_id = create()["uuid"]
    call("POST", f"/api/v3/checks/{check_id}/pause")
    now.advance(seconds=1)

    call("POST", f"/api/v3/checks/{check_id}/resume")

    assert call("GET", f"/api/v3/checks/{check_id}/flips/").json == [
        {"timestamp": "2024-01-15T12:00:01+00:00", "up": 0},
        {"timestamp": "2024-01-15T12:00:00+00:00", "up": 0},
    ]


@pytest.mark.parametrize("identifier", [UNKNOWN, "nonsense", "0" * 40])
def test_finds_no_other_check(call, project, unchanged, identifier):
    with unchanged():
        assert call("POST", f"/api/v3/checks/{identifier}/resume").status == 404
