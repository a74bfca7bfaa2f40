"""A stack filled with the tables of another, or with those that a backup was restored to."""

import re
from collections.abc import Iterator
from typing import Any

import click

from nightbell.cli.deployment import require
from nightbell.cli.output import as_json, progress, show

# In the order of copying. With the keys comes when deadlines were last looked at: those that have
# passed since are no fault of the jobs. The flips come to a stack that knows of each whether it was
# told, so none is told twice.
_TABLES = ("Keys", "Notifications", "Channels", "Projects", "Pings", "Checks", "Flips")

_SCAN = "scan#"


@click.command("restore")
@click.option(
    "--from",
    "pattern",
    required=True,
    metavar="PATTERN",
    help="Names of the tables to copy: {table} stands for KeysTable and so on, * for anything.",
)
@click.option("--region", help="Where these tables are, if it is another region.")
@click.option("--overwrite", is_flag=True, help="Write over what the stack has already.")
@as_json
def restore(pattern: str, region: str | None, overwrite: bool, as_json: bool) -> None:
    """Copy all items of other tables into those of the stack.

    For a new stack: after the restoration of a backup, the loss of a stack, or a move to another
    region. Checks that missed a deadline since then are given time to report.

    \b
    Example:
      nightbell --stack night-2 restore --from 'night-{table}-*-restored'
    """
    source, target = _database(region), _database(None)
    pairs = [(_source(source, pattern, f"{name}Table"), _target(name)) for name in _TABLES]
    for table, copy in pairs:
        if (table, region) == (copy, None):
            raise click.ClickException(f"{table} is the stack's own table.")
    if not overwrite and _has_items(target.Table(_target("Projects"))):
        raise click.ClickException(
            "The stack has projects. With --overwrite, what is copied replaces what is there."
        )
    copied = {}
    for name, (table, copy) in zip(_TABLES, pairs, strict=True):
        copied[copy] = _copy(source.Table(table), target.Table(copy), label=name)
    # Scans have run meanwhile. The next is to see when the last one before the copy was.
    keys, copy = pairs[0]
    _copy(source.Table(keys), target.Table(copy), label="Scans", prefix=_SCAN)
    show(copied, as_json=as_json)


def _database(region: str | None) -> Any:
    import boto3

    return boto3.resource("dynamodb", region_name=region)


def _target(name: str) -> str:
    return require(f"{name.lower()}_table")


def _source(database: Any, pattern: str, table: str) -> str:
    """Return the one table whose name fits."""
    literal = re.escape(pattern).replace(r"\{table\}", table).replace(r"\*", ".*")
    names = [each.name for each in database.tables.all() if re.fullmatch(literal, each.name)]
    if len(names) != 1:
        wanted = pattern.replace("{table}", table)
        found = f"{len(names)} tables are" if names else "No table is"
        raise click.ClickException(f"{found} named {wanted}; one must be.")
    return str(names[0])


def _has_items(table: Any) -> bool:
    return bool(table.scan(Limit=1, ConsistentRead=True)["Items"])


def _copy(source: Any, target: Any, *, label: str, prefix: str = "") -> int:
    """Copy the items, those whose partition key begins so; return how many they were."""
    (partition_key,) = (
        key["AttributeName"] for key in source.key_schema if key["KeyType"] == "HASH"
    )
    count = 0
    # How many there are is not known exactly: DynamoDB counts them every six hours.
    with progress(label, source.item_count) as bar, target.batch_writer() as writer:
        for item in _items(source):
            if item[partition_key].startswith(prefix):
                writer.put_item(Item=item)
                count += 1
            bar.update(1)
    return count


def _items(table: Any) -> Iterator[dict[str, Any]]:
    page = table.scan(ConsistentRead=True)
    yield from page["Items"]
    while start := page.get("LastEvaluatedKey"):
        page = table.scan(ConsistentRead=True, ExclusiveStartKey=start)
        yield from page["Items"]
