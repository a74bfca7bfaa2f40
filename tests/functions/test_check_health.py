"""GET, HEAD /api/{version}/health/check."""

from dataclasses import replace

import pytest

import functions.check_health.app as handler
from nightbell.settings import Settings
from nightbell.store import scans
from nightbell.web import address

PATH = "/api/v1/health/check"


@pytest.fixture
def configure(monkeypatch):
    """Return a function that gives the deployment other settings."""

    def set_to(**values):
        settings = replace(Settings(), **values)
        monkeypatch.setattr(handler, "settings", settings)
        monkeypatch.setattr(address, "settings", settings)

    return set_to


@pytest.mark.parametrize("path", [PATH, PATH + "/"])
def test_tells_that_the_database_answers(call, path):
    answer = call("GET", path, key=None, source="127.0.0.1")

    assert answer.status == 200
    assert answer.json == {
        "service": "nightbell",
        "healthy": True,
        "databaseStatus": "connected",
        "error": None,
    }
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_tells_that_the_database_does_not_answer(call, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")

    answer = call("GET", PATH, key=None, source="::1")

    assert answer.status == 500
    assert answer.json == {
        "service": "nightbell",
        "healthy": False,
        "databaseStatus": "connection-failed",
        "error": "database connection failed",
    }


def test_is_healthy_while_there_are_no_tables(call, tables):
    tables.delete_table(TableName="keys")

    answer = call("GET", PATH, key=None, source="127.0.0.1")

    assert answer.status == 200
    assert answer.json == {
        "service": "nightbell",
        "healthy": True,
        "databaseStatus": "not-configured",
        "error": None,
    }


def test_answers_head(call, monkeypatch):
    assert call("HEAD", PATH, key=None, source="127.0.0.1").status == 200

    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    assert call("HEAD", PATH, key=None, source="127.0.0.1").status == 500


@pytest.mark.parametrize(
    ("allow_list", "source", "status"),
    [
        ("127.0.0.1,::1", "127.0.0.1", 200),
        ("127.0.0.1,::1", "::1", 200),
        ("127.0.0.1,::1", "0:0:0:0:0:0:0:1", 200),
        ("127.0.0.1,::1", "::ffff:127.0.0.1", 200),
        ("127.0.0.1,::1", "127.0.0.2", 404),
        ("::ffff:10.0.0.1", "10.0.0.1", 200),
        (" 10.0.0.0/8 ,\r\n 2001:db8::/32\n", "10.255.0.1", 200),
        (" 10.0.0.0/8 ,\r\n 2001:db8::/32\n", "2001:db8::5", 200),
        (" 10.0.0.0/8 ,\r\n 2001:db8::/32\n", "11.0.0.1", 404),
        ("10.0.0.1/8", "10.9.9.9", 200),
        ("::/0", "10.0.0.1", 404),
        ("0.0.0.0/0", "2001:db8::1", 404),
        ("", "127.0.0.1", 404),
        (" , \n", "127.0.0.1", 404),
        ("localhost,10.0.0.1/99,127.0.0.1", "127.0.0.1", 200),
        ("localhost", "127.0.0.1", 404),
        ("127.0.0.1", "", 404),
        ("127.0.0.1", "nonsense", 404),
    ],
)
def test_answers_the_addresses_on_the_list(call, configure, allow_list, source, status):
    configure(health_allow_list=allow_list)

    assert call("GET", PATH, key=None, source=source).status == status


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_another_address_sees_no_trace_of_the_route(call, method, version):
    there = call(method, f"/api/{version}/health/check", key=None)
    nowhere = call(method, "/api/v1/health/nothing", key=None)

    assert there == nowhere
    assert there.status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("version", ["v2", "v3"])
def test_is_in_version_1_only(call, method, version):
    path = f"/api/{version}/health/check"

    assert call(method, path, key=None, source="127.0.0.1").status == 404


FORGED = {
    "X-Forwarded-For": "127.0.0.1",
    "CloudFront-Viewer-Address": "127.0.0.1:5000",
    "X-Real-Ip": "127.0.0.1",
    "Forwarded": "for=127.0.0.1",
}


def test_believes_no_header(call):
    assert call("GET", PATH, key=None, headers=FORGED, source="203.0.113.7").status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"CloudFront-Viewer-Address": "127.0.0.1:46532"}, 200),
        ({"cloudfront-viewer-address": "::1:46532"}, 200),
        ({"CloudFront-Viewer-Address": "198.51.100.1:4", "X-Forwarded-For": "127.0.0.1"}, 404),
        # What the client wrote, then what CloudFront appended, then what API Gateway appended.
        ({"X-Forwarded-For": "127.0.0.1, 198.51.100.1, 203.0.113.7"}, 404),
        ({"X-Forwarded-For": "198.51.100.1, 127.0.0.1, 203.0.113.7"}, 200),
        ({"X-Forwarded-For": "127.0.0.1"}, 200),
        ({"X-Forwarded-For": "203.0.113.7"}, 404),
        ({}, 404),
    ],
)
def test_believes_cloudfront_where_it_stands_in_front(call, configure, headers, status):
    configure(trust_cloudfront=True)

    answer = call("GET", PATH, key=None, headers=headers, source="203.0.113.7")

    assert answer.status == status


@pytest.mark.parametrize(("seconds", "is_late"), [(180, False), (180.000001, True)])
def test_tells_that_no_scan_has_run_for_three_minutes(call, now, project, seconds, is_late):
    scans.begin(0, 1, now.moment)
    now.advance(seconds=seconds)

    answer = call("GET", PATH, key=None, source="127.0.0.1")

    assert answer.status == (500 if is_late else 200)
    assert answer.json == {
        "service": "nightbell",
        "healthy": not is_late,
        "databaseStatus": "connected",
        "error": "deadlines are not being checked" if is_late else None,
    }


def test_tells_that_one_part_of_the_index_is_not_scanned(call, now, project, configure):
    configure(scan_parts=2, health_allow_list="127.0.0.1")
    scans.begin(0, 2, now.moment)
    scans.begin(1, 2, now.moment)
    now.advance(minutes=4)
    scans.begin(0, 2, now.moment)

    assert call("GET", PATH, key=None, source="127.0.0.1").status == 500

    scans.begin(1, 2, now.moment)

    assert call("GET", PATH, key=None, source="127.0.0.1").status == 200
