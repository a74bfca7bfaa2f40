"""The OpenAPI document is valid, and says what the code does."""

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from nightbell.alerts import registry
from nightbell.alerts.setup import GROUP
from nightbell.domain import spec
from nightbell.domain.check import Delivery, Reason, Signal, Status
from nightbell.domain.errors import InvalidSpec
from nightbell.store.health import DatabaseStatus
from nightbell.web.routes import ROUTES
from nightbell.web.views import Urls, check_json
from tests.documented import DOCUMENT, resolved, validator

ROOT = Path(__file__).parents[1]
SCHEMAS = DOCUMENT["components"]["schemas"]
NEW_CHANNELS = DOCUMENT["components"]["schemas"]["NewChannel"]["discriminator"]["mapping"]
METHODS = ("get", "head", "post", "delete")

OPERATIONS = [
    (path, method, item[method])
    for path, item in DOCUMENT["paths"].items()
    for method in METHODS
    if method in item
]


def settings_of(code):
    """Return the schema of the settings of a kind of channel."""
    new = resolved({"$ref": NEW_CHANNELS[code]})
    assert new["properties"]["kind"]["const"] == code
    return resolved(new["properties"]["settings"])


# ---- The document as such ------------------------------------------------------------------


def test_it_is_valid():
    OPENAPI_31_VALIDATOR.validate(DOCUMENT)


def test_each_schema_is_one_and_each_reference_leads_somewhere():
    for name in SCHEMAS:
        validator(json.dumps({"$ref": f"#/components/schemas/{name}"}))
    text = json.dumps(DOCUMENT)
    for reference in re.findall(r'"(#/components/[^"]+)"', text):
        assert resolved({"$ref": reference})


def test_nothing_is_described_for_nobody():
    text = json.dumps(DOCUMENT)
    for kind, components in DOCUMENT["components"].items():
        for name in components:
            assert kind == "securitySchemes" or f'"#/components/{kind}/{name}"' in text, name


def test_examples_are_as_the_schemas_say():
    def examples(value):
        if isinstance(value, dict):
            if "schema" in value and "example" in value:
                yield value["schema"], value["example"]
            for member in value.values():
                yield from examples(member)
        elif isinstance(value, list):
            for member in value:
                yield from examples(member)

    found = list(examples(DOCUMENT))

    assert len(found) > 20
    for schema, example in found:
        validator(json.dumps(schema)).validate(example)


def test_it_has_the_version_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert DOCUMENT["info"]["version"] == project["version"]
    assert DOCUMENT["info"]["license"]["identifier"] == project["license"]


# ---- Paths ---------------------------------------------------------------------------------


def nameless(path):
    """Return a path without the names of its variables."""
    return re.sub(r"{(?!version)\w+}", "{}", path)


def test_paths_and_methods_are_those_of_the_routes():
    documented = {
        (nameless(path), method.upper())
        for path, method, _ in OPERATIONS
        if not path.startswith("/ping/")
    }

    routes = set()
    for route in (route for route in ROUTES if not route.page):
        path = nameless(route.path)
        for method in route.methods:
            if "{version}" not in path:
                routes.add((path, method))
            elif path.endswith("/health/check"):
                routes.add((path.replace("{version}", "v1"), method))
            else:
                routes.add((path.replace("{version}", "v3"), method))
                if "v1" in route.versions:
                    routes.add((path, method))
    routes.remove(("/api/{version}/channels", "POST"))
    assert documented == routes


def test_each_operation_is_named_for_its_function():
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    names = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(set(names)) == len(names)
    for name in names:
        assert any(name == folder or name.startswith(f"{folder}_") for folder in folders), name


def test_the_older_versions_answer_with_the_same_statuses_and_need_the_same_keys():
    by_name = {operation["operationId"]: operation for _, _, operation in OPERATIONS}
    older = {name for name in by_name if name.endswith("_before_v3")}

    assert len(older) > 10
    for name in older:
        before, now = by_name[name], by_name[name.removesuffix("_before_v3")]
        assert set(before["responses"]) == set(now["responses"]) | {"404"}
        assert before["security"] == now["security"]


def test_only_pings_are_elsewhere():
    for path, item in DOCUMENT["paths"].items():
        assert ("servers" in item) == path.startswith("/ping/")


# ---- Checks --------------------------------------------------------------------------------


def test_the_members_of_a_new_check_are_those_that_are_read():
    settings, unique = SCHEMAS["NewCheck"]["allOf"]
    members = {**resolved(settings)["properties"], **unique["properties"]}

    assert set(members) == {field.name for field in fields(spec.Spec)} | {"api_key"}
    assert set(members["unique"]["items"]["enum"]) == set(spec.UNIQUE_FIELDS)


