"""What is done to several checks of a project at once: one at least."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from nightbell.domain import transitions
from nightbell.domain.check import Change, Check, Status
from nightbell.domain.errors import NotFound
from nightbell.domain.spec import Spec, parse
from nightbell.store import checks


def choose(project_id: str, unique_keys: Iterable[str]) -> list[Check]:
    """Return the checks of the project that these keys name, oldest first."""
    wanted = set(unique_keys)
    return [check for check in checks.list_for(project_id) if check.unique_key in wanted]


def pause(chosen: Sequence[Check], now: datetime) -> None:
    """Stop expecting pings of these checks."""
    _change(chosen, lambda check: transitions.pause(check, now))


def resume(chosen: Sequence[Check], now: datetime) -> None:
    """Make those of the checks new again that are paused."""

    def resume_paused(check: Check) -> Change:
        if check.status is not Status.PAUSED:
            return Change(before=check, after=check)
        return transitions.resume(check, now)

    _change(chosen, resume_paused)


def add_tags(chosen: Sequence[Check], tags: Sequence[str], now: datetime) -> None:
    """Add the tags to the checks that lack them.

    Raises InvalidSpec, and changes none, if the tags of one would not be valid.
    """

    def with_tags(check: Check) -> Spec:
        own = check.tag_list()
        return _tagged([*own, *(tag for tag in dict.fromkeys(tags) if tag not in own)])

    _retag(chosen, with_tags, now)


def remove_tags(chosen: Sequence[Check], tags: Sequence[str], now: datetime) -> None:
    """Take the tags from the checks that have them."""
    _retag(
        chosen,
        lambda check: _tagged(tag for tag in check.tag_list() if tag not in tags),
        now,
    )


def delete(chosen: Sequence[Check]) -> None:
    """Delete the checks, one after another: each deletion writes the project's count of checks."""
    for check in chosen:
        with suppress(NotFound):  # deleted meanwhile
            checks.delete(check.check_id, owner=check.project_id)


def _tagged(tags: Iterable[str]) -> Spec:
    return parse({"tags": " ".join(tags)})


def _retag(chosen: Sequence[Check], spec_of: Callable[[Check], Spec], now: datetime) -> None:
    for check in chosen:
        spec_of(check)

    def retag(check: Check) -> Change:
        return transitions.apply_spec(check, spec_of(check), None, now, slug_from_name=False)

    _change(chosen, retag)


def _change(chosen: Sequence[Check], transition: checks.Transition) -> None:
    """Apply a transition to checks of one project."""
    ids = [check.check_id for check in chosen]
    checks.change_several(ids, transition, owner=chosen[0].project_id)
