"""The tables of template.yaml in any DynamoDB, without the rest of the stack.

For tests and benchmarks, so that what they measure is what is deployed.
"""

from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from nightbell.settings import Settings

_TEMPLATE = Path(__file__).parent.parent / "template.yaml"

# What CreateTable takes of a table's properties in CloudFormation.
_PROPERTIES = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")


def create_tables(client: Any) -> None:
    """Create the template's tables under the names that Settings has for tests."""
    for name, properties in definitions().items():
        client.create_table(TableName=name, **properties)


def delete_tables(client: Any) -> None:
    """Delete the tables that `create_tables` made."""
    for name in definitions():
        client.delete_table(TableName=name)


def definitions() -> dict[str, dict[str, Any]]:
    """Return the arguments of CreateTable by table name; `ChecksTable` is `checks`."""
    resources = yaml_parse(_TEMPLATE.read_text())["Resources"]
    tables = {
        _name(logical_id): resource["Properties"]
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }
    return {
        name: {key: properties[key] for key in _PROPERTIES if key in properties}
        for name, properties in tables.items()
    }


def _name(logical_id: str) -> str:
    field = f"{logical_id.removesuffix('Table').lower()}_table"
    return str(getattr(Settings(), field))
