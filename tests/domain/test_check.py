"""The things that Nightbell keeps."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest

from nightbell.domain.check import Kind, Signal, Status, unique_key_of


@pytest.mark.parametrize(
    ("check_id", "unique_key"),
    [
        # As in the API document, which shows these checks to both kinds of keys.
        ("31365bce-8da9-4729-8ff3-aaa71d56b712", "a6c7b0a8a66bed0df66abfdab3c77736861703ee"),
        ("803f680d-e89b-492b-82ef-2be7b774a92d", "124f983e0e3dcaeba921cfcef46efd084576e783"),
    ],
)
def test_the_unique_key_is_made_from_the_first_half_of_the_uuid(make_check, check_id, unique_key):
    other_half = check_id[:19] + "-000000000000"

    assert make_check(check_id=check_id).unique_key == unique_key
    assert unique_key_of(check_id) == unique_key
    assert unique_key_of(other_half) == unique_key


@pytest.mark.parametrize(
    ("tags", "tag_list"),
    [
        ("", []),
        ("  ", []),
        ("prod", ["prod"]),
        ("prod db", ["prod", "db"]),
        (" b   a ", ["b", "a"]),
        ("a,b <c> é", ["a,b", "<c>", "é"]),
    ],
)
def test_tags_are_told_in_the_order_they_were_written(make_check, tags, tag_list):
    assert make_check(tags=tags).tag_list() == tag_list


def test_a_new_check_has_the_defaults_of_the_api_document(make_check):
    check = make_check()

    assert check.status is Status.NEW
    assert check.kind is Kind.SIMPLE
    assert check.timeout == timedelta(seconds=86400)
    assert check.grace == timedelta(seconds=3600)
    assert check.tz == "UTC"
    assert (check.name, check.slug, check.tags, check.desc, check.methods) == ("",) * 5
    assert (check.start_kw, check.success_kw, check.failure_kw) == ("",) * 3
    assert not check.filter_subject
    assert not check.filter_body
    assert not check.filter_http_body
    assert not check.filter_default_fail
    assert not check.manual_resume
    assert check.channels == frozenset()
    assert check.n_pings == 0


def test_statuses_and_signals_are_the_words_of_the_api():
    assert [*Status] == ["new", "up", "grace", "down", "paused"]
    assert [*Signal] == ["success", "start", "fail", "log", "ign"]


def test_a_check_does_not_change(make_check):
    check = make_check()

    with pytest.raises(FrozenInstanceError):
        check.status = Status.UP
