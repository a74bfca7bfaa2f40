"""The fields that a client may send: which are accepted, and what is said of the others."""

import json
import random
from dataclasses import fields
from datetime import timedelta

import pytest

from nightbell.domain.check import Check, Kind
from nightbell.domain.errors import InvalidSpec
from nightbell.domain.spec import Spec, parse

TEXTS = [
    *("channels", "desc", "failure_kw", "name", "schedule", "slug", "start_kw"),
    *("subject", "subject_fail", "success_kw", "tags", "tz"),
]
BOOLEANS = [
    *("filter_subject", "filter_body", "filter_http_body", "filter_default_fail"),
    "manual_resume",
]
SECONDS = ["grace", "timeout"]

MAX_LENGTHS = {
    "desc": 10_000,
    "failure_kw": 200,
    "name": 100,
    "slug": 100,
    "start_kw": 200,
    "subject": 200,
    "subject_fail": 200,
    "success_kw": 200,
    "tags": 500,
}

# One unusable value for each field, in the order in which errors are told.
UNUSABLE = {
    "channels": (1, "channels is not a string"),
    "desc": (1, "desc is not a string"),
    "failure_kw": (1, "failure_kw is not a string"),
    "filter_subject": (1, "filter_subject is not a boolean"),
    "filter_body": (1, "filter_body is not a boolean"),
    "filter_http_body": (1, "filter_http_body is not a boolean"),
    "filter_default_fail": (1, "filter_default_fail is not a boolean"),
    "grace": ("1", "grace is not a number"),
    "manual_resume": (1, "manual_resume is not a boolean"),
    "methods": ("GET", "methods has unexpected value"),
    "nag_interval": ("1", "nag_interval is not a number"),
    "name": (1, "name is not a string"),
    "schedule": ("", "schedule is not a valid cron or OnCalendar expression"),
    "slug": ("A", "slug does not match pattern"),
    "start_kw": (1, "start_kw is not a string"),
    "subject": (1, "subject is not a string"),
    "subject_fail": (1, "subject_fail is not a string"),
    "success_kw": (1, "success_kw is not a string"),
    "tags": (1, "tags is not a string"),
    "timeout": (1, "timeout is too small"),
    "tz": ("", "tz is not a valid timezone"),
    "unique": ("name", "unique is not an array"),
}


def problem(document):
    """Return what is said of the document; it has to be refused."""
    with pytest.raises(InvalidSpec) as caught:
        parse(document)
    return caught.value.message


def test_of_an_unusable_value_it_is_known_which_field_has_it():
    told = {}
    for field, (value, _) in UNUSABLE.items():
        with pytest.raises(InvalidSpec) as caught:
            parse({field: value})
        told[field] = (caught.value.field, f"{field} {caught.value.mistake}")

    assert told == {field: (field, text) for field, (_, text) in UNUSABLE.items()}


# ---- What is accepted ----------------------------------------------------------------------


def test_an_empty_document_sends_nothing():
    spec = parse({})

    assert spec == Spec()
    assert all(getattr(spec, field.name) is None for field in fields(Spec))


def test_unknown_members_are_ignored():
    spec = parse({"api_key": 7, "Name": None, "kind": "cron", "": [], "name": "Backups"})

    assert spec == Spec(name="Backups")


def test_takes_every_field():
    document = {
        "channels": "*",
        "desc": "Runs ~/db-backup.sh\nnightly",
        "failure_kw": "ERROR",
        "filter_subject": True,
        "filter_body": False,
        "filter_http_body": True,
        "filter_default_fail": False,
        "grace": 600,
        "manual_resume": True,
        "methods": "POST",
        "nag_interval": 7200,
        "name": "Database Backup",
        "schedule": "15 5 * * *",
        "slug": "database-backup_2",
        "start_kw": "START",
        "subject": "SUCCESS,COMPLETED",
        "subject_fail": "FAILED",
        "success_kw": "SUCCESS",
        "tags": "production db",
        "timeout": 3600,
        "tz": "Europe/Riga",
        "unique": ["name"],
    }

    spec = parse(document)

    assert {field.name for field in fields(Spec)} == document.keys()
    times = {
        "grace": timedelta(minutes=10),
        "nag_interval": timedelta(hours=2),
        "timeout": timedelta(hours=1),
    }
    for name, value in (document | times | {"unique": ("name",)}).items():
        assert getattr(spec, name) == value


@pytest.mark.parametrize("field", sorted({*TEXTS, "methods"} - {"schedule", "tz"}))
def test_a_text_may_be_empty(field):
    assert getattr(parse({field: ""}), field) == ""


@pytest.mark.parametrize(
    "value", ["ünïcödé ☃ 😀", "\u202ertl", "\t\n\r", "\x7f\x01", "<&\"'>", " x "]
)
def test_a_text_is_kept_as_it_is(value):
    assert parse({"name": value, "desc": value, "tags": value}) == Spec(
        name=value, desc=value, tags=value
    )


