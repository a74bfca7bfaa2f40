"""Requests to addresses that users gave: whom they reach, what they hold, what is read."""

import base64
import gzip
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nightbell.alerts import http, wire
from nightbell.alerts.http import Answer
from nightbell.alerts.outcome import DeliveryFailed, Passing, Permanent
from tests.alerts.loopback import OK, PUBLIC, PUBLIC_IPV6, answering, read_head

NOT_PUBLIC = "Address is not public"


def get(url: str, **headers: str) -> Answer:
    return http.send("GET", url, headers=headers)


def failure(url: str) -> DeliveryFailed:
    """Return how a request fails."""
    with pytest.raises(DeliveryFailed) as caught:
        get(url)
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "http://127.1/",
        "http://0/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.1:80/",
        "http://127.0.0.1:65535/",
        "https://127.0.0.1/",
        "HTTP://127.0.0.1/",
        "http://good.example@127.0.0.1/",
        "http://good.example:80@127.0.0.1/",
        "http://good.example%2f@127.0.0.1/",
        "http://127.0.0.1?@good.example/",
        "http://127.0.0.1#@good.example/",
        "http://127.0.0.1;good.example/",
        "http://１２７.０.０.１/",
        "http://127。0。0。1/",
        "http://①②⑦.0.0.1/",
        "http://[::]/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b:1::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001::1]/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1%251]/",
        "http://10.0.0.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://169.254.100.1:9001/",
        "http://169.254.79.129:2000/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://198.18.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
    ],
)
def test_asks_no_address_that_is_not_public_however_it_is_written(internet, url):
    internet.names["127.0.0.1;good.example"] = ["127.0.0.1"]

    error = failure(url)

    assert isinstance(error, Permanent)
    assert error.error == NOT_PUBLIC
    assert internet.connections == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        [PUBLIC, "127.0.0.1"],
        ["10.0.0.1", PUBLIC],
        [PUBLIC, "8.8.4.4", "8.8.8.8", "169.254.169.254"],
        [PUBLIC, "::1"],
        [PUBLIC, "::ffff:127.0.0.1"],
        [PUBLIC, "fe80::1%2"],
        [PUBLIC_IPV6, "fd00::1"],
    ],
)
def test_asks_nobody_if_one_address_of_the_name_is_not_public(internet, addresses):
    internet.names["hooks.example"] = addresses

    error = failure("https://hooks.example/")

    assert isinstance(error, Permanent)
    assert error.error == NOT_PUBLIC
    assert internet.connections == []


def test_connects_to_the_address_that_was_looked_up(internet, receiver, monkeypatch):
    monkeypatch.setattr(wire, "settings", replace(wire.settings, allow_private_networks=False))
    internet.names["hooks.example"] = [PUBLIC_IPV6, PUBLIC]
    internet.servers[PUBLIC] = int(receiver.url.rpartition(":")[2])

    answer = get("http://hooks.example/news")

    assert answer.status == 200
    assert internet.connections == [(PUBLIC, 80)]
    assert receiver.request.headers["host"] == "hooks.example"


def test_looks_a_name_up_once_so_that_no_second_answer_counts(internet, serve):
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    internet.names["rebinding.example"] = lambda: next(answers)
    internet.servers[PUBLIC] = serve(answering(OK))

    answer = get("http://rebinding.example/")

    assert answer.body == b"hi"
    assert internet.lookups == ["rebinding.example"]
    assert internet.connections == [(PUBLIC, 80)]


def test_tries_a_second_address_if_the_first_does_not_answer(internet, serve):
    internet.names["hooks.example"] = [PUBLIC, "8.8.4.4"]
    internet.servers["8.8.4.4"] = serve(answering(OK))

    answer = get("http://hooks.example:8080/")

    assert answer.status == 200
    assert internet.connections == [(PUBLIC, 8080), ("8.8.4.4", 8080)]


def test_tries_no_more_than_two_of_many_addresses(internet):
    internet.names["hooks.example"] = [f"8.8.8.{number}" for number in range(200)]

    error = failure("http://hooks.example/")

    assert error.error == "Connection refused"
    assert internet.connections == [("8.8.8.0", 80), ("8.8.8.1", 80)]


@pytest.mark.parametrize("url", ["http://hooks.example/", f"http://[{PUBLIC_IPV6}]/"])
@pytest.mark.parametrize("private", [False, True])
def test_says_that_there_is_no_way_to_an_ipv6_host(internet, monkeypatch, url, private):
    monkeypatch.setattr(wire, "settings", replace(wire.settings, allow_private_networks=private))
    internet.names["hooks.example"] = [PUBLIC_IPV6, "2606:4700:4700::1111"]

    error = failure(url)

    assert isinstance(error, Passing)
    assert error.error == "Host has only IPv6 addresses, and there is no way to those from here"
    assert internet.connections == []


