"""Alerts by webhook: the request is as the user wrote it, with the placeholders filled in."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from nightbell.alerts.kinds.webhook import KIND, send
from nightbell.alerts.outcome import NothingToSend, Passing, Permanent
from nightbell.domain.check import Reason
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, UP

BODY = b'line 1\nsaid "no" to $NAME \xff'
FAILED = replace(
    DOWN, reason=Reason.FAIL, last_ping=replace(DOWN.last_ping, body=BODY, exitstatus=3)
)


@pytest.fixture
def settings(receiver):
    """Return a function that reads settings; requests for both statuses go to the receiver."""

    def read(**given):
        return KIND.read({"url_down": receiver.url, "url_up": receiver.url, **given})

    return read


def test_a_get_needs_nothing_but_the_url(receiver, settings, make_alert):
    send(make_alert(), settings(url_down=f"{receiver.url}/hook"))

    assert (receiver.request.method, receiver.request.path) == ("GET", "/hook")
    assert receiver.request.body == b""
    assert "content-type" not in receiver.request.headers


@pytest.mark.parametrize(("alert", "expected"), [(DOWN, "PUT /down"), (UP, "POST /up")])
def test_each_status_has_its_own_request(receiver, settings, alert, expected):
    given = settings(
        method_down="PUT",
        url_down=f"{receiver.url}/down",
        body_down="down with it",
        headers_down={"X-For": "down"},
        method_up="POST",
        url_up=f"{receiver.url}/up",
        body_up="up with it",
        headers_up={"X-For": "up"},
    )

    send(alert, given)

    request = receiver.request
    status = alert.status.value
    assert f"{request.method} {request.path}" == expected
    assert request.headers["x-for"] == status
    assert request.body.decode() == f"{status} with it"


@pytest.mark.parametrize(("alert", "missing"), [(DOWN, "url_down"), (UP, "url_up")])
def test_a_status_without_a_url_is_not_told(receiver, settings, alert, missing):
    with pytest.raises(NothingToSend):
        send(alert, settings(**{missing: ""}))

    assert receiver.requests == []


def test_settings_as_they_are_stored_will_do(receiver, settings, make_alert):
    given = settings(url_up="")
    shown = {
        one.name: one.show(given[one.name]) if one.show else bool(given[one.name])
        for one in KIND.settings
        if one.secret and not given[one.name]
    }

    send(make_alert(), {**given, **shown, "method_down": "POST"})
    with pytest.raises(NothingToSend):
        send(make_alert(UP), {**given, **shown})

    assert receiver.request.method == "POST"


@pytest.mark.parametrize(
    ("placeholder", "value"),
    [
        ("$CODE", DOWN.code),
        ("$STATUS", "down"),
        ("$NOW", "2024-01-15T03:10:00+00:00"),
        ("$NAME", "Backup"),
        ("$NAME_JSON", '"Backup"'),
        ("$SLUG", "backup"),
        ("$TAGS", "nightly db"),
        ("$TAG1", "nightly"),
        ("$TAG2", "db"),
        ("$JSON", DOWN.document),
        ("$EXITSTATUS", "3"),
    ],
)
def test_a_placeholder_is_filled_in_everywhere(receiver, settings, placeholder, value):
    given = settings(
        method_down="POST",
        url_down=f"{receiver.url}/{placeholder}?q={placeholder}",
        headers_down={"X-Told": f"<{placeholder}>"},
        body_down=f"<{placeholder}>",
    )

    send(FAILED, given)

    request = receiver.request
    url = urlsplit(request.path)
    assert unquote(url.path) == f"/{value}"
    assert parse_qs(url.query) == {"q": [value]}
    assert request.headers["x-told"] == f"<{value}>"
    assert request.body.decode() == f"<{value}>"


def test_the_pings_body_is_told_in_the_body_only(receiver, settings):
    given = settings(
        method_down="POST",
        url_down=f"{receiver.url}/$BODY",
        headers_down={"X-Told": "$BODY_JSON"},
        body_down='{"said": $BODY_JSON} $BODY',
    )

    send(FAILED, given)

    request = receiver.request
    document, end = json.JSONDecoder().raw_decode(request.body.decode())
    assert request.path == "/$BODY"
    assert request.headers["x-told"] == "$BODY_JSON"
    assert document == {"said": BODY.decode(errors="replace")}
    assert request.body.decode()[end:] == " " + BODY.decode(errors="replace")


def test_what_is_missing_has_a_value_where_healthchecks_has_one(receiver, settings, make_alert):
    template = "$EXITSTATUS|$BODY|$BODY_JSON|$SLUG|$TAGS|$TAG1"

    send(
        make_alert(last_ping=None, slug="", tags=()),
        settings(method_down="POST", body_down=template),
    )

    assert receiver.request.body.decode() == '-1||""|||$TAG1'


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("$NAMEs $NAME_ $NAME_JSONs", 'Backups Backup_ "Backup"s'),
        ("$TAG10 $TAG1 $TAG11 $TAG0 $TAGS.", "t10 t1 $TAG11 $TAG0 t1 t2 t3 t4 t5 t6 t7 t8 t9 t10."),
        ("$$NAMETAG1 $ $UNKNOWN $name ${NAME}", "$BackupTAG1 $ $UNKNOWN $name ${NAME}"),
        ("$CODEX $JSONX $BODYX", f"{DOWN.code}X {DOWN.document}X 42 files, 0 errorsX"),
    ],
)
def test_what_looks_like_a_placeholder_is_told_from_one(
    receiver, settings, make_alert, template, filled
):
    alert = make_alert(tags=tuple(f"t{number}" for number in range(1, 11)))

    send(alert, settings(method_down="POST", body_down=template))

    assert receiver.request.body.decode() == filled


def test_a_value_that_holds_a_placeholder_is_told_as_it_is(receiver, settings, make_alert):
    alert = make_alert(name="$TAG1", tags=("$NAME", "$CODE"))

    send(alert, settings(method_down="POST", body_down="$NAME $TAG1 $TAG2 $$NAMETAG1"))

    assert receiver.request.body.decode() == "$TAG1 $NAME $CODE $$TAG1TAG1"


def test_no_value_leaves_its_part_of_the_url(receiver, settings, make_alert):
    name = "a/../b?c=d&e=f#g h%2F\\@evil.example:80\r\nX: y é 💾"

    send(make_alert(name=name), settings(url_down=f"{receiver.url}/x/$NAME/y?n=$NAME&z=1"))

    url = urlsplit(receiver.request.path)
    parts = url.path.split("/")
    assert [unquote(part) for part in parts] == ["", "x", name, "y"]
    assert parse_qs(url.query) == {"n": [name], "z": ["1"]}


def test_a_url_may_hold_any_letters(receiver, settings, make_alert):
    send(make_alert(name="Ü"), settings(url_down=f"{receiver.url}/ä/$NAME?ö=%20$NAME"))

    assert receiver.request.path == "/%C3%A4/%C3%9C?%C3%B6=%20%C3%9C"


def test_a_value_makes_no_second_header(receiver, settings, make_alert):
    alert = make_alert(name="a\r\nX-Evil: 1\n\x00\x85\u2028b", tags=("\r\n",))

    send(alert, settings(headers_down={"X-Name": "$NAME", "X-Tags": "$TAGS"}))

    headers = receiver.request.headers
    assert headers["x-name"] == "a  X-Evil: 1    b"
    assert headers["x-tags"] == ""
    assert "x-evil" not in headers


def test_a_header_is_latin_1_with_references_for_the_rest(receiver, settings, make_alert):
    send(make_alert(name="½ bār 💾"), settings(headers_down={"X-Name": "$NAME"}))

    assert receiver.request.headers["x-name"] == "½ b&#257;r &#128190;"


def test_a_header_may_be_replaced_but_that_of_the_delivery(receiver, settings, make_alert):
    given = settings(headers_down={"User-Agent": "mine", "nightbell-delivery": "mine"})

    send(make_alert(), given)

    headers = receiver.request.headers
    assert headers["user-agent"] == "mine"
    assert headers["nightbell-delivery"] == DOWN.delivery_id


def test_a_body_is_sent_in_utf_8_as_it_was_given(receiver, settings, make_alert):
    given = settings(
        method_down="POST",
        headers_down={"Content-Type": "application/json"},
        body_down='{\n\t"é": "💾"}',
    )

    send(make_alert(), given)

    assert receiver.request.body == '{\n\t"é": "💾"}'.encode()
    assert receiver.request.headers["content-type"] == "application/json"


def test_a_get_has_no_body(receiver, settings, make_alert):
    send(make_alert(), settings(body_down="not sent"))

    assert receiver.request.body == b""


def test_a_reminder_tells_the_time_it_was_made(receiver, settings, make_alert):
    alert = make_alert(reason=Reason.NAG, sent=DOWN.since + timedelta(hours=3, microseconds=5))

    send(alert, settings(method_down="POST", body_down="$STATUS $NOW"))

    assert receiver.request.body.decode() == "down 2024-01-15T06:10:00+00:00"


@pytest.mark.parametrize("body", ["", "né: $NAME"])
def test_a_request_is_signed_when_there_is_a_key(receiver, settings, make_alert, body):
    given = settings(method_down="POST", body_down=body, secret="sésame")

    send(make_alert(), given)

    request = receiver.request
    timestamp = request.headers["nightbell-timestamp"]
    signed = f"{timestamp}.{request.headers['nightbell-delivery']}.".encode() + request.body
    expected = hmac.new("sésame".encode(), signed, hashlib.sha256).hexdigest()
    assert timestamp == str(int(DOWN.sent.timestamp()))
    assert request.headers["nightbell-signature"] == f"v1={expected}"


@pytest.fixture
def is_from_nightbell():
    """Return the function by which receivers are told to verify a signature."""
    page = (Path(__file__).parents[3] / "docs" / "channels.md").read_text()
    code = page.partition("```python\n")[2].partition("```")[0]
    names = {}
    exec(code, names)
    return names["is_from_nightbell"]


def as_sent(request):
    return {name.title(): value for name, value in request.headers.items()}


def test_a_receiver_can_verify_who_sent_it(receiver, settings, make_alert, is_from_nightbell):
    alert = make_alert(sent=datetime.now(UTC))

    send(alert, settings(method_down="POST", body_down="né: $NAME", secret="sésame"))

    headers, body = as_sent(receiver.request), receiver.request.body
    assert is_from_nightbell(headers, body, "sésame")
    assert not is_from_nightbell(headers, body, "sesame")
    assert not is_from_nightbell(headers, body + b" ", "sésame")
    assert not is_from_nightbell({**headers, "Nightbell-Delivery": "other"}, body, "sésame")
    assert not is_from_nightbell({**headers, "Nightbell-Signature": "é"}, body, "sésame")
    assert not is_from_nightbell({}, body, "sésame")


def test_a_receiver_can_refuse_what_was_sent_long_ago(
    receiver, settings, make_alert, is_from_nightbell
):
    alert = make_alert(sent=datetime.now(UTC) - timedelta(minutes=6))

    send(alert, settings(secret="sesame"))

    headers, body = as_sent(receiver.request), receiver.request.body
    assert not is_from_nightbell(headers, body, "sesame")
    assert is_from_nightbell(headers, body, "sesame", tolerance=600)


def test_nothing_is_signed_without_a_key(receiver, settings, make_alert):
    send(make_alert(), settings())

    assert "nightbell-signature" not in receiver.request.headers
    assert "nightbell-timestamp" not in receiver.request.headers


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_these_answers_are_a_success(receiver, settings, make_alert, status):
    receiver.status = status

    send(make_alert(), settings())

    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [205, 206, 301, 302, 400, 401, 403, 404, 422, 429, 500, 503])
def test_other_answers_may_pass(receiver, settings, make_alert, status):
    receiver.status, receiver.headers = status, {"Location": f"{receiver.url}/elsewhere"}
    receiver.body = b'{"error": "a word of the receiver"}'

    with pytest.raises(Passing) as failure:
        send(make_alert(), settings())

    assert failure.value.error == f"Received status code {status}"
    assert len(receiver.requests) == 1


def test_an_address_that_is_gone_is_not_asked_again(receiver, settings, make_alert):
    receiver.status = 410

    with pytest.raises(Permanent, match=r"^Received status code 410$"):
        send(make_alert(), settings())


@pytest.mark.parametrize(
    "url",
    [
        "https://$NAME.example.org/",
        "https://example.org:$TAG1/",
        "https://$TAG1@example.org/",
        "$TAG1://example.org/",
        "https://example.org$NAME/",
        "https://example.org\\$NAME/",
        "ftp://example.org/",
        "/relative",
    ],
)
def test_no_placeholder_says_where_to(url):
    with pytest.raises(InvalidSpec, match=r"settings\.url_up is not a valid URL"):
        KIND.read({"url_up": url})


@pytest.mark.parametrize(
    "url",
    ["https://example.org/$NAME", "https://example.org?n=$NAME", "http://10.0.0.1:8080/$X#$Y"],
)
def test_placeholders_after_the_host_are_fine(url):
    settings = KIND.read({"url_down": url})

    assert settings["url_down"] == url


def test_a_request_for_one_status_is_enough_but_not_for_none():
    settings = KIND.read({"url_up": "https://example.org/"})

    assert (settings["url_down"], settings["method_up"], settings["secret"]) == ("", "GET", "")
    with pytest.raises(InvalidSpec, match=r"settings\.url_down is missing"):
        KIND.read({"url_down": "", "url_up": "", "body_up": "x"})


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"method_down": "DELETE"}, "settings.method_down has unexpected value"),
        ({"body_up": "x" * 4001}, "settings.body_up is too long"),
        ({"body_up": "\x00"}, "settings.body_up has unexpected value"),
        ({"headers_up": "X: y"}, "settings.headers_up is not an object"),
        ({"headers_up": {"X": 1}}, "an item in 'settings.headers_up' is not a string"),
        ({"headers_up": {"X": "y" * 1001}}, "an item in 'settings.headers_up' is too long"),
        ({"headers_up": {"X" * 1001: "y"}}, "an item in 'settings.headers_up' is too long"),
        ({"headers_up": {"X Y": "z"}}, "an item in 'settings.headers_up' has unexpected value"),
        ({"headers_up": {"X:": "z"}}, "an item in 'settings.headers_up' has unexpected value"),
        ({"headers_up": {"": "z"}}, "an item in 'settings.headers_up' has unexpected value"),
        ({"headers_up": {"Ü": "z"}}, "an item in 'settings.headers_up' has unexpected value"),
        ({"headers_up": {"X": "a\nb"}}, "an item in 'settings.headers_up' has unexpected value"),
        ({"headers_up": {"X": "\ud800"}}, "an item in 'settings.headers_up' has unexpected value"),
    ],
)
def test_unusable_settings_are_refused(given, error):
    with pytest.raises(InvalidSpec) as refusal:
        KIND.read({"url_down": "https://example.org/", **given})

    assert error in str(refusal.value)


def test_headers_are_written_in_lines():
    (setting,) = [one for one in KIND.settings if one.name == "headers_down"]

    assert setting.from_text("X-A: b: c\r\n\n  X-D :e\n") == {"X-A": "b: c", "X-D": "e"}
    assert setting.from_text("") == {}
    assert setting.from_text("no colon") == "no colon"


def test_what_is_shown_holds_no_secret():
    settings = KIND.read(
        {
            "url_down": "https://user:pass@example.org:8080/token?k=token",
            "headers_down": {"Authorization": "Bearer token"},
        }
    )
    shows = {one.name: one.show for one in KIND.settings if one.show}

    assert shows["url_down"](settings["url_down"]) == "https://example.org:8080/…"
    assert shows["headers_down"](settings["headers_down"]) == {"Authorization": "…"}
    assert {one.name for one in KIND.settings if not one.secret} == {"method_down", "method_up"}