FIELDS = [(n, s) for n, s in SCHEMAS["CheckSettings"]["properties"].items() if n != "api_key"]


@pytest.mark.parametrize(("name", "schema"), FIELDS)
def test_a_member_of_a_check_is_read_within_its_bounds_and_not_beyond(name, schema):
    within, beyond = at_bounds(schema)

    for value in within:
        spec.parse({name: value})
    for value in beyond:
        with pytest.raises(InvalidSpec):
            spec.parse({name: value})


def test_defaults_are_those_of_a_new_check(make_check):
    check = make_check()
    shown = check_json(check, Urls("", "v3"), check.created)

    defaults = {name: schema["default"] for name, schema in FIELDS if "default" in schema}
    assert defaults.pop("tz") == check.tz
    assert defaults.pop("nag_interval") == 0
    assert defaults.items() <= shown.items()


def test_words_are_those_of_the_code():
    statuses = SCHEMAS["Check"]["allOf"][1]["properties"]["status"]["enum"]
    notification = SCHEMAS["Notification"]["properties"]

    assert set(statuses) == set(Status)
    assert set(SCHEMAS["Ping"]["properties"]["type"]["enum"]) == set(Signal)
    assert set(notification["state"]["enum"]) == set(Delivery)
    assert set(notification["reason"]["enum"]) == set(Reason) - {Reason.PAUSE, Reason.RESUME}
    assert set(SCHEMAS["Health"]["properties"]["databaseStatus"]["enum"]) == set(DatabaseStatus)
    assert tuple(SCHEMAS["ChannelSummary"]["properties"]["kind"]["enum"]) == registry.CODES


# ---- Channels ------------------------------------------------------------------------------


def test_each_kind_of_channel_is_described():
    assert tuple(NEW_CHANNELS) == registry.CODES
    assert [one["$ref"] for one in SCHEMAS["NewChannel"]["oneOf"]] == list(NEW_CHANNELS.values())


@pytest.mark.parametrize("code", registry.CODES)
def test_the_settings_of_a_kind_are_those_that_are_read(code):
    schema, settings = settings_of(code), registry.get(code).settings

    assert set(schema["properties"]) == {setting.name for setting in settings}
    assert set(schema.get("required", [])) == {one.name for one in settings if one.required}
    for setting in settings:
        described = schema["properties"][setting.name]
        assert described.get("writeOnly", False) is setting.secret
        assert setting.required or described["default"] == setting.default


SETTINGS = [
    (code, setting)
    for code in registry.CODES
    if code != GROUP
    for setting in registry.get(code).settings
]


@pytest.mark.parametrize(("code", "setting"), SETTINGS)
def test_a_setting_is_read_within_its_bounds_and_not_beyond(code, setting):
    within, beyond = at_bounds(settings_of(code)["properties"][setting.name])

    for value in within:
        setting.read(setting.name, value)
    for value in beyond:
        with pytest.raises(InvalidSpec):
            setting.read(setting.name, value)


# ---- Values at the bounds of schemas -------------------------------------------------------


def at_bounds(schema):
    """Return values that the schema just lets pass, and values that it just does not."""
    within, beyond = list(schema.get("enum", [])), [None, {"a": 1}, [None]]
    match schema["type"]:
        case "boolean":
            return [True, False], [*beyond, 0, "true"]
        case "object":
            return [{}, {"X-Header": "x" * 1000}], [
                None,
                [],
                "x",
                {"X-Header": "x" * 1001},
                {"": ""},
            ]
        case "integer":
            bounds = [schema, *schema.get("anyOf", [])]
            within = [b[key] for b in bounds for key in ("minimum", "maximum", "const") if key in b]
            beyond += [b["minimum"] - 1 for b in bounds if "minimum" in b and b["minimum"] - 1]
            beyond += [b["maximum"] + 1 for b in bounds if "maximum" in b]
            return within, [*beyond, "60", 60.5]
    beyond += [5, True]
    if "enum" in schema:
        return within, [*beyond, "nothing of the kind"]
    within += schema.get("examples", [])
    if "maxLength" in schema:
        beyond.append("x" * (schema["maxLength"] + 1))
    free = schema.get("pattern") in (None, r"^[^\u0000]*$", "^[a-z0-9_-]*$")
    free = free and "anyOf" not in schema and schema.get("format") in (None, "printable")
    if free and "maxLength" in schema:
        within.append("x" * schema["maxLength"])
    if "pattern" in schema:
        beyond.append("\0")
    return within, beyond
