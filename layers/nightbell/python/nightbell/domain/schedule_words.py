"""What a check's schedule says to people: in words, and as the next times of pings."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from nightbell.domain import schedule
from nightbell.domain.check import Check, Kind
from nightbell.domain.schedule import Pattern

_UNITS = ((86_400, "d", "day"), (3600, "h", "hour"), (60, "min", "minute"), (1, "s", "second"))
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}

_SIXTY = frozenset(range(60))
_ALL_HOURS = frozenset(range(24))
_ALL_DAYS = frozenset(range(1, 32))
_ALL_MONTHS = frozenset(range(1, 13))
_ALL_WEEKDAYS = frozenset(range(7))
_WORKDAYS = frozenset(range(5))
_WEEKEND = frozenset({5, 6})

# More times of a day than these are not told one by one.
_MOST_TIMES = 6


def describe(check: Check) -> str:
    """Return when pings are expected: `every 1 d 6 h`, `at 03:15 on weekdays`.

    The check's own zone is not named. A line of a schedule that cannot be said in short stands
    as it was written; several lines are parted by semicolons.
    """
    if check.kind is Kind.SIMPLE:
        return f"every {period(check.timeout)}"
    patterns = schedule.patterns(check.kind, check.schedule)
    return "; ".join(pattern_in_words(pattern) for pattern in patterns)


def period(length: timedelta) -> str:
    """Return a length that follows `every`: `hour`, `5 minutes`, `1 d 6 h`; whole seconds."""
    parts = _parts(length)
    if len(parts) == 1:
        count, _, word = parts[0]
        return word if count == 1 else f"{count} {word}s"
    return " ".join(f"{count} {short}" for count, short, _ in parts)


def span(length: timedelta) -> str:
    """Return a length in its two largest units, down to whole seconds: `1 d 6 h`, `5 min`."""
    return " ".join(f"{count} {short}" for count, short, _ in _parts(length)[:2]) or "0 s"


def _parts(length: timedelta) -> list[tuple[int, str, str]]:
    """Return how many of each unit the length has, largest first, and the names of the unit."""
    parts, rest = [], int(length.total_seconds())
    for size, short, word in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append((count, short, word))
    return parts


def next_times(check: Check, now: datetime, count: int = 5) -> list[datetime]:
    """Return the next moments after now, in UTC, at which the check expects a ping.

    Fewer if the schedule ends. Those of a simple schedule follow the last ping, or a ping sent
    now if there was none, each ping taken to come when it is expected.
    """
    if check.kind is Kind.SIMPLE:
        last = check.last_ping or now
        passed = max((now - last) // check.timeout, 0)
        return [last + (passed + number) * check.timeout for number in range(1, count + 1)]
    times: list[datetime] = []
    while len(times) < count:
        after = times[-1] if times else now
        moment = schedule.next_after(check.kind, check.schedule, check.tz, after)
        if moment is None:
            break
        times.append(moment)
    return times


def pattern_in_words(pattern: Pattern) -> str:
    """Return one line of a schedule in words."""
    time = _time(pattern)
    if time is None:
        parts = [pattern.line]
    else:
        listed = time.startswith("at ") and ":" in time
        every_day = listed and not has_days(pattern)
        parts = [time, "every day" if every_day else "", _day(pattern)]
        if pattern.years:
            parts.append(f"in {_listed(pattern.years, str)}")
    if pattern.tz:
        parts.append(f"({pattern.tz})")
    return " ".join(part for part in parts if part)


# ---- The time of day -----------------------------------------------------------------------


def _time(pattern: Pattern) -> str | None:
    """Return `at 03:15`, `every 5 minutes from 09:00 to 17:55`; None for too many seconds."""
    seconds, minutes, hours = pattern.seconds, pattern.minutes, pattern.hours
    if len(seconds) * len(minutes) * len(hours) <= _MOST_TIMES:
        clock = [(h, m, s) for h in sorted(hours) for m in sorted(minutes) for s in sorted(seconds)]
        if seconds == {0}:
            return f"at {_join([f'{h:02}:{m:02}' for h, m, _ in clock])}"
        return f"at {_join([f'{h:02}:{m:02}:{s:02}' for h, m, s in clock])}"
    if seconds != {0}:
        if minutes != _SIXTY or hours != _ALL_HOURS:
            return None
        every = _repeated(seconds, 60, "second")
        return every or f"at {_numbered(seconds, 'second')} of every minute"
    if len(minutes) == 1:
        return _hourly(min(minutes), hours)
    every = _repeated(minutes, 60, "minute")
    if every and hours == _ALL_HOURS:
        return every
    step = _step(minutes)
    in_a_row = max(hours) - min(hours) == len(hours) - 1
    if (every and in_a_row) or (step and len(hours) == 1):
        first, last = _clock(min(hours), min(minutes)), _clock(max(hours), max(minutes))
        return f"{every or _every(step or 1, 'minute')} from {first} to {last}"
    of_hours = "every hour" if hours == _ALL_HOURS else f"the {_numbered(hours, 'hour')}"
    if every:
        return f"{every} of {of_hours}"
    if step and len(minutes) > _MOST_TIMES:
        span = f"from minute {min(minutes)} to {max(minutes)}"
        return f"{_every(step, 'minute')} {span} of {of_hours}"
    return f"at {_numbered(minutes, 'minute')} of {of_hours}"


def _hourly(minute: int, hours: frozenset[int]) -> str:
    """Return the words for one minute of many hours."""
    if hours == _ALL_HOURS:
        return f"at minute {minute} of every hour" if minute else "every hour"
    every = _repeated(hours, 24, "hour")
    if every:
        return f"{every} from {_clock(0, minute)}"
    step = _step(hours)
    if step:
        first, last = _clock(min(hours), minute), _clock(max(hours), minute)
        return f"{_every(step, 'hour')} from {first} to {last}"
    return f"at minute {minute} of the {_numbered(hours, 'hour')}"


def _repeated(values: frozenset[int], size: int, unit: str) -> str | None:
    """Return `every 5 minutes` for values that go on so from one cycle to the next, else None."""
    step = _step(values)
    if step is None or min(values) or step * len(values) != size:
        return None
    return _every(step, unit)


def _every(step: int, unit: str) -> str:
    return f"every {unit}" if step == 1 else f"every {step} {unit}s"


def _clock(hour: int, minute: int) -> str:
    return f"{hour:02}:{minute:02}"


def _numbered(values: Iterable[int], unit: str) -> str:
    """Return `minute 5`, `minutes 5 and 20`, `hours 9 to 17`."""
    listed = _listed(values, str)
    return f"{unit} {listed}" if listed.isdigit() else f"{unit}s {listed}"


# ---- The day -------------------------------------------------------------------------------


def has_days(pattern: Pattern) -> bool:
    """Tell whether the pattern is for some days of its months only."""
    free = (pattern.days >= _ALL_DAYS, pattern.weekdays >= _ALL_WEEKDAYS)
    return not (any(free) if pattern.either_day else all(free))


def _day(pattern: Pattern) -> str:
    """Return `on weekdays`, `on the 1st of June`, `in June`, and "" for every day."""
    months = _month_names(pattern)
    in_months = f" in {months}" if months else ""
    if not has_days(pattern):
        return in_months.strip()
    if pattern.days >= _ALL_DAYS:
        return f"on {_weekdays(pattern)}{in_months}"
    days = f"on {_days(pattern)} of {months or 'the month'}"
    if pattern.weekdays >= _ALL_WEEKDAYS:
        return days
    if pattern.either_day:
        return f"{days} and on {_weekdays(pattern)}{in_months}"
    return f"{days} if that is {_one(pattern)}"


def _weekdays(pattern: Pattern) -> str:
    """Return what follows `on`: `weekdays`, `Mondays and Fridays`, `the second Monday …`."""
    parts = []
    match pattern.weekdays:
        case days if days == _WORKDAYS:
            parts.append("weekdays")
        case days if days == _WEEKEND:
            parts.append("weekends")
        case days if days:
            parts.append(_listed(days, lambda day: f"{WEEKDAYS[day]}s"))
    return _join([*parts, *_nth_weekdays(pattern)])


def _one(pattern: Pattern) -> str:
    """Return what follows `if that is`: `a weekday`, `a Monday or Friday`."""
    days = [WEEKDAYS[day] for day in sorted(pattern.weekdays)]
    if pattern.weekdays == _WORKDAYS:
        days = ["weekday"]
    parts = [f"a {_join(days, 'or')}"] if days else []
    return _join([*parts, *_nth_weekdays(pattern)], "or")


def _nth_weekdays(pattern: Pattern) -> list[str]:
    ordered = sorted(pattern.nth_weekdays, key=lambda pair: (pair[1] % 7, pair[0]))
    return [f"the {_NTH[nth]} {WEEKDAYS[day]} of the month" for day, nth in ordered]


def _days(pattern: Pattern) -> str:
    """Return what stands before `of the month`: `the 1st and 15th`, `the last day`."""
    parts = []
    counted = [day for day in pattern.days if day > 0]
    step = _step(counted)
    if step and step > 1 and len(counted) > _MOST_TIMES:
        span = f"from the {_ordinal(min(counted))} to the {_ordinal(max(counted))}"
        parts.append(f"every {_ordinal(step)} day {span}")
    elif counted:
        parts.append(f"the {_listed(counted, _ordinal)}")
    from_end = sorted(-day for day in pattern.days if day < 0)
    parts += ["the last day" if day == 1 else f"the {_ordinal(day)} last day" for day in from_end]
    if pattern.last_workday:
        parts.append("the last weekday")
    return _join(parts)


def _month_names(pattern: Pattern) -> str:
    """Return the names of the months, "" for all."""
    if pattern.months >= _ALL_MONTHS:
        return ""
    return _listed(pattern.months, lambda month: MONTHS[month - 1])


# ---- Lists ---------------------------------------------------------------------------------


def _step(values: Iterable[int]) -> int | None:
    """Return the distance between neighbours if it is always the same, of three or more."""
    ordered = sorted(values)
    steps = {after - before for before, after in pairwise(ordered)}
    return steps.pop() if len(steps) == 1 and len(ordered) > 2 else None


def _listed(values: Iterable[int], name: Callable[[int], str]) -> str:
    """Return the values as a list, three or more in a row as `first to last`."""
    runs: list[list[int]] = []
    for value in sorted(values):
        if runs and runs[-1][-1] == value - 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    parts: list[str] = []
    for run in runs:
        if len(run) > 2:
            parts.append(f"{name(run[0])} to {name(run[-1])}")
        else:
            parts.extend(name(value) for value in run)
    return _join(parts)


def _join(parts: Sequence[str], word: str = "and") -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    *head, last = parts
    return f"{', '.join(head)} {word} {last}" if head else last


def _ordinal(number: int) -> str:
    """Return `1st`, `22nd`."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number // 10 != 1 else "th"
    return f"{number}{ending}"
