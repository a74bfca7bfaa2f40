"""GET /api/{version}/checks/{check}/pings/{n}/body."""

import pytest


@pytest.mark.parametrize(
    "path", ["/api/v1/checks/{}/pings/1/body", "/api/v3/checks/{}/pings/1/body/"]
)
@pytest.mark.parametrize("body", [b"done", b"\x00\xff\r\n\xfe", b"<script>", b"b" * 10_000])
def test_shows_the_bytes_as_text(call, create, ping, path, body):
    check_id = create()["uuid"]
    ping(f"/ping/{check_id}", "POST", body)

    answer = call("GET", path.format(check_id), headers={"Accept-Encoding": "gzip"})

    assert answer.status == 200
    assert answer.body == body
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "n", ["0", "2", "1001", "-1", "1.0", "x", "01x", "%31", "٣", "9" * 15, "9" * 5000]
)
def test_shows_no_other(call, create, ping, n):
    check_id = create()["uuid"]
    ping(f"/ping/{check_id}", "POST", b"done")

    answer = call("GET", f"/api/v3/checks/{check_id}/pings/{n}/body")

    assert (answer.status, answer.text) == (404, "")


def test_shows_a_ping_without_body_to_be_none(call, create, ping):
    check_id = create()["uuid"]
    ping(f"/ping/{check_id}")

    assert call("GET", f"/api/v3/checks/{check_id}/pings/1/body").status == 404


def test_shows_the_bodies_of_ignored_and_failed_pings(call, create, ping):
    check_id = create(methods="POST")["uuid"]
    ping(f"/ping/{check_id}", "PUT", b"ignored")
    ping(f"/ping/{check_id}/5", "POST", b"failed")

    bodies = [call("GET", f"/api/v3/checks/{check_id}/pings/{n}/body").body for n in (1, 2)]

    assert bodies == [b"ignored", b"failed"]
