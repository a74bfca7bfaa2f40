"""What holds for every kind of channel, and for every one that speaks HTTP."""

import json
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from nightbell.alerts import registry, wire
from nightbell.alerts.outcome import DeliveryFailed, Passing, Permanent
from tests.alerts.conftest import DOWN, UP
from tests.alerts.loopback import PUBLIC, Internet
from tests.alerts.services import ALL_IS_WELL, MEMBERS, SETTINGS, answer

# The setting by which users name a host, that may be anywhere.
ADDRESSES = {
    **dict.fromkeys(SETTINGS, "url"),
    "matrix": "homeserver",
    "webhook": "url_down",
    "zulip": "site",
}
for fixed in ("opsgenie", "pd", "po", "telegram"):
    del ADDRESSES[fixed]


def send(code: str, alert=DOWN, **changes: str) -> None:
    module = registry.module(code)
    module.send(alert, module.KIND.read({**SETTINGS[code], **changes}))


def failure(code: str) -> DeliveryFailed:
    """Return how the alert fails."""
    with pytest.raises(DeliveryFailed) as caught:
        send(code)
    return caught.value


every_http_kind = pytest.mark.parametrize("code", sorted(SETTINGS))


@pytest.mark.parametrize("code", registry.CODES)
def test_a_kind_is_what_the_registry_says(code):
    module = registry.module(code)

    assert module.KIND.code == code
    assert module.KIND.title
    assert module.KIND.about.endswith(".")
    assert module.__doc__.strip()


@pytest.mark.parametrize("code", sorted(set(registry.CODES) - {"group"}))
def test_a_kind_sends(code):
    assert registry.module(code).send.__doc__.strip()


@pytest.mark.parametrize("code", registry.CODES)
def test_each_setting_of_a_kind_has_a_name_of_its_own_and_is_explained(code):
    settings = registry.get(code).settings

    names = [setting.name for setting in settings]
    assert len(set(names)) == len(names)
    assert all(setting.label and not setting.description.endswith(".") for setting in settings)


def test_these_are_all_kinds_that_speak_http():
    asking = {code for code in registry.CODES if hasattr(registry.module(code), "http")}

    assert asking == set(SETTINGS)


@every_http_kind
@pytest.mark.parametrize("alert", [DOWN, UP], ids=["down", "up"])
def test_no_request_tells_the_check_s_code(service, code, alert):
    service.answer = ALL_IS_WELL

    send(code, alert)

    told = b"".join(service.requests).lower()
    assert told
    assert alert.code.encode() not in told
    assert alert.code.replace("-", "").encode() not in told


@every_http_kind
def test_a_request_is_for_one_answer_in_plain_text(service, code):
    service.answer = ALL_IS_WELL

    send(code)

    head = service.requests[0].partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    assert b"user-agent: nightbell/alerts" in head
    assert b"accept-encoding: identity" in head
    assert b"connection: close" in head


@every_http_kind
@pytest.mark.parametrize(
    ("header", "pause"), [(b"7", 7), (b"7200", 3600), (b"Fri, 31 Dec 9999 23:59:59 GMT", 3600)]
)
def test_too_many_requests_are_sent_later(service, code, header, pause):
    service.answer = answer(429, b"{}", b"Retry-After: " + header)

    error = failure(code)

    assert isinstance(error, Passing)
    assert error.retry_after == timedelta(seconds=pause)
    assert error.unreachable is False
    assert len(service.requests) == 1


@every_http_kind
@pytest.mark.parametrize("status", [500, 503])
def test_a_fault_of_the_service_passes(service, code, status):
    service.answer = answer(status, b"<html>Something went wrong</html>")

    error = failure(code)

    assert isinstance(error, Passing)
    assert error.error == f"Received status code {status}"
    assert error.unreachable is False
    assert error.retry_after is None
    assert len(service.requests) == 1


@every_http_kind
def test_a_service_that_hangs_is_not_waited_for(service, code, monkeypatch):
    monkeypatch.setattr(wire, "READ_TIMEOUT", 0.2)
    service.hangs = True
    started = time.monotonic()

    error = failure(code)

    assert time.monotonic() - started < 3
    assert isinstance(error, Passing)
    assert (error.error, error.unreachable) == ("Connection timed out", True)


@every_http_kind
@pytest.mark.parametrize(
    "begun", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"]
)
def test_a_service_that_closes_the_connection_is_unreachable(service, code, begun):
    service.answer = begun

    error = failure(code)

    assert isinstance(error, Passing)
    assert (error.error, error.unreachable) == ("Connection closed", True)


@every_http_kind
@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_is_not_followed(service, internet: Internet, code, status):
    service.answer = answer(status, b"", b"Location: https://127.0.0.1/")

    error = failure(code)

    assert isinstance(error, Passing)
    assert error.error == f"Received status code {status}"
    assert len(service.requests) == 1
    assert internet.connections == [(PUBLIC, 443)]


@pytest.mark.parametrize(("code", "setting"), sorted(ADDRESSES.items()))
@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "fd00::1"])
def test_no_private_address_is_asked(internet: Internet, code, setting, address):
    internet.names["inside.example"] = [PUBLIC, address]

    with pytest.raises(Permanent) as caught:
        send(code, **{setting: "https://inside.example/"})

    assert caught.value.error == "Address is not public"
    assert internet.connections == []


@every_http_kind
@pytest.mark.parametrize("status", [200, 400, 404])
def test_no_answer_confuses_a_kind(service, code, status):
    bodies = [b"", b"\xff\x00", b"[" * 10_000, b"<html>"]
    for value in ("text", 1, None, True, [[]], {"": {}}):
        members = dict.fromkeys(MEMBERS, value)
        bodies += [json.dumps(body).encode() for body in (value, members, {"error": members})]

    for body in bodies:
        service.answer = answer(status, body)
        with suppress(DeliveryFailed):
            send(code)


@every_http_kind
@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_an_error_without_explanation_tells_the_status_alone(service, code, status):
    service.answer = answer(status, b"{}")

    error = failure(code).error

    assert error == f"Received status code {status}"


@every_http_kind
def test_a_long_alert_of_hostile_texts_is_sent_all_the_same(service, code):
    service.answer = ALL_IS_WELL
    ping = replace(DOWN.last_ping, body=b"\xf0\x9f\x98\x80\x00<@!&*_`|~\\\"'\r\n" * 1000)
    alert = replace(DOWN, name="<&*_>" * 20, tags=("<!here>",) * 50, desc="*_`" * 3000)
    alert = replace(alert, last_ping=ping)

    send(code, alert)

    assert len(b"".join(service.requests)) < 64_000
