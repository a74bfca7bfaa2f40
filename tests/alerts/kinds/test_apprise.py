"""Apprise: a service by its address, and what no address may do."""

import logging
import sys
from contextlib import nullcontext
from dataclasses import replace
from io import StringIO
from pathlib import Path

import apprise as library
import pytest

from nightbell.alerts import network_guard, wording
from nightbell.alerts.kinds import apprise
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.errors import InvalidSpec
from tests.alerts.conftest import DOWN, UP

# One of Apprise's services, on a Python that still has the module.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

# What Apprise leaves for the garbage collector when something fails half-way.
UNTIDY = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def unguarded():
    return nullcontext(network_guard.Watch())


@pytest.fixture
def enabled(monkeypatch):
    """Let the service have its queue for Apprise."""
    settings = replace(apprise.deployment, apprise_queue="https://sqs.example.org/apprise")
    monkeypatch.setattr(apprise, "deployment", settings)


@pytest.fixture
def address(receiver):
    """Return a function that makes Apprise's address of the receiver."""

    def make(schema="json", rest=""):
        return receiver.url.replace("http", schema, 1) + rest

    return make


@pytest.mark.parametrize(("alert", "kind"), [(DOWN, "failure"), (UP, "success")])
def test_a_service_gets_the_whole_alert(receiver, address, alert, kind):
    apprise.send(alert, {"url": address(rest="/hook")})

    told = receiver.request.json
    assert receiver.request.path.rstrip("/") == "/hook"
    assert told["title"] == wording.title(alert)
    assert told["message"] == wording.plain_text(alert)
    assert told["type"] == kind
    assert alert.code not in receiver.request.body.decode()


def test_a_service_of_another_format_gets_text_and_no_markup(receiver, address, make_alert):
    alert = make_alert(name="<b>&amp;", desc="<script>alert(1)</script>")

    apprise.send(alert, {"url": address("json", "/?format=html")})

    told = receiver.request.json
    assert "<script>" not in told["message"]
    assert "&lt;script&gt;" in told["message"]


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_failure_may_pass(receiver, address, make_alert, status):
    receiver.status = status

    with pytest.raises(Passing) as raised:
        apprise.send(make_alert(), {"url": address()})

    assert raised.value.error == "Apprise could not send the alert"
    assert len(receiver.requests) == 1


def test_an_address_asks_for_no_repeats_and_calls_no_failure_a_success(
    receiver, address, make_alert
):
    receiver.status = 500

    with pytest.raises(Passing):
        apprise.send(make_alert(), {"url": address(rest="/?retry=5&wait=20&optional=yes")})

    assert len(receiver.requests) == 1


def test_an_address_asks_for_no_patience(receiver, address, make_alert, monkeypatch):
    monkeypatch.setattr(apprise, "_READ_TIMEOUT", 0.1)
    receiver.delay = 0.5

    with pytest.raises(Passing, match="Apprise could not send the alert"):
        apprise.send(make_alert(), {"url": address(rest="/?rto=1000")})


def test_what_takes_too_long_in_all_is_given_up(receiver, address, make_alert, monkeypatch):
    monkeypatch.setattr(apprise, "_TOTAL_TIMEOUT", 0.2)
    receiver.delay = 0.6

    with pytest.raises(Passing, match="Connection timed out") as raised:
        apprise.send(make_alert(), {"url": address()})

    assert raised.value.unreachable


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1/",
        "json://localhost:9001/2018-06-01/runtime/invocation/next",
        "json://169.254.169.254/latest/meta-data/",
        "xml://[::1]/",
        "form://[::ffff:127.0.0.1]/",
        "mailto://user:password@localhost?smtp=127.0.0.1&to=a@example.org",
        pytest.param("rsyslog://127.0.0.1/", marks=UNTIDY),
        "irc://127.0.0.1/#ops",
    ],
)
def test_only_public_addresses_are_told(make_alert, url):
    with pytest.raises(Permanent) as raised:
        apprise.send(make_alert(), {"url": url})

    assert raised.value.error == "Address is not public"