def test_asks_private_networks_where_they_are_allowed(internet, private_networks, serve):
    port = serve(answering(OK))
    addresses = ["127.0.0.1", "10.0.0.1", "100.64.0.1", "172.16.0.1", "192.168.0.1", PUBLIC]
    internet.servers = dict.fromkeys(addresses, port)

    statuses = [get(f"http://{address}/").status for address in addresses]

    assert statuses == [200] * len(addresses)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/",
        "http://169.254.100.1:9001/",
        "http://169.254.79.129:2000/",
        "http://0.0.0.0:9001/",
        "http://0/",
        "http://127.0.0.1:9001/",
        "http://127.1:9001/",
        "http://127.8.8.8:9001/",
        "http://localhost:9001/",
        "http://mixed.example/",
        "http://192.0.2.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
    ],
)
def test_never_asks_the_cloud_or_the_function_itself(internet, private_networks, url):
    internet.names["localhost"] = ["::1", "127.0.0.1"]
    internet.names["mixed.example"] = ["10.0.0.1", "169.254.169.254"]

    error = failure(url)

    assert isinstance(error, Permanent)
    assert error.error == NOT_PUBLIC
    assert internet.connections == []


def test_lets_a_private_host_have_any_ipv6_address_as_well(internet, private_networks, serve):
    internet.names["nas.example"] = ["fe80::1%2", "64:ff9b::a00:1", "10.0.0.1"]
    internet.servers["10.0.0.1"] = serve(answering(OK))

    answer = get("http://nas.example/")

    assert answer.status == 200


@pytest.mark.parametrize(
    "url",
    [
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "//8.8.8.8/",
        "8.8.8.8",
        "",
        "http:8.8.8.8",
        "http:///8.8.8.8",
        "http://",
        "http://:80/",
        "http://user@/",
        "http://8.8.8.8:0/",
        "http://8.8.8.8:65536/",
        "http://8.8.8.8:http/",
        "http://8.8.8.8:-1/",
        "http://8.8.8.8\\@127.0.0.1/",
        "http://127.0.0.1\\@8.8.8.8/",
        "http:\\\\8.8.8.8/",
        "http://8.8.8.8 /",
        " http://8.8.8.8/",
        "http://8.8.8.8/a b",
        "http://8.8.8.8/\r\nX: y",
        "http://8.8.8.8/\t",
        "http://8.8.8.8\x00/",
        "http://[8.8.8.8/",
        "http://a..b/",
        "http://./",
        f"http://{'a' * 64}.example/",
        "http://ex\ud800ample/",
        "http://8.8.8.8/\ud800",
        "http://good.example／@127.0.0.1/",
    ],
)
def test_refuses_what_is_no_web_address(internet, url):
    error = failure(url)

    assert isinstance(error, Permanent)
    assert error.error in {"URL is not valid", "URL is not an http or https address"}
    assert internet.lookups == []


def test_follows_no_redirect(internet, serve):
    redirect = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    internet.names["hooks.example"] = [PUBLIC]
    internet.servers[PUBLIC] = serve(answering(redirect))

    answer = get("http://hooks.example/")

    assert answer.status == 302
    assert internet.connections == [(PUBLIC, 80)]


def test_asks_no_proxy_that_the_environment_names(internet, serve, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    internet.names["hooks.example"] = [PUBLIC]
    internet.servers[PUBLIC] = serve(answering(OK))

    get("http://hooks.example/")

    assert internet.lookups == ["hooks.example"]
    assert internet.connections == [(PUBLIC, 80)]


def test_takes_a_name_in_any_script(internet, serve):
    heads = []
    internet.names["xn--bcher-kva.example"] = [PUBLIC]
    internet.servers[PUBLIC] = serve(answering(OK, heads))

    get("http://Bücher.example/")

    assert b"\r\nHost: xn--bcher-kva.example\r\n" in heads[0]


def test_sends_method_path_headers_and_body(receiver):
    http.send("PUT", f"{receiver.url}/a/b?c=d", headers={"X-Test": "1"}, body=b"text")

    request = receiver.request
    assert (request.method, request.path, request.body) == ("PUT", "/a/b?c=d", b"text")
    assert request.headers == {
        "host": receiver.url.removeprefix("http://"),
        "user-agent": "nightbell/alerts",
        "accept-encoding": "identity",
        "connection": "close",
        "content-length": "4",
        "x-test": "1",
    }


def test_sends_json(receiver):
    http.post_json(receiver.url, {"name": "Sökning \ud800"}, {"X-Test": "1"})

    request = receiver.request
    assert (request.method, request.path) == ("POST", "/")
    assert request.json == {"name": "Sökning \ud800"}
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-test"] == "1"


def test_sends_no_length_with_a_get(receiver):
    get(receiver.url)

    assert "content-length" not in receiver.request.headers
    assert "content-type" not in receiver.request.headers


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("", "/"),
        ("?a=b", "/?a=b"),
        ("/a?", "/a"),
        ("/a#b", "/a"),
        ("/a?b#c?d", "/a?b"),
        ("/sök?q=å", "/s%C3%B6k?q=%C3%A5"),
        ("/a%20b%zz", "/a%20b%zz"),
        ('/"<>\\^`{|}', "/%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("/-._~!$&'()*+,;=:@[]/", "/-._~!$&'()*+,;=:@[]/"),
        ("/a/../b/./", "/a/../b/./"),
    ],
)
def test_sends_the_path_as_it_is_but_for_what_no_url_may_hold(receiver, given, sent):
    get(receiver.url + given)

    assert receiver.request.path == sent


