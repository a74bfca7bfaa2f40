"""Whatever a browser asks of the pages and sends to them, the answer is no fault of ours."""

import random
import re

import pytest

from nightbell.domain.check import unique_key_of
from nightbell.web.routes import ROUTES
from tests.functions.browsing import Browser
from tests.functions.odd_input import ODD_TEXTS, ODD_VALUES

PAGES = [(method, route.path) for route in ROUTES if route.page for method in route.methods]
NAMES = [
    *("action", "name", "slug", "tags", "tag", "check", "checks", "channels", "channel", "kind"),
    *("timeout", "timeout_unit", "grace", "schedule", "tz", "desc", "methods", "status", "q"),
    *("sort", "page", "before", "type", "said", "next", "confirm", "key", "session", "preview"),
]


@pytest.fixture
def places(project, other, create, ping, make_slack):
    """What paths may name: things that there are, of others, and that there cannot be."""
    made = create(name="Ours", tags="a b", channels="*")
    ping(f"/ping/{made['uuid']}", "POST", b"\xff\x00 body")
    theirs = create(name="Theirs", key=other.api_key)
    checks = [unique_key_of(made["uuid"]), unique_key_of(theirs["uuid"]), made["uuid"]]
    return {
        "project": [project.project_id] * 8 + [other.project_id],
        "check": checks[:1] * 6 + checks,
        "channel": [make_slack()["id"]],
        "n": ["1", "2", "0", "-1"],
        "name": ["style.css"],
    }


@pytest.mark.parametrize("seed", range(8))
def test_every_request_is_answered(signed_in, reading, project, places, delivering, seed):
    chance = random.Random(seed)

    def part(found):
        return chance.choice(places[found[1]] if chance.random() < 0.9 else ODD_TEXTS)

    def query():
        pairs = (f"{chance.choice(NAMES)}={chance.choice([*ODD_TEXTS, '1'])}" for _ in range(2))
        return "&".join(pairs)

    def fields(csrf):
        names = chance.choices(NAMES, k=6)
        values = [chance.choice([*ODD_TEXTS, *map(str, ODD_VALUES), "1"]) for _ in names]
        typed = {n: v.encode(errors="replace") for n, v in zip(names, values, strict=True)}
        actions = [
            "pause",
            "resume",
            "delete",
            "copy",
            "ping",
            "save",
            "test",
            "rename",
            "end",
            "x",
        ]
        return typed | {"action": chance.choice(actions), "csrf": csrf}

    tokens = {id(browser): browser.csrf(project.project_id) for browser in (signed_in, reading)}
    for _ in range(40):
        method, pattern = chance.choice(PAGES)
        if pattern == "/sign-out":
            continue
        path = re.sub(r"{(\w+)}", part, pattern)
        browser = chance.choice([signed_in, signed_in, signed_in, reading, Browser()])
        if method == "GET":
            page = browser.get(f"{path}?{query()}")
        else:
            page = browser.post(path, fields(tokens.get(id(browser), "")))
        assert page.status < 500, (method, path)


def test_nothing_of_another_project_is_reached(signed_in, project, other, places):
    theirs = places["check"][-2]
    for method, pattern in PAGES:
        if "{check}" not in pattern:
            continue
        for owner, check in ((project, theirs), (other, theirs)):
            path = pattern.replace("{project}", owner.project_id).replace("{check}", check)
            path = path.replace("{n}", "1")
            fields = {"csrf": signed_in.csrf(project.project_id), "action": "pause"}
            page = signed_in.get(path) if method == "GET" else signed_in.post(path, fields)
            assert page.status == 404 or page.path.startswith("/sign-in"), path
            assert "Theirs" not in page.html
