"""GET /badge/{key}/{a} and /badge/{key}/{a}/{b}."""

from datetime import UTC, datetime
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree

import pytest

from nightbell.domain import badge
from nightbell.domain.project import Project
from nightbell.store.fields import stored_fields
from nightbell.store.tables import KeyItem, ProjectItem

FORMS = ["svg", "svg3", "json", "json3", "shields", "shields3"]
HOSTILE_TAGS = [
    "a/b",
    "a,b",
    "a+b",
    "a%2Fb",
    "100%",
    "a.svg",
    "..",
    "?x=1",
    "#x",
    "a;b",
    "<script>alert(1)</script>",
    '"onload="alert(1)',
    "&amp;",
    "]]>",
    "\x01\x1b",
    "café",
    "日本語",
    "🔔",
    "\\",
    "{proxy+}",
    "t" * 500,
]


@pytest.fixture
def urls(call):
    """Return a function that returns the paths of a tag's badges, as the API lists them."""

    def read(tag):
        listed = call("GET", "/api/v3/badges/").json["badges"][tag]
        return {form: urlsplit(url).path.removeprefix("/live") for form, url in listed.items()}

    return read


def test_counts_the_checks_of_its_tag_only(call, create, ping, urls, now):
    late = create(tags="db prod", timeout=60, grace=60)["uuid"]
    create(tags="db")
    other = create(tags="prod dbx")["uuid"]
    ping(f"/ping/{late}")
    ping(f"/ping/{other}/fail")
    now.advance(seconds=60)

    assert call("GET", urls("db")["json"], key=None).json == {
        "status": "up",
        "total": 2,
        "grace": 1,
        "down": 0,
    }
    assert call("GET", urls("db")["json3"], key=None).json["status"] == "late"
    assert call("GET", urls("prod")["json"], key=None).json == {
        "status": "down",
        "total": 2,
        "grace": 1,
        "down": 1,
    }
    assert call("GET", urls("*")["json3"], key=None).json["total"] == 3


def test_goes_down_at_the_deadline_without_a_flip(call, create, ping, urls, now):
    ping(f"/ping/{create(tags='db', timeout=60, grace=60)['uuid']}")

    now.advance(seconds=119)
    assert call("GET", urls("db")["json"], key=None).json["status"] == "up"
    now.advance(seconds=1)
    assert call("GET", urls("db")["json"], key=None).json["status"] == "down"


@pytest.mark.parametrize(
    ("form", "advance", "message", "color"),
    [
        ("shields", 0, "up", "success"),
        ("shields", 60, "up", "success"),
        ("shields3", 60, "late", "important"),
        ("shields", 120, "down", "critical"),
        ("shields3", 120, "down", "critical"),
    ],
)
def test_speaks_to_shields(call, create, ping, urls, now, form, advance, message, color):
    ping(f"/ping/{create(tags='db', timeout=60, grace=60)['uuid']}")
    now.advance(seconds=advance)

    assert call("GET", urls("db")[form], key=None).json == {
        "schemaVersion": 1,
        "label": "db",
        "message": message,
        "color": color,
    }


@pytest.mark.parametrize("tag", HOSTILE_TAGS)
def test_a_tag_may_hold_any_character(call, create, urls, tag):
    create(tags=tag)
    path = urls(tag)["svg3"]

    for sent in (path, quote(path)):
        answer = call("GET", sent, key=None)
        assert answer.status == 200
        assert_harmless(answer.body)


@pytest.mark.parametrize("tag", ["a,b", "a+b", "100%", "a.svg", "..", "a;b", "<b>", "&", "café"])
def test_a_tag_may_arrive_decoded(call, create, urls, tag):
    create(tags=tag)

    assert call("GET", unquote(urls(tag)["shields"]), key=None).json["label"] == tag


def assert_harmless(svg):
    elements = list(ElementTree.fromstring(svg).iter())
    names = {element.tag.rpartition("}")[2] for element in elements}
    assert names <= {"svg", "title", "clipPath", "rect", "g", "text"}
    assert not any(name.startswith("on") for element in elements for name in element.attrib)


def test_shows_its_tag_and_status(call, create, urls):
    create(tags="<b>")

    answer = call("GET", urls("<b>")["svg"], key=None)

    assert answer.headers["content-type"] == "image/svg+xml"
    texts = [e.text for e in ElementTree.fromstring(answer.body).iter() if e.tag.endswith("text")]
    assert texts == ["<b>", "up"]


def test_the_badge_of_all_checks_has_the_products_name(call, urls):
    assert call("GET", urls("*")["shields"], key=None).json["label"] == "nightbell"


@pytest.mark.parametrize("form", FORMS)
def test_is_never_cached(call, create, urls, form):
    create(tags="db")

    answer = call("GET", urls("db")[form], key=None)

    assert answer.status == 200
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["access-control-allow-origin"] == "*"


def test_still_works_when_no_check_has_the_tag_any_more(call, create, urls):
    check = create(tags="db")
    path = urls("db")["json"]
    call("DELETE", f"/api/v3/checks/{check['uuid']}")

    answer = call("GET", path, key=None)

    assert answer.json == {"status": "up", "total": 0, "grace": 0, "down": 0}


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.replace("db.svg", "prod.svg"),
        lambda path: path.replace("db.svg", "db.png"),
        lambda path: path.replace("db.svg", "db"),
        lambda path: path.replace("db.svg", ".svg"),
        lambda path: path.replace("db.svg", "DB.svg"),
        lambda path: path.replace("-2/", "-3/"),
        lambda path: path.replace("-2/", "-2-2/"),
        lambda path: path.replace("-2/", "x-2/"),
        lambda path: path.replace("-2/db", "-2"),
        lambda path: path.replace("/badge/", "/badge/x"),
        lambda path: path.replace("/badge/", "/badge/" + "x" * 3000),
        lambda path: "/badge/é" + path.removeprefix("/badge/"),
    ],
)
def test_is_not_found_under_another_address(call, create, urls, change):
    create(tags="db prod")

    answer = call("GET", change(urls("db")["svg"]), key=None)

    assert answer.status == 404
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_signature_may_end_as_the_two_state_form_does(call, project):
    secret = next(s for s in map(str, range(99_999)) if badge.signature(s, "*").endswith("-2"))
    _add_project(secret)
    signature = badge.signature(secret, "*")

    assert call("GET", f"/badge/key/{signature}.svg", key=None).status == 200
    assert call("GET", f"/badge/key/{signature}-2.svg", key=None).status == 200
    assert call("GET", f"/badge/key/{signature[:-2]}.svg", key=None).status == 404


def _add_project(secret):
    project = Project(
        project_id="p",
        name="",
        created=datetime(2024, 1, 1, tzinfo=UTC),
        ping_key="k",
        badge_key="key",
        badge_secret=secret,
        check_limit=1,
        ping_log_limit=1,
    )
    fields = stored_fields(project) | {"check_count": 0, "write_digest": "w", "read_digest": "r"}
    ProjectItem(**fields).save()
    KeyItem("badge#key", project_id="p").save()
