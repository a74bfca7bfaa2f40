"""The list of checks: which of them, in which order, and what of each is shown."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from nightbell.dashboard.expectations import Expectation, Standing, expectation, standing
from nightbell.domain.check import EPOCH, Check
from nightbell.web import digits

PAGE = 100
_MOST_DIGITS = 6
_TAGS_SHOWN = 24


@dataclass(frozen=True)
class Row:
    """A check of the list."""

    check: Check
    expectation: Expectation

    @classmethod
    def of(cls, check: Check, now: datetime) -> Self:
        """Return the row of a check as it stands now."""
        return cls(check, expectation(check, now))

    @property
    def key(self) -> str:
        """What names the check in addresses and forms."""
        return self.check.unique_key

    def state(self) -> object:
        """Return what the row tells, as plain values."""
        check = self.check
        ping = (check.n_pings, check.last_ping, check.last_duration)
        return self.key, check.name, check.tags, self.expectation, ping


@dataclass(frozen=True)
class Wanted:
    """What of the list is asked for; the address says it."""

    search: str = ""
    standings: frozenset[Standing] = frozenset()  # any of these; all if empty
    tags: tuple[str, ...] = ()  # all of these
    order: str = "status"
    descending: bool = False
    page: int = 1

    @classmethod
    def read(cls, parameters: Mapping[str, Sequence[str]]) -> Self:
        """Return what the parameters of an address ask for; what makes no sense is left out."""
        order = parameters.get("sort", [""])[-1]
        page = digits.number(parameters.get("page", [""])[-1], _MOST_DIGITS)
        known = {each.value for each in Standing}
        return cls(
            search=_clean(parameters.get("q", [""])[-1]),
            standings=frozenset(map(Standing, known & {*parameters.get("status", [])})),
            tags=tuple(sorted({*map(_clean, parameters.get("tag", []))} - {""})),
            order=order.removeprefix("-") if order.removeprefix("-") in _ORDERS else "status",
            descending=order.startswith("-"),
            page=max(1, page or 1),
        )

    def parameters(self) -> dict[str, list[str]]:
        """Return the parameters that ask for this, without those that need not be said."""
        order = f"{'-' if self.descending else ''}{self.order}"
        parameters = {
            "q": [self.search] if self.search else [],
            "status": [each.value for each in Standing if each in self.standings],
            "tag": [*self.tags],
            "sort": [order] if order != "status" else [],
            "page": [str(self.page)] if self.page > 1 else [],
        }
        return {name: values for name, values in parameters.items() if values}

    def address(self, **more: str) -> str:
        """Return the parameters, and more of them, as `?…`; "" where there are none."""
        said = self.parameters() | more
        return f"?{urlencode(said, doseq=True)}" if said else ""

    @property
    def filters(self) -> bool:
        """Whether it may leave out checks."""
        return bool(self.search or self.standings or self.tags)

    def matches(self, check: Check, stands: Standing) -> bool:
        """Tell whether the check is one of those that are asked for."""
        if self.standings and stands not in self.standings:
            return False
        if not set(self.tags) <= set(check.tag_list()):
            return False
        text = f"{check.name}\n{check.slug}\n{check.tags}".casefold()
        return all(word in text for word in self.search.casefold().split())

    def with_standing(self, stands: Standing) -> "Wanted":
        """Return what asks for checks that stand so, too, or not for them any more."""
        return replace(self, standings=self.standings ^ {stands}, page=1)

    def with_tag(self, tag: str) -> "Wanted":
        """Return what asks for a tag, too, or not for it any more."""
        return replace(self, tags=tuple(sorted({*self.tags} ^ {tag})), page=1)

    def sorted_by(self, order: str) -> "Wanted":
        """Return what asks for this order, or its reverse if it is in this order already."""
        descending = self.order == order and not self.descending
        return replace(self, order=order, descending=descending, page=1)

    def direction(self, order: str) -> str:
        """Return how the list is sorted by this, as ARIA says it; "" if it is not."""
        if self.order != order:
            return ""
        is_falling = self.descending != (order in _FALLING)
        return "descending" if is_falling else "ascending"


@dataclass(frozen=True)
class Listing:
    """A page of the list, and what is around it."""

    wanted: Wanted
    rows: tuple[Row, ...]
    matching: int  # checks on all pages
    counts: Mapping[Standing, int]  # of all checks of the project
    tags: tuple[tuple[str, int], ...]  # of all checks, with their numbers, most used first

    @property
    def total(self) -> int:
        """How many checks the project has."""
        return sum(self.counts.values())

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.matching // PAGE))

    @property
    def first_tags(self) -> list[str]:
        """The tags that are shown at once, by name: the most used, and those that are chosen."""
        often = {tag for tag, _ in self.tags[:_TAGS_SHOWN]}
        return sorted(often | {*self.wanted.tags}, key=str.casefold)

    @property
    def other_tags(self) -> list[str]:
        """The other tags, by name."""
        return sorted({tag for tag, _ in self.tags} - {*self.first_tags}, key=str.casefold)

    def page(self, number: int) -> str:
        """Return the parameters that ask for another page; "" if there is no such page."""
        if not 1 <= number <= self.pages:
            return ""
        return replace(self.wanted, page=number).address() or "?"

    def state(self) -> object:
        """Return what the page tells, as plain values."""
        rows = tuple(row.state() for row in self.rows)
        return rows, self.matching, tuple(self.counts.items()), self.tags


def arrange(checks: Iterable[Check], wanted: Wanted, now: datetime) -> Listing:
    """Return the page that is asked for; the last one if there are fewer."""
    standings = [(check, standing(check, now)) for check in checks]
    counted = Counter(stands for _, stands in standings)
    tags = Counter(tag for check, _ in standings for tag in set(check.tag_list()))
    found = [pair for pair in standings if wanted.matches(*pair)]
    found.sort(key=_by_name)
    found.sort(key=_ORDERS[wanted.order], reverse=wanted.descending)
    pages = max(1, -(-len(found) // PAGE))
    wanted = replace(wanted, page=min(wanted.page, pages))
    shown = found[(wanted.page - 1) * PAGE : wanted.page * PAGE]
    return Listing(
        wanted=wanted,
        rows=tuple(Row.of(check, now) for check, _ in shown),
        matching=len(found),
        counts={each: counted[each] for each in Standing},
        tags=tuple(sorted(tags.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _clean(text: str) -> str:
    """Return the text without what no encoding has."""
    return text.encode(errors="replace").decode().strip()


_Pair = tuple[Check, Standing]


def _by_name(pair: _Pair) -> Any:
    return pair[0].name.casefold(), pair[0].check_id


def _by_status(pair: _Pair) -> Any:
    return pair[1].rank


def _by_last_ping(pair: _Pair) -> Any:
    """The latest first."""
    return EPOCH - (pair[0].last_ping or EPOCH)


def _by_duration(pair: _Pair) -> Any:
    """The longest first."""
    return -(pair[0].last_duration or timedelta())


_ORDERS: dict[str, Callable[[_Pair], Any]] = {
    "status": _by_status,
    "name": _by_name,
    "ping": _by_last_ping,
    "duration": _by_duration,
}
_FALLING = {"ping", "duration"}  # what is latest or longest comes first
