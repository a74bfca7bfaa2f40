"""Badges under the addresses that the API lists."""

import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.e2e

# A name of its own for each, for other tests have tags in the same project.
TAGS = [
    "b,c",
    "b=c",
    "b/c",
    "b%",
    "b%2F",
    "b%252F",
    "b+c",
    "b.svg",
    "b?c#d",
    "b&c;d",
    "bü",
    "b🚀",
    "<b>'\"",
    "b\\",
    "..b",
    "b..",
]


def fetch(url):
    """Return content type and body under exactly this address."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


@pytest.fixture(scope="module")
def badges(create, anyone, api):
    """Return the badges of a check that is down, by tag."""
    check = create(name="Badges", tags=" ".join(TAGS))
    anyone.get(f"{check['ping_url']}/fail")
    badges = api.get("/api/v3/badges/").json()["badges"]
    assert badges.keys() >= {"*", *TAGS}
    return badges


@pytest.mark.parametrize("tag", TAGS)
def test_each_listed_address_shows_the_badge_of_its_tag(badges, tag):
    with ThreadPoolExecutor(3) as threads:
        found = dict(zip(badges[tag], threads.map(fetch, badges[tag].values()), strict=True))

    for name, (content_type, body) in found.items():
        if name.startswith("svg"):
            assert content_type == "image/svg+xml"
            assert tag in "".join(ElementTree.fromstring(body).itertext())
        elif name.startswith("json"):
            assert body == '{"status":"down","total":1,"grace":0,"down":1}'
        else:
            assert '"message":"down"' in body
    assert len(found) == 6


@pytest.mark.parametrize("tag", ["b/c", "b%", "b+c", "bü"])
def test_a_tag_may_be_quoted_twice(badges, tag):
    url = badges[tag]["json"]

    _, body = fetch(url.replace(quote(tag, safe=""), quote(quote(tag, safe=""))))

    assert '"total":1,' in body


def test_the_badge_of_all_checks_has_no_tag(badges, api):
    _, body = fetch(badges["*"]["json"])

    count = len(api.get("/api/v3/checks/").json()["checks"])
    assert f'"total":{count},' in body


def test_another_signature_shows_nothing(badges, anyone):
    ours, others = badges["b,c"]["json"], badges["b=c"]["json"]
    mixed = ours.rpartition("/")[0] + "/" + others.rpartition("/")[2]

    assert anyone.get(mixed).status_code == 404


def test_a_check_has_a_badge_that_tells_no_uuid(create, anyone):
    check = create()

    svg = anyone.get(check["badge_url"])
    shields = anyone.get(check["badge_url"].replace("/2/", "/3/").replace(".svg", ".shields"))

    assert svg.headers["Content-Type"] == "image/svg+xml"
    assert check["uuid"] not in svg.text + shields.text
    assert shields.json()["label"] == "unnamed"
