"""What is measured: operations on a project as many have it, and what they may cost at most."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from bench.calls import Call, mail, ping, rest
from bench.flips import Way
from bench.units import item_bytes
from nightbell.domain import badge
from nightbell.domain.check import Check
from nightbell.store import check_creation, check_items, checks, keys, projects
from nightbell.store.projects import ProjectKeys

_CHECK_BYTES = 700  # of each check in the lists
_LONG_DESCRIPTION = 10_000
_LONG_BODY = 10_000  # bytes
_MAIL = (b"Subject: Nightly backup\r\n\r\n" + b"42 files are well\r\n" * 209).ljust(4_000)
_LOGGED_PINGS = 100
_FLIPS = 10

_CREATED = datetime(2024, 1, 1, tzinfo=UTC)


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Operation:
    """Something that a client can do."""

    name: str
    run: Callable[[], Any]
    prepare: Callable[[], Any] = _nothing  # makes the state that `run` starts from
    repetitions: int = 40  # in a round of CPU measurement
    most_read_units: float | None = None
    most_write_units: float | None = None


def all_operations() -> list[Operation]:
    """Create what is needed and return the operations."""
    return [*_pings(), *_other_pings(), *_creations(), *_requests(), *_lists(), *_alerts()]


def plain_check() -> Check:
    """Create a project with a check that is up, and return the check."""
    return _up_check(_project())


def project_with_checks(number: int) -> ProjectKeys:
    """Create a project with so many checks of one size, and return its keys."""
    project = _project()
    for _ in range(number):
        _create(_of_list(project))
    return project


def _pings() -> list[Operation]:
    operations = []
    for title, texts in (
        ("success ping", {}),
        (
            "success ping, long texts",
            {
                "desc": "d" * _LONG_DESCRIPTION,
                "tags": " ".join(f"tag-{n}" for n in range(70)),
                "success_kw": "done, " * 30,
                "failure_kw": "failed, " * 24,
            },
        ),
    ):
        project = _project()
        check = _up_check(project, slug="backup", **texts)
        by_uuid = ping(check.check_id)
        by_slug = ping(f"{project.ping_key}/backup")
        operations += [
            Operation(title, by_uuid, most_read_units=0.5, most_write_units=2),
            Operation(
                f"{title}, cold", by_uuid, keys.forget, most_read_units=1, most_write_units=2
            ),
            Operation(f"{title}, by slug", by_slug, most_write_units=2),
            Operation(f"{title}, by slug, cold", by_slug, keys.forget, most_write_units=2),
        ]
    return operations


def _other_pings() -> list[Operation]:
    flipping = _up_check(_project())
    running = _up_check(_project())
    talking = _up_check(_project())
    mailing = _up_check(_project(), failure_kw="failed", filter_body=True)
    start, end = ping(f"{running.check_id}/start"), ping(running.check_id)

    def start_and_end() -> None:
        start()
        end()

    return [
        Operation(
            "ping that flips",
            ping(flipping.check_id),
            prepare=ping(f"{flipping.check_id}/fail"),
            most_read_units=1,
            most_write_units=7,
        ),
        Operation("start and success", start_and_end),
        Operation(
            f"success ping, body of {_LONG_BODY:,} bytes",
            ping(talking.check_id, os.urandom(_LONG_BODY)),
        ),
        Operation(f"ping by mail of {len(_MAIL):,} bytes", mail(mailing.check_id, _MAIL)),
    ]


def _requests() -> list[Operation]:
    project = _project()
    check = _up_check(project)
    for _ in range(_LOGGED_PINGS):
        ping(check.check_id)()
    flipping = _up_check(project)
    for signal in ("fail", "0") * (_FLIPS // 2):
        ping(f"{flipping.check_id}/{signal}")()

    key, path = project.api_key, "/api/v3/checks/"
    return [
        Operation(
            "get one check", rest("get_check", path + check.check_id, key=key), most_read_units=2
        ),
        Operation(
            f"log of {_LOGGED_PINGS} pings",
            rest("list_pings", f"{path}{check.check_id}/pings/", key=key),
            repetitions=10,
        ),
        Operation(
            f"list of {_FLIPS + 1} flips",
            rest("list_flips", f"{path}{flipping.check_id}/flips/", key=key),
        ),
        Operation("badge of one check", rest("check_badge", f"/b/2/{check.badge_key}.svg")),
    ]


def _creations() -> list[Operation]:
    key = _project().api_key
    key_of_upserts = _project().api_key
    numbers = count()

    def create(key: str, **fields: Any) -> Call:
        return rest("create_check", "/api/v3/checks/", key=key, document=fields)

    def upsert_new() -> None:
        create(key_of_upserts, name=f"Backup {next(numbers)}", unique=["name"])()

    return [
        Operation("create", create(key, name="Backup")),
        Operation("upsert, new", upsert_new, repetitions=5),
        Operation(
            "upsert, existing",
            create(key_of_upserts, name="Backup 0", unique=["name"]),
            repetitions=5,
        ),
    ]


def _lists() -> list[Operation]:
    operations = []
    for number, repetitions in ((100, 10), (1000, 2)):
        project = project_with_checks(number)
        operations.append(
            Operation(
                f"list of {number:,} checks",
                rest("list_checks", "/api/v3/checks/", key=project.api_key),
                repetitions=repetitions,
                most_read_units=number * _CHECK_BYTES / 1000 / 4 + 4,
            )
        )
        if number == 100:
            operations.append(
                Operation(f"badge of a tag, {number} checks", _tag_badge(project), repetitions=10)
            )
    return operations


def _alerts() -> list[Operation]:
    project = _project()
    way = Way(project.project_id)
    check = _up_check(project, channels=frozenset({way.channel_id}))

    def flip() -> None:
        for signal in ("fail", "0"):  # to tell "up" takes one request more than "down"
            ping(f"{check.check_id}/{signal}")()
        way.begin(check.check_id)

    def flip_and_dispatch() -> None:
        flip()
        way.dispatch()

    return [
        Operation("flip dispatched to one channel", way.dispatch, prepare=flip),
        Operation("alert delivered", way.deliver, prepare=flip_and_dispatch),
    ]


def _tag_badge(project: ProjectKeys) -> Call:
    details = projects.get(project.project_id)
    signature = badge.signature(details.badge_secret, "prod")
    return rest("tag_badge", f"/badge/{details.badge_key}/{signature}-2/prod.svg")


def _project() -> ProjectKeys:
    return projects.create("Bench", check_limit=100_000, ping_log_limit=1000, now=_CREATED)


def _up_check(project: ProjectKeys, **changes: Any) -> Check:
    """Create a check with two pings behind it and return it."""
    blank = check_creation.blank(project.project_id, _CREATED)
    check = replace(blank, **({"name": "Nightly backup", "tags": "prod db"} | changes))
    _create(check)
    for _ in range(2):
        ping(check.check_id)()
    return checks.get(check.check_id, project.project_id)


def _of_list(project: ProjectKeys) -> Check:
    """Return a check whose item has the size that the target for lists is given for."""
    blank = check_creation.blank(project.project_id, _CREATED)
    check = replace(blank, name="Nightly backup", tags="prod db")
    item, _ = check_items.items_of(check)
    missing = _CHECK_BYTES - item_bytes(item.serialize()) - len("ds")
    return replace(check, desc="d" * missing)


def _create(check: Check) -> None:
    check_creation.create(check, limit=100_000, now=_CREATED)
