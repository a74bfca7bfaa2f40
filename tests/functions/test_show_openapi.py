"""GET /api/v3/openapi.json."""

from dataclasses import replace

import pytest

from functions.show_openapi import app
from nightbell.settings import settings
from nightbell.web import views
from tests.documented import DOCUMENT

PATH = "/api/v3/openapi.json"


def test_shows_the_document_to_anybody(call):
    answer = call("GET", PATH, key=None)

    assert answer.status == 200
    assert answer.json["info"] == DOCUMENT["info"]
    assert answer.json["components"] == DOCUMENT["components"]
    assert list(answer.json["paths"]) == list(DOCUMENT["paths"])


def test_only_version_3_has_it(call):
    assert call("GET", "/api/v2/openapi.json", key=None).status == 404


def test_the_addresses_are_those_at_which_it_was_asked_for(call):
    document = call("GET", PATH, key=None).json

    host = "x4wq9f8m2c.execute-api.eu-west-1.amazonaws.com"
    assert document["servers"] == [{"url": f"https://{host}/live"}]
    assert document["paths"]["/ping/{check}"]["servers"] == [{"url": "http://localhost"}]
    assert "servers" not in document["paths"]["/api/v3/checks"]


def test_the_addresses_are_those_of_the_settings(call, monkeypatch):
    site, pings = "https://cron.example.org", "https://ping.example.org/eu/ping/"
    monkeypatch.setattr(views, "settings", replace(settings, site_url=site))
    monkeypatch.setattr(app, "settings", replace(settings, ping_url=pings))

    document = call("GET", PATH, key=None).json

    assert document["servers"] == [{"url": site}]
    for path, item in document["paths"].items():
        expected = [{"url": "https://ping.example.org/eu"}] if path.startswith("/ping/") else None
        assert item.get("servers") == expected


@pytest.mark.parametrize("form", ["{}", '"other", {}', 'W/"other",{}'])
def test_a_client_that_has_it_is_not_sent_it_again(call, form):
    tag = call("GET", PATH, key=None).headers["etag"]

    answer = call("GET", PATH, key=None, headers={"If-None-Match": form.format(tag)})

    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == tag


def test_it_is_another_one_at_another_address(call, monkeypatch):
    tag = call("GET", PATH, key=None).headers["etag"]
    monkeypatch.setattr(app, "settings", replace(settings, ping_url="https://p.example.org/ping/"))

    answer = call("GET", PATH, key=None, headers={"If-None-Match": tag})

    assert answer.status == 200
    assert answer.headers["etag"] != tag
