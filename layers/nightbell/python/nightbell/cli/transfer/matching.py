"""Which check of a document is which one of a project: by UUID, slug or name, never by a guess."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from nightbell.project_file import Check

# Tells whether all that is said of the first check is so of the second.
Alike = Callable[[Check, Check], bool]


@dataclass
class Matches:
    """Positions of checks in a document, and in a project.

    What of the document is in neither of the first two is new. What of the project is in neither
    `found` nor `doubtful` is not in the document.
    """

    found: dict[int, int] = field(default_factory=dict)  # in the document: in the project
    refused: dict[int, str] = field(default_factory=dict)  # in the document: why
    doubtful: set[int] = field(default_factory=set)  # in the project: it may be a refused one


def match(
    wanted: Sequence[Check], present: Sequence[Check], alike: Alike, *, keep_uuids: bool
) -> Matches:
    """Return which of the wanted checks are there.

    Checks that share a slug, or a name, are only taken for those that are alike; others of them
    are refused. So are checks without a slug and a name.

    `keep_uuids`: a check with a UUID is found by that only, and is refused where the project has
    another one of its slug or name, for then there would be two.
    """
    matches = Matches()
    positions = {check.uuid: index for index, check in enumerate(present) if check.uuid}
    for index, check in enumerate(wanted):
        if check.uuid in positions:
            matches.found[index] = positions[check.uuid]
    for word, value_of, may_be in (("slug", _own_slug, _share_slug), ("name", _name, _share_name)):
        for value, asked, there in _groups(wanted, present, matches, value_of):
            candidates = {
                one: [other for other in there if may_be(wanted[one], present[other])]
                for one in asked
            }
            if keep_uuids:
                _refuse_doubles(matches, wanted, candidates, word, value)
            if value:
                _pair_single(matches, candidates)
            _pair_alike(matches, wanted, present, candidates, alike)
            _refuse_others(matches, candidates, word, value)
    return matches


def _slug(check: Check) -> str:
    return str(check.fields.get("slug") or "")


def _own_slug(check: Check) -> str | None:
    return _slug(check) or None


def _name(check: Check) -> str:
    return str(check.fields.get("name") or "")


def _share_slug(one: Check, other: Check) -> bool:
    return _own_slug(one) == _own_slug(other)


def _share_name(one: Check, other: Check) -> bool:
    """Checks with slugs of their own are not taken for each other, nor one that has but a slug."""
    with_slug = sum(map(bool, (_slug(one), _slug(other))))
    return _name(one) == _name(other) and with_slug <= (1 if _name(one) else 0)


def _groups(
    wanted: Sequence[Check],
    present: Sequence[Check],
    matches: Matches,
    value_of: Callable[[Check], str | None],
) -> Iterator[tuple[str, list[int], list[int]]]:
    """Yield each value with those on both sides that have it and are not matched yet."""
    asked = _by_value(wanted, {*matches.found, *matches.refused}, value_of)
    there = _by_value(present, {*matches.found.values(), *matches.doubtful}, value_of)
    for value, ones in asked.items():
        if value in there:
            yield value, ones, there[value]


def _by_value(
    checks: Sequence[Check], done: Collection[int], value_of: Callable[[Check], str | None]
) -> dict[str, list[int]]:
    by_value: dict[str, list[int]] = {}
    for index, check in enumerate(checks):
        value = value_of(check)
        if value is not None and index not in done:
            by_value.setdefault(value, []).append(index)
    return by_value


def _refuse_doubles(
    matches: Matches,
    wanted: Sequence[Check],
    candidates: dict[int, list[int]],
    word: str,
    value: str,
) -> None:
    for one, others in list(candidates.items()):
        if wanted[one].uuid is None:
            continue
        del candidates[one]
        if value and others:
            matches.doubtful.update(others)
            matches.refused[one] = f"a check with another UUID has the {word} {value}"


def _pair_single(matches: Matches, candidates: dict[int, list[int]]) -> None:
    """Pair those that are each other's only candidates."""
    rivals = Counter(other for others in candidates.values() for other in others)
    for one, others in candidates.items():
        if len(others) == 1 and rivals[others[0]] == 1:
            matches.found[one] = others[0]


def _pair_alike(
    matches: Matches,
    wanted: Sequence[Check],
    present: Sequence[Check],
    candidates: dict[int, list[int]],
    alike: Alike,
) -> None:
    taken = set(matches.found.values())
    for one, others in candidates.items():
        if one in matches.found:
            continue
        for other in others:
            if other not in taken and alike(wanted[one], present[other]):
                matches.found[one] = other
                taken.add(other)
                break


def _refuse_others(
    matches: Matches, candidates: dict[int, list[int]], word: str, value: str
) -> None:
    taken = set(matches.found.values())
    for one, others in candidates.items():
        left = [other for other in others if other not in taken]
        if one in matches.found or not left:
            continue
        matches.doubtful.update(left)
        matches.refused[one] = (
            f"several checks have the {word} {value}: it cannot be told which it is"
            if value
            else "it has neither slug nor name: it cannot be told which it is"
        )
