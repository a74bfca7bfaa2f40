"""GET /projects/{project}/wall."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from nightbell.domain.check import Status
from nightbell.store import check_creation, checks

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}")


@pytest.fixture
def path(project):
    """Return where the wall is."""
    return f"/projects/{project.project_id}/wall"


@pytest.fixture
def add(project, now):
    """Return a function that stores a check that was pinged so long ago."""

    def add(name, status=Status.UP, *, store=True, **ago):
        blank = check_creation.blank(project.project_id, now.moment)
        moment = now.moment - timedelta(**ago)
        check = replace(
            blank,
            name=name,
            status=status,
            timeout=timedelta(hours=1),
            grace=timedelta(minutes=30),
            last_ping=moment,
            last_flip=moment,
            n_pings=1,
        )
        if store:
            check_creation.create(check, limit=1000, now=now.moment)
        return check

    return add


def test_what_is_wrong_is_large_and_the_latest_first(reading, path, add):
    add("Up", minutes=1)
    add("Late", minutes=65)
    add("Old", Status.DOWN, days=3)
    add("Fresh", Status.DOWN, minutes=5)

    page = reading.get(path)

    assert page.texts("#wrong h2") == ["Fresh", "Old", "Late"]
    assert [text.replace(" ,", ",") for text in page.texts("#wrong p")] == [
        "down since 11:55",
        "down since 12 Jan 12:00",
        "late by 5 min, down in 25 min",
    ]
    assert page.texts("#tally li") == ["2 Down", "1 Late", "1 Up"]
    assert page.texts("#next h2:not(#next-title)") == ["Up"]
    assert page.texts("head title") == ["(2) Ours – Nightbell"]


@pytest.mark.parametrize(
    ("status", "words"),
    [(Status.UP, "All is well"), (Status.PAUSED, "Nothing is expected")],
)
def test_the_wall_says_when_nothing_is_wrong(reading, path, add, status, words):
    add("Backup", status, minutes=1)

    page = reading.get(path)

    assert page.texts("p.well") == [words]
    assert page.find("#wrong") == []


def test_the_soonest_deadlines_come_next(reading, path, add):
    for minutes in range(10):
        add(f"{minutes} ago", minutes=minutes)

    page = reading.get(path)

    assert page.texts("#next .tile h2") == [f"{minutes} ago" for minutes in range(9, 1, -1)]


def test_of_very_many_the_others_are_counted(reading, path, add, monkeypatch):
    many = [add(str(number), Status.DOWN, store=False, minutes=1) for number in range(50)]
    monkeypatch.setattr(checks, "list_for", lambda _project_id: many)

    page = reading.get(path)

    assert len(page.find("#wrong.crowd li")) == 36
    assert page.texts("#more-wrong") == ["and 14 more"]


@pytest.mark.parametrize(("number", "size"), [(6, ""), (7, "many"), (20, "many"), (21, "crowd")])
def test_what_is_wrong_is_shown_as_large_as_there_is_room(
    reading, path, add, monkeypatch, number, size
):
    wrong = [add(str(each), Status.DOWN, store=False, minutes=1) for each in range(number)]
    monkeypatch.setattr(checks, "list_for", lambda _project_id: wrong)

    page = reading.get(path)

    assert page.find("#wrong")[0].attributes["class"].split() == ["tiles", "wrong", *size.split()]


def test_the_wall_shows_no_secret_and_changes_nothing(signed_in, path, add, project):
    add("<script>alert(1)</script>", Status.DOWN, minutes=1)

    page = signed_in.get(path)

    assert not UUID.search(page.html.replace(project.project_id, ""))
    assert page.find("form, input") == []
    assert len(page.find("script")) == 1
    assert page.texts("#wrong h2") == ["<script>alert(1)</script>"]


def test_the_wall_is_sent_again_only_when_it_has_changed(reading, path, add, now, dynamodb_calls):
    add("Backup", minutes=59)
    first = reading.get(path)
    tag = {"If-None-Match": first.headers["etag"]}

    dynamodb_calls.clear()
    same = reading.get(path, **tag)
    operations = sorted(operation for operation, _ in dynamodb_calls)
    now.advance(minutes=1)
    late = reading.get(path, **tag)

    assert first.find("main[data-live='10']")
    assert (same.status, late.status) == (304, 200)
    assert operations == ["GetItem"] * 2 + ["Query"] * 4
    assert late.texts("#wrong h2") == ["Backup"]


def test_a_wall_that_fails_tries_again_by_itself(reading, path, monkeypatch):
    monkeypatch.setattr(checks, "list_for", lambda _project_id: 1 / 0)

    page = reading.get(path)
    other = reading.get(path.replace("wall", "checks"))

    assert (page.status, page.headers["refresh"]) == (500, "30")
    assert (other.status, other.headers.get("refresh")) == (500, None)
    assert path.replace("wall", "checks") in page.links()
