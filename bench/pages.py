"""What the list of checks takes as a page: bytes, capacity units, CPU; and its live refresh."""

import base64
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bench import cpu
from bench.calls import page
from bench.meter import Consumption, Meter
from bench.operations import Operation
from nightbell import clock
from nightbell.dashboard import runs
from nightbell.domain.check import Check, Ping, Signal, Status
from nightbell.domain.session import Session
from nightbell.store import check_creation, check_items, keys, pings, projects, sessions
from nightbell.store.projects import ProjectKeys
from nightbell.store.tables import CheckItem, PingItem

_NUMBERS = (20, 200, 2000)
_DRAWN = 50  # checks of a page whose latest runs are shown
_PINGS = 20  # of each of those
_TAGS = ("prod", "db", "web", "etl", "mail", "nightly", "billing")
_TOKEN = "0" * 43


@dataclass(frozen=True)
class PageFigures:
    """What a page took, and its refresh when nothing had changed."""

    name: str
    raw_bytes: int
    gzip_bytes: int
    load: Consumption
    load_ms: float
    refresh: Consumption
    refresh_ms: float


def measure(meter: Meter) -> Iterator[PageFigures]:
    """Measure the list of checks, of which a page shows a hundred."""
    for number in _NUMBERS:
        project = _project(number)
        path = f"/projects/{project.project_id}/checks"
        cookie = f"nightbell={_TOKEN}:{project.project_id}"
        load = page("checks_page", path, {"Cookie": cookie})
        first = load()
        body = base64.b64decode(first["body"])
        tag = first["multiValueHeaders"]["ETag"][0]
        refresh = page("checks_page", path, {"Cookie": cookie, "If-None-Match": tag}, status=304)
        runs.forget()
        with meter.measuring() as loaded:
            load()
        with meter.measuring() as refreshed:
            refresh()
        yield PageFigures(
            name=f"list of {number:,} checks",
            raw_bytes=len(gzip.decompress(body)),
            gzip_bytes=len(body),
            load=loaded,
            load_ms=cpu.milliseconds(Operation("", load, prepare=runs.forget, repetitions=3)),
            refresh=refreshed,
            refresh_ms=cpu.milliseconds(Operation("", refresh, repetitions=3)),
        )


def _project(number: int) -> ProjectKeys:
    """Make a project with so many checks, and a session that sees them."""
    now = clock.now()
    project = projects.create("Bench", check_limit=number, ping_log_limit=100, now=now)
    session = Session(
        project_id=project.project_id,
        token=keys.digest(_TOKEN),
        key=keys.digest(project.api_key),
        created=now,
        seen=now + timedelta(hours=1),  # so that no visit is noted meanwhile
    )
    sessions.add(session)
    made = [_check(project.project_id, i, now) for i in range(number)]
    with CheckItem.batch_write() as batch:
        for check in made:
            batch.save(check_items.items_of(check)[0])
    with PingItem.batch_write() as batch:
        for check in made[:_DRAWN]:
            for n in range(1, _PINGS + 1):
                kind = Signal.SUCCESS if n % 2 == 0 else Signal.START
                ping = Ping(created=now - timedelta(minutes=30 - n), kind=kind, n=n, ua="curl/8.5")
                batch.save(pings.items_of(check.check_id, ping)[0])
    return project


def _check(project_id: str, number: int, now: datetime) -> Check:
    blank = check_creation.blank(project_id, now)
    return replace(
        blank,
        name=f"Job {number:04}",
        tags=f"{_TAGS[number % 7]} {_TAGS[number % 5]}",
        timeout=timedelta(hours=1),
        status=Status.UP,
        n_pings=_PINGS,
        last_ping=now,
        last_duration=timedelta(seconds=number),
    )
