"""No input gets a 500: requests made of odd parts, always the same ones."""

import json
import random
import re

import pytest

from nightbell.alerts import registry
from nightbell.domain.check import unique_key_of
from tests.functions.odd_input import ODD_TEXTS, ODD_VALUES

FIELDS = [
    "api_key",
    "kind",
    "nag_interval",
    "seconds",
    "settings",
    "channels",
    "desc",
    "failure_kw",
    "filter_subject",
    "filter_body",
    "filter_http_body",
    "filter_default_fail",
    "grace",
    "manual_resume",
    "methods",
    "name",
    "schedule",
    "slug",
    "start_kw",
    "subject",
    "subject_fail",
    "success_kw",
    "tags",
    "timeout",
    "tz",
    "unique",
    "unknown",
]
ODD_BODIES = [b"", b"{", b"\xff", b"[" * 5000, b'{"timeout": ' + b"9" * 5000 + b"}", b"\0" * 10_000]
PATHS = [
    "/api/{v}/checks/",
    "/api/{v}/checks/{id}",
    "/api/{v}/checks/{id}/pause",
    "/api/{v}/checks/{id}/resume",
    "/api/{v}/checks/{id}/pings/",
    "/api/{v}/checks/{id}/pings/{odd}/body",
    "/api/{v}/checks/{id}/flips/",
    "/api/{v}/checks/{id}/notifications",
    "/api/{v}/checks/{id}/snooze",
    "/api/{v}/channels/",
    "/api/{v}/channels/{channel}",
    "/api/{v}/channels/{channel}/test",
    "/api/{v}/channels/{channel}/notifications",
    "/api/{v}/badges/",
    "/api/{v}/status/",
    "/api/{v}/health/check",
    "/badge/{id}/{odd}.svg",
    "/badge/{id}/{odd}/{odd}.json",
    "/b/2/{id}.shields",
    "/{odd}/{odd}",
]
PINGS = ["/ping/{id}", "/ping/{id}/{odd}", "/ping/{ping_key}/{odd}", "/ping/{ping_key}/{odd}/{odd}"]
METHODS = ["GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT"]


@pytest.mark.parametrize("seed", range(12))
def test_every_request_is_answered_as_documented(
    call, ping, create, project, add_channel, delivering, dynamodb_calls, seed
):
    chance = random.Random(seed)
    check = create(tags="a b", slug="backups")
    channel = add_channel("Ops").channel_id
    ids = [check["uuid"], unique_key_of(check["uuid"]), *ODD_TEXTS]

    def part(found):
        choices = {
            "v": ["v1", "v2", "v3", "v3", "v4"],
            "channel": [channel, channel, *ODD_TEXTS],
            "id": ids if chance.random() < 0.5 else ids[:2],
            "ping_key": [project.ping_key, "unknown"],
        }
        return chance.choice(choices.get(found[1], ODD_TEXTS))

    def fill(pattern):
        path = re.sub(r"{(\w+)}", part, pattern)
        names = [
            "tag",
            "slug",
            "start",
            "end",
            "limit",
            "seconds",
            "rid",
            "create",
            chance.choice(ODD_TEXTS),
        ]
        query = [f"{chance.choice(names)}={chance.choice([*ODD_TEXTS, '1'])}" for _ in range(2)]
        return f"{path}?{'&'.join(query)}"

    def body():
        if chance.random() < 0.3:
            return chance.choice(ODD_BODIES)
        members = {field: chance.choice(ODD_VALUES) for field in chance.choices(FIELDS, k=2)}
        return json.dumps(members).encode()

    for _ in range(100):
        path, method = fill(chance.choice(PATHS)), chance.choice(METHODS)
        key = chance.choice([project.api_key] * 4 + [project.api_key_readonly, None, "é" * 32])
        headers = {"X-Forwarded-For": chance.choice(ODD_TEXTS), "Cookie": chance.choice(ODD_TEXTS)}
        answer = call(method, path, body(), key=key, headers=headers)
        assert answer.status < 500, (method, path)
        answer = ping(fill(chance.choice(PINGS)), chance.choice(METHODS), body(), headers=headers)
        assert answer.status in (200, 201, 400, 404, 409)
    assert all(fits for _, parameters in dynamodb_calls for fits in _key_sizes_fit(parameters))


@pytest.mark.parametrize("code", registry.CODES)
def test_any_settings_of_a_channel_are_taken_or_refused(call, secrets_key, code):
    chance = random.Random(code)
    names = [setting.name for setting in registry.get(code).settings]
    values = [*ODD_VALUES, *ODD_TEXTS, "https://example.org/", {"X-A": "b"}, {"\ud800": "\ud800"}]
    values += [["0" * 8 + "-0000-4000-8000-" + "0" * 12], 10**400, "https://[", "https://é:99999/"]
    taken = []

    for _ in range(60):
        settings = {
            name: chance.choice(values) for name in chance.sample(names, min(2, len(names)))
        }
        document = {"kind": code, "name": chance.choice(["a", "🔔"]), "settings": settings}
        answer = call("POST", "/api/v3/channels/", document)
        assert answer.status in (201, 400), settings
        taken += [answer.json["id"]] if answer.status == 201 else []
        if taken:
            answer = call("POST", f"/api/v3/channels/{taken[-1]}", {"settings": settings})
            assert answer.status in (200, 400), settings


def _key_sizes_fit(parameters):
    """Tell of each key whether DynamoDB takes it; moto takes any."""
    keys = [parameters.get("Key", {})]
    for write in parameters.get("TransactItems", []):
        keys += [action.get("Key") or _key_of(action["Item"]) for action in write.values()]
    for key in keys:
        for value in key.values():
            yield 0 < len(next(iter(value.values())).encode()) <= 2048


def _key_of(item):
    names = ("key", "check_id", "slot", "id", "shard", "project_id")
    return {name: item[name] for name in names if name in item}