@pytest.mark.parametrize(
    ("userinfo", "pair"),
    [
        ("user:secret", b"user:secret"),
        ("user", b"user:"),
        (":secret", b":secret"),
        ("us%40er:p%3Aa%2Fss", b"us@er:p:a/ss"),
        ("ü:ö", "ü:ö".encode()),
    ],
)
def test_a_name_in_the_url_becomes_authorization(receiver, userinfo, pair):
    get(receiver.url.replace("//", f"//{userinfo}@"))

    assert receiver.request.headers["authorization"] == (f"Basic {base64.b64encode(pair).decode()}")
    assert receiver.request.headers["host"] == receiver.url.removeprefix("http://")


@pytest.mark.parametrize("userinfo", ["", ":"])
def test_an_empty_name_in_the_url_does_not(receiver, userinfo):
    get(receiver.url.replace("//", f"//{userinfo}@"))

    assert "authorization" not in receiver.request.headers


def test_sends_no_password_from_a_file(receiver, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login user password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))

    get(receiver.url)

    assert "authorization" not in receiver.request.headers


def test_headers_given_replace_its_own(receiver):
    headers = {"user-agent": "mine/1", "HOST": "inner.example", "authorization": "Bearer x"}

    get(receiver.url.replace("//", "//user:secret@"), **headers)

    sent = receiver.request.headers
    assert {name.lower(): sent[name.lower()] for name in headers} == {
        "user-agent": "mine/1",
        "host": "inner.example",
        "authorization": "Bearer x",
    }


@pytest.mark.parametrize(
    "header", ["Content-Length", "transfer-encoding", "Connection", "Upgrade", "TE", "Trailer"]
)
def test_takes_no_header_that_frames_the_message(receiver, header):
    http.send("POST", receiver.url, headers={header: "chunked"}, body=b"text")

    assert receiver.request.body == b"text"
    assert receiver.request.headers["content-length"] == "4"
    assert "chunked" not in receiver.request.headers.values()


def test_sends_headers_in_latin_1(receiver):
    get(receiver.url, **{"X-Name": "Größe ✓", "X-Empty": "", "X-Tab": "a\tb"})

    sent = receiver.request.headers
    assert (sent["x-name"], sent["x-empty"], sent["x-tab"]) == ("Größe &#10003;", "", "a\tb")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Test", "a\r\nX-Evil: b"),
        ("X-Test", "a\nb"),
        ("X-Test", "a\rb"),
        ("X-Test", "a\r\n folded"),
        ("X-Test", "a\x00b"),
        ("X-Test", "a\x7fb"),
        ("X-Te\r\nst", "a"),
        ("X-Test: a\r\nX-Evil", "b"),
        ("X Test", "a"),
        ("X-Tést", "a"),
        ("X-Test\n", "a"),
        (":authority", "a"),
        ("", "a"),
    ],
)
def test_refuses_a_header_that_would_be_two(internet, name, value):
    with pytest.raises(Permanent) as caught:
        http.send("GET", f"http://{PUBLIC}/", headers={name: value})

    assert caught.value.error == "A header has an unexpected name or value"
    assert internet.connections == []


def test_many_requests_at_once_get_each_its_own_answer(receiver):
    receiver.behave = lambda request: (200, {}, request.body)
    bodies = [f"body {number}".encode() for number in range(40)]

    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(lambda body: http.send("POST", receiver.url, headers={}, body=body), bodies)
        )

    assert [answer.body for answer in answers] == bodies


