"""POST /api/v3/channels/{channel}."""

import pytest

from nightbell.alerts import sealing
from nightbell.store import channels

pytestmark = pytest.mark.usefixtures("secrets_key")

WEBHOOK = {
    "kind": "webhook",
    "name": "Hook",
    "settings": {
        "url_down": "https://example.org/down/SECRET",
        "method_up": "POST",
        "url_up": "https://example.org/up/SECRET",
        "headers_up": {"Authorization": "Bearer SECRET"},
        "body_up": "$NAME is up",
    },
}


@pytest.fixture
def hook(call):
    """Create a webhook, and return what is shown of it."""
    return call("POST", "/api/v3/channels/", WEBHOOK).json


@pytest.fixture
def update(call, hook):
    """Return a function that posts a change of the webhook."""
    return lambda document: call("POST", f"/api/v3/channels/{hook['id']}", document)


@pytest.fixture
def secrets(project, hook):
    """Return a function that returns the stored secrets of the webhook."""
    return lambda: sealing.unseal(channels.get(project.project_id, hook["id"]))


def test_changes_the_name_alone(update, hook, secrets):
    before = secrets()

    answer = update({"name": "Other"})

    assert answer.status == 200
    assert answer.json == hook | {"name": "Other"}
    assert secrets() == before


def test_takes_the_name_away(update, project, hook):
    assert update({"name": ""}).json["name"] == ""
    assert channels.get(project.project_id, hook["id"]).name == ""


def test_changes_the_settings_that_are_named(update, hook, secrets):
    before = secrets()

    answer = update({"settings": {"body_up": "new SECRET", "method_up": "PUT"}})

    assert answer.json["settings"] == hook["settings"] | {"method_up": "PUT"}
    assert secrets() == before | {"body_up": "new SECRET"}
    assert "SECRET" not in answer.text


def test_takes_a_setting_away(update, secrets):
    answer = update({"settings": {"body_up": "", "headers_up": {}}})

    assert (answer.json["settings"]["body_up"], answer.json["settings"]["headers_up"]) == (
        False,
        {},
    )
    assert set(secrets()) == {"url_down", "url_up"}


def test_what_is_sent_back_as_it_was_shown_changes_nothing(update, call, hook, secrets):
    before = secrets()

    answer = update(call("GET", f"/api/v3/channels/{hook['id']}").json)

    assert answer.json == hook
    assert secrets() == before


def test_secrets_are_not_sent_to_a_new_address(update, secrets, unchanged):
    with unchanged():
        answer = update({"settings": {"url_up": "https://evil.example.org/"}})

    assert answer.status == 400
    assert "is missing: it goes to another address now" in answer.error


def test_an_empty_change_enables_a_disabled_channel(update, project, hook, now):
    channels.disable(channels.get(project.project_id, hook["id"]), "gone", now.moment)

    answer = update({})

    assert answer.json == hook
    assert not channels.get(project.project_id, hook["id"]).disabled


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"kind": "slack"}, "kind cannot be changed"),
        ({"kind": None}, "kind cannot be changed"),
        ({"name": 5}, "name is not a string"),
        ({"settings": 5}, "settings is not an object"),
        ({"settings": {"url_up": "nonsense"}}, "settings.url_up is not a valid URL"),
        ({"settings": {"url_up": None}}, "settings.url_up is not a string"),
        ({"settings": {"method_up": None}}, "settings.method_up has unexpected value"),
        ({"name": "new", "settings": {"body_up": 5}}, "settings.body_up is not a string"),
        ({"settings": {"url_down": "", "url_up": ""}}, "settings.url_down is missing"),
    ],
)
def test_refuses_other_values_and_changes_nothing(update, unchanged, document, problem):
    with unchanged():
        answer = update(document)

    assert (answer.status, answer.error) == (400, f"json validation error: {problem}")


def test_the_same_kind_may_be_said_again(update):
    assert update({"kind": "webhook"}).status == 200


def test_changes_the_channels_of_a_group(call, add_channel):
    first, second = (add_channel(name).channel_id for name in ("a", "b"))
    group = {"kind": "group", "name": "All", "settings": {"channels": [first]}}
    path = f"/api/v3/channels/{call('POST', '/api/v3/channels/', group).json['id']}"

    both = call("POST", path, {"settings": {"channels": [second, first]}}).json
    renamed = call("POST", path, {"name": "Both"}).json

    assert both["settings"] == {"channels": sorted([first, second])}
    assert renamed == both | {"name": "Both"}


def test_an_unknown_channel_is_not_made(call, unchanged):
    with unchanged():
        answer = call(
            "POST", "/api/v3/channels/00000000-0000-4000-8000-000000000000", {"name": "x"}
        )

    assert (answer.status, answer.text) == (404, "")
