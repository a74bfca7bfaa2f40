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
    sessions_table: str = "sessions"

    check_limit: int = 1000  # checks that a new project may have
    ping_body_limit: int = 10_000  # bytes of a ping's body that are kept
    due_shards: int = 8  # partitions of the due index
    scan_parts: int = 1  # invocations a minute that share these partitions
    health_allow_list: str = "127.0.0.1,::1"  # addresses and networks that may ask for health
    trust_cloudfront: bool = False  # CloudFront stands in front and vouches for the address
    site_url: str = ""  # base of the API's own URLs; empty: as the request came
    ping_url: str = "http://localhost/ping/"  # base of ping URLs, ends in /ping/

    ping_mail_domain: str = ""  # domain of the addresses that take pings by mail; empty: none
    ping_mail_refuse: str = ""  # what a mail is refused for: of spam, spf, dkim, dmarc, by commas
    ping_mail_queue: str = ""  # SQS queue of mails that are to be pings, its URL
    ping_mail_dead_letter_queue: str = ""  # SQS queue of those that were given up, its URL
    alert_queue: str = ""  # SQS queue of what is to be delivered, its URL
    apprise_queue: str = ""  # the same for channels of kind apprise; empty: there are none
    dead_letter_queue: str = ""  # SQS queue of what was given up, its URL
    alert_tries: int = 16  # after so many a delivery is given up
    alert_max_age: int = 24  # hours; what is over and older than that is no news
    deliver_function: str = ""  # Lambda function that sends test notifications, its name
    deliver_apprise_function: str = ""  # the same for channels of kind apprise; empty: none
    secrets_key: str = ""  # KMS key that encrypts the secret settings of channels
    operator_topic: str = ""  # SNS topic that hears of what is wrong with Nightbell; empty: none
    mail_from: str = ""  # sender of alerts by mail; empty: there are none
    mail_configuration: str = ""  # SES configuration set that tells of mails that come back
    alert_topics: str = ""  # SNS topics that channels may name, ARNs separated by commas
    alert_buses: str = ""  # EventBridge buses that channels may name, likewise
    allow_private_networks: bool = False  # alerts may go to addresses that are not public


def _typed(texts: Mapping[str, str]) -> dict[str, str | int | bool]:
    """Return values of the types that the fields have; what names no field is left out."""
    values: dict[str, str | int | bool] = {}
    for field in fields(Settings):
        text = texts.get(field.name)
        if text is None:
            continue
        match field.default:
            case bool():
                values[field.name] = text.lower() == "true"
            case int():
                values[field.name] = int(text)
            case _:
                values[field.name] = text
    return values


def _read() -> Settings:
    texts = {name.lower(): text for name, text in os.environ.items()}
    return Settings(**_typed(texts))  # type: ignore[arg-type]


settings = _read()


def in_outputs(outputs: Mapping[str, str]) -> dict[str, str]:
    """Return the settings among a stack's outputs, by field: output `KeysTable` is `keys_table`."""
    names = {field.name: field.name.title().replace("_", "") for field in fields(Settings)}
    return {name: outputs[output] for name, output in names.items() if output in outputs}


def variable(name: str) -> str | None:
    """Return an environment variable that a user's file names, None if it is not set."""
    return os.environ.get(name)


def use(values: Mapping[str, str]) -> None:
    """Take these settings, by field, instead of the environment's.

    For the command line, which may learn them from a stack. Only before anything is loaded that
    imports them.
    """
    global settings  # noqa: PLW0603
    settings = replace(settings, **_typed(values))  # type: ignore[arg-type]
