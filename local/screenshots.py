"""Pictures of the dashboard's pages, with a history that is made up.

It needs what `make test` installs, and a run on data that may be spoilt:

    make run                                    # in another terminal
    . .local/env && .venv/bin/python -m local.screenshots docs/screenshots
"""

import os
import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from local.chromium import running_chromium
from nightbell import clock
from nightbell.domain import transitions
from nightbell.domain.check import Check, Ping, Signal
from nightbell.domain.spec import parse
from nightbell.store import channels, check_creation, checks

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)

# Each picture is to be of at most so many bytes.
_MOST_BYTES = 150_000

_TROUBLE = b"""\
Traceback (most recent call last):
  File "/srv/invoices/run.py", line 41, in send
    server.sendmail(sender, recipient, text)
smtplib.SMTPServerDisconnected: Connection unexpectedly closed
"""


@dataclass(frozen=True)
class _Job:
    """A job and its past: `runs` of them, `every` so long, the latest of which ended `ago`."""

    name: str
    fields: dict[str, Any]
    every: timedelta = _DAY
    runs: int = 0
    ago: timedelta = timedelta()
    takes: timedelta = _MINUTE
    failed: frozenset[int] = frozenset()  # which runs, counted from the latest, which is 0
    at: time | None = None  # of the day, in UTC, when it starts; instead of `ago`
    runs_now: bool = False


_JOBS = (
    _Job(
        "Nightly backup",
        {
            "schedule": "15 3 * * *",
            "tz": "Asia/Tokyo",
            "grace": 7200,
            "tags": "prod db",
            "desc": "Dumps all databases to the storage box.\nRunbook: wiki/backup",
        },
        runs=45,
        takes=22 * _MINUTE,
        failed=frozenset({11, 30}),
        at=time(18, 15),
    ),
    _Job(
        "Send invoices",
        {"timeout": 3600, "grace": 600, "tags": "prod billing"},
        every=_HOUR,
        runs=14,
        ago=25 * _MINUTE,
        takes=3 * _MINUTE,
        failed=frozenset({0}),
    ),
    _Job(
        "Sync warehouse",
        {"timeout": 1800, "grace": 1800, "tags": "prod stock"},
        every=_HOUR / 2,
        runs=14,
        ago=38 * _MINUTE,
        takes=40 * _MINUTE / 60,
    ),
    _Job(
        "Import prices",
        {"timeout": 14400, "grace": 3600, "tags": "prod stock"},
        every=4 * _HOUR,
        runs=14,
        ago=3 * _HOUR,
        takes=9 * _MINUTE,
        runs_now=True,
    ),
    _Job(
        "Search index",
        {"timeout": 3600, "grace": 900, "tags": "prod web"},
        every=_HOUR,
        runs=14,
        ago=7 * _MINUTE,
        takes=5 * _MINUTE,
        failed=frozenset({6}),
    ),
    _Job(
        "Renew certificates",
        {"timeout": 604800, "grace": 86400, "tags": "infra"},
        every=7 * _DAY,
        runs=8,
        ago=2 * _DAY,
        takes=_MINUTE / 4,
    ),
    _Job("Tidy logs", {"schedule": "0 * * * *", "tz": "UTC", "grace": 1800, "tags": "infra"}),
    _Job("Yearly report", {"timeout": 31536000, "grace": 86400, "tags": "billing"}),
)


def main(folder: Path) -> None:
    """Write the pictures into the folder."""
    project_id = os.environ["NIGHTBELL_PROJECT"]
    made = {job.name: _make(project_id, job) for job in _JOBS}
    paused = made["Yearly report"]
    checks.change(paused.check_id, lambda check: transitions.pause(check, clock.now()), project_id)
    told = channels.list_for(project_id)
    folder.mkdir(parents=True, exist_ok=True)
    home = f"/projects/{project_id}"
    backup = f"{home}/checks/{made['Nightly backup'].unique_key}"
    (mail,) = [channel for channel in told if channel.name == "On-call"]
    with running_chromium() as chromium:
        desk = _sign_in(chromium, 1200, 800)
        _take(desk, f"{home}/checks", folder / "checks.png")
        _take(desk, backup, folder / "check.png")
        _take(desk, f"{backup}#months", folder / "history.png")
        _take(desk, f"{backup}/edit#part-expected", folder / "edit.png")
        _take(desk, f"{home}/channels/{mail.channel_id}", folder / "channel.png")
        _take(desk, f"{home}/settings", folder / "project.png")
        _take(_sign_in(chromium, 390, 800), f"{home}/checks", folder / "phone.png")
        _take(_sign_in(chromium, 1280, 720, "dark"), f"{home}/wall", folder / "wall.png")


def _make(project_id: str, job: _Job) -> Check:
    """Make a check, older than its history, and let that happen."""
    now = clock.now()
    latest = now - job.ago
    if job.at:
        latest = datetime.combine(now.date(), job.at, UTC) + job.takes
        latest -= _DAY if latest > now else timedelta()
    spec = parse(job.fields)
    told = channels.resolve("*", project_id)
    blank = check_creation.blank(project_id, latest - job.every * (job.runs + 1))
    # Nothing is due while the past is written.
    patient = parse({"name": job.name, "timeout": 31536000, "grace": 31536000})
    check = transitions.apply_spec(blank, patient, told, now, slug_from_name=True).after
    check_creation.create(check, limit=100, now=now)
    chance = random.Random(job.name)
    for number in reversed(range(job.runs)):
        ended = latest - job.every * number
        took = job.takes * chance.uniform(0.7, 1.4)
        _receive(check, Signal.START, ended - took)
        if number in job.failed:
            _receive(check, Signal.FAIL, ended, exitstatus=1, body=_TROUBLE)
        else:
            _receive(check, Signal.SUCCESS, ended, exitstatus=0)
    if job.runs_now:
        _receive(check, Signal.START, now - 4 * _MINUTE)
    return checks.change(
        check.check_id,
        lambda found: transitions.apply_spec(found, spec, None, now, slug_from_name=False),
        project_id,
    )


def _receive(check: Check, kind: Signal, at: datetime, **more: Any) -> None:
    ping = Ping(
        created=at,
        kind=kind,
        scheme="https",
        remote_addr="192.0.2.17",
        method="POST",
        ua="curl/8.14.1",
        **more,
    )
    checks.receive(check.check_id, lambda found: transitions.receive(found, ping))


def _sign_in(chromium: Browser, width: int, height: int, scheme: Any = "light") -> Page:
    page = chromium.new_page(
        base_url=os.environ["NIGHTBELL_URL"],
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        timezone_id="Europe/Berlin",
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    )
    page.goto("/sign-in")
    page.get_by_label("API key").fill(os.environ["NIGHTBELL_API_KEY"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/checks")
    return page


def _take(page: Page, address: str, path: Path) -> None:
    page.goto(address, wait_until="networkidle")
    picture = page.screenshot(path=path, animations="disabled")
    if len(picture) > _MOST_BYTES:
        sys.exit(f"{path} has {len(picture)} bytes.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