# ---- Types ---------------------------------------------------------------------------------


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize("value", [None, True, 0, 1.5, [], {}, ["x"], b"x"])
def test_a_text_is_a_string(field, value):
    assert problem({field: value}) == f"json validation error: {field} is not a string"


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize("value", ["a\0b", "\0", "\ud800", "a\udfff", "\udc80x"])
def test_a_text_that_cannot_be_stored_is_no_string(field, value):
    assert problem({field: value}) == f"json validation error: {field} is not a string"


@pytest.mark.parametrize("field", sorted({*TEXTS} - {"schedule", "slug", "tz"}))
def test_a_text_may_border_on_the_surrogates(field):
    value = "\ud7ff\ue000\U00010000\U0010ffff"

    assert getattr(parse({field: value}), field) == value


@pytest.mark.parametrize("field", BOOLEANS)
@pytest.mark.parametrize("value", [None, 0, 1, 1.0, "true", "", [], {}])
def test_a_boolean_is_true_or_false(field, value):
    assert problem({field: value}) == f"json validation error: {field} is not a boolean"


@pytest.mark.parametrize("field", BOOLEANS)
@pytest.mark.parametrize("value", [True, False])
def test_takes_both_booleans(field, value):
    assert getattr(parse({field: value}), field) is value


@pytest.mark.parametrize("field", SECONDS)
@pytest.mark.parametrize(
    "value",
    [None, "60", "", "3600", [], {}, [60]]
    + [json.loads(number) for number in ("3600.0", "1e3", "60.5", "1e400", "-1e400", "NaN")],
)
def test_a_number_is_a_whole_json_number(field, value):
    assert problem({field: value}) == f"json validation error: {field} is not a number"


@pytest.mark.parametrize("field", SECONDS)
@pytest.mark.parametrize("value", [59, 1, 0, -1, -60, -(10**30), True, False])
def test_a_number_below_60_is_too_small(field, value):
    assert problem({field: value}) == f"json validation error: {field} is too small"


@pytest.mark.parametrize("field", SECONDS)
@pytest.mark.parametrize("value", [31_536_001, 10**12, 2**63, 10**400])
def test_a_number_above_a_year_is_too_large(field, value):
    assert problem({field: value}) == f"json validation error: {field} is too large"


@pytest.mark.parametrize("field", SECONDS)
@pytest.mark.parametrize("value", [60, 61, 31_535_999, 31_536_000])
def test_a_number_between_is_seconds(field, value):
    assert getattr(parse({field: value}), field) == timedelta(seconds=value)


@pytest.mark.parametrize("value", [0, 3600, 3601, 31_536_000])
def test_reminders_are_hours_apart_or_there_are_none(value):
    assert parse({"nag_interval": value}).nag_interval == timedelta(seconds=value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "is not a number"),
        (True, "is not a number"),
        (False, "is not a number"),
        ("3600", "is not a number"),
        (3600.0, "is not a number"),
        (-1, "is too small"),
        (1, "is too small"),
        (3599, "is too small"),
        (31_536_001, "is too large"),
        (10**400, "is too large"),
    ],
)
def test_refuses_other_intervals_of_reminders(value, message):
    assert problem({"nag_interval": value}) == f"json validation error: nag_interval {message}"


@pytest.mark.parametrize("value", [None, True, 0, "name", "", {}, {"name": 1}])
def test_unique_is_an_array(value):
    assert problem({"unique": value}) == "json validation error: unique is not an array"


@pytest.mark.parametrize(
    "item", ["desc", "Name", "", "schedule", "uuid", None, 1, True, [], ["name"], {}]
)
def test_a_bad_member_of_unique_is_unexpected(item):
    message = "json validation error: an item in 'unique' has unexpected value"

    assert problem({"unique": [item]}) == message
    assert problem({"unique": ["name", item]}) == message


@pytest.mark.parametrize("value", [None, "GET", "post", "POST ", "GET,POST", 1, True, ["POST"], {}])
def test_methods_is_nothing_or_post(value):
    assert problem({"methods": value}) == "json validation error: methods has unexpected value"


# ---- Bounds --------------------------------------------------------------------------------


@pytest.mark.parametrize("char", ["a", "é", "😀"])
@pytest.mark.parametrize(("field", "limit"), MAX_LENGTHS.items())
def test_a_text_has_a_greatest_length_in_characters(field, limit, char):
    if field == "slug":
        char = "a"

    longest = parse({field: char * limit})

    assert getattr(longest, field) == char * limit
    assert problem({field: char * (limit + 1)}) == f"json validation error: {field} is too long"


def test_a_schedule_has_at_most_100_characters():
    longest = "0 0 * * *" + " " * 91

    assert parse({"schedule": longest}).schedule == longest
    assert problem({"schedule": longest + " "}) == "json validation error: schedule is too long"