@pytest.mark.parametrize("status", [200, 204, 301, 307, 404, 429, 500, 503, 599])
def test_any_status_is_an_answer(private_networks, serve, status):
    port = serve(answering(b"HTTP/1.1 %d Whatever\r\nContent-Length: 0\r\n\r\n" % status))

    answer = get(f"http://127.0.0.1:{port}/")

    assert answer == Answer(status, b"")


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.0 200 OK\r\n\r\nhi",
        b"HTTP/1.1 200\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1;x=y\r\ni\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi and more",
    ],
)
def test_reads_the_body_however_it_is_framed(private_networks, serve, answer):
    port = serve(answering(answer))

    assert get(f"http://127.0.0.1:{port}/") == Answer(200, b"hi")


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
    ],
)
def test_reads_no_more_than_the_beginning_of_a_large_body(private_networks, serve, head):
    sent = []

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(head)
        while True:
            sent.append(connection.send(b"x" * 65_536))

    port = serve(behave)

    answer = get(f"http://127.0.0.1:{port}/")

    assert answer.body == b"x" * http.LARGEST_ANSWER
    assert sum(sent) < 50_000_000  # what the buffers of two sockets hold


def test_unpacks_nothing(receiver):
    receiver.headers = {"Content-Encoding": "gzip"}
    receiver.body = gzip.compress(b"0" * 10_000_000)[:1000]

    answer = get(receiver.url)

    assert answer.body == receiver.body


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b'{"ok": true}', {"ok": True}),
        (b"[]", []),
        (b"null", None),
        (b"", None),
        (b"ok", None),
        (b"\xff\xfe\xff", None),
        (b"[" * 16_000, None),
        (b"9" * 10_000, None),
    ],
)
def test_json_is_what_the_body_holds_or_none(body, document):
    assert Answer(200, body).json() == document


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("0", 0),
        ("30", 30),
        (" 30 ", 30),
        ("1.5", 1.5),
        ("3600", 3600),
        ("3601", 3600),
        ("9" * 5000, 3600),
        ("Mon, 15 Jan 2024 12:00:45 GMT", 45),
        ("Mon, 15 Jan 2024 12:00:00 GMT", 0),
        ("Mon, 15 Jan 2024 11:00:00 GMT", 0),
        ("Mon, 15 Jan 2024 13:00:00 GMT", 3600),
        ("Mon, 15 Jan 2024 13:00:01 GMT", 3600),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_keeps_how_long_the_receiver_wants_to_be_left(receiver, now, status, header, pause):
    now.moment = datetime(2024, 1, 15, 12, tzinfo=UTC)
    receiver.status = status
    receiver.headers = {"Retry-After": header}

    answer = get(receiver.url)

    assert answer.retry_after == timedelta(seconds=pause)


@pytest.mark.parametrize(
    "header",
    ["", "-1", "soon", "nan", "inf", "1e3", "1_0", "²", "Mon, 15 Jan 2024", "15 Jan 2024 +99"],
)
def test_a_pause_that_cannot_be_read_is_none(receiver, header):
    receiver.status = 429
    receiver.headers = {"Retry-After": header}

    assert get(receiver.url).retry_after is None


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_a_success(status):
    assert http.require_success(Answer(status, b"")) is None


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 307, 400, 404, 429, 500, 599])
def test_other_statuses_may_pass(status):
    with pytest.raises(Passing) as caught:
        http.require_success(Answer(status, b"secret"), permanent={410})

    assert caught.value.error == f"Received status code {status}"
    assert caught.value.unreachable is False
    assert caught.value.retry_after is None


def test_statuses_that_the_kind_names_are_permanent():
    with pytest.raises(Permanent) as caught:
        http.require_success(Answer(410, b"secret"), permanent={404, 410})

    assert caught.value.error == "Received status code 410"


def test_a_kind_may_name_its_successes():
    with pytest.raises(Passing) as caught:
        http.require_success(Answer(203, b""), success={200})

    assert caught.value.error == "Received status code 203"


def test_tells_how_long_to_wait():
    with pytest.raises(Passing) as caught:
        http.require_success(Answer(429, b"", timedelta(seconds=7)))

    assert caught.value.retry_after == timedelta(seconds=7)


def test_adds_the_service_s_own_explanation_on_one_short_line():
    explanation = "  chat\nnot\x00 \u202efound " + "x" * 500

    with pytest.raises(Passing) as caught:
        http.require_success(Answer(400, b""), explanation=explanation)

    assert caught.value.error == (
        f'Received status code 400 with a message: "chat not found {"x" * 185}"'
    )
