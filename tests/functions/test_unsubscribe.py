"""GET and POST /unsubscribe/{project}/{channel}/{signature}."""

from html.parser import HTMLParser

import pytest

from nightbell.alerts.unsubscribe import url_for
from nightbell.store import channels, projects


@pytest.fixture
def channel(add_channel):
    return add_channel("Alice")


@pytest.fixture
def path_for(project):
    """Return a function that returns the path that ends a channel's alerts."""

    def path(channel, project_id=project.project_id):
        secret = projects.get(project_id).badge_secret
        return url_for(channel.channel_id, channel.project_id, secret, "")

    return path


class _Page(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.elements = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))


def test_to_open_the_address_changes_nothing(call, channel, path_for, unchanged):
    with unchanged():
        answer = call("GET", path_for(channel), key=None)

    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    elements = _Page(answer.text).elements
    assert ("form", {"method": "post"}) in elements  # to its own address
    assert [tag for tag, _ in elements if tag in ("button", "script")] == ["button"]


@pytest.mark.parametrize("body", [None, b"", b"List-Unsubscribe=One-Click", b"\xff"])
def test_a_post_disables_the_channel(call, channel, path_for, now, body):
    answer = call("POST", path_for(channel), body, key=None)

    assert answer.status == 200
    assert "No more alerts" in answer.text
    assert "form" not in [tag for tag, _ in _Page(answer.text).elements]
    stored = channels.get(channel.project_id, channel.channel_id)
    assert stored.disabled
    assert stored.error == "unsubscribed by the recipient"


def test_it_ends_one_channel_only(call, channel, add_channel, path_for):
    another = add_channel("Bob")

    call("POST", path_for(channel), key=None)

    assert not channels.get(another.project_id, another.channel_id).disabled


def test_once_more_is_no_fault(call, channel, path_for, unchanged):
    call("POST", path_for(channel), key=None)

    with unchanged():
        answer = call("POST", path_for(channel), key=None)

    assert answer.status == 200


def test_nor_is_a_channel_that_was_deleted(call, channel, path_for, unchanged):
    channels.delete(channel.project_id, channel.channel_id)

    with unchanged():
        answer = call("POST", path_for(channel), key=None)

    assert answer.status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "change",
    [
        lambda path: path[:-1],
        lambda path: path + "0",
        lambda path: path[:-32] + "0" * 32,
        lambda path: path[:-32] + path[-32:].upper(),
        lambda path: path[:-32] + "x" * 3000,
        lambda path: path[:-32] + "%C3%A9" * 32,
        lambda path: path.replace("-", ""),
        lambda path: path.replace("/unsubscribe/", "/unsubscribe/x"),
        lambda path: "/unsubscribe/" + "x" * 3000 + path[49:],
    ],
)
def test_another_address_is_not_found(call, channel, path_for, unchanged, method, change):
    with unchanged():
        answer = call(method, change(path_for(channel)), key=None)

    assert (answer.status, answer.body) == (404, b"")


def test_another_projects_signature_is_not_good(call, channel, path_for, other, unchanged):
    with unchanged():
        answer = call("POST", path_for(channel, other.project_id), key=None)

    assert answer.status == 404


def test_the_page_is_for_the_recipient_alone(call, channel, path_for):
    for method in ("GET", "POST"):
        headers = call(method, path_for(channel), key=None).headers

        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex"
        assert headers["x-content-type-options"] == "nosniff"
        assert "no-store" in headers["cache-control"]
        assert "access-control-allow-origin" not in headers


def test_other_methods_are_not_allowed(call, channel, path_for, unchanged):
    with unchanged():
        answer = call("DELETE", path_for(channel), key=None)

    assert answer.status == 405
