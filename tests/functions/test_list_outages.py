"""GET /api/{version}/outages."""

from datetime import timedelta

import pytest

from nightbell.store import scans


@pytest.fixture
def outage(project, now):
    """An hour without a scan, from noon on."""
    scans.begin(0, 1, now.moment)
    now.advance(hours=1)
    scans.begin(0, 1, now.moment)


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_there_is_none_at_first(call, version):
    assert call("GET", f"/api/{version}/outages/").json == {"outages": []}


@pytest.mark.parametrize("path", ["/api/v1/outages/", "/api/v2/outages", "/api/v3/outages/"])
def test_lists_an_outage(call, outage, path):
    assert call("GET", path).json == {
        "outages": [{"start": "2024-01-15T12:00:00+00:00", "end": "2024-01-15T13:00:00+00:00"}]
    }


def test_lists_the_latest_twenty_latest_first(call, now, project):
    start = now.moment
    for _ in range(23):
        scans.begin(0, 1, now.moment)
        now.advance(hours=1)

    outages = call("GET", "/api/v3/outages/").json["outages"]

    assert [outage["end"] for outage in outages] == [
        (start + timedelta(hours=hours)).isoformat() for hours in range(22, 2, -1)
    ]


def test_a_read_only_key_is_enough(call, project, outage):
    assert call("GET", "/api/v3/outages/", key=project.api_key_readonly).status == 200


def test_a_key_is_needed(call):
    assert call("GET", "/api/v3/outages/", key=None).status == 401
    assert call("GET", "/api/v3/outages/", key="x" * 32).status == 401