def test_a_redirect_to_somewhere_else_is_not_followed(receiver, address, make_alert):
    receiver.status = 307
    receiver.headers = {"Location": "http://169.254.169.254/latest/meta-data/"}

    with pytest.raises((Permanent, Passing)):
        apprise.send(make_alert(), {"url": address()})

    assert len(receiver.requests) == 1


@pytest.mark.parametrize("schema", sorted(apprise._LOCAL))
def test_nothing_is_told_to_this_machine_itself(make_alert, schema):
    with pytest.raises(Permanent, match="Apprise "):
        apprise.send(make_alert(), {"url": f"{schema}://_/"})


def test_services_without_a_network_are_all_known():
    details = library.Apprise().details(show_disabled=True)

    local = {
        schema
        for service in details["schemas"]
        if "{schema}://" in map(str, service["details"]["templates"])
        for schema in (*(service["protocols"] or ()), *(service["secure_protocols"] or ()))
    }

    assert local == apprise._LOCAL


@pytest.mark.parametrize(
    "url",
    [
        "nosuchservice://example.org",
        "slack://",
        "json://",
        "file:///etc/passwd",
        "mqtt://example.org/topic",  # would need another library
        pytest.param("fcm://project@key/device?keyfile=/etc/passwd&mode=oauth2", marks=UNTIDY),
    ],
)
def test_what_apprise_cannot_use_ends_the_channel(make_alert, url):
    with pytest.raises((Permanent, Passing), match="Apprise ") as raised:
        apprise.send(make_alert(), {"url": url})

    assert "example.org" not in raised.value.error


@pytest.mark.parametrize(("guard", "count"), [(unguarded, 1), (network_guard.guarded, 0)])
def test_only_the_guard_keeps_an_address_from_telling_what_is_in_files(
    make_alert, monkeypatch, tmp_path, guard, count
):
    secret = tmp_path / "secret.json"
    secret.write_text(
        '{"type": "message", "attachments": '
        '[{"contentType": "x", "content": {"text": "of this machine"}}]}'
    )
    posted = []
    monkeypatch.setattr("requests.post", lambda *_, data, **__: posted.append(data))
    monkeypatch.setattr(network_guard, "guarded", guard)

    with pytest.raises(Passing):
        apprise.send(make_alert(), {"url": f"workflow://x.example/w/s/?template={secret}"})

    assert len([data for data in posted if "of this machine" in data]) == count


def test_nothing_of_an_address_is_logged(receiver, address, make_alert, caplog):
    kept = StringIO()
    handler = logging.StreamHandler(kept)
    caplog.set_level(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    receiver.status = 500

    with pytest.raises(Passing):
        apprise.send(make_alert(), {"url": address(rest="/token-of-the-user")})
    logging.getLogger().removeHandler(handler)
    told = [line for line in kept.getvalue().splitlines() if "token-of-the-user" in line]

    # Of urllib3, which is silent unless somebody asks it to debug; that is nobody but this test.
    assert told == [line for line in told if "POST /token-of-the-user" in line]


def test_where_apprise_is_not_installed_alerts_wait(make_alert, monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(Passing, match="Apprise is not enabled on this service"):
        apprise.send(make_alert(), {"url": "json://example.org"})


def test_a_channel_can_be_made_where_it_is_enabled(enabled):
    assert apprise.KIND.read({"url": "json://example.org/"}) == {"url": "json://example.org/"}


def test_no_channel_can_be_made_where_it_is_not():
    with pytest.raises(InvalidSpec, match="kind is not enabled on this service"):
        apprise.KIND.read({"url": "json://example.org/"})


@pytest.mark.parametrize(
    "url", ["", "example.org", "json", "json://x\r\ny", 7, "json://" + "x" * 1000]
)
def test_what_is_no_address_is_refused(enabled, url):
    with pytest.raises(InvalidSpec, match=r"settings\.url "):
        apprise.KIND.read({"url": url})


def test_only_sending_loads_the_library():
    source = Path(apprise.__file__).read_text()

    assert "\nimport apprise" not in source
    assert "    import apprise\n" in source
