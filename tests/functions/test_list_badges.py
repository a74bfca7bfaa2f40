"""GET /api/{version}/badges."""

import re

import pytest


@pytest.mark.parametrize("path", ["/api/v1/badges/", "/api/v2/badges", "/api/v3/badges/"])
def test_lists_all_forms_for_each_tag_and_for_all(call, create, path):
    create(tags="backup db")
    create(tags="  db\tprod ")

    badges = call("GET", path).json["badges"]

    assert list(badges) == ["backup", "db", "prod", "*"]
    site = "https://x4wq9f8m2c.execute-api.eu-west-1.amazonaws.com/live"
    for form in ("svg", "json", "shields"):
        two = re.escape(form)
        key = r"[0-9a-f-]{36}/[\w-]{8}"
        assert re.fullmatch(rf"{site}/badge/{key}-2/db\.{two}", badges["db"][form])
        assert re.fullmatch(rf"{site}/badge/{key}/db\.{two}", badges["db"][f"{form}3"])
        assert re.fullmatch(rf"{site}/badge/{key}-2\.{two}", badges["*"][form])
        assert re.fullmatch(rf"{site}/badge/{key}\.{two}", badges["*"][f"{form}3"])
    assert len(badges["db"]) == 6


def test_the_addresses_stay_the_same(call, create):
    create(tags="db")

    assert call("GET", "/api/v3/badges/").json == call("GET", "/api/v3/badges/").json


def test_a_tag_with_the_name_of_the_badge_for_all_is_that_badge(call, create):
    before = call("GET", "/api/v3/badges/").json
    create(tags="*")

    assert call("GET", "/api/v3/badges/").json == before
