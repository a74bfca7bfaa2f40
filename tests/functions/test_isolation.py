"""Nothing crosses projects: no identifier of one works with a key of another, in any field."""

import pytest

from nightbell.domain.check import unique_key_of

ROUTES = [
    ("GET", "", 403),
    ("POST", "", 403),
    ("DELETE", "", 403),
    ("POST", "/pause", 403),
    ("POST", "/resume", 403),
    ("GET", "/pings/", 403),
    ("GET", "/pings/1/body", 403),
    ("GET", "/flips/", 403),
]
IN_V3 = [("GET", "/notifications", 403), ("POST", "/snooze", 403)]
OF_CHANNELS = [
    ("GET", ""),
    ("POST", ""),
    ("DELETE", ""),
    ("POST", "/test"),
    ("GET", "/notifications"),
]


@pytest.fixture
def theirs(create, other, ping):
    """A check of the other project, with a ping in its log."""
    check = create(key=other.api_key, name="Theirs", slug="theirs", tags="theirs")
    ping(f"/ping/{check['uuid']}", "POST", b"done")
    return check


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
@pytest.mark.parametrize(("method", "suffix", "status"), ROUTES)
def test_a_check_of_another_project_is_forbidden(
    call, theirs, unchanged, version, method, suffix, status
):
    with unchanged():
        answer = call(method, f"/api/{version}/checks/{theirs['uuid']}{suffix}")

    assert (answer.status, answer.text) == (status, "")


@pytest.mark.parametrize(("method", "suffix", "status"), IN_V3)
def test_so_it_is_for_what_only_version_3_has(call, theirs, unchanged, method, suffix, status):
    with unchanged():
        answer = call(method, f"/api/v3/checks/{theirs['uuid']}{suffix}", {"seconds": 60})

    assert (answer.status, answer.text) == (status, "")


@pytest.mark.parametrize(("method", "suffix"), OF_CHANNELS)
def test_a_channel_of_another_project_is_unknown(
    call, other, add_channel, delivering, unchanged, method, suffix
):
    channel = add_channel("Theirs", other.project_id)

    with unchanged():
        answer = call(method, f"/api/v3/channels/{channel.channel_id}{suffix}", {"name": "Ours"})

    assert (answer.status, answer.text) == (404, "")


@pytest.mark.parametrize(("method", "suffix", "status"), ROUTES + IN_V3)
def test_so_it_is_to_a_key_in_the_body(call, project, theirs, unchanged, method, suffix, status):
    if method == "POST":
        with unchanged():
            path = f"/api/v3/checks/{theirs['uuid']}{suffix}"
            body = {"api_key": project.api_key, "name": 5, "seconds": 60}
            answer = call(method, path, body, key=None)

        assert answer.status == status


@pytest.mark.parametrize("suffix", ["", "/flips/", "/notifications"])
@pytest.mark.parametrize("kind", ["api_key", "api_key_readonly"])
def test_a_unique_key_of_another_project_is_unknown(call, project, theirs, suffix, kind):
    path = f"/api/v3/checks/{unique_key_of(theirs['uuid'])}{suffix}"

    assert call("GET", path, key=getattr(project, kind)).status == 404


@pytest.mark.parametrize("suffix", ["", "/flips/", "/notifications"])
def test_a_read_only_key_is_forbidden_the_uuid(call, project, theirs, suffix):
    path = f"/api/v3/checks/{theirs['uuid']}{suffix}"

    assert call("GET", path, key=project.api_key_readonly).status == 403


def test_lists_hold_nothing_of_another_project(call, theirs, other, add_channel):
    add_channel("Theirs", other.project_id)

    assert call("GET", "/api/v3/checks/").json == {"checks": []}
    assert call("GET", "/api/v3/checks/?slug=theirs&tag=theirs").json == {"checks": []}
    assert call("GET", "/api/v3/channels/").json == {"channels": []}
    assert list(call("GET", "/api/v3/badges/").json["badges"]) == ["*"]


@pytest.mark.parametrize("field", ["id", "name"])
def test_a_channel_of_another_project_cannot_be_assigned(
    call, create, other, add_channel, unchanged, field
):
    ours = create()["uuid"]
    channel = add_channel("Theirs", other.project_id)
    identifier = channel.channel_id if field == "id" else channel.name

    for path in ("", ours):
        with unchanged():
            answer = call("POST", f"/api/v3/checks/{path}", {"channels": identifier})
        assert answer.error == f"invalid channel identifier: {identifier}"


def test_all_channels_are_those_of_the_project(call, other, add_channel):
    ours = add_channel("Ours")
    add_channel("Theirs", other.project_id)

    assert call("POST", "/api/v3/checks/", {"channels": "*"}).json["channels"] == ours.channel_id


@pytest.mark.parametrize("query", ["", "?create=1"])
def test_a_slug_of_another_project_is_unknown(ping, project, other, theirs, show, query):
    answer = ping(f"/ping/{project.ping_key}/theirs{query}")

    assert answer.status == (201 if query else 404)
    assert ping(f"/ping/{other.ping_key}/theirs").status == 200


@pytest.mark.parametrize("form", ["svg", "json", "shields"])
def test_a_badge_signature_is_good_for_one_project(call, theirs, other, form):
    ours = call("GET", "/api/v3/badges/").json["badges"]["*"][form]
    foreign = call("GET", "/api/v3/badges/", key=other.api_key).json["badges"]["*"][form]
    key, signed = ours.split("/")[-2], foreign.split("/")[-1]

    assert call("GET", f"/badge/{key}/{signed}", key=None).status == 404


def test_a_badge_key_of_a_check_opens_no_project_and_the_reverse(call, create):
    check = create()["badge_url"].split("/")[-1]
    project = call("GET", "/api/v3/badges/").json["badges"]["*"]["svg"].split("/")[-2]

    assert call("GET", f"/b/2/{project}.svg", key=None).status == 404
    assert call("GET", f"/badge/{check.removesuffix('.svg')}/LOegDs5M.svg", key=None).status == 404


def test_a_unique_key_is_no_uuid_and_the_reverse(call, create, ping):
    unique_key = unique_key_of(create()["uuid"])

    assert ping(f"/ping/{unique_key}").status == 404
    assert call("GET", f"/b/2/{unique_key}.svg", key=None).status == 404
    for method, suffix in (("POST", ""), ("DELETE", "")):
        assert call(method, f"/api/v3/checks/{unique_key}{suffix}").status == 405
    for method, suffix in (("POST", "/pause"), ("GET", "/pings/"), ("GET", "/pings/1/body")):
        assert call(method, f"/api/v3/checks/{unique_key}{suffix}").status == 404
