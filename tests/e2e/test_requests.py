"""Headers, queries and bodies as clients really send them."""

import json
import random
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.e2e

MEGABYTE = 1024 * 1024


@pytest.fixture
def check(create):
    """Make a check."""
    return create(name="Requests")


@pytest.fixture
def latest(api, check):
    """Return a function that returns the latest ping in the check's log."""

    def read():
        return api.get(f"{check['update_url']}/pings/").json()["pings"][0]

    return read


@pytest.fixture
def latest_body(api, latest):
    """Return a function that returns the body of the latest ping."""

    def read():
        return api.get(latest()["body_url"]).content

    return read


class Raw:
    """A connection of which each byte is under control."""

    def __init__(self, url):
        parts = urlsplit(url)
        self.path = parts.path
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        self.answers = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.answers.close()
        self.socket.close()

    def send(self, text):
        self.socket.sendall(text.encode("latin-1"))

    def head(self, *headers):
        lines = [f"POST {self.path} HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""]
        self.send("\r\n".join(lines))

    def receive(self):
        """Return the status of the next answer, which may be an interim one."""
        status = int(self.answers.readline().split()[1])
        while self.answers.readline() != b"\r\n":
            pass
        return status


# ---- Headers and queries -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["X-Api-Key", "x-api-key", "X-API-KEY", "x-aPI-kEY"])
def test_header_names_count_in_any_case(anyone, system, name):
    assert anyone.get("/api/v3/channels/", headers={name: system.api_key}).status_code == 200


def test_equal_headers_do_no_harm(anyone, system, check, latest):
    key = ("X-Api-Key", system.api_key)

    answer = anyone.get(
        "/api/v3/channels/", headers=[key, key, ("Accept", "a/b"), ("Accept", "c/d")]
    )
    anyone.get(check["ping_url"], headers=[("User-Agent", "first"), ("User-Agent", "second")])

    assert answer.status_code == 200
    assert latest()["ua"] == "first, second"


def test_the_last_of_equal_keys_counts(anyone, system):
    wrong = ("X-Api-Key", "x" * 32)
    right = ("X-Api-Key", system.api_key)

    assert anyone.get("/api/v3/channels/", headers=[wrong, right]).status_code == 200
    assert anyone.get("/api/v3/channels/", headers=[right, wrong]).status_code == 401


def test_no_header_chooses_the_address(anyone, check, latest):
    forged = {
        "X-Forwarded-For": "192.0.2.1",
        "Forwarded": "for=192.0.2.1",
        "X-Real-IP": "192.0.2.1",
        "CloudFront-Viewer-Address": "192.0.2.1:1",
        "X-Forwarded-Proto": "gopher",
    }

    anyone.get(check["ping_url"], headers=forged)

    assert (latest()["remote_addr"], latest()["scheme"]) == ("127.0.0.1", "http")
    assert anyone.get("/api/v1/health/check", headers=forged).status_code == 200


def test_a_header_may_hold_any_byte(check, latest):
    with Raw(check["ping_url"]) as raw:
        raw.head("User-Agent: Gr\xfc\xdfe", "Content-Length: 0")
        assert raw.receive() == 200

    assert latest()["ua"] == "Grüße"


def test_a_query_may_begin_with_an_ampersand_and_a_tag_hold_anything(api, create):
    tags = ["q=1", "q,2", "q%33", "q+4", "q/5", "qü", "q🚀"]
    create(name="Other", tags="q=1")
    wanted = create(name="Wanted", tags=" ".join(tags))

    plain = api.get("/api/v3/checks/?&tag=q=1").json()["checks"]
    both = api.get("/api/v3/checks/?&tag=q=1&tag=q,2").json()["checks"]
    every = api.get("/api/v3/checks/", params=[("tag", tag) for tag in tags]).json()["checks"]
    none = api.get("/api/v3/checks/?tag=q=1,q,2").json()["checks"]

    assert [check["name"] for check in plain] == ["Other", "Wanted"]
    assert [check["uuid"] for check in both] == [wanted["uuid"]]
    assert [check["uuid"] for check in every] == [wanted["uuid"]]
    assert none == []


# ---- Bodies of the API ---------------------------------------------------------------------


def test_get_and_delete_may_carry_a_body(api, check):
    url = check["update_url"]

    got = api.request("GET", url, json={"api_key": "x"})
    listed = api.request("GET", "/api/v3/checks/", json={})
    deleted = api.request("DELETE", url, json={"a": [1]})

    assert got.json()["uuid"] == check["uuid"]
    assert listed.status_code == 200
    assert deleted.json()["uuid"] == check["uuid"]


def test_an_empty_form_pauses(api, check):
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = api.post(check["pause_url"], content=b"", headers=form)

    assert answer.json()["status"] == "paused"


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "image/png", "x"]
)
def test_json_is_read_whatever_its_content_type(anyone, system, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    document = {"api_key": system.api_key, "name": "Ünï 🚀", "unique": ["name"]}

    answer = anyone.post("/api/v3/checks/", content=json.dumps(document).encode(), headers=headers)
    raw = json.dumps(document, ensure_ascii=False).encode()
    again = anyone.post("/api/v3/checks/", content=raw, headers=headers)

    assert answer.status_code in (200, 201)
    assert answer.json()["name"] == "Ünï 🚀"
    assert (again.status_code, again.json()["uuid"]) == (200, answer.json()["uuid"])


def test_a_body_that_is_no_text_is_a_400(api):
    answer = api.post("/api/v3/checks/", content=b"\xff\xfe\x00")

    assert answer.status_code == 400
    assert answer.json() == {"error": "could not parse request body"}


def test_a_large_list_is_compressed_for_those_who_can_read_it(api, create):
    for _ in range(7):
        create(name="Large", tags="large", desc="Grüße " * 1666)

    packed = api.get("/api/v3/checks/?tag=large")
    plain = api.get("/api/v3/checks/?tag=large", headers={"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert len(plain.json()["checks"]) == 7


# ---- Bodies of pings -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "image/png",
    ],
)
def test_a_body_is_kept_byte_for_byte(anyone, check, latest_body, content_type):
    body = bytes(range(256)) + random.randbytes(1000)
    headers = {"Content-Type": content_type} if content_type else {}

    anyone.post(check["ping_url"], content=body, headers=headers)

    assert latest_body() == body


def test_a_text_is_kept_as_it_is(anyone, check, latest_body):
    body = "Grüße 🚀\r\n\ttab\0"

    anyone.post(check["ping_url"], content=body, headers={"Content-Type": "text/plain"})

    assert latest_body().decode() == body


@pytest.mark.parametrize("size", [1, 9_999, 10_000, 10_001, 100_000, 4 * MEGABYTE])
def test_a_long_body_is_cut_and_never_refused(anyone, check, latest_body, size):
    body = random.randbytes(size)

    answer = anyone.post(check["ping_url"], content=body)

    assert (answer.status_code, answer.text) == (200, "OK")
    assert latest_body() == body[:10_000]


@pytest.mark.parametrize("size", [6 * MEGABYTE, 20 * MEGABYTE])
def test_what_reaches_no_function_is_413(anyone, api, check, size):
    answer = anyone.post(check["ping_url"], content=bytes(size))

    assert answer.status_code == 413
    assert api.get(check["update_url"]).json()["n_pings"] == 0


def test_a_body_may_come_in_chunks(anyone, check, latest_body):
    anyone.post(check["ping_url"], content=iter([b"one ", b"two ", b"three"]))

    assert latest_body() == b"one two three"


def test_a_client_may_ask_before_it_sends_the_body(check, latest_body):
    with Raw(check["ping_url"]) as raw:
        raw.head("Expect: 100-continue", "Content-Length: 5")
        assert raw.receive() == 100
        raw.send("hello")
        assert raw.receive() == 200

    assert latest_body() == b"hello"


# ---- Clients in trouble, and many at once --------------------------------------------------


def test_a_client_that_goes_away_in_the_middle_does_no_harm(anyone, api, check, latest):
    for _ in range(20):
        with Raw(check["ping_url"]) as raw:
            raw.head("Content-Length: 1000")
            raw.send("the beginning")

    answer = anyone.post(check["ping_url"], content=b"whole")

    assert answer.status_code == 200
    assert latest()["n"] == api.get(check["update_url"]).json()["n_pings"] == 1


def test_slow_clients_do_not_keep_others_waiting(anyone, check, latest_body):
    with ExitStack() as stack:
        slow = [stack.enter_context(Raw(check["ping_url"])) for _ in range(20)]
        for raw in slow:
            raw.head("Content-Length: 4")
            raw.send("sl")

        assert anyone.get(check["ping_url"], timeout=10).status_code == 200

        for raw in slow:
            raw.send("ow")
            assert raw.receive() == 200
    assert latest_body() == b"slow"


def test_fifty_pings_at_once_are_all_counted_and_logged(api, check):
    together = Barrier(50)

    def ping(number):
        with Raw(check["ping_url"]) as raw:
            together.wait()
            body = f"ping {number}"
            raw.head(f"Content-Length: {len(body)}")
            raw.send(body)
            return raw.receive()

    with ThreadPoolExecutor(50) as threads:
        statuses = set(threads.map(ping, range(50)))

    log = api.get(f"{check['update_url']}/pings/").json()["pings"]
    assert statuses == {200}
    assert api.get(check["update_url"]).json()["n_pings"] == 50
    assert [logged["n"] for logged in log] == list(range(50, 0, -1))
