"""The changes of status of a check, and the reminders among them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from boto3.dynamodb.types import TypeSerializer

from nightbell.domain.check import Flip, Reason, Status
from nightbell.store import flips

NOON = datetime(2024, 1, 15, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

DOWN = Flip(created=NOON, old_status=Status.UP, new_status=Status.DOWN, reason=Reason.TIMEOUT)
NAG = replace(DOWN, old_status=Status.DOWN, reason=Reason.NAG)
UP = replace(DOWN, old_status=Status.DOWN, new_status=Status.UP, reason=Reason.SUCCESS)


@pytest.fixture
def keep(tables, make_check):
    """Return a function that stores flips of a check."""

    def store(*some, check_id="check"):
        for flip in some:
            flips.item_of(make_check(check_id=check_id), flip).save()
        return list(some)

    return store


def at(flip, moment):
    return replace(flip, created=moment)


def test_reminders_are_not_listed_as_changes(keep):
    down, *_, up = keep(
        DOWN, at(NAG, NOON + HOUR), at(NAG, NOON + 2 * HOUR), at(UP, NOON + 3 * HOUR)
    )

    assert flips.list_between("check", None, None, NOON + 4 * HOUR) == [up, down]


def test_finds_by_which_flip_the_check_went_down(keep):
    _, _, down, *_ = keep(
        at(DOWN, NOON - 2 * HOUR),
        at(UP, NOON - HOUR),
        DOWN,
        at(NAG, NOON + MINUTE),
        at(UP, NOON + HOUR),
        at(DOWN, NOON + 2 * HOUR),
    )

    assert flips.down_before("check", NOON + HOUR) == down
    assert flips.down_before("check", NOON + TICK) == down


def test_finds_it_before_any_number_of_reminders(keep):
    keep(DOWN, *(at(NAG, NOON + n * HOUR) for n in range(1, 41)))

    assert flips.down_before("check", NOON + 41 * HOUR) == DOWN


def test_a_flip_is_not_before_itself_nor_of_another_check(keep):
    keep(DOWN)
    keep(at(DOWN, NOON - HOUR), check_id="other")

    assert flips.down_before("check", NOON) is None


def test_scans_what_was_in_a_period_with_reminders_in_order_for_each_check(keep):
    keep(at(DOWN, NOON - TICK), at(UP, NOON + HOUR + TICK))
    wanted = keep(DOWN, at(NAG, NOON + MINUTE), at(UP, NOON + HOUR))
    others = keep(*wanted, check_id="other")

    found = list(flips.scan_between(NOON, NOON + HOUR))

    assert {project for project, _, _ in found} == {"project"}
    for check_id, expected in (("check", wanted), ("other", others)):
        assert [flip for _, of, flip in found if of == check_id] == expected


# ---- The stream ------------------------------------------------------------------------------


@pytest.mark.parametrize("flip", [DOWN, NAG, UP, at(DOWN, NOON + TICK)])
def test_reads_a_flip_as_the_stream_shows_it(keep, tables, flip):
    keep(flip)
    (image,) = tables.scan(TableName="flips")["Items"]

    assert flips.read_image(image) == ("project", "check", flip)


@pytest.mark.parametrize(
    "changes",
    [
        {"created": None},
        {"created": "noon"},
        {"new_status": "sideways"},
        {"reason": "whim"},
        {"project_id": None},
        {"check_id": None},
    ],
)
def test_what_is_no_flip_is_refused(keep, tables, changes):
    keep(DOWN)
    (image,) = tables.scan(TableName="flips")["Items"]
    for name, value in changes.items():
        image.pop(name)
        if value:
            image[name] = TypeSerializer().serialize(value)

    with pytest.raises(ValueError, match=r"^not an item of a flip$"):
        flips.read_image(image)


@pytest.mark.parametrize("image", [{}, {"x": {"S": "y"}}, {"created": {"N": "1e400"}}])
def test_what_has_nothing_of_a_flip_is_refused(image):
    with pytest.raises(ValueError, match=r"^not an item of a flip$"):
        flips.read_image(image)


def test_no_more_changes_are_listed_than_asked_for(keep):
    *_, nag, last = keep(DOWN, at(UP, NOON + HOUR), at(NAG, NOON + 2 * HOUR), at(DOWN, NOON + DAY))

    listed = flips.list_between("check", None, None, NOON + 2 * DAY, limit=2)

    assert nag not in listed
    assert listed == [last, at(UP, NOON + HOUR)]