def test_length_is_told_before_form():
    assert problem({"slug": "A" * 101}) == "json validation error: slug is too long"
    assert problem({"schedule": "x" * 101}) == "json validation error: schedule is too long"


@pytest.mark.parametrize("slug", ["a", "z", "0", "9", "-", "_", "0-a_b-9", "--", "a" * 100])
def test_a_slug_holds_letters_digits_hyphens_and_underscores(slug):
    assert parse({"slug": slug}).slug == slug


@pytest.mark.parametrize(
    "slug", ["A", "a b", "é", "a.b", "a/b", "a\n", "\n", "`", "{", "@", ":", "²", "ａ", "ı"]
)
def test_a_slug_holds_nothing_else(slug):
    assert problem({"slug": slug}) == "json validation error: slug does not match pattern"


@pytest.mark.parametrize("schedule", ["", "surprise", "60 * * * *", "0 0 30 2 *", "25:00"])
def test_a_schedule_has_to_fire(schedule):
    assert (
        problem({"schedule": schedule})
        == "json validation error: schedule is not a valid cron or OnCalendar expression"
    )


@pytest.mark.parametrize("tz", ["", "Mars/Olympus", "America", "../x", "utc", "x" * 5000])
def test_a_zone_has_to_exist(tz):
    assert problem({"tz": tz}) == "json validation error: tz is not a valid timezone"


def test_a_zone_is_kept_under_its_present_name():
    assert parse({"tz": "Europe/Kiev"}).tz == "Europe/Kyiv"
    assert parse({"tz": "Europe/Amsterdam"}).tz == "Europe/Amsterdam"


# ---- Which error is told -------------------------------------------------------------------


@pytest.mark.parametrize(("field", "unusable"), UNUSABLE.items())
def test_each_field_has_its_error(field, unusable):
    value, message = unusable

    assert problem({field: value}) == f"json validation error: {message}"


def test_the_first_field_in_the_order_of_the_contract_is_told():
    documents = {field: value for field, (value, _) in UNUSABLE.items()}
    rng = random.Random(1)

    told = []
    while documents:
        shuffled = dict(rng.sample(sorted(documents.items(), key=str), len(documents)))
        told.append(problem(shuffled))
        del documents[next(iter(documents))]

    assert told == [f"json validation error: {message}" for _, message in UNUSABLE.values()]


def test_null_is_of_the_wrong_type_for_every_field():
    for field in UNUSABLE:
        assert problem({field: None}).startswith(f"json validation error: {field} ")


# ---- What a spec says ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, None),
        ({"unique": []}, None),
        ({"name": "x"}, None),
        ({"unique": ["name"]}, None),
        ({"unique": ["name", "tags"], "name": "x"}, None),
        ({"unique": ["name"], "name": "x"}, {"name": "x"}),
        ({"unique": ["name"], "name": ""}, {"name": ""}),
        ({"unique": ["name", "name"], "name": "x", "slug": "y"}, {"name": "x"}),
        (
            {"unique": ["timeout", "tags", "slug", "name", "grace"]}
            | {"name": "n", "slug": "s", "tags": "t", "timeout": 60, "grace": 90},
            {"name": "n", "slug": "s", "tags": "t"}
            | {"timeout": timedelta(seconds=60), "grace": timedelta(seconds=90)},
        ),
    ],
)
def test_looks_for_a_check_by_the_unique_fields_if_all_were_sent(document, expected):
    assert parse(document).match() == expected


def test_what_is_looked_for_are_fields_of_a_check():
    document = {"unique": ["name", "slug", "tags", "timeout", "grace"], "name": "n", "slug": "s"}

    match = parse(document | {"tags": "t", "timeout": 60, "grace": 60}).match()

    assert match is not None
    assert match.keys() <= Check.__dataclass_fields__.keys()


@pytest.mark.parametrize(
    ("schedule", "kind"), [("* * * * *", Kind.CRON), ("*-*~1 12:00", Kind.ONCALENDAR)]
)
def test_knows_the_kind_of_its_schedule(schedule, kind):
    assert parse({"schedule": schedule}).schedule_kind is kind


def test_plain_fields_are_those_that_a_check_takes_as_they_are():
    document = {field.name: True for field in fields(Spec) if field.name in BOOLEANS}
    document |= {"name": "", "tags": "x", "tz": "UTC", "grace": 60, "methods": "", "slug": ""}
    others = {"channels": "*", "schedule": "12:00", "subject": "a", "subject_fail": "b"}
    others |= {"timeout": 60, "unique": ["name"]}

    plain = parse(document | others).plain_fields()

    assert plain == document | {"grace": timedelta(seconds=60)}
    assert plain.keys() <= Check.__dataclass_fields__.keys()
