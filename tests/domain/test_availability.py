"""Months as flips tell them. In 2024 clocks went on to summer time on 31 March at 1:00 UTC."""

from datetime import UTC, date, datetime, timedelta

import pytest

from nightbell.domain.availability import months
from nightbell.domain.check import Flip, Reason, Status

NEW, UP, DOWN, PAUSED = Status.NEW, Status.UP, Status.DOWN, Status.PAUSED
HOUR = timedelta(hours=1)


def at(month, day, hour=0):
    return datetime(2024, month, day, hour, tzinfo=UTC)


def flip(moment, old, new):
    return Flip(created=moment, old_status=old, new_status=new, reason=Reason.SUCCESS)


def test_downtime_is_that_of_each_month(make_check):
    check = make_check(status=UP)
    flips = [
        flip(at(1, 31, 22), UP, DOWN),
        flip(at(2, 1, 3), DOWN, UP),
        flip(at(2, 10), UP, DOWN),
        flip(at(2, 10, 1), DOWN, UP),
    ]

    february, january = months(check, flips, at(1, 1), at(2, 11), 2)

    assert (february.first, february.down, february.outages) == (date(2024, 2, 1), 4 * HOUR, 2)
    assert (january.first, january.down, january.outages) == (date(2024, 1, 1), 2 * HOUR, 1)
    assert february.availability == 236 / 240
    assert january.availability == (31 * 24 - 2) / (31 * 24)


def test_only_time_up_or_down_counts(make_check):
    check = make_check(created=at(2, 2), status=PAUSED)
    flips = [
        flip(at(2, 3), NEW, UP),
        flip(at(2, 4), UP, DOWN),
        flip(at(2, 5), DOWN, PAUSED),
    ]

    (february,) = months(check, flips, at(1, 1), at(2, 20), 1)

    assert [(span.start, span.status) for span in february.spans] == [
        (at(2, 2), NEW),
        (at(2, 3), UP),
        (at(2, 4), DOWN),
        (at(2, 5), PAUSED),
    ]
    assert february.spans[-1].end == at(2, 20)
    assert february.availability == 0.5


@pytest.mark.parametrize(("status", "availability"), [(UP, 1), (DOWN, 0), (NEW, None)])
def test_a_check_without_flips_has_been_so_all_the_time(make_check, status, availability):
    found = months(make_check(status=status), [], at(1, 1), at(3, 5), 3)

    assert [month.availability for month in found] == [availability] * 3


def test_nothing_is_said_of_what_is_not_known(make_check):
    check = make_check(created=at(1, 1), status=UP)

    march, february, january = months(check, [flip(at(3, 2), DOWN, UP)], at(2, 20), at(3, 3), 3)

    assert february.spans[0].start == at(2, 20)
    assert (february.availability, march.availability) == (0, 0.5)
    assert (january.spans, january.availability) == ((), None)


def test_months_are_those_of_the_zone(make_check):
    check = make_check(tz="Europe/Berlin")

    april, march = months(check, [], at(1, 1), datetime(2024, 3, 31, 22, tzinfo=UTC), 2)

    assert (april.first, april.spans) == (date(2024, 4, 1), ())
    assert (march.start, march.end) == (at(2, 29, 23), at(3, 31, 22))
