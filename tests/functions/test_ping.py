"""ANY /ping/{rest+}."""

import pytest

RID = "123e4567-e89b-12d3-a456-426614174000"
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def check(create):
    """A check of the project, with a slug."""
    return create(name="Backups", slug="backups", timeout=3600, grace=600)


@pytest.fixture
def url(check):
    """The ping URL of the check."""
    return f"/ping/{check['uuid']}"


@pytest.fixture
def log_of(call, check):
    """Return a function that returns the check's log, newest first."""
    return lambda: call("GET", f"/api/v3/checks/{check['uuid']}/pings/").json["pings"]


@pytest.fixture
def body_of(call, check):
    """Return a function that returns the answer for the body of a logged ping."""
    return lambda n: call("GET", f"/api/v3/checks/{check['uuid']}/pings/{n}/body")


# ---- Answers -------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("suffix", ["", "/"])
def test_every_method_counts_with_and_without_a_final_slash(ping, url, show, check, method, suffix):
    answer = ping(url + suffix, method)

    assert answer.status == 200
    assert answer.text == ("" if method == "HEAD" else "OK")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["ping-body-limit"] == "10000"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "no-store" in answer.headers["cache-control"]
    assert show(check["uuid"])["n_pings"] == 1


@pytest.mark.parametrize(
    "path",
    [
        f"/ping/{UNKNOWN}",
        f"/ping/{UNKNOWN}/start",
        f"/ping/{UNKNOWN}/256",
        f"/ping/{UNKNOWN}?rid=nonsense",
        f"/ping/{UNKNOWN.upper()}",
        f"/ping/{UNKNOWN.replace('-', '')}",
        "/ping/",
        "/ping//",
        "/ping/nonsense",
        "/ping/{key}",
        "/ping/{key}/unknown",
        "/ping/{key}/unknown/start",
        "/ping/{key}/unknown?create=0",
        "/ping/{key}/unknown?create=true",
        "/ping/{key}/unknown?create=11",
        "/ping/{key}/unknown?create=%31%20",
        "/ping/{key}/unknown?create=",
        "/ping/{key}/unknown?Create=1",
        "/ping/unknown-key/backups",
        "/ping/unknown-key/backups?create=1",
        "/ping/" + "k" * 3000 + "/backups",
        "/ping/{key}/" + "s" * 3000,
        "/ping/{key}/" + "s" * 101,
        "/ping/{key}/backups/start/more",
        "/ping/{key}/back%20ups",
        "/ping/{key}/b%C3%BCro?create=1",
        "/ping/{uuid}/-1",
        "/ping/{uuid}/1.5",
        "/ping/{uuid}/start/fail",
        "/ping/{uuid}//",
        "/ping/{uuid}//start",
        "/ping/{uuid}%0A",
        "/ping/{uuid}/%D9%A3",
        "/ping/ {uuid}",
    ],
)
def test_an_unknown_address_leaves_no_trace(ping, project, check, unchanged, path):
    with unchanged():
        answer = ping(path.format(key=project.ping_key, uuid=check["uuid"]), "POST", b"body")

    assert (answer.status, answer.text) == (404, "not found")
    assert "ping-body-limit" not in answer.headers
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("base", ["{uuid}", "{key}/backups", "{key}/new", "{key}/new?create=1"])
@pytest.mark.parametrize(
    ("suffix", "query", "error"),
    [
        ("/256", "", "invalid url format"),
        ("/" + "9" * 5000, "", "invalid url format"),
        ("/256", "rid=nonsense", "invalid url format"),
        ("", "rid=nonsense", "invalid uuid format"),
        ("/fail", "rid=", "invalid uuid format"),
        ("/0", f"rid={RID}0", "invalid uuid format"),
        ("/log", f"rid={RID}%0A", "invalid uuid format"),
        ("/start", f"rid={{{RID}}}", "invalid uuid format"),
        ("/start", f"rid={RID.replace('-', '')}", "invalid uuid format"),
        ("/start", f"rid={RID}&rid=", "invalid uuid format"),
    ],
)
def test_a_malformed_ping_leaves_no_trace(
    ping, project, check, unchanged, base, suffix, query, error
):
    path, _, create = base.format(uuid=check["uuid"], key=project.ping_key).partition("?")
    is_unknown = path.endswith("/new") and not create

    with unchanged():
        answer = ping(f"/ping/{path}{suffix}?{create}&{query}", "POST", b"body")

    expected = (404, "not found") if is_unknown else (400, error)
    assert (answer.status, answer.text) == expected


