"""Paths and methods, through both APIs."""

import pytest

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def check(create, anyone):
    """Make a check that has a ping with a body."""
    check = create(name="Routes", slug="routes", tags="routes")
    anyone.post(check["ping_url"], content=b"hello")
    return check


@pytest.fixture(scope="module")
def places(check, api, system):
    """Return what the names in the paths below stand for."""
    badge = api.get("/api/v3/badges/").json()["badges"]["routes"]["svg"]
    readonly = {"X-Api-Key": system.api_key_readonly}
    shown = api.get(f"/api/v3/checks/{check['uuid']}", headers=readonly).json()
    return {
        "uuid": check["uuid"],
        "unique_key": shown["unique_key"],
        "tag_badge": badge.removeprefix(system.url),
        "check_badge": check["badge_url"].removeprefix(system.url),
    }


@pytest.mark.parametrize(
    "path",
    [
        "/api/v3/checks",
        "/api/v3/checks/{uuid}",
        "/api/v3/checks/{unique_key}",
        "/api/v3/checks/{uuid}/pings",
        "/api/v3/checks/{uuid}/pings/1/body",
        "/api/v3/checks/{uuid}/flips",
        "/api/v3/checks/{unique_key}/flips",
        "/api/v3/channels",
        "/api/v3/badges",
        "/api/v3/status",
        "/api/v1/health/check",
        "{tag_badge}",
        "{check_badge}",
    ],
)
def test_a_final_slash_makes_no_difference_to_reading(api, places, path):
    path = path.format(**places)

    without, with_slash = api.get(path), api.get(f"{path}/")

    assert without.status_code == with_slash.status_code == 200
    assert without.content == with_slash.content != b""


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_final_slash_makes_no_difference_to_writing(api, anyone, slash):
    check = api.post(f"/api/v3/checks{slash}", json={"name": f"Slash {slash}"}).json()
    path = f"/api/v3/checks/{check['uuid']}"

    statuses = [
        anyone.get(f"/ping/{check['uuid']}{slash}").status_code,
        anyone.get(f"/ping/{check['uuid']}/fail{slash}").status_code,
        api.post(f"{path}{slash}", json={"tags": "x"}).status_code,
        api.post(f"{path}/pause{slash}").status_code,
        api.post(f"{path}/resume{slash}").status_code,
        api.delete(f"{path}{slash}").status_code,
        api.get(f"{path}{slash}").status_code,
    ]

    assert statuses == [200, 200, 200, 200, 200, 200, 404]


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_every_version_answers_with_its_own_addresses(api, check, version):
    shown = api.get(f"/api/{version}/checks/{check['uuid']}").json()

    assert f"/api/{version}/checks/{check['uuid']}" in shown["update_url"]
    assert api.get(shown["update_url"]).json() == shown


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/v3/checks", "GET, POST, OPTIONS"),
        ("/api/v3/checks/{uuid}/", "GET, POST, DELETE, OPTIONS"),
        ("/api/v3/checks/{uuid}/pause", "POST, OPTIONS"),
        ("/api/v3/checks/{uuid}/flips/", "GET, OPTIONS"),
        ("{tag_badge}", "GET, OPTIONS"),
        ("{check_badge}", "GET, OPTIONS"),
    ],
)
def test_a_preflight_says_what_browsers_may_send(anyone, places, path, methods):
    answer = anyone.options(path.format(**places))

    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "X-Api-Key"
    assert answer.headers["Access-Control-Allow-Methods"] == methods


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("HEAD", "/api/v3/checks/"),
        ("HEAD", "/api/v3/checks/{uuid}"),
        ("HEAD", "{tag_badge}"),
        ("HEAD", "{check_badge}"),
        ("PUT", "/api/v3/checks/"),
        ("PATCH", "/api/v3/checks/{uuid}"),
        ("DELETE", "/api/v3/checks/{uuid}/pause/"),
        ("GET", "/api/v3/checks/{uuid}/resume"),
        ("POST", "/api/v3/badges/"),
        ("DELETE", "/api/v3/checks/{unique_key}"),
        ("POST", "/api/v3/checks/{unique_key}"),
        ("OPTIONS", "/api/v3/status"),
    ],
)
def test_a_wrong_method_is_405(api, places, method, path):
    assert api.request(method, path.format(**places)).status_code == 405


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/favicon.ico"),
        ("GET", "/ping"),
        ("GET", "/ping/"),
        ("GET", "/ping/nothing"),
        ("GET", "/ping/{uuid}/nothing"),
        ("GET", "/ping/{uuid}//start"),
        ("GET", "/api/v3/"),
        ("GET", "/api/v4/checks/"),
        ("GET", "/api//v3/checks"),
        ("GET", "/api/v3/checks/{uuid}/nothing"),
        ("GET", "/api/v3/checks/{uuid}%2Fflips"),
        ("GET", "/api/v3/checks/{uuid}/pings/9/body"),
        ("GET", "/api/v2/health/check"),
        ("GET", "/badge/nothing"),
        ("GET", "{tag_badge}x"),
        ("OPTIONS", "/api/v3/nothing"),
        ("POST", "/nothing"),
    ],
)
def test_an_unknown_path_is_404(api, places, method, path):
    assert api.request(method, path.format(**places)).status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_every_method_pings(anyone, api, create, method):
    check = create()

    answer = anyone.request(method, check["ping_url"])

    (logged,) = api.get(f"{check['update_url']}/pings/").json()["pings"]
    assert answer.status_code == 200
    assert answer.text == ("" if method == "HEAD" else "OK")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Ping-Body-Limit"] == "10000"
    assert (logged["method"], logged["type"]) == (method, "success")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_status_and_health_are_well_and_answer_to_head(anyone, method):
    status = anyone.request(method, "/api/v3/status/")
    health = anyone.request(method, "/api/v1/health/check")

    assert (status.status_code, health.status_code) == (200, 200)
    assert status.text == ("" if method == "HEAD" else "OK")
    if method == "GET":
        assert health.json() == {
            "service": "nightbell",
            "healthy": True,
            "databaseStatus": "connected",
            "error": None,
        }
