"""The only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Settings:
    """What a deployment can choose; each field is the environment variable of the same name.

    The defaults suit tests. `template.yaml` sets each field, and a test compares the two.
    """

    projects_table: str = "projects"
    keys_table: str = "keys"
    checks_table: str = "checks"
    pings_table: str = "pings"
    flips_table: str = "flips"
    channels_table: str = "channels"
    notifications_table: str = "notifications"

    ping_body_limit: int = 10_000  # bytes of a ping's body that are kept
    due_shards: int = 8  # partitions of the due index
    scan_parts: int = 1  # invocations a minute that share these partitions
    health_allow_list: str = "127.0.0.1,::1"  # addresses and networks that may ask for health
    trust_cloudfront: bool = False  # CloudFront stands in front and vouches for the address
    site_url: str = ""  # base of the API's own URLs; empty: as the request came
    ping_url: str = "http://localhost/ping/"  # base of ping URLs, ends in /ping/


def _read() -> Settings:
    values: dict[str, str | int | bool] = {}
    for field in fields(Settings):
        text = os.environ.get(field.name.upper())
        if text is None:
            continue
        match field.default:
            case bool():
                values[field.name] = text.lower() == "true"
            case int():
                values[field.name] = int(text)
            case _:
                values[field.name] = text
    return Settings(**values)  # type: ignore[arg-type]


settings = _read()


def use_tables(names: Mapping[str, str]) -> None:
    """Take these table names, by field, instead of the environment's.

    For the command line, which may learn them from a stack. Only before the store is loaded.
    """
    global settings  # noqa: PLW0603
    settings = replace(settings, **names)  # type: ignore[arg-type]
