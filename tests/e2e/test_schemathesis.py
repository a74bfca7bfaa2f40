"""The API answers as its OpenAPI document says: thousands of requests that schemathesis makes up.

NIGHTBELL_FUZZING_SEED chooses others.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

ENOUGH = 5000
SEED = os.environ.get("NIGHTBELL_FUZZING_SEED", "1")
PROGRAM = Path(sys.executable).with_name("schemathesis")
CONFIG = Path(__file__).with_name("schemathesis.toml")

# Processes, each for these paths; threads of one would get in each other's way.
PARTS = {
    "pings": "^/ping/",
    "checks": "^/api/v3/checks",
    "channels": "/channels",
    "others": "^/(?!ping/|api/v3/checks|api/[^/]+/channels)",
}


@pytest.fixture(scope="module")
def project(command_line):
    """Return a function that makes a project and returns its keys."""

    def create(name):
        created = command_line("project", "create", name, "--check-limit", "80", "--json")
        return json.loads(created.stdout)

    return create


@pytest.fixture(scope="module")
def there(project, anyone, mails):
    """Make some of everything; the value is what the processes have to know of it."""
    ours, channels = project("Fuzzing"), project("Channels")

    def post(path, keys=ours, **document):
        return anyone.post(path, headers={"X-Api-Key": keys["api_key"]}, json=document).json()

    def get(path, key=ours["api_key_readonly"]):
        return anyone.get(path, headers={"X-Api-Key": key}).json()

    checks = [
        post("/api/v3/checks/", name=f"Check {n}", slug=f"check-{n}", tags="fuzzing")
        for n in range(6)
    ]
    spare = [{"check": post("/api/v3/checks/")["uuid"]} for _ in range(16)]
    for check in checks:
        anyone.post(check["ping_url"], content=b"hello")
    pinged, (down, *changed) = checks[:3], [check["uuid"] for check in checks[3:]]
    anyone.get(f"/ping/{down}/fail")
    webhook, mail = {"url_down": "http://127.0.0.1:9/"}, {"to": "fuzzing@example.org"}
    ids = [
        post("/api/v3/channels/", channels, kind=kind, settings=settings)["id"]
        for kind, settings in (("webhook", webhook), ("email", mail), *[("webhook", webhook)] * 8)
    ]
    post(f"/api/v3/channels/{ids[1]}/test", channels)
    unique_keys = [check["unique_key"] for check in get("/api/v3/checks/")["checks"]]
    return {
        "key": ours["api_key"],
        "channels_key": channels["api_key"],
        "read_only_key": ours["api_key_readonly"],
        "places": {
            **_of_checks(changed, unique_keys),
            "/api/v3/checks/{check}/snooze": [{"check": check} for check in (down, *changed)],
            **{
                f"/api/v3/channels/{{channel}}{suffix}": [{"channel": one} for one in ids[:2]]
                for suffix in ("", "/test", "/notifications")
            },
            **_of_pings(ours["ping_key"], [check["uuid"] for check in pinged]),
            **_of_badges(pinged[0]["badge_url"], get("/api/v3/badges/")["badges"]),
            **_of_pages(mails(mail["to"])),
        },
        "deletable": {
            "/api/v3/checks/{check}": spare[:8],
            "/api/{version}/checks/{check}": spare[8:],
            "/api/v3/channels/{channel}": [{"channel": one} for one in ids[2:]],
        },
    }


def _of_checks(ids, unique_keys):
    known = [{"check": check} for check in ids]
    readable = [*known, *({"check": key} for key in unique_keys)]
    places = {}
    for version in ("v3", "{version}"):
        path = f"/api/{version}/checks/{{check}}"
        places |= {f"{path}{suffix}": known for suffix in ("", "/pause", "/resume", "/pings")}
        places |= {f"{path}{suffix}": readable for suffix in ("/flips", "/notifications")}
        places[f"{path}/pings/{{n}}/body"] = [{"check": check, "n": 1} for check in ids]
    return places


def _of_pings(ping_key, ids):
    slug = {"key": ping_key, "slug": "check-2"}
    places = {"/ping/{check}": [{"check": check} for check in ids]}
    for signal in ("start", "fail", "log"):
        places[f"/ping/{{check}}/{signal}"] = places["/ping/{check}"]
        places[f"/ping/{{key}}/{{slug}}/{signal}"] = [slug]
    places["/ping/{key}/{slug}"] = [slug, {"key": ids[0], "slug": "1"}]
    places["/ping/{key}/{slug}/{exitstatus}"] = [slug]
    return places


def _of_badges(of_check, of_tags):
    return {
        "/badge/{key}/{file}": _parts("key file", of_tags["*"].values()),
        "/badge/{key}/{signature}/{file}": _parts(
            "key signature file", of_tags["fuzzing"].values()
        ),
        "/b/{states}/{file}": _parts("states file", [of_check]),
    }


def _of_pages(mails):
    url = re.search(r"/unsubscribe/[^/]+/[^/]+/\w+", json.dumps(mails))[0]
    path = "/unsubscribe/{project}/{channel}/{signature}"
    return {path: _parts("project channel signature", [url])}


def _parts(names, urls):
    """Return the last parts of addresses by these names."""
    names = names.split()
    return [dict(zip(names, url.split("/")[-len(names) :], strict=True)) for url in urls]


@pytest.fixture(scope="module")
def runs(system, there, tmp_path_factory):
    """Let schemathesis ask; the value is for each part its status, its output, and the answers."""
    ask = partial(_run, system, there)
    with ThreadPoolExecutor(len(PARTS)) as threads:
        folders = {name: tmp_path_factory.mktemp(name) for name in PARTS}
        return dict(zip(PARTS, threads.map(ask, PARTS, folders.values()), strict=True))


def _run(system, there, name, folder):
    (folder / "there.json").write_text(json.dumps(there))
    source = f"{system.url}/api/v3/openapi.json"
    with (folder / "output").open("w") as output:
        done = subprocess.run(
            [
                *(PROGRAM, "--config-file", CONFIG, "--no-color", "run", source),
                *("--include-path-regex", PARTS[name], "--seed", SEED),
            ],
            cwd=folder,
            env={
                **os.environ,
                "NIGHTBELL_API_KEY": there["key"],
                "NIGHTBELL_CHANNELS_KEY": there["channels_key"],
                "NIGHTBELL_FUZZING": str(folder),
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    answers = Counter(json.loads((folder / "answers.json").read_text()))
    return done.returncode, (folder / "output").read_text(), answers


@pytest.fixture(scope="module")
def answers(runs):
    """Return how often each operation was answered with each status."""
    return sum((answers for _, _, answers in runs.values()), Counter())


@pytest.mark.parametrize("name", PARTS)
def test_every_answer_is_as_documented(runs, name):
    status, output, _ = runs[name]

    assert status == 0, output


def test_every_operation_was_done_at_least_once(answers):
    asked = {label.rpartition(" ")[0] for label in answers}
    done = {label.rpartition(" ")[0] for label in answers if label[-3] in "23"}

    assert asked == done


def test_there_were_enough_requests(answers):
    statuses = Counter()
    for label, number in answers.items():
        statuses[label[-3:]] += number

    print(f"schemathesis made {answers.total()} requests:", dict(sorted(statuses.items())))
    assert answers.total() >= ENOUGH
