"""No alert is lost, none is told in the wrong order, and none twice where that can be helped."""

import json
import os
import random
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from importlib import import_module
from itertools import count, groupby
from time import sleep
from uuid import uuid4

import pytest
from botocore.exceptions import ConnectionClosedError
from click.testing import CliRunner

from nightbell import scan
from nightbell.alerts import http, setup, wire
from nightbell.alerts.http import Answer
from nightbell.alerts.http import send as http_send
from nightbell.alerts.outcome import Passing
from nightbell.cli import main
from nightbell.domain import transitions
from nightbell.domain.check import Delivery, Reason, Status
from nightbell.settings import settings
from nightbell.store import channels, checks, connection, notifications
from tests.alerts.loopback import OK, answering, dripping, read_request, serving, silent
from tests.engine import faults
from tests.engine.alerting import Receiver, use_settings
from tests.engine.engines import MINISTACK
from tests.engine.faults import Killed, Strike, intercepted

pytestmark = [
    pytest.mark.engine,
    pytest.mark.parametrize("shared_engine", [MINISTACK], indirect=True),  # it has queues as well
]


dead_letters_module = import_module("nightbell.cli.dead_letters")

SENDERS = 5  # alerts that are sent at the same time, as in the template

# How many random stories are told, of each kind.
STORIES = int(os.environ.get("STORIES", "40"))