@pytest.mark.parametrize(
    ("sent", "logged"), [(RID, RID), (RID.upper(), RID), (f"x&rid={RID}&a=%FF", RID)]
)
def test_logs_the_run_id_in_lower_case(ping, url, log_of, sent, logged):
    assert ping(f"{url}?rid={sent}").status == 200

    assert log_of()[0]["rid"] == logged


# ---- Signals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "kind", "status"),
    [
        ("", "success", "up"),
        ("/0", "success", "up"),
        ("/000", "success", "up"),
        ("/" + "0" * 5000, "success", "up"),
        ("/1", "fail", "down"),
        ("/255", "fail", "down"),
        ("/0255", "fail", "down"),
        ("/fail", "fail", "down"),
        ("/start", "start", "new"),
        ("/log", "log", "new"),
    ],
)
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_signal_has_its_effect(ping, url, show, check, log_of, suffix, kind, status, slash):
    assert ping(url + suffix + slash).status == 200

    shown = show(check["uuid"])
    assert (shown["status"], shown["n_pings"]) == (status, 1)
    assert shown["started"] is (kind == "start")
    assert (shown["last_ping"] is None) is (kind in ("start", "log"))
    assert log_of()[0]["type"] == kind


def test_a_run_is_measured_from_start_to_end(ping, url, show, check, log_of, now):
    ping(f"{url}/start")
    now.advance(seconds=95.678)
    ping(url)

    assert show(check["uuid"])["last_duration"] == 95
    end, start = log_of()
    assert end["duration"] == 95.68
    assert "duration" not in start


def test_runs_with_ids_are_told_apart(ping, url, show, check, log_of, now):
    other = RID.replace("1", "2")
    ping(f"{url}/start?rid={RID}")
    now.advance(seconds=10)
    ping(f"{url}/start?rid={other}")
    now.advance(seconds=5)
    ping(f"{url}?rid={other}")
    now.advance(seconds=5)
    ping(f"{url}/fail?rid={RID}")

    assert [entry.get("duration") for entry in log_of()] == [20, 5, None, None]
    assert show(check["uuid"])["status"] == "down"


def test_a_success_of_another_run_leaves_this_one_running(ping, url, show, check, now):
    ping(f"{url}/start?rid={RID}")
    ping(f"{url}?rid={RID.replace('1', '2')}")
    assert show(check["uuid"])["started"] is True

    ping(url)
    assert show(check["uuid"])["started"] is False
    assert "last_duration" not in show(check["uuid"])


def test_a_run_that_takes_too_long_is_down(ping, url, show, check, now):
    ping(f"{url}/start")

    now.advance(seconds=599)
    assert show(check["uuid"])["status"] == "new"
    assert show(check["uuid"])["next_ping"] == "2024-01-15T12:00:00+00:00"
    now.advance(seconds=1)
    assert show(check["uuid"])["status"] == "down"
    assert show(check["uuid"])["next_ping"] is None


def test_the_next_ping_is_due_after_the_timeout(ping, url, show, check, now):
    ping(url)
    ping(f"{url}/log")

    now.advance(seconds=3599)
    assert show(check["uuid"])["status"] == "up"
    assert show(check["uuid"])["next_ping"] == "2024-01-15T13:00:00+00:00"
    now.advance(seconds=1)
    assert show(check["uuid"])["status"] == "grace"
    now.advance(seconds=600)
    assert show(check["uuid"])["status"] == "down"


# ---- Pings that are ignored ----------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_only_post_counts_where_only_post_is_allowed(ping, create, show, call, method):
    check_id = create(methods="POST")["uuid"]

    answer = ping(f"/ping/{check_id}", method, b"" if method in ("GET", "HEAD") else b"why")

    assert answer.status == 200
    shown = show(check_id)
    assert (shown["status"], shown["n_pings"]) == ("up" if method == "POST" else "new", 1)
    logged = call("GET", f"/api/v3/checks/{check_id}/pings/").json["pings"][0]
    assert logged["type"] == ("success" if method == "POST" else "ign")
    assert logged["method"] == method


@pytest.mark.parametrize(("manual", "status"), [(True, "paused"), (False, "up")])
def test_a_paused_check_that_waits_for_its_owner_ignores_pings(
    ping, create, call, show, manual, status
):
    check_id = create(manual_resume=manual)["uuid"]
    call("POST", f"/api/v3/checks/{check_id}/pause")

    assert ping(f"/ping/{check_id}", "POST", b"kept").status == 200

    assert show(check_id)["status"] == status
    assert show(check_id)["n_pings"] == 1
    assert call("GET", f"/api/v3/checks/{check_id}/pings/1/body").body == b"kept"


