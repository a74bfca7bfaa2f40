"""What clients are told when something fails that is not their fault, and what the log keeps."""

import json
import socket
import time
from types import SimpleNamespace

import pytest

from nightbell.store import connection as connections
from nightbell.store.connection import connection


@pytest.fixture
def dynamodb_answers(monkeypatch, tables):
    """Return a function that makes an operation of DynamoDB fail with a code."""
    hooks = []
    # Nobody waits for ten seconds in a test.
    monkeypatch.setattr(connections, "_PATIENCE", 0.05)

    def fail(operation, code):
        def answer(**_):
            error = {"Code": code, "Message": "secret inside"}
            return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {}}

        event = f"before-call.dynamodb.{operation}"
        connection.client.meta.events.register(event, answer)
        hooks.append((event, answer))

    yield fail
    for event, answer in hooks:
        connection.client.meta.events.unregister(event, answer)


WRITES = [("POST", "", "TransactWriteItems"), ("POST", "/pause", "TransactWriteItems")]


@pytest.mark.parametrize(("method", "suffix", "operation"), WRITES)
def test_contention_without_end_is_503(
    call, create, dynamodb_answers, method, suffix, operation, log
):
    path = f"/api/v3/checks/{create()['uuid']}{suffix}"
    dynamodb_answers(operation, "TransactionConflictException")

    answer = call(method, path, {"name": "new"})

    assert answer.status == 503
    assert answer.json == {"error": "try again later"}
    assert answer.headers["access-control-allow-origin"] == "*"
    (line,) = log.getvalue().splitlines()
    assert json.loads(line)["level"] == "ERROR"
    assert len(line) < 300


def test_what_is_answered_or_refused_writes_no_log(call, ping, create, log, capfd):
    check_id = create()["uuid"]

    statuses = [
        call("GET", "/api/v3/checks/").status,
        call("GET", f"/api/v3/checks/{'0' * 8}{check_id[8:]}").status,
        call("POST", "/api/v3/checks/", {"name": 1}).status,
        call("GET", "/api/v3/checks/", key="wrong").status,
        ping(f"/ping/{check_id}").status,
        ping(f"/ping/{'0' * 8}{check_id[8:]}").status,
    ]

    assert statuses == [200, 404, 400, 401, 200, 404]
    assert log.getvalue() == ""
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("operation", ["UpdateItem", "PutItem"])
def test_a_ping_that_cannot_be_kept_is_not_answered_200(ping, create, dynamodb_answers, operation):
    path = f"/ping/{create()['uuid']}"
    ping(path)
    dynamodb_answers(operation, "TransactionConflictException")

    assert ping(path).status == 503


@pytest.mark.parametrize("operation", ["GetItem", "Query"])
@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException"])
def test_an_unexpected_failure_is_500_and_tells_nothing(
    call, create, dynamodb_answers, operation, code, log
):
    path = f"/api/v3/checks/{create()['uuid']}"
    dynamodb_answers(operation, code)

    answer = call("GET", path)

    assert answer.status == 500
    assert answer.json == {"error": "internal error"}
    assert answer.headers["access-control-allow-origin"] == "*"
    entry = json.loads(log.getvalue())
    assert (entry["level"], entry["service"]) == ("ERROR", "nightbell")
    assert code in entry["exception"]


def test_an_unexpected_failure_of_a_ping_is_left_to_lambda(ping, create, dynamodb_answers):
    path = f"/ping/{create()['uuid']}"
    dynamodb_answers("GetItem", "AccessDeniedException")

    with pytest.raises(Exception, match="AccessDenied"):
        ping(path)


def test_health_does_not_wait_for_a_database_that_is_silent(call, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{port}")
        since = time.monotonic()

        answer = call("GET", "/api/v1/health/check", key=None, source="127.0.0.1")

    assert answer.json["databaseStatus"] == "connection-failed"
    assert time.monotonic() - since < 5


def test_what_succeeds_or_is_refused_is_not_logged(call, ping, create, log):
    check_id = create()["uuid"]
    ping(f"/ping/{check_id}/fail")
    ping(f"/ping/{check_id}/256")
    call("POST", f"/api/v3/checks/{check_id}", {"name": 5})
    call("GET", f"/api/v3/checks/{check_id}", key="k" * 32)

    assert log.getvalue() == ""