@pytest.fixture
def dead_letters(alerting, sqs, monkeypatch):
    """Let letters die after sixteen tries; return a function that runs a command about them."""
    url = sqs.create_queue(QueueName=f"{uuid4()}.fifo", Attributes={"FifoQueue": "true"})[
        "QueueUrl"
    ]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    policy = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": settings.alert_tries}
    sqs.set_queue_attributes(
        QueueUrl=alerting.queue.url, Attributes={"RedrivePolicy": json.dumps(policy)}
    )
    use_settings(monkeypatch, dead_letter_queue=url)
    monkeypatch.setattr(dead_letters_module, "_WAIT", 0)

    def run(command):
        result = CliRunner().invoke(main, ["dead-letters", command, "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.output)

    yield run
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def serve():
    """Return a function that serves on loopback with a given behaviour and returns the port."""
    with serving() as serve:
        yield serve


def add_check(alerting, *channels, **fields):
    """Create a check that is up, and tells these channels."""
    ids = ",".join(channel.channel_id for channel in channels)
    check_id = alerting.project.create(**({"timeout": 60, "grace": 60, "channels": ids} | fields))
    alerting.ping(check_id)
    alerting.time.advance(seconds=1)
    return check_id


def go_down_and_up(alerting, check_id):
    """Let a check fail and succeed."""
    alerting.ping(check_id, "/fail")
    alerting.time.advance(seconds=1)
    alerting.ping(check_id)


def told(alerting, channel):
    """Return the ids of deliveries that reached the channel, in order, repeats too."""
    return [delivery_id for path, delivery_id in alerting.receiver.heard if path == channel.name]


def ids(orders):
    return [order.delivery_id for order in orders]


def die_before(request):
    """The process ends before the request is made."""
    raise Killed


def states(alerting, orders):
    return [alerting.notification(order).state for order in orders]


# ---- What is told --------------------------------------------------------------------------------


def test_down_and_up_are_told_and_nothing_else(alerting):
    channel = alerting.add_channel("a")
    check_id = add_check(alerting, channel)
    go_down_and_up(alerting, check_id)
    assert alerting.project.pause(check_id).status == 200
    assert alerting.project.resume(check_id).status == 200
    alerting.read_flips(check_id)
    alerting.ping(check_id)

    failed = alerting.dispatch()
    alerting.deliver_all()

    assert failed == []
    assert len(alerting.records) == 6
    orders = alerting.orders(check_id, channel)
    assert [order.flip.new_status for order in orders] == [Status.DOWN, Status.UP]
    assert told(alerting, channel) == ids(orders)
    assert states(alerting, orders) == [Delivery.SENT] * 2


# ---- Receivers that fail -------------------------------------------------------------------------


def test_a_receiver_that_fails_in_every_way_is_told_when_it_works_again(
    alerting, serve, monkeypatch
):
    requests = []
    faults_to_come = [
        answering(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"),
        silent,
        lambda _: None,
        answering(b"HTTP/1.1 200"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"),
    ]

    def behave(connection):
        if faults_to_come:
            faults_to_come.pop(0)(connection)
        else:
            requests.append(read_request(connection))
            connection.sendall(OK)

    monkeypatch.setattr(http, "send", http_send)
    monkeypatch.setattr(wire, "READ_TIMEOUT", 0.2)
    monkeypatch.setattr(http, "TOTAL_TIMEOUT", 0.4)
    use_settings(monkeypatch, allow_private_networks=True)
    channel = alerting.add_channel("a", f"http://127.0.0.1:{serve(behave)}")
    check_id = add_check(alerting, channel)
    go_down_and_up(alerting, check_id)
    alerting.dispatch()
    down, up = alerting.orders(check_id, channel)

    errors = []
    while faults_to_come:
        if alerting.deliver():
            errors.append(alerting.notification(down).error)
        else:
            alerting.queue.wait()
    alerting.deliver_all()

    assert [error for error, _ in groupby(error for error in errors if "waiting" not in error)] == [
        "Received status code 500",
        "Connection timed out",
        "Connection closed",
        "Connection timed out",
    ]
    assert states(alerting, [down, up]) == [Delivery.SENT] * 2
    assert [alerting.notification(order).attempts for order in (down, up)] == [6, 1]
    sent = [re.search(rb"Nightbell-Delivery: (\w+)", request)[1].decode() for request in requests]
    assert sent == [down.delivery_id, up.delivery_id]
    assert not channels.get(channel.project_id, channel.channel_id).failing_since


def test_a_receiver_that_is_broken_for_an_hour_hears_of_everything_in_order(alerting):
    channel = alerting.add_channel("a")
    check_id = add_check(alerting, channel)
    broken_until = alerting.time.now() + timedelta(hours=1)
    alerting.receiver.behave = lambda _: Answer(
        500 if alerting.time.now() < broken_until else 200, b""
    )

    for _ in range(3):
        go_down_and_up(alerting, check_id)
        alerting.dispatch()
        alerting.deliver()
        alerting.time.advance(minutes=1)
    alerting.deliver_all()

    orders = alerting.orders(check_id, channel)
    assert len(orders) == 6
    assert told(alerting, channel) == ids(orders)
    assert alerting.time.now() - broken_until < timedelta(minutes=40)


def test_a_channel_that_hangs_keeps_no_other_waiting(alerting):
    good, hanging = alerting.add_channel("good"), alerting.add_channel("hanging")
    check_ids = [add_check(alerting, good, hanging) for _ in range(10)]
    for check_id in check_ids:
        alerting.ping(check_id, "/fail")
    all_told, at_work, in_time = threading.Event(), Counter(), []

    def behave(path):
        at_work[path] += 1
        if path == "hanging":
            in_time.append(all_told.wait(60))
            raise Passing("Connection timed out", unreachable=True)
        return Answer(200, b"")

    def work():
        while not all_told.is_set():
            if not alerting.deliver():
                sleep(0.01)

    alerting.receiver.behave = behave
    alerting.dispatch()
    with ThreadPoolExecutor(SENDERS) as pool:
        senders = [pool.submit(work) for _ in range(SENDERS)]
        for _ in range(500):
            sleep(0.01)
            alerting.time.advance(seconds=0.02)
            if len(told(alerting, good)) == len(check_ids):
                break
        all_told.set()
        for sender in senders:
            sender.result()

    assert len(told(alerting, good)) == len(check_ids)
    assert in_time == [True]
    assert at_work == {"good": 10, "hanging": 1}


# ---- Dead letters --------------------------------------------------------------------------------


@pytest.mark.parametrize("is_up_again", [False, True])
def test_after_sixteen_tries_it_is_a_dead_letter_that_can_be_sent_again(
    alerting, dead_letters, is_up_again
):
    channel = alerting.add_channel("a")
    check_id = add_check(alerting, channel)
    alerting.ping(check_id, "/fail")
    start = alerting.time.now()
    alerting.receiver.behave = lambda _: Answer(500, b"")
    alerting.dispatch()
    alerting.deliver_all()
    (down,) = alerting.orders(check_id, channel)
    given_up = alerting.notification(down)
    took = alerting.time.now() - start
    letters = dead_letters("list")

    alerting.receiver.behave = None
    if is_up_again:
        alerting.ping(check_id)
        alerting.dispatch(alerting.records[-1:])
        alerting.deliver_all()
    redriven = dead_letters("redrive")
    alerting.deliver_all()

    assert (given_up.state, given_up.attempts) == (Delivery.FAILED, 16)
    assert given_up.error == "Received status code 500"
    assert timedelta(hours=3) < took < timedelta(hours=6)
    assert [letter["error"] for letter in letters] == ["Received status code 500"]
    assert redriven["sent"] == 1
    assert dead_letters("list") == []
    last = alerting.orders(check_id, channel)[-1]
    assert told(alerting, channel) == [last.delivery_id]
    expected = Delivery.SKIPPED if is_up_again else Delivery.SENT
    assert alerting.notification(down).state is expected


# ---- Kills ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "repeats"), [(die_before, 1), (faults.die, 0), (faults.lose_answer, 0)]
)
def test_an_alert_is_repeated_only_if_the_function_dies_between_sending_and_recording(
    engine, alerting, how, repeats
):
    channel = alerting.add_channel("a")
    found = Counter()
    for k in count():
        check_id = add_check(alerting, channel)
        go_down_and_up(alerting, check_id)
        alerting.dispatch()
        strike = Strike(k, how)

        with intercepted(engine, strike), suppress(Killed):
            alerting.deliver()
        alerting.deliver_all()

        down, up = alerting.orders(check_id, channel)
        assert states(alerting, [down, up]) == [Delivery.SENT] * 2
        heard = [one for one in told(alerting, channel) if one in ids([down, up])]
        assert [one for one, _ in groupby(heard)] == ids([down, up])
        found[len(heard)] += 1
        if not strike.has_struck:
            break
    assert k > 5
    assert found == {2: k + 1 - repeats, 3: repeats} if repeats else {2: k + 1}


@pytest.mark.parametrize("how", [die_before, faults.die])
@pytest.mark.parametrize("later", [timedelta(), timedelta(minutes=6)])
def test_a_dispatch_that_dies_is_made_up_for_without_a_repeat(engine, alerting, how, later):
    channel = alerting.add_channel("a")
    for k in count():
        check_id = add_check(alerting, channel)
        go_down_and_up(alerting, check_id)
        records = alerting.records[-2:]
        strike = Strike(k, how)
        with intercepted(engine, strike), suppress(Killed):
            alerting.dispatch(records)
        alerting.deliver()
        alerting.time.wait_until(alerting.time.now() + later)

        alerting.dispatch(records)
        alerting.deliver_all()

        orders = alerting.orders(check_id, channel)
        heard = [one for one in told(alerting, channel) if one in ids(orders)]
        assert heard == ids(orders)
        if not strike.has_struck:
            break
    assert k > 3


@pytest.mark.parametrize("later", [timedelta(), timedelta(minutes=6)])
@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("taken", [False, True])
def test_a_dispatch_that_dies_sending_is_made_up_for_without_a_repeat(
    alerting, later, number, taken
):
    channel = alerting.add_channel("a")
    check_id = add_check(alerting, channel)
    go_down_and_up(alerting, check_id)
    go_down_and_up(alerting, check_id)
    strike = Strike(number, lambda take: (take() if taken else None, die_before(None)))
    alerting.queue.between = lambda entries, take: strike(partial(take, entries)) or take(entries)

    with pytest.raises(Killed):
        alerting.dispatch()
    alerting.deliver()
    alerting.time.wait_until(alerting.time.now() + later)
    alerting.dispatch()
    alerting.deliver_all()

    orders = alerting.orders(check_id, channel)
    assert len(orders) == 4
    assert told(alerting, channel) == ids(orders)


# ---- Deleted and disabled ------------------------------------------------------------------------


def test_of_a_check_that_is_deleted_nothing_more_is_told(alerting):
    channel = alerting.add_channel("a")
    check_id = add_check(alerting, channel)
    go_down_and_up(alerting, check_id)
    alerting.dispatch(alerting.records[:2])

    assert alerting.project.delete(check_id).status == 200
    failed = alerting.dispatch(alerting.records[2:])
    alerting.deliver_all()

    assert failed == []
    assert told(alerting, channel) == []


def test_a_channel_that_is_deleted_is_told_nothing_more(alerting):
    kept, deleted = alerting.add_channel("kept"), alerting.add_channel("deleted")
    check_id = add_check(alerting, kept, deleted)
    go_down_and_up(alerting, check_id)
    alerting.dispatch(alerting.records[:2])

    setup.delete(deleted)
    failed = alerting.dispatch(alerting.records[2:])
    alerting.deliver_all()

    assert failed == []
    assert told(alerting, deleted) == []
    assert told(alerting, kept) == ids(alerting.orders(check_id, kept))
    (down, up) = alerting.orders(check_id, deleted)
    assert alerting.notification(down).state is Delivery.SKIPPED
    assert notifications.find(up) is None


def test_a_channel_that_is_disabled_says_so_until_it_is_enabled(alerting):
    channel = alerting.add_channel("a")
    check_id = add_check(alerting, channel)
    go_down_and_up(alerting, check_id)
    alerting.receiver.behave = lambda _: Answer(410, b"")
    alerting.dispatch()
    alerting.deliver_all()
    down, up = alerting.orders(check_id, channel)
    refused = [alerting.notification(order) for order in (down, up)]

    alerting.receiver.behave = None
    setup.update(channel, {})
    go_down_and_up(alerting, check_id)
    alerting.dispatch(alerting.records[3:])
    alerting.deliver_all()

    assert [one.state for one in refused] == [Delivery.FAILED] * 2
    assert [one.attempts for one in refused] == [1, 0]
    assert refused[0].error == "Received status code 410"
    assert refused[1].error == "the channel is disabled: Received status code 410"
    assert told(alerting, channel) == ids(alerting.orders(check_id, channel)[2:])


# ---- Reminders -----------------------------------------------------------------------------------


def test_reminders_come_until_the_check_is_up(empty_engine, alerting, time):
    channel = alerting.add_channel("a")
    check_id = add_check(alerting, channel, nag_interval=3600, timeout=86400)
    alerting.ping(check_id, "/fail")
    start = time.now()
    time.plan(start + timedelta(hours=2.5), lambda: snooze(alerting, check_id, hours=2))
    time.plan(start + timedelta(hours=6.2), lambda: alerting.ping(check_id))

    while time.now() < start + timedelta(hours=7.5):
        scan.run(0, 1)
        alerting.read_flips(check_id)
        alerting.dispatch(alerting.records[-1:])
        alerting.deliver_all()
        time.advance(minutes=4)

    orders = alerting.orders(check_id, channel)
    assert told(alerting, channel) == ids(orders)
    assert [(order.flip.reason, order.flip.created - start) for order in orders] == [
        (Reason.FAIL, timedelta()),
        (Reason.NAG, timedelta(hours=1)),
        (Reason.NAG, timedelta(hours=2)),
        (Reason.NAG, timedelta(hours=4.5)),
        (Reason.NAG, timedelta(hours=5.5)),
        (Reason.SUCCESS, timedelta(hours=6.2)),
    ]


def snooze(alerting, check_id, **length):
    """Let a check be silent for so long."""
    until = alerting.time.now() + timedelta(**length)
    checks.change(
        check_id, lambda check: transitions.snooze(check, until), alerting.project.project_id
    )


# ---- Anything at all -----------------------------------------------------------------------------


class Misfortunes:
    """What goes wrong, at random, while handlers run: in the store, the queue, and the receiver."""

    def __init__(self, rng, alerting):
        self.rng = rng
        self.alerting = alerting
        self.is_dead = self.refuses = self.are_over = False
        self.number = 0

    def call(self, handle):
        """Call a handler as Lambda does; return what it returns, None if it fails or dies."""
        self.is_dead = self.refuses = False
        with intercepted(self.alerting.engine, self.on_request), suppress(Exception, Killed):
            return handle()

    def on_request(self, request):
        """Strike one request of the store in thirty."""
        if self.is_dead:
            raise Killed
        if self.refuses:
            return request.refuse(self.rng.choice(request.refusals()))
        if not self.strikes(0.03):
            return None
        match self.rng.choice(["die before", "die", "lose", "refuse", "refuse all"]):
            case "die before":
                self.die()
            case "die":
                request.carry_out()
                self.die()
            case "lose":
                return faults.lose_answer(request)
            case all_or_one:
                self.refuses = all_or_one == "refuse all"
                return request.refuse(self.rng.choice(request.refusals()))

    def on_entries(self, entries, take):
        """Strike one batch of messages in three."""
        if self.is_dead:
            raise Killed
        if not self.strikes(0.3):
            return take(entries)
        match self.rng.choice(["die before", "die", "fail before", "fail", *["in part"] * 4]):
            case "die before":
                self.die()
            case "die":
                take(entries)
                self.die()
            case "fail before":
                raise ConnectionClosedError(endpoint_url=self.alerting.queue.url)
            case "fail":
                take(entries)
                raise ConnectionClosedError(endpoint_url=self.alerting.queue.url)
        refused = self.rng.sample(entries, self.rng.randint(1, len(entries)))
        taken = [entry for entry in entries if entry not in refused]
        if taken:
            take(taken)
        return {"Failed": [{"Id": entry["Id"], "Code": "InternalError"} for entry in refused]}

    def send(self, *args, **kwargs):
        """Strike one request to a receiver in four."""
        send = self.alerting.receiver.send
        if not self.strikes(0.25):
            return send(*args, **kwargs)
        match self.rng.choice(["500", "hangs", "closes"]):
            case "500":
                return Answer(500, b"")
            case "hangs":
                raise Passing("Connection timed out", unreachable=True)
        send(*args, **kwargs)
        raise Passing("Connection closed", unreachable=True)

    def strikes(self, share):
        """Tell whether something goes wrong now."""
        if self.are_over or self.rng.random() >= share:
            return False
        self.number += 1
        return True

    def die(self):
        """End the process: it makes no request any more."""
        self.is_dead = True
        raise Killed


class Story:
    """Checks that go down and up, and their alerts, with misfortunes."""

    def __init__(self, alerting, seed, monkeypatch, *, in_order):
        self.rng = random.Random(seed)
        random.seed(seed)  # of the jitter
        self.alerting = alerting
        self.in_order = in_order
        self.misfortunes = Misfortunes(self.rng, alerting)
        alerting.queue.between = self.misfortunes.on_entries
        monkeypatch.setattr(http, "send", self.misfortunes.send)
        self.channels = [alerting.add_channel(name) for name in self.some("ab")]
        self.checks = {add_check(alerting, *self.channels): Status.UP for _ in self.some("12")}
        self.done = len(alerting.records)  # records that the stream need not deliver any more
        self.excused = Counter()  # repeats, by delivery

    def some(self, of):
        return of[: self.rng.randint(1, len(of))]

    def run(self):
        """Let anything happen, and in the end what remains."""
        steps = [self.flip, self.dispatch, self.deliver, self.wait]
        for _ in range(self.rng.randint(5, 30)):
            self.rng.choices(steps, [4, 4, 6, 2])[0]()
        self.misfortunes.are_over = True
        while self.done < len(self.alerting.records):
            self.dispatch()
        self.alerting.deliver_all()

    def flip(self):
        check_id = self.rng.choice(list(self.checks))
        is_up = self.checks[check_id] is Status.UP
        self.checks[check_id] = Status.DOWN if is_up else Status.UP
        self.alerting.ping(check_id, "/fail" if is_up else "")

    def dispatch(self):
        """Let the stream deliver what comes next, or some of that, or some more than once."""
        records = self.alerting.records
        start = self.done
        if not self.in_order:
            start = self.rng.randint(start, len(records))
        end = min(len(records), start + self.rng.randint(1, 6))
        again = self.rng.randint(0, 3) if self.rng.random() < 0.3 else 0
        piece = records[max(0, start - again) : end]
        if self.rng.random() < 0.3:
            piece = piece[::-1] if self.rng.random() < 0.5 else piece + piece
        if not piece:
            return
        failed = self.misfortunes.call(lambda: self.alerting.dispatch(piece))
        if failed is None:
            return
        if start == self.done:
            self.done = max(self.done, end)
        self.done = min([self.done, *failed])

    def deliver(self):
        heard, struck = len(self.alerting.receiver.heard), self.misfortunes.number
        self.misfortunes.call(self.alerting.deliver)
        for path, delivery_id in self.alerting.receiver.heard[heard:]:
            (order,) = (order for order in self.orders() if order.delivery_id == delivery_id)
            if self.alerting.notification(order).state is not Delivery.SENT:
                assert self.misfortunes.number > struck, f"{path} is told again for no reason"
                self.excused[delivery_id] += 1

    def wait(self):
        self.alerting.time.advance(seconds=10 ** self.rng.uniform(0, 3))

    def orders(self):
        return [
            order
            for check_id in self.checks
            for channel in self.channels
            for order in self.alerting.orders(check_id, channel)
        ]


@pytest.mark.parametrize("in_order", [True, False])
def test_whatever_goes_wrong_all_is_told_in_order(alerting, make_project, monkeypatch, in_order):
    use_settings(monkeypatch, alert_tries=10_000)
    monkeypatch.setattr(connection, "_PATIENCE", 0.05)
    first = int(os.environ.get("SEED", "0"))
    counts = Counter()
    for seed in range(first, first + STORIES):
        alerting = replace(alerting, project=make_project(), receiver=Receiver(), records=[])
        story = Story(alerting, seed, monkeypatch, in_order=in_order)

        story.run()

        for check_id in story.checks:
            for channel in story.channels:
                orders = alerting.orders(check_id, channel)
                heard = [one for one in told(alerting, channel) if one in ids(orders)]
                in_turn = [one for one, _ in groupby(heard)]
                skipped = [
                    order.delivery_id
                    for order in orders
                    if alerting.notification(order).state is Delivery.SKIPPED
                ]
                expected = [one for one in ids(orders) if one not in skipped or one in in_turn]
                assert in_turn == expected, f"{seed=}"
                assert not (skipped and in_order), f"{seed=}"
                assert ids(orders)[-1:] == in_turn[-1:], f"{seed=}"
                repeats = Counter(heard) - Counter(set(heard))
                assert not repeats - story.excused, f"{seed=}"
                counts += Counter(orders=len(orders), skipped=len(skipped))
                counts["repeats"] += sum(repeats.values())
        counts["misfortunes"] += story.misfortunes.number
    print(counts)
    assert counts["orders"] > 3 * STORIES
    assert counts["misfortunes"] > STORIES
    assert counts["repeats"] > 0
