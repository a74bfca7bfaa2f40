"""The template as it is written, and as CloudFormation expands it."""

import logging
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "template.yaml").read_text()
BUCKET = "s3://sources/"

WARM = "WarmPingFunction"  # the ping function once more, for those who want it always warm


def read() -> dict[str, Any]:
    """Return the template, to be changed at will."""
    template: dict[str, Any] = yaml_parse(TEXT)
    return template


def expand(template: dict[str, Any]) -> dict[str, Any]:
    """Return what CloudFormation makes of a template; the code then lies in a bucket."""
    for resource in template["Resources"].values():
        for place in ("CodeUri", "ContentUri"):
            if place in resource.get("Properties", {}):
                resource["Properties"][place] = BUCKET + resource["Properties"][place]
    # It warns of features that it looks for and does not need.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    session = boto3.Session(region_name="eu-west-1")
    expanded: dict[str, Any] = Translator({}, Parser(), boto_session=session).translate(
        template, {}
    )
    return expanded


TEMPLATE = read()
RESOURCES = TEMPLATE["Resources"]
GLOBALS = TEMPLATE["Globals"]["Function"]


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of each resource of a type, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in RESOURCES.items()
        if resource["Type"] == f"AWS::{kind}"
    }


FUNCTIONS = {
    name: properties for name, properties in of_type("Serverless::Function").items() if name != WARM
}
TABLES = of_type("DynamoDB::Table")


@cache
def expanded() -> dict[str, Any]:
    """Return the template expanded; not to be changed."""
    return expand(read())
