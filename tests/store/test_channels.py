"""The channels of a project."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from nightbell.domain.errors import InvalidChannel, NotFound, TooManyTests
from nightbell.store import channels
from nightbell.store.transaction import StateChangedError

NOON = datetime(2024, 1, 15, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

FAILING = {
    "disabled": True,
    "error": "Received status code 404",
    "failing_since": NOON,
    "retry_at": NOON + MINUTE,
    "reported": True,
}


@pytest.fixture
def add(tables, make_channel):
    """Return a function that adds a channel to a project, so many seconds after others."""

    def store(name="ops", project="p", after=0, **changes):
        channel = make_channel(channel_id=str(uuid4()), project_id=project, name=name, **changes)
        channel = replace(channel, created=channel.created + timedelta(seconds=after))
        channels.add(channel)
        return channel

    return store


def test_lists_what_was_added_oldest_first(add):
    second, first, _ = add("b", after=2), add("", after=1), add("c", project="q")

    assert channels.list_for("p") == [first, second]


def test_resolves_names_and_ids_of_the_project_only(add):
    ours, theirs = add("ops"), add("ops", project="q")

    assert channels.resolve("ops", "p") == {ours.channel_id}
    assert channels.resolve("*", "q") == {theirs.channel_id}
    with pytest.raises(InvalidChannel):
        channels.resolve(theirs.channel_id, "p")


def test_reads_nothing_where_nothing_is_meant(tables):
    tables.delete_table(TableName="channels")

    assert channels.resolve(None, "p") is None
    assert channels.resolve("", "p") == frozenset()


def stored(channel):
    return channels.get(channel.project_id, channel.channel_id)


# ---- Found, changed, deleted -----------------------------------------------------------------


def test_finds_a_channel_of_the_project_alone(add):
    channel = add(settings={"to": "a@example.org"}, sealed={"token": "sealed"})

    assert channels.get("p", channel.channel_id) == channel
    for project, channel_id in (("q", channel.channel_id), ("p", "other")):
        with pytest.raises(NotFound):
            channels.get(project, channel_id)


@pytest.mark.parametrize("name", ["new name", ""])
def test_a_channel_that_is_configured_gets_a_new_chance(add, name):
    channel = add(sealed={"url": "old", "token": "old"}, tested=NOON, **FAILING)
    wanted = replace(channel, name=name, settings={"url": "x"}, sealed={"url": "new"})

    configured = channels.configure(channel, wanted)

    assert stored(channel) == configured
    assert configured == replace(
        wanted, disabled=False, error="", failing_since=None, retry_at=None, reported=False
    )


@pytest.mark.parametrize(
    "meanwhile", [{"name": "other"}, {"settings": {"up": False}}, {"sealed": {"url": "new"}}]
)
def test_a_channel_that_somebody_else_has_configured_stays_as_it_is(add, meanwhile):
    channel = add()
    channels.configure(channel, replace(channel, **meanwhile))
    theirs = stored(channel)

    with pytest.raises(StateChangedError):
        channels.configure(channel, replace(channel, name="ours"))

    assert stored(channel) == theirs


def test_a_deleted_channel_is_not_made_anew(add):
    channel = add()
    channels.delete("p", channel.channel_id)

    with pytest.raises(StateChangedError):
        channels.configure(channel, channel)
    channels.note_failure(channel, "error", NOON)
    channels.note_success(replace(channel, error="error"), NOON)
    with pytest.raises(NotFound):
        channels.begin_test(channel, NOON)

    assert channels.list_for("p") == []


def test_deletes_one_channel(add):
    doomed, other, namesake = add(), add(), add(project="q")

    channels.delete("p", doomed.channel_id)
    channels.delete("p", doomed.channel_id)

    assert channels.list_for("p") == [other]
    assert channels.list_for("q") == [namesake]


def test_a_channel_leaves_all_groups_of_its_project(add):
    member, other = add().channel_id, add().channel_id
    both = add(kind="group", settings={"channels": [member, other]})
    alone = add(kind="group", settings={"channels": [member]})
    without = add(kind="group", settings={"channels": [other]})
    elsewhere = add(kind="group", project="q", settings={"channels": [member]})

    channels.leave_groups("p", member)

    assert stored(both).settings == {"channels": [other]}
    assert stored(alone).settings == {"channels": []}
    assert stored(without) == without
    assert stored(elsewhere) == elsewhere


# ---- How sending goes ------------------------------------------------------------------------


def test_a_failure_is_noted_with_the_moment_of_the_first(add):
    channel = add()

    first = channels.note_failure(channel, "Connection closed", NOON)
    second = channels.note_failure(first, "Received status code 500", NOON + HOUR)

    assert (first.error, first.failing_since) == ("Connection closed", NOON)
    assert (second.error, second.failing_since) == ("Received status code 500", NOON)
    assert second.retry_at is None
    assert stored(channel) == second


def test_a_channel_that_asks_for_it_is_left_alone(add):
    channel = channels.note_failure(add(), "error", NOON, leave_alone=MINUTE)

    assert channel.retry_at == NOON + MINUTE
    assert stored(channel) == channel


def test_a_silent_channel_is_left_alone_the_longer_the_longer_it_is_silent(add):
    channel = add()

    pauses = []
    for moment in (NOON, NOON + MINUTE, NOON + HOUR):
        channel = channels.note_silence(channel, "Connection timed out", moment)
        pauses.append(channel.retry_at - moment)

    assert pauses == [5 * SECOND, MINUTE, 5 * MINUTE]
    assert stored(channel) == channel


def test_a_success_ends_the_failure(add):
    channel = add(**FAILING)

    channels.note_success(channel, NOON)

    healthy = stored(channel)
    assert (healthy.disabled, healthy.error, healthy.reported) == (False, "", False)
    assert (healthy.failing_since, healthy.retry_at) == (None, None)
    assert healthy.answered == NOON


def test_a_success_of_a_channel_that_has_answered_a_moment_ago_costs_nothing(add, tables):
    channel = add(answered=NOON)
    tables.delete_table(TableName="channels")

    channels.note_success(channel, NOON + MINUTE - TICK)


def test_what_is_sent_to_a_channel_of_which_nothing_is_known_is_sent_in_turn(add):
    channel = add()

    assert channels.take_turn(channel, NOON)
    assert not channels.take_turn(channel, NOON)
    assert not channels.take_turn(stored(channel), NOON + channels.TURN - TICK)
    assert channels.take_turn(stored(channel), NOON + channels.TURN)


def test_a_channel_that_has_answered_a_moment_ago_is_sent_to_at_once(add):
    channel = add()
    channels.take_turn(channel, NOON)
    channels.note_success(channel, NOON)

    found = stored(channel)

    for _ in range(2):
        assert channels.take_turn(found, NOON + MINUTE - TICK)
    assert channels.take_turn(found, NOON + MINUTE)
    assert not channels.take_turn(found, NOON + MINUTE)


def test_an_answer_is_an_answer_even_if_it_is_a_failure(add):
    channel = add()
    channels.take_turn(channel, NOON)

    channels.note_failure(channel, "Received status code 500", NOON)

    for _ in range(2):
        assert channels.take_turn(stored(channel), NOON + MINUTE - TICK)


def test_silence_ends_the_turn_and_the_trust(add):
    channel = add(answered=NOON)

    silent = channels.note_silence(channel, "Connection timed out", NOON)

    assert channels.take_turn(stored(channel), silent.retry_at)
    assert not channels.take_turn(stored(channel), silent.retry_at)
    silent = channels.note_silence(silent, "Connection timed out", silent.retry_at)
    assert channels.take_turn(stored(channel), silent.retry_at)


def test_there_is_no_turn_at_a_channel_that_fell_silent_since_it_was_read(add):
    read_before = add()

    silent = channels.note_silence(read_before, "Connection timed out", NOON)

    assert not channels.take_turn(read_before, silent.retry_at - TICK)
    assert channels.take_turn(read_before, silent.retry_at)


def test_a_success_after_failures_that_were_answered_is_noted(add):
    channel = channels.note_failure(add(), "Received status code 500", NOON)

    channels.note_success(channel, NOON)

    assert stored(channel).error == ""


def test_there_is_no_turn_for_a_deleted_channel(add):
    channel = add()
    channels.delete(channel.project_id, channel.channel_id)

    assert not channels.take_turn(channel, NOON)
    with pytest.raises(NotFound):
        stored(channel)


def test_a_channel_is_disabled_once(add):
    channel = add()

    answers = [channels.disable(channel, f"error {n}", NOON) for n in (1, 2)]

    assert answers == [True, False]
    disabled = stored(channel)
    assert (disabled.disabled, disabled.error, disabled.failing_since) == (True, "error 1", NOON)


@pytest.mark.parametrize("sealed", [{}, {"url": "sealed"}])
@pytest.mark.parametrize(
    ("changes", "is_disabled"),
    [
        ({}, True),
        ({"name": "other"}, True),
        ({"settings": {"url": "new"}}, False),
        ({"sealed": {"url": "new"}}, False),
    ],
)
def test_only_the_settings_that_failed_disable_a_channel(add, sealed, changes, is_disabled):
    channel = add(settings={}, sealed=sealed)
    channels.configure(channel, replace(channel, **changes))

    assert channels.disable(channel, "error", NOON) is is_disabled

    assert stored(channel).disabled is is_disabled


def test_a_deleted_channel_is_not_disabled(add):
    channel = add()
    channels.delete("p", channel.channel_id)

    assert channels.disable(channel, "error", NOON) is False
    assert channels.claim_report(channel) is False
    assert channels.list_for("p") == []


def test_that_a_channel_keeps_failing_is_for_one_to_report_until_it_works_again(add):
    channel = add(error="error", failing_since=NOON)

    answers = [channels.claim_report(channel), channels.claim_report(channel)]
    channels.note_success(channel, NOON)
    answers.append(channels.claim_report(channel))

    assert answers == [True, False, True]


# ---- Tests -----------------------------------------------------------------------------------


def test_a_test_follows_another_after_some_seconds(add):
    channel = add()
    pause = channels.TIME_BETWEEN_TESTS

    channels.begin_test(channel, NOON)
    for moment in (NOON, NOON + pause - TICK):
        with pytest.raises(TooManyTests):
            channels.begin_test(channel, moment)
    channels.begin_test(channel, NOON + pause)

    assert stored(channel).tested == NOON + pause
