"""GET /b/{states}/{badge}."""

from xml.etree import ElementTree

import pytest


@pytest.fixture
def badge(call, create, now):
    """Return a function that makes a check and returns a function to look at its badge."""

    def make(**fields):
        check = create(**fields)
        key = check["badge_url"].rpartition("/")[2].removesuffix(".svg")
        return check["uuid"], lambda tail: call("GET", f"/b/{tail.format(key)}", key=None)

    return make


@pytest.mark.parametrize(
    ("advance", "two", "three"), [(0, "up", "up"), (60, "up", "late"), (120, "down", "down")]
)
def test_shows_the_status_of_its_check(badge, ping, now, advance, two, three):
    check_id, look = badge(name="Backups", timeout=60, grace=60)
    ping(f"/ping/{check_id}")
    now.advance(seconds=advance)

    assert look("2/{}.json").json["status"] == two
    assert look("3/{}.json").json["status"] == three
    assert look("3/{}.shields").json["message"] == three
    assert look("2/{}.shields").json["label"] == "Backups"
    assert f">{three}</text>" in look("3/{}.svg").text


def test_never_shows_the_uuid(badge, call):
    check_id, look = badge(name="")

    unnamed = look("2/{}.shields").json["label"]
    call("POST", f"/api/v3/checks/{check_id}", {"name": f"job {check_id.upper()}"})
    named = look("2/{}.shields").json["label"]

    assert (unnamed, named) == ("unnamed", "job …")
    for form in ("svg", "json", "shields"):
        assert check_id not in look(f"2/{{}}.{form}").text.lower()


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><svg onload=x>', "\x01]]>&lt;"])
def test_escapes_a_hostile_name(badge, name):
    _, look = badge(name=name)

    elements = list(ElementTree.fromstring(look("2/{}.svg").body).iter())

    assert [e.tag.rpartition("}")[2] for e in elements if "script" in e.tag.lower()] == []
    assert elements[0].attrib["aria-label"] == f"{name.replace(chr(1), chr(0xFFFD))}: up"


def test_is_never_cached(badge):
    _, look = badge()

    assert "no-store" in look("2/{}.svg").headers["cache-control"]
    assert look("2/{}.svg").headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "tail", ["4/{}.svg", "2/{}.png", "2/{}", "2/.svg", "2/x{}.svg", "2/" + "x" * 3000 + ".svg"]
)
def test_is_not_found_under_another_address(badge, tail):
    _, look = badge()

    assert look(tail).status == 404


def test_goes_with_its_check(badge, call):
    check_id, look = badge()

    call("DELETE", f"/api/v3/checks/{check_id}")

    assert look("2/{}.svg").status == 404