@pytest.mark.parametrize(
    ("body", "suffix", "kind"),
    [
        (b"all OK", "", "success"),
        (b"all OK", "/fail", "success"),
        (b"ERROR and OK", "", "fail"),
        (b"BAD, BEGIN", "/0", "fail"),
        (b"BEGIN", "", "start"),
        (b"ok error begin", "/fail", "ign"),
        (b"", "/1", "ign"),
        (b"\xff\xfe OK \xff", "", "success"),
    ],
)
def test_keywords_in_the_body_decide(ping, create, call, body, suffix, kind):
    words = {"success_kw": "OK,", "failure_kw": " ERROR , BAD", "start_kw": "BEGIN"}
    check_id = create(filter_http_body=True, **words)["uuid"]

    ping(f"/ping/{check_id}{suffix}", "POST", body)

    logged = call("GET", f"/api/v3/checks/{check_id}/pings/").json["pings"][0]
    assert logged["type"] == kind


def test_long_keywords_decide_as_well(ping, create, show):
    words = {"success_kw": "S" * 200, "failure_kw": "F" * 200, "start_kw": "B" * 200}
    check_id = create(filter_http_body=True, desc="d" * 10_000, tags="t" * 500, **words)["uuid"]

    ping(f"/ping/{check_id}", "POST", b"F" * 200)

    assert show(check_id)["status"] == "down"


def test_without_any_keyword_a_ping_may_be_a_failure(ping, create, show):
    check_id = create(filter_http_body=True, filter_default_fail=True)["uuid"]

    ping(f"/ping/{check_id}", "POST", b"nothing of note")

    assert show(check_id)["status"] == "down"


def test_keywords_are_for_mail_unless_the_check_says_otherwise(ping, create, show):
    check_id = create(filter_body=True, filter_subject=True, failure_kw="BAD")["uuid"]

    ping(f"/ping/{check_id}", "POST", b"BAD")

    assert show(check_id)["status"] == "up"


# ---- Bodies --------------------------------------------------------------------------------

_EVERY_BYTE = bytes(range(256)) * 40


