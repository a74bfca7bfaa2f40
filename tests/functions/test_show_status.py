"""GET, HEAD /api/{version}/status."""

import pytest


@pytest.mark.parametrize("path", ["/api/v1/status/", "/api/v2/status", "/api/v3/status/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_says_ok(call, method, path):
    answer = call(method, path, key=None)

    assert answer.status == 200
    assert answer.text == ("OK" if method == "GET" else "")
    assert answer.headers["content-type"].startswith("text/plain")
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_says_so_when_the_database_does_not_answer(call, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")

    assert call("GET", "/api/v3/status/", key=None).status == 500


def test_fails_without_tables(call, tables):
    tables.delete_table(TableName="keys")

    assert call("GET", "/api/v3/status/", key=None).status == 500
