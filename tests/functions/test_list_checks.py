"""GET /api/{version}/checks."""

import gzip
import json
from dataclasses import replace

import pytest

from nightbell.store import check_items
from nightbell.store.tables import CheckItem


@pytest.fixture
def names(call):
    """Return a function that returns the names of the checks that a query lists."""

    def read(query):
        return [c["name"] for c in call("GET", f"/api/v3/checks/{query}").json["checks"]]

    return read


@pytest.mark.parametrize("path", ["/api/v1/checks/", "/api/v2/checks", "/api/v3/checks/"])
def test_lists_the_checks_oldest_first_as_each_is_shown(call, create, now, path):
    for name in "cab":
        create(name=name)
        now.advance(seconds=1)

    checks = call("GET", path).json["checks"]

    assert [check["name"] for check in checks] == ["c", "a", "b"]
    for check in checks:
        assert call("GET", path.rstrip("/") + "/" + check["uuid"]).json == check


def test_an_empty_project_has_an_empty_list(call, project):
    assert call("GET", "/api/v3/checks/").json == {"checks": []}


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("", "ABCD"),
        ("?tag=prod", "AB"),
        ("?tag=prod&tag=db", "B"),
        ("?tag=prod&tag=nothing", ""),
        ("?&tag=a=b", "C"),
        ("?tag=a%3Db", "C"),
        ("?tag=x,y", "C"),
        ("?tag=x%2Cy", "C"),
        ("?tag=c%2B%2B", "C"),
        ("?tag=c++", ""),
        ("?tag=a%2Fb", "C"),
        ("?tag=%252F", "C"),
        ("?tag=pro", ""),
        ("?tag=PROD", ""),
        ("?tag=", ""),
        ("?tag=prod%20db", ""),
        ("?tag=%E6%97%A5", "D"),
        ("?slug=one", "AB"),
        ("?slug=one&tag=db", "B"),
        ("?slug=two", ""),
        ("?slug=", "ABCD"),
        ("?slug=two&slug=one", "AB"),
        ("?unknown=1", "ABCD"),
        ("?tag=" + "t" * 5000, ""),
        ("?slug=" + "s" * 5000, ""),
    ],
)
def test_filters_by_slug_and_tags(create, names, query, listed):
    create(name="A", tags="prod", slug="one")
    create(name="B", tags="db prod", slug="one")
    create(name="C", tags="a=b x,y c++ a/b %2F")
    create(name="D", tags="日 🔔")

    assert sorted(names(query)) == list(listed)


def test_a_large_list_is_compressed_for_who_can_take_it(call, create):
    for _ in range(8):
        create(desc="d" * 10_000)

    packed = call("GET", "/api/v3/checks/", headers={"Accept-Encoding": "br, gzip"})
    plain = call("GET", "/api/v3/checks/")

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert json.loads(gzip.decompress(packed.body)) == plain.json
    assert "content-encoding" not in plain.headers
    assert packed.headers["access-control-allow-origin"] == "*"


def test_a_list_that_lambda_could_not_answer_is_refused(call, project, make_check):
    # In JSON each of these letters takes six bytes, seven in the answer's envelope.
    check = make_check(project_id=project.project_id, desc="é" * 10_000)
    with CheckItem.batch_write() as batch:
        for n in range(100):
            for item in check_items.items_of(
                replace(check, check_id=f"{n:08}-0000-4000-8000-000000000000")
            ):
                batch.save(item)

    plain = call("GET", "/api/v3/checks/")
    packed = call("GET", "/api/v3/checks/", headers={"Accept-Encoding": "gzip"})

    assert plain.status == 413
    assert plain.error.startswith("answer too large")
    assert len(json.loads(gzip.decompress(packed.body))["checks"]) == 100
