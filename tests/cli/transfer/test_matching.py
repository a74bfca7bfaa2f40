"""Which check of a document is which one of a project."""

import pytest

from nightbell.cli.transfer.matching import match
from nightbell.project_file import Check


def check(name="", slug="", uuid=None, timeout=60):
    """Return a check of a document, or of a project."""
    return Check(fields={"name": name, "slug": slug, "timeout": timeout}, uuid=uuid)


def matched(wanted, present, **options):
    """Return what is found, and the words of what is refused by position."""
    matches = match(
        wanted,
        present,
        lambda one, other: one.fields == other.fields,
        **{"keep_uuids": False, **options},
    )
    return matches.found, matches.refused, matches.doubtful


@pytest.mark.parametrize(
    ("wanted", "present", "found"),
    [
        # by UUID, whatever the names
        ([check("A", uuid="1")], [check("A", uuid="2"), check("B", uuid="1")], {0: 1}),
        ([check("A", uuid="1")], [check("A", uuid="2")], {0: 0}),
        # by slug, then by name
        ([check("A", "a")], [check("A"), check("B", "a")], {0: 1}),
        ([check("A", "a")], [check("A")], {0: 0}),
        ([check("A")], [check("A", "a")], {0: 0}),
        ([check("A", "a"), check("A")], [check("A"), check("X", "a")], {0: 1, 1: 0}),
        # different slugs, different checks
        ([check("A", "a")], [check("A", "b")], {}),
        # new ones
        ([check("A"), check("A")], [], {}),
        ([check()], [check("A")], {}),
        ([check("", "a")], [check()], {}),
        # several of one name, some of them as wanted
        ([check("A", timeout=1), check("A")], [check("A"), check("A", timeout=1)], {0: 1, 1: 0}),
        ([check("A"), check("A")], [check("A"), check("A")], {0: 0, 1: 1}),
        ([check("A"), check("A", timeout=1)], [check("A")], {0: 0}),
        ([check("A")], [check("A", timeout=1), check("A")], {0: 1}),
        ([check(), check(timeout=1)], [check(timeout=1)], {1: 0}),
    ],
)
def test_finds_what_can_be_told(wanted, present, found):
    assert matched(wanted, present)[:2] == (found, {})


@pytest.mark.parametrize(
    ("wanted", "present", "found", "refused", "doubtful"),
    [
        ([check("A", "a"), check("B", "a")], [check("C", "a")], {}, {0, 1}, {0}),
        ([check("A", "a")], [check("B", "a"), check("C", "a")], {}, {0}, {0, 1}),
        ([check("A")], [check("A", timeout=1), check("A", timeout=2)], {}, {0}, {0, 1}),
        (
            [check("A"), check("A", timeout=1)],
            [check("A"), check("A", timeout=2)],
            {0: 0},
            {1},
            {1},
        ),
        ([check(timeout=1)], [check()], {}, {0}, {0}),
    ],
)
def test_does_not_guess(wanted, present, found, refused, doubtful):
    matches = matched(wanted, present)

    assert (matches[0], set(matches[1]), matches[2]) == (found, refused, doubtful)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (check("A", "a"), "several checks have the slug a: it cannot be told which it is"),
        (check("A"), "several checks have the name A: it cannot be told which it is"),
        (check(), "it has neither slug nor name: it cannot be told which it is"),
    ],
)
def test_says_why(one, reason):
    present = [check(*(one.fields[name] for name in ("name", "slug")), timeout=n) for n in (1, 2)]

    assert matched([one], present)[1] == {0: reason}


@pytest.mark.parametrize(
    ("wanted", "present", "found", "refused"),
    [
        (check("A", "a", uuid="1"), check("B", "b", uuid="1"), {0: 0}, {}),
        (check("A", "a", uuid="1"), check("B", "b", uuid="2"), {}, {}),
        (
            check("A", "a", uuid="1"),
            check("A", "a", uuid="2"),
            {},
            {0: "a check with another UUID has the slug a"},
        ),
        (
            check("A", uuid="1"),
            check("A", uuid="2"),
            {},
            {0: "a check with another UUID has the name A"},
        ),
        (check("A", "a", uuid="1"), check("A", "b", uuid="2"), {}, {}),
        (check(uuid="1"), check(uuid="2"), {}, {}),
        (check("A"), check("A", uuid="2"), {0: 0}, {}),
    ],
)
def test_with_uuids_to_keep_nothing_else_counts(wanted, present, found, refused):
    assert matched([wanted], [present], keep_uuids=True)[:2] == (found, refused)