@pytest.mark.parametrize("size", [1, 500, 900, 9_999, 10_000, 10_001, 100_000, 4_000_000])
def test_keeps_the_body_up_to_the_limit(ping, url, log_of, body_of, size):
    body = (_EVERY_BYTE * (size // len(_EVERY_BYTE) + 1))[:size]

    assert ping(url, "POST", body).status == 200

    (logged,) = log_of()
    assert logged["body_url"].endswith(f"{url.removeprefix('/ping')}/pings/1/body")
    answer = body_of(1)
    assert answer.body == body[:10_000]
    assert answer.headers["content-type"] == "text/plain"


@pytest.mark.parametrize("content_type", ["text/plain", "text/html; charset=utf-8"])
def test_keeps_a_text_as_it_was_sent(ping, url, body_of, content_type):
    body = "Grüße\r\n\x00🔔".encode()

    ping(url, "POST", body, headers={"Content-Type": content_type})

    assert body_of(1).body == body


def test_counts_the_limit_in_bytes(ping, url, body_of):
    body = ("€" * 10_000).encode()

    ping(url, "POST", body, headers={"Content-Type": "text/plain"})

    assert body_of(1).body == body[:10_000]


def test_a_ping_without_a_body_has_none(ping, url, log_of, body_of):
    ping(url)

    assert log_of()[0]["body_url"] is None
    assert body_of(1).status == 404


# ---- The log -------------------------------------------------------------------------------


def test_logs_what_is_known_of_a_ping(ping, url, log_of, now):
    now.advance(microseconds=113073)
    headers = {"User-Agent": "curl/7.68.0", "X-Forwarded-For": "198.51.100.1, 192.0.2.1"}

    ping(f"{url}/start?rid={RID}", "POST", headers=headers, source="192.0.2.1")

    assert log_of() == [
        {
            "type": "start",
            "date": "2024-01-15T12:00:00.113073+00:00",
            "n": 1,
            "scheme": "https",
            "remote_addr": "192.0.2.1",
            "method": "POST",
            "ua": "curl/7.68.0",
            "rid": RID,
            "body_url": None,
        }
    ]


@pytest.mark.parametrize("agent", ["", "a" * 300, "ü" * 300, "🔔" * 300])
def test_cuts_the_user_agent(ping, url, log_of, agent):
    for body in (b"", b"b" * 700):
        ping(f"{url}?rid={RID}", "POST", body, headers={"User-Agent": agent})

    assert [entry["ua"] for entry in log_of()] == [agent[:200]] * 2


def test_a_ping_with_odd_headers_counts(ping, url, log_of):
    headers = {"X-Forwarded-Proto": "s" * 500, "X-Forwarded-For": "nonsense", "Cookie": "c" * 9000}

    assert ping(url, headers=headers, source="2001:db8::1").status == 200

    assert log_of()[0]["remote_addr"] == "2001:db8::1"
    assert len(log_of()[0]["scheme"]) <= 10


# ---- By ping key and slug ------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["", "/", "/start", "/fail/", "/log", "/0", "/3"])
def test_finds_the_check_by_its_slug(ping, project, check, show, suffix):
    assert ping(f"/ping/{project.ping_key}/backups{suffix}").text == "OK"

    assert show(check["uuid"])["n_pings"] == 1


@pytest.mark.parametrize("query", ["", "?create=1"])
def test_a_slug_of_several_checks_is_ambiguous(ping, project, check, create, unchanged, query):
    create(slug="backups")

    with unchanged():
        answer = ping(f"/ping/{project.ping_key}/backups{query}")

    assert (answer.status, answer.text) == (409, "ambiguous slug")


@pytest.mark.parametrize("key", ["{key}", "unknown"])
@pytest.mark.parametrize("tail", ["Backups", "backupS/start", "B?create=1", "B/256?rid=x"])
def test_upper_case_is_told_before_anything_else(ping, project, check, unchanged, key, tail):
    with unchanged():
        answer = ping(f"/ping/{key.format(key=project.ping_key)}/{tail}")

    assert (answer.status, answer.text) == (400, "invalid url format")


def test_creates_a_check_when_asked_to(ping, project, call, add_channel):
    channels = [add_channel(name).channel_id for name in ("a", "b")]

    answer = ping(f"/ping/{project.ping_key}/new-job/start?create=1", "POST", b"hello")

    assert (answer.status, answer.text) == (201, "Created")
    assert answer.headers["ping-body-limit"] == "10000"
    (check,) = call("GET", "/api/v3/checks/?slug=new-job").json["checks"]
    shown = ("name", "timeout", "grace", "tags", "n_pings", "started", "channels")
    assert [check[name] for name in shown] == [
        "new-job",
        86400,
        3600,
        "",
        1,
        True,
        ",".join(sorted(channels)),
    ]
    assert call("GET", f"/api/v3/checks/{check['uuid']}/pings/1/body").body == b"hello"


def test_creates_it_once(ping, project, call):
    url = f"/ping/{project.ping_key}/new?create=1"

    assert [ping(url).status for _ in range(3)] == [201, 200, 200]
    assert [check["n_pings"] for check in call("GET", "/api/v3/checks/").json["checks"]] == [3]


def test_creates_no_slug_that_is_too_long(ping, project, unchanged):
    url = f"/ping/{project.ping_key}/"

    with unchanged():
        assert ping(url + "s" * 101 + "?create=1").text == "invalid url format"
        assert ping(url + "s" * 3000 + "?create=1").status == 400
    assert ping(url + "s" * 100 + "?create=1").status == 201


def test_creates_up_to_twice_the_limit(ping, project, call, create):
    for _ in range(20):
        create()
    url = f"/ping/{project.ping_key}/"

    assert {ping(f"{url}job-{n}?create=1").status for n in range(20)} == {201}
    assert ping(f"{url}one-more?create=1").status == 404
    assert ping(f"{url}job-1?create=1").status == 200
    assert call("POST", "/api/v3/checks/").status == 403


def test_a_changed_slug_is_known_at_once(ping, project, check, call):
    ping(f"/ping/{project.ping_key}/backups")
    call("POST", f"/api/v3/checks/{check['uuid']}", {"slug": "dumps"})

    assert ping(f"/ping/{project.ping_key}/backups").status == 404
    assert ping(f"/ping/{project.ping_key}/dumps").status == 200


def test_a_deleted_check_is_unknown_at_once(ping, project, check, call, url):
    ping(url)
    call("DELETE", f"/api/v3/checks/{check['uuid']}")

    assert ping(url).status == 404
    assert ping(f"/ping/{project.ping_key}/backups").status == 404


def test_an_ambiguous_slug_is_clear_again_once_one_is_left(ping, project, check, create, call):
    second = create(slug="backups")
    call("DELETE", f"/api/v3/checks/{second['uuid']}")

    assert ping(f"/ping/{project.ping_key}/backups").status == 200
