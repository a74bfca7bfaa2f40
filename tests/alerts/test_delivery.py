"""One alert, sent to one channel, and what became of it."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from nightbell.alerts import delivery, operator, registry, sealing
from nightbell.alerts.kind import Kind, text
from nightbell.alerts.outcome import NothingToSend, Passing, Permanent
from nightbell.domain.alerts import Order
from nightbell.domain.check import Delivery, Flip, Reason, Status
from nightbell.domain.errors import NotFound
from nightbell.store import channels, check_items, notifications, projects

NOON = datetime(2024, 1, 15, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

UUID = "7918b17b-a745-4db1-8575-9d2e07c97f79"
SECRET = "S3cr3tS3cr3t"

DOWN = Flip(created=NOON, old_status=Status.UP, new_status=Status.DOWN, reason=Reason.TIMEOUT)
NAG = replace(DOWN, created=NOON + HOUR, old_status=Status.DOWN, reason=Reason.NAG)
UP = replace(
    DOWN,
    created=NOON + HOUR,
    old_status=Status.DOWN,
    new_status=Status.UP,
    reason=Reason.SUCCESS,
)

TRIES = delivery.settings.alert_tries


class Service:
    """Where a kind of channels sends to: it keeps alerts and settings, and fails as it is told."""

    KIND = Kind(
        code="any",
        title="Any",
        about="",
        settings=(text("prefix", "", required=False, default="Hear!"),),
    )

    def __init__(self):
        self.alerts = []
        self.settings = []
        self.error = None

    def send(self, alert, settings):
        self.alerts.append(alert)
        self.settings.append(settings)
        if self.error:
            raise self.error


@pytest.fixture
def service(monkeypatch):
    """Let there be one service for all kinds."""
    one = Service()
    monkeypatch.setattr(registry, "module", lambda _: one)
    return one


@pytest.fixture
def reports(monkeypatch):
    """What the operator is told: pairs of event and channel."""
    told = []
    monkeypatch.setattr(operator, "report", lambda *report: told.append(report))
    return told


@pytest.fixture
def log():
    """What is logged."""
    kept = StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(delivery.logger.registered_formatter)
    logging.getLogger().addHandler(handler)
    yield kept
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def project_id(tables, now):
    now.moment = NOON + SECOND
    made = projects.create("Web shop", check_limit=9, ping_log_limit=9, now=NOON)
    return made.project_id


@pytest.fixture
def channel(project_id, make_channel):
    """A stored channel of that project."""
    channel = make_channel(project_id=project_id, channel_id="channel", kind="any")
    channels.add(channel)
    return channel


@pytest.fixture
def put(project_id, make_check):
    """Return a function that stores the check as it is now: down since noon, if not told other."""

    def store(**changes):
        state = {"check_id": UUID, "project_id": project_id, "status": Status.DOWN}
        check = make_check(**(state | {"last_flip": NOON, "name": "Backup"} | changes))
        check_items.items_of(check)[0].save()
        return check

    return store


@pytest.fixture
def make_order(project_id, channel, put):
    """Return a function that orders a flip of the check to be told to the channel."""
    put()

    def make(flip=DOWN):
        return Order(project_id=project_id, check_id=UUID, channel_id=channel.channel_id, flip=flip)

    return make


def known(channel):
    return channels.get(channel.project_id, channel.channel_id)


def outcome(order):
    """Return how far an order got: state, attempts and error."""
    notification = notifications.find(order)
    return notification.state, notification.attempts, notification.error


# ---- Sent ------------------------------------------------------------------------------------


def test_tells_the_channel_and_notes_it(service, make_order, now):
    order = make_order()
    notifications.enqueue(order, NOON)

    assert delivery.deliver(order, 1) is None

    (alert,) = service.alerts
    assert (alert.name, alert.status, alert.since) == ("Backup", Status.DOWN, NOON)
    assert alert.delivery_id == order.delivery_id
    assert outcome(order) == (Delivery.SENT, 1, "")
    assert notifications.find(order).updated == now.moment


def test_what_nobody_noted_is_told_as_well(service, make_order):
    order = make_order()

    assert delivery.deliver(order, 1) is None

    assert outcome(order) == (Delivery.SENT, 1, "")


def test_a_channel_gets_its_settings_with_the_secret_ones(
    service, make_order, channel, secrets_key
):
    sealed = {
        "url": sealing.seal(channel.project_id, channel.channel_id, "url", f'"{SECRET}"'),
    }
    channels.configure(channel, replace(channel, settings={"url": "…", "up": True}, sealed=sealed))

    delivery.deliver(make_order(), 1)

    assert service.settings == [{"url": SECRET, "up": True, "prefix": "Hear!"}]


@pytest.mark.parametrize("state", [Delivery.SENT, Delivery.SKIPPED])
def test_what_has_come_to_its_end_is_not_told_again(service, make_order, state):
    order = make_order()
    known = replace(notifications.queued(order, NOON), state=state, attempts=1)
    notifications.record(known)

    assert delivery.deliver(order, 2) is None

    assert service.alerts == []
    assert notifications.find(order) == known


@pytest.mark.parametrize("state", [Delivery.RETRYING, Delivery.FAILED])
def test_what_failed_before_is_told_again(service, make_order, state):
    order = make_order()
    notifications.record(
        replace(notifications.queued(order, NOON), state=state, attempts=3, error="x")
    )

    assert delivery.deliver(order, 1) is None

    assert outcome(order) == (Delivery.SENT, 4, "")


def test_who_is_killed_before_the_note_lets_it_be_told_again(service, make_order, monkeypatch, now):
    order = make_order()
    with monkeypatch.context() as killed:
        killed.setattr(notifications, "record", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            delivery.deliver(order, 1)
    now.advance(minutes=3)

    assert delivery.deliver(order, 2) is None
    assert delivery.deliver(order, 3) is None

    first, second = service.alerts
    assert first.delivery_id == second.delivery_id
    assert outcome(order)[0] is Delivery.SENT


def test_a_success_is_noted_at_the_channel(service, make_order, channel, now):
    channels.note_failure(channel, "Connection closed", NOON)

    delivery.deliver(make_order(), 1)

    assert known(channel) == replace(channel, answered=now.moment)


def test_a_reminder_tells_since_when_the_check_is_down(service, make_order, put):
    put(last_nag=NAG.created)

    assert delivery.deliver(make_order(NAG), 1) is None

    (alert,) = service.alerts
    assert (alert.reason, alert.since) == (Reason.NAG, NOON)


# ---- Not told --------------------------------------------------------------------------------


def test_what_a_later_alert_overtook_is_not_told(service, make_order, put, now):
    now.advance(hours=2)
    put(status=Status.UP, last_flip=UP.created)
    delivery.deliver(make_order(UP), 1)

    assert delivery.deliver(make_order(), 1) is None

    assert [alert.status for alert in service.alerts] == [Status.UP]
    assert outcome(make_order()) == (Delivery.SKIPPED, 0, "a later change was told before")


def test_a_later_alert_that_failed_overtakes_nothing(service, make_order, put, now):
    now.advance(hours=2)
    put(status=Status.UP, last_flip=UP.created)
    service.error = Passing("Connection closed")
    delivery.deliver(make_order(UP), 1)
    service.error = None

    delivery.deliver(make_order(), 1)

    assert outcome(make_order())[0] is Delivery.SENT


def test_a_deleted_channel_is_told_nothing(service, make_order, channel):
    channels.delete(channel.project_id, channel.channel_id)

    assert delivery.deliver(make_order(), 1) is None

    assert service.alerts == []
    assert outcome(make_order()) == (Delivery.SKIPPED, 0, "the channel has been deleted")


def test_a_disabled_channel_is_told_nothing_and_that_is_a_failure(service, make_order, channel):
    channels.disable(channel, "Received status code 404", NOON)

    assert delivery.deliver(make_order(), 1) is None

    assert service.alerts == []
    error = "the channel is disabled: Received status code 404"
    assert outcome(make_order()) == (Delivery.FAILED, 0, error)


def test_nothing_is_told_or_noted_of_a_deleted_check(service, make_order, put):
    check = put()
    order = make_order()
    check_items.items_of(check)[0].delete()

    assert delivery.deliver(order, 1) is None

    assert service.alerts == []
    assert notifications.find(order) is None


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (DAY - TICK, Delivery.SENT),
        (DAY, Delivery.SENT),
        (DAY + TICK, Delivery.SKIPPED),
    ],
)
def test_what_was_over_long_ago_is_not_told(service, make_order, put, now, age, state):
    put(status=Status.UP, last_flip=NOON + MINUTE)
    now.moment = NOON + age

    assert delivery.deliver(make_order(), 1) is None

    assert outcome(make_order())[0] is state
    assert len(service.alerts) == (state is Delivery.SENT)


def test_a_check_that_is_still_down_is_told_however_late(service, make_order, now):
    now.moment = NOON + 30 * DAY

    delivery.deliver(make_order(), 1)

    assert outcome(make_order())[0] is Delivery.SENT


def test_a_reminder_of_a_check_that_is_up_is_not_told(service, make_order, put):
    put(status=Status.UP, last_flip=NAG.created + MINUTE)

    assert delivery.deliver(make_order(NAG), 1) is None

    assert service.alerts == []
    assert outcome(make_order(NAG)) == (Delivery.SKIPPED, 0, "it is no news any more")


def test_a_channel_that_is_not_told_of_this_is_not_failing(service, make_order, channel):
    service.error = NothingToSend()

    assert delivery.deliver(make_order(), 1) is None

    assert outcome(make_order()) == (Delivery.SKIPPED, 1, "the channel is not told of this")
    assert known(channel) == channel


# ---- Faults that may pass --------------------------------------------------------------------


def test_a_passing_fault_is_tried_again(service, make_order, channel, now):
    service.error = Passing("Received status code 500")

    wait = delivery.deliver(make_order(), 1)

    assert 7.5 * SECOND <= wait <= 12.5 * SECOND
    assert outcome(make_order()) == (Delivery.RETRYING, 1, "Received status code 500")
    failing = known(channel)
    assert (failing.error, failing.failing_since) == ("Received status code 500", now.moment)
    assert failing.retry_at is None
    assert not failing.disabled


def test_later_tries_come_later(service, make_order):
    service.error = Passing("Received status code 500")

    waits = [delivery.deliver(make_order(), tries) for tries in (1, 4, 8)]

    assert waits == sorted(waits)
    assert waits[-1] > 10 * MINUTE
    assert outcome(make_order())[1] == 3


def test_a_receiver_that_asks_for_a_pause_gets_it(service, make_order, channel, now):
    service.error = Passing("Received status code 429", retry_after=30 * MINUTE)

    wait = delivery.deliver(make_order(), 1)

    assert wait == 30 * MINUTE
    assert known(channel).retry_at == now.moment + 30 * MINUTE


def test_a_pause_that_is_asked_for_shortens_no_delay(service, make_order):
    service.error = Passing("Received status code 429", retry_after=SECOND)

    assert delivery.deliver(make_order(), 8) > MINUTE


def test_while_a_channel_is_left_alone_it_is_not_asked(service, make_order, channel, now):
    channels.note_failure(channel, "Received status code 429", NOON, leave_alone=10 * MINUTE)

    wait = delivery.deliver(make_order(), 1)

    assert wait == NOON + 10 * MINUTE - now.moment
    assert service.alerts == []
    error = "waiting for the channel, which failed: Received status code 429"
    assert outcome(make_order()) == (Delivery.RETRYING, 0, error)


def test_a_channel_is_asked_again_when_its_pause_is_over(service, make_order, channel, now):
    channels.note_failure(channel, "Received status code 429", NOON, leave_alone=10 * MINUTE)
    now.moment = NOON + 10 * MINUTE

    assert delivery.deliver(make_order(), 2) is None

    assert outcome(make_order()) == (Delivery.SENT, 1, "")
    assert known(channel) == replace(channel, answered=now.moment)


def test_while_somebody_finds_out_whether_a_channel_works_others_wait(
    service, make_order, channel, now
):
    assert channels.take_turn(channel, now.moment)

    first, *others = [delivery.deliver(make_order(), tries) for tries in (1, 2, 3, TRIES - 1)]
    last = delivery.deliver(make_order(), TRIES)

    assert first == SECOND
    # Each counts as a try, so they come no sooner than tries do.
    assert channels.TURN <= others[0] <= 25 * SECOND
    assert 30 * SECOND <= others[1] <= 50 * SECOND
    assert others[2] > 1000 * SECOND
    assert last is None
    assert len(service.alerts) == 1


def test_nobody_waits_for_a_channel_that_has_answered_a_moment_ago(
    service, make_order, channel, now
):
    delivery.deliver(make_order(), 1)
    channels.take_turn(channel, now.moment)

    assert delivery.deliver(make_order(NAG), 1) is None

    assert len(service.alerts) == 2


def test_a_channel_that_does_not_answer_is_left_alone(service, make_order, channel, now):
    service.error = Passing("Connection timed out", unreachable=True)

    delivery.deliver(make_order(), 1)
    first = known(channel).retry_at - now.moment
    now.advance(minutes=2)
    delivery.deliver(make_order(), 2)

    assert first == 5 * SECOND
    assert known(channel).retry_at - now.moment == 2 * MINUTE


@pytest.mark.parametrize("tries", [TRIES, TRIES + 1])
def test_after_the_last_try_it_has_failed_and_is_a_dead_letter_at_once(service, make_order, tries):
    service.error = Passing("Received status code 500", retry_after=HOUR)

    assert delivery.deliver(make_order(), tries) == timedelta()

    assert outcome(make_order()) == (Delivery.FAILED, 1, "Received status code 500")


def test_the_last_try_may_be_one_that_waited(service, make_order, channel):
    channels.note_failure(channel, "Connection closed", NOON, leave_alone=HOUR)

    assert delivery.deliver(make_order(), TRIES) == timedelta()

    assert outcome(make_order())[0] is Delivery.FAILED


def test_one_try_before_the_last_there_is_another(service, make_order):
    service.error = Passing("Received status code 500")

    assert delivery.deliver(make_order(), TRIES - 1) > MINUTE

    assert outcome(make_order())[0] is Delivery.RETRYING


def test_the_operator_hears_once_of_a_channel_that_keeps_failing(
    service, make_order, channel, reports, now
):
    service.error = Passing("Received status code 500")
    begun = now.moment

    told = []
    for minutes in (0, 59, 60, 61, 600):
        now.moment = begun + minutes * MINUTE
        delivery.deliver(make_order(), 3)
        told.append(len(reports))

    assert told == [0, 0, 1, 1, 1]
    ((event, reported),) = reports
    assert event == "A channel keeps failing"
    assert (reported.channel_id, reported.error) == ("channel", "Received status code 500")


def test_it_hears_of_it_again_when_the_channel_worked_in_between(
    service, make_order, reports, now, put
):
    for start in (NOON + MINUTE, NOON + DAY):
        flip = replace(DOWN, created=start)
        put(last_flip=start)
        service.error = Passing("Received status code 500")
        for moment in (start, start + HOUR):
            now.moment = moment
            delivery.deliver(make_order(flip), 3)
        service.error = None
        delivery.deliver(make_order(flip), 4)

    assert len(reports) == 2


# ---- Faults that stay ------------------------------------------------------------------------


def test_a_permanent_fault_disables_the_channel_and_is_not_tried_again(
    service, make_order, channel, reports, now
):
    service.error = Permanent("Received status code 404")

    assert delivery.deliver(make_order(), 1) is None

    assert outcome(make_order()) == (Delivery.FAILED, 1, "Received status code 404")
    disabled = known(channel)
    assert (disabled.disabled, disabled.error) == (True, "Received status code 404")
    assert disabled.failing_since == now.moment
    ((event, reported),) = reports
    assert event == "A channel has been disabled"
    assert (reported.channel_id, reported.error) == ("channel", "Received status code 404")


def test_the_operator_hears_once_that_a_channel_is_disabled(
    service, make_order, channel, reports, monkeypatch
):
    service.error = Permanent("Received status code 404")
    # Two deliveries that have read the channel before either has disabled it.
    monkeypatch.setattr(channels, "get", lambda *_: channel)

    for flip in (DOWN, replace(DOWN, created=NOON + TICK)):
        delivery.deliver(make_order(flip), 1)

    assert len(reports) == 1


# ---- Faults that nobody expected -------------------------------------------------------------


def test_an_unexpected_fault_may_pass_and_its_text_is_told_to_nobody(
    service, make_order, channel, log
):
    service.error = RuntimeError(f"https://hooks.example/{SECRET}")

    wait = delivery.deliver(make_order(), 1)

    assert wait > timedelta()
    assert outcome(make_order()) == (Delivery.RETRYING, 1, "internal error")
    assert known(channel).error == "internal error"
    told = log.getvalue()
    assert "An alert could not be sent" in told
    assert '"error":"RuntimeError"' in told
    assert "test_delivery.py:" in told
    assert SECRET not in told
    assert UUID not in told


def test_secrets_that_cannot_be_unsealed_are_an_unexpected_fault(
    service, make_order, channel, secrets_key, log
):
    sealed = sealing.seal(channel.project_id, "other channel", "url", f'"{SECRET}"')
    channels.configure(channel, replace(channel, sealed={"url": sealed}))

    wait = delivery.deliver(make_order(), 1)

    assert wait > timedelta()
    assert service.alerts == []
    assert outcome(make_order()) == (Delivery.RETRYING, 1, "internal error")
    assert sealed not in log.getvalue()


def test_a_kind_that_there_is_no_more_is_an_unexpected_fault(make_order, log):
    assert delivery.deliver(make_order(), 1) > timedelta()

    assert outcome(make_order()) == (Delivery.RETRYING, 1, "internal error")
    assert '"error":"InvalidSpec"' in log.getvalue()


@pytest.mark.parametrize("failure", [Passing, Permanent])
@pytest.mark.parametrize(
    "secret",
    [
        SECRET,
        f"https://hooks.example/services/{SECRET}?wait=true",
        {"Authorization": f"Bearer {SECRET}"},
        f'{{"token": "{SECRET}"}}',
    ],
)
def test_what_a_service_repeats_of_a_secret_is_told_to_nobody(
    service, make_order, channel, secrets_key, reports, failure, secret
):
    sealed = sealing.seal(channel.project_id, channel.channel_id, "secret", json.dumps(secret))
    channels.configure(channel, replace(channel, sealed={"secret": sealed}))
    service.error = failure(f'Received status code 404 with a message: "no /{SECRET}"')

    delivery.deliver(make_order(), 1)

    error = 'Received status code 404 with a message: "no /…"'
    assert outcome(make_order())[2] == error
    assert known(channel).error == error
    assert all(reported.error == error for _, reported in reports)


# ---- Test notifications ----------------------------------------------------------------------

SITE = "https://nightbell.example.org/live"


def notified(channel, now):
    return notifications.list_for_channel(channel.channel_id, 10, now.moment)


def test_a_test_sends_an_alert_about_a_made_up_check(service, channel, now):
    assert delivery.test(channel.project_id, channel.channel_id, SITE) is None

    (alert,) = service.alerts
    assert alert.is_test
    assert (alert.status, alert.project, alert.url) == (Status.DOWN, "Web shop", SITE)
    (notification,) = notified(channel, now)
    assert notification.is_test
    assert (notification.state, notification.attempts) == (Delivery.SENT, 1)
    assert notification.error == ""


def test_each_test_is_another_delivery(service, channel, now):
    for _ in range(2):
        delivery.test(channel.project_id, channel.channel_id, SITE)
        now.advance(seconds=10)

    first, second = service.alerts
    assert first.delivery_id != second.delivery_id
    assert len(notified(channel, now)) == 2


def test_a_test_that_arrives_enables_the_channel(service, channel, now):
    channels.disable(channel, "gone", NOON)

    assert delivery.test(channel.project_id, channel.channel_id, SITE) is None

    assert known(channel) == replace(channel, answered=now.moment)


@pytest.mark.parametrize("failure", [Passing, Permanent])
def test_a_test_that_fails_tells_why_and_disables_nothing(service, channel, reports, now, failure):
    service.error = failure("Received status code 500")

    error = delivery.test(channel.project_id, channel.channel_id, SITE)

    assert error == "Received status code 500"
    failing = known(channel)
    assert (failing.error, failing.disabled) == (error, False)
    (notification,) = notified(channel, now)
    assert (notification.state, notification.error) == (Delivery.FAILED, error)
    assert reports == []


def test_a_test_of_a_disabled_channel_that_fails_leaves_it_as_it_was(service, channel):
    channels.disable(channel, "gone", NOON)
    disabled = known(channel)
    service.error = Passing("Connection closed")

    assert delivery.test(channel.project_id, channel.channel_id, SITE) == "Connection closed"

    assert known(channel) == disabled


def test_a_channel_that_is_not_told_of_checks_that_are_down_passes_its_test(service, channel, now):
    service.error = NothingToSend()

    assert delivery.test(channel.project_id, channel.channel_id, SITE) is None


def test_a_channel_that_there_is_not_cannot_be_tested(project_id):
    with pytest.raises(NotFound):
        delivery.test(project_id, "channel", SITE)
