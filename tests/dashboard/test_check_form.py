"""The form of a check: what is read of it, and what is wrong with it."""

from datetime import timedelta

import pytest

from nightbell.dashboard import check_form
from nightbell.dashboard.forms import Form
from nightbell.domain.check import Kind


def read(**fields):
    """Return what is made of a form with these fields, the others being right."""
    right = {"timeout": "1", "timeout_unit": "3600", "grace": "1", "tz": "UTC", "kind": "simple"}
    sent = {name: value for name, value in (right | fields).items() if value is not None}
    return check_form.of_form(Form({name: [value] for name, value in sent.items()}))


def test_a_right_form_has_no_mistakes():
    entry = read(name="x", grace="90", grace_unit="1")

    assert entry.errors == {}
    assert (entry.spec.timeout, entry.spec.grace) == (timedelta(hours=1), timedelta(seconds=90))
    assert entry.spec.nag_interval == timedelta()


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"name": "x" * 101}, "name", "at most 100 characters"),
        ({"slug": "Ä"}, "slug", "Small letters, digits, hyphens"),
        ({"slug": "x" * 101}, "slug", "at most 100 characters"),
        ({"tags": "x" * 501}, "tags", "at most 500 characters"),
        ({"desc": "x" * 10_001}, "desc", "at most 10000 characters"),
        ({"timeout": ""}, "timeout", "A whole number"),
        ({"timeout": "1.5"}, "timeout", "A whole number"),
        ({"timeout": "²"}, "timeout", "A whole number"),
        ({"timeout": "-1"}, "timeout", "A whole number"),
        ({"timeout": "9" * 5000}, "timeout", "A whole number"),
        ({"timeout": "59", "timeout_unit": "1"}, "timeout", "At least one minute"),
        ({"timeout": "366", "timeout_unit": "86400"}, "timeout", "At most 365 days"),
        ({"grace": "0"}, "grace", "At least one minute"),
        ({"grace": None}, "grace", "A whole number"),
        ({"nag_interval": "59", "nag_interval_unit": "60"}, "nag_interval", "At least one hour"),
        ({"nag_interval": "x"}, "nag_interval", "A whole number"),
        ({"methods": "PUT"}, "methods", "has unexpected value"),
        ({"kind": "cron", "cron": "61 * * * *"}, "cron", "not a valid cron or OnCalendar"),
        ({"kind": "cron", "cron": ""}, "cron", "not a valid cron or OnCalendar"),
        ({"kind": "cron", "cron": "* * 31 2 *"}, "cron", "not a valid cron or OnCalendar"),
        ({"kind": "oncalendar", "oncalendar": "x"}, "oncalendar", "not a valid cron or OnCalendar"),
        ({"kind": "oncalendar", "oncalendar": "x" * 101}, "oncalendar", "at most 100 characters"),
        ({"kind": "cron", "cron": "0 0 * * *", "tz": "Mars"}, "tz", "There is no such zone"),
        ({"success_kw": "x" * 201}, "success_kw", "at most 200 characters"),
        ({"name": "a\0b"}, "name", "is not a string"),
    ],
)
def test_a_mistake_is_told_for_its_field(fields, field, text):
    entry = read(**fields)

    assert list(entry.errors) == [field]
    assert text in entry.errors[field]


def test_only_the_chosen_kind_of_schedule_counts():
    simple = read(kind="simple", timeout="2", cron="x", oncalendar="x", tz="Mars")
    cron = read(kind="cron", timeout="x", cron="0 0 * * *", oncalendar="x")

    assert simple.errors == cron.errors == {}
    assert (simple.spec.timeout, simple.spec.schedule) == (timedelta(hours=2), None)
    assert (cron.spec.timeout, cron.spec.schedule) == (None, "0 0 * * *")


def test_mistakes_are_told_in_the_order_of_the_form():
    entry = read(name="x" * 101, slug="É", desc="x" * 10_001, kind="cron", cron="x", grace="x")

    assert list(entry.errors) == ["name", "slug", "desc", "cron", "grace"]
    assert entry.timing_problems == [
        "Cron expression: This is not a valid cron or OnCalendar expression.",
        "Grace time: A whole number, please.",
    ]


@pytest.mark.parametrize("kind", ["", "weekly"])
def test_a_kind_that_there_is_not_is_a_simple_one(kind):
    assert read(kind=kind).values["kind"] == "simple"


@pytest.mark.parametrize(
    ("length", "number", "unit"),
    [
        (timedelta(), "", "3600"),
        (timedelta(seconds=90), "90", "1"),
        (timedelta(minutes=90), "90", "60"),
        (timedelta(hours=36), "36", "3600"),
        (timedelta(days=7), "7", "86400"),
    ],
)
def test_a_length_is_shown_in_the_largest_unit_that_fits(make_check, length, number, unit):
    values = check_form.of_check(make_check(nag_interval=length)).values

    assert (values["nag_interval"], values["nag_interval_unit"]) == (number, unit)


def test_a_check_that_is_shown_and_sent_is_the_same(make_check):
    check = make_check(
        name="x", kind=Kind.ONCALENDAR, schedule="daily\nhourly", tz="Asia/Tokyo", methods="POST"
    )

    values = check_form.of_check(check).values
    sent = {name: [value] for name, value in values.items() if isinstance(value, str)}
    entry = check_form.of_form(Form(sent))

    assert entry.errors == {}
    assert entry.values == values
