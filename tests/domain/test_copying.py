"""A new check with the configuration of another."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from nightbell.domain.check import Check, Kind, Status
from nightbell.domain.copying import copy_of

BLANK = Check(
    check_id="copy",
    project_id="project",
    created=datetime(2024, 2, 1, tzinfo=UTC),
    badge_key="copy-badge",
)


def test_a_copy_has_the_configuration_and_nothing_of_the_state(make_check):
    configuration = {
        "tags": "a b",
        "desc": "text",
        "kind": Kind.CRON,
        "timeout": timedelta(hours=2),
        "grace": timedelta(hours=3),
        "schedule": "0 3 * * *",
        "tz": "Europe/Riga",
        "manual_resume": True,
        "methods": "POST",
        "start_kw": "s",
        "success_kw": "u",
        "failure_kw": "f",
        "filter_subject": True,
        "filter_body": True,
        "filter_http_body": True,
        "filter_default_fail": True,
        "channels": frozenset({"c"}),
        "nag_interval": timedelta(hours=4),
    }
    moment = datetime(2024, 1, 2, tzinfo=UTC)
    state = {
        "status": Status.DOWN,
        "n_pings": 7,
        "last_ping": moment,
        "last_start": moment,
        "last_start_rid": "r",
        "last_duration": timedelta(seconds=1),
        "last_flip": moment,
        "last_nag": moment,
        "snoozed_until": moment,
        "due_at": moment,
        "revision": 9,
    }
    named = {"check_id", "project_id", "created", "badge_key", "name", "slug"}
    assert {field.name for field in fields(Check)} == configuration.keys() | state.keys() | named

    copy = copy_of(make_check(name="Backup", slug="backup", **configuration, **state), BLANK)

    kept = named - {"name", "slug"} | state.keys()
    assert {name: getattr(copy, name) for name in configuration} == configuration
    assert all(getattr(copy, name) == getattr(BLANK, name) for name in kept)
    assert (copy.name, copy.slug) == ("Backup (copy)", "backup-copy")


@pytest.mark.parametrize(
    ("name", "copied"),
    [("", "unnamed (copy)"), ("n" * 93, "n" * 93 + " (copy)"), ("n" * 94, "n" * 92 + "… (copy)")],
)
def test_a_copy_has_a_name_that_a_check_may_have(make_check, name, copied):
    copy = copy_of(make_check(name=name), BLANK)

    assert copy.name == copied
    assert len(copy.name) <= 100
    assert copy.slug == ""
