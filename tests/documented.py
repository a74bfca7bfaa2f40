"""The OpenAPI document, and whether an answer is one that it tells of."""

import gzip
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "functions/show_openapi/openapi.json").read_text()
)


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference refers to; anything else as it is."""
    while "$ref" in value:
        found: Any = DOCUMENT
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def operation(method: str, path: str) -> dict[str, Any] | None:
    """Return the operation of a request, None if the document has none."""
    path = path.partition("?")[0].removesuffix("/")
    for pattern, item in _patterns():
        if pattern.fullmatch(path) and method.lower() in item:
            return dict(item[method.lower()])
    return None


def require(method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Let an answer be as documented; header names in lower case."""
    found = operation(method, path)
    if found is None:
        return
    responses = found["responses"]
    answers = [code for code in (str(status), f"{status // 100}XX") if code in responses]
    assert answers, f"{found['operationId']}: {status} is not documented"
    response = resolved(responses[answers[0]])
    for name, header in response.get("headers", {}).items():
        described = resolved(header)
        value = headers.get(name.lower())
        assert value is not None or not described["required"], f"{name} is missing"
        assert value in (None, described["schema"].get("const", value)), name
    if method == "HEAD" or "content" not in response:
        assert body == b""
        return
    kind = headers["content-type"].partition(";")[0]
    assert kind in response["content"], f"{found['operationId']}: {kind} is not documented"
    schema = response["content"][kind].get("schema")
    if schema is not None:
        body = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        value = json.loads(body) if kind == "application/json" else body.decode()
        validator(json.dumps(closed(schema))).validate(value)


@cache
def validator(schema: str) -> Any:
    """Return what validates values by a schema of the document, given as JSON."""
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **json.loads(schema)}
    return jsonschema_rs.validator_for(
        whole | {"components": DOCUMENT["components"]}, validate_formats=True
    )


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an answer with all objects closed to members it does not tell of."""
    if "$ref" in schema:
        return {**schema, "unevaluatedProperties": False}
    schema = dict(schema)
    for name in ("oneOf", "anyOf"):
        if name in schema:
            schema[name] = [closed(one) for one in schema[name]]
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            schema[name] = closed(schema[name])
    if "properties" in schema:
        members = schema["properties"].items()
        schema["properties"] = {name: closed(member) for name, member in members}
        schema.setdefault("unevaluatedProperties", False)
    return schema


@cache
def _patterns() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    # Of paths that fit, the one without a variable comes first.
    paths = sorted(DOCUMENT["paths"].items(), key=lambda item: item[0].count("{"))
    return [
        (re.compile(re.sub(r"{\w+}", "[^/]+", path.replace("{version}", "v[12]"))), item)
        for path, item in paths
    ]
