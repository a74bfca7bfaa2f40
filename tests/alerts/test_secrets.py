"""No secret goes where it is not wanted: not in alerts, logs, errors or reports.

Checks whose texts hold their own UUID, ping address and ping key in many forms are told to every
kind of channel, by services that take the alert and by services that repeat all they are sent.
"""

import base64
import html
import json
import logging
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from io import StringIO
from urllib.parse import parse_qsl, unquote, unquote_plus

import pytest
from botocore.client import BaseClient

from nightbell.alerts import bounces, delivery, operator, registry, setup, wire
from nightbell.alerts.kinds import apprise, email, eventbridge, sns
from nightbell.domain.alerts import Order
from nightbell.domain.check import Delivery, Flip, Kind, Ping, Reason, Signal, Status
from nightbell.store import channels, check_items, flips, notifications, pings, projects
from tests.alerts import services
from tests.alerts.loopback import read_request, serving
from tests.alerts.services import ALL_IS_WELL, MEMBERS, SECRET, SETTINGS

# One of Apprise's services, on a Python that still has the module.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

NOON = datetime(2024, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
BUS = "arn:aws:events:eu-west-1:123456789012:event-bus/alerts"
OPERATOR = "arn:aws:sns:eu-west-1:123456789012:operator"

PLACEHOLDERS = " ".join(
    f"${name}"
    for name in (
        *("STATUS", "NOW", "NAME", "NAME_JSON", "SLUG", "TAGS", "TAG1", "TAG2", "JSON"),
        *("BODY", "BODY_JSON", "EXITSTATUS"),
    )
)
WEBHOOK = {
    f"{name}_{status}": value
    for status in ("down", "up")
    for name, value in {
        "method": "POST",
        "url": f"https://hooks.example/{SECRET}?told={PLACEHOLDERS.replace(' ', '-')}",
        "headers": {"X-Told": PLACEHOLDERS, "Authorization": f"Bearer {SECRET}"},
        "body": PLACEHOLDERS,
    }.items()
}

# What is given to each kind of channel; SECRET is wherever the kind has a secret.
GIVEN = {
    **SETTINGS,
    "webhook": WEBHOOK | {"secret": f"sign-{SECRET}"},
    "apprise": {"url": f"json://plain.example/{SECRET}"},
    "email": {"to": "ops@example.org", "up": True, "down": True},
    "sms": {"to": "+37120000000", "up": True, "down": True},
    "sns": {"topic": TOPIC},
    "eventbridge": {"bus": BUS},
}

# Where in a request the service wants it: in the path and query, a header, the body.
WANTED = {
    "apprise": {"target"},
    "discord": {"target"},
    "googlechat": {"target"},
    "gotify": {"x-gotify-key"},
    "matrix": {"authorization"},
    "mattermost": {"target"},
    "msteamsw": {"target"},
    "ntfy": {"body"},
    "opsgenie": {"authorization"},
    "pd": {"body"},
    "po": {"body"},
    "slack": {"target"},
    "telegram": {"target"},
    "webhook": {"target", "authorization"},
    "zulip": {"authorization"},
}


# ---- Hostile checks --------------------------------------------------------------------------


class Hostile:
    """Makes up checks whose texts hold what they should not, the same for the same seed."""

    def __init__(self, seed, keys):
        self.rng = random.Random(seed)
        self.check_id = "-".join(
            f"{self.rng.getrandbits(4 * digits):0{digits}x}" for digits in (8, 4, 4, 4, 12)
        )
        self.ping_key = keys.ping_key

    def secret(self):
        """Return one of the secrets in one of their forms."""
        rng, code, key = self.rng, self.check_id, self.ping_key
        return rng.choice(
            [
                *(code, code.upper(), code.replace("-", ""), code.replace("-", "").upper()),
                *(f"https://nightbell.example.org/ping/{code}/fail", f"/ping/{code.upper()}"),
                *(key, f"https://nightbell.example.org/ping/{key}/backup?create=1"),
            ]
        )

    def junk(self):
        """Return something that means something to somebody, or is merely long."""
        return self.rng.choice(
            [
                *("<!channel>", "@everyone", "[a](http://b)", "*_`~|\\", "<b>&amp;</b>", "$CODE"),
                *(
                    "\"'{}",
                    "\r\nBcc: x@example.org\r\n\r\n",
                    "\x00\x1b[31m",
                    "\u202e",
                    "🔔",
                    "ü%41",
                ),
                *("$BODY $JSON", "=?utf-8?q?x?=", "x" * self.rng.randrange(300), "\t", "..\n."),
            ]
        )

    def text(self, limit):
        """Return a text of at most so many characters, with secrets and junk in it."""
        pieces = [self.rng.choice([self.secret, self.junk])() for _ in range(40)]
        text = self.rng.choice(["", " ", "-", "\n"]).join(pieces)
        return self.secret() + text[: limit - 90]

    def check(self, project_id, channel_id):
        """Return a check with such texts in all places."""
        rng = self.rng
        return {
            "check_id": self.check_id,
            "project_id": project_id,
            "channels": frozenset({channel_id}),
            "name": self.text(100),
            "slug": rng.choice(["backup", self.check_id, self.ping_key.lower()]),
            "tags": self.text(500),
            "desc": self.text(10_000),
            "start_kw": self.text(200),
            "success_kw": self.text(200),
            "failure_kw": self.text(200),
            **rng.choice(
                [
                    {"timeout": timedelta(hours=1)},
                    {"kind": Kind.CRON, "schedule": "0 3 * * *", "tz": "Europe/Riga"},
                ]
            ),
        }

    def body(self):
        """Return what a job might have printed, as much of it as is kept."""
        text = self.text(20_000)
        coded = self.rng.choice(
            [
                text.encode(),
                text.encode("utf-16-le"),
                text.replace("-", "\x1b[m\x1b[K-").encode(),
                b"\xff\xfe" + text.encode("latin-1", "replace"),
            ]
        )
        if self.rng.random() < 0.5:  # cut within the address
            at = self.rng.randrange(10, 36)
            coded = coded[:5000] + f" /ping/{self.check_id[:at]}".encode()
        return coded[:10_000]


# ---- What went out ---------------------------------------------------------------------------


class Outside:
    """All that leaves Nightbell: requests, calls of AWS, and what the operator is told."""

    def __init__(self):
        self.requests = []  # bytes as on the wire
        self.calls = []  # parameters of calls of AWS
        self.reports = []  # what the operator's topic gets
        self.refuses = False

    def answer(self, request):
        """Return what a service answers: that it worked, or that all of it was wrong."""
        self.requests.append(request)
        if not self.refuses:
            return ALL_IS_WELL
        head, _, body = request.partition(b"\r\n\r\n")
        echo = (head[:200] + b" " + body[:200]).decode(errors="replace")
        members = dict.fromkeys(MEMBERS, echo)
        answer = members | {"ok": False, "status": 0, "result": "error", "errors": [echo]}
        return services.answer(400, json.dumps(answer | {"errorCode": 400, "code": 400}).encode())

    def texts(self):
        """Return all of it in all forms in which somebody may read it."""
        found = []
        for request in self.requests:
            head, _, body = request.partition(b"\r\n\r\n")
            found += [head.decode("latin-1"), body.decode(errors="replace")]
            for line in head.decode("latin-1").split("\r\n")[1:]:
                word = line.rpartition(" ")[2]
                if "authorization: basic" in line.lower():
                    found.append(base64.b64decode(word).decode())
            found += strings(body)
        for call in self.calls:
            found += strings(json.dumps(call, default=str).encode())
            for raw in mails(call):
                mail = message_from_bytes(raw, policy=policy.default)
                found += [str(value) for value in mail.values()]
                found += [part.get_content() for part in mail.walk() if not part.is_multipart()]
        found += map(json.dumps, self.reports)
        return found


def mails(call):
    content = call.get("Content", {})
    return [content["Raw"]["Data"]] if "Raw" in content else []


def strings(document):
    """Return the strings in JSON, and in JSON within those; names and values of a form."""
    try:
        value = json.loads(document)
    except ValueError:
        text = document.decode(errors="replace") if isinstance(document, bytes) else document
        return [value for pair in parse_qsl(text) for value in pair]
    if isinstance(value, str):
        return [value, *strings(value)]
    if not isinstance(value, dict | list):
        return []
    inner = [*value, *value.values()] if isinstance(value, dict) else value
    return [text for one in inner for text in strings(json.dumps(one))]


def readings(text):
    """Return what the text is to who decodes it, letters and digits alone, in lower case."""
    decoded = {text, html.unescape(text), unquote(text), unquote_plus(html.unescape(text))}
    return [re.sub(r"[^0-9a-z]", "", one.lower()) for one in decoded]


def holding(texts, *secrets):
    """Return the texts that hold one of the secrets in any form."""
    cores = [re.sub(r"[^0-9a-z]", "", secret.lower()) for secret in secrets]
    return [
        text
        for text in dict.fromkeys(texts)
        if any(core in reading for reading in readings(text) for core in cores)
    ]


# ---- The parts that are replaced -------------------------------------------------------------


@pytest.fixture
def outside(service, internet, secrets_key, monkeypatch):
    """Keep all that goes out: to services on loopback, and to AWS instead of asking it."""
    out = Outside()

    def behave(connection):
        connection.sendall(out.answer(read_request(connection)))

    make = BaseClient._make_api_call

    def call(client, operation, parameters):
        if client.meta.service_model.service_name in ("dynamodb", "kms"):
            return make(client, operation, parameters)
        if parameters.get("TopicArn") == OPERATOR:
            out.reports.append(parameters)
            return {}
        out.calls.append(parameters)
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    service.reply = out.answer
    deployment = replace(
        operator.settings,
        operator_topic=OPERATOR,
        mail_from="Nightbell <alerts@example.org>",
        mail_configuration="mail",
        alert_topics=TOPIC,
        alert_buses=BUS,
        apprise_queue="apprise",
    )
    for module in (operator, bounces):
        monkeypatch.setattr(module, "settings", deployment)
    for module in (apprise, email, eventbridge, sns):
        monkeypatch.setattr(module, "deployment", deployment)
    # Apprise's connections are looked at where they really go.
    monkeypatch.setattr(wire, "settings", replace(wire.settings, allow_private_networks=True))
    with serving() as serve:
        internet.names["plain.example"] = ["93.184.215.15"]
        internet.servers["93.184.215.15"] = serve(behave)
        yield out


@pytest.fixture
def logged(capsys):
    """Return a function that returns what was logged or printed."""
    kept = StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(delivery.logger.registered_formatter)
    # It stands between requests and moto, in tests only.
    handler.addFilter(lambda record: record.name != "responses")
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: kept.getvalue() + "".join(capsys.readouterr())
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture
def project(tables, now):
    now.moment = NOON
    return projects.create("Web shop", check_limit=9, ping_log_limit=9, now=NOON)


@pytest.fixture
def tell(project, make_check, now):
    """Return a function that tells a channel about a hostile check: down, a reminder and up.

    The value is the notifications.
    """

    def run(channel, hostile):
        check = make_check(**hostile.check(project.project_id, channel.channel_id))
        ping = Ping(created=NOON - MINUTE, kind=Signal.FAIL, n=1, body=hostile.body())
        pings.add(check.check_id, ping)
        down = Flip(
            created=NOON, old_status=Status.UP, new_status=Status.DOWN, reason=Reason.TIMEOUT
        )
        nag = replace(down, created=NOON + MINUTE, old_status=Status.DOWN, reason=Reason.NAG)
        up = Flip(
            created=NOON + 2 * MINUTE,
            old_status=Status.DOWN,
            new_status=Status.UP,
            reason=Reason.SUCCESS,
        )
        told = []
        for flip in (down, nag, up):
            now.moment = flip.created + MINUTE / 2
            state = replace(check, status=flip.new_status, last_flip=flip.created, n_pings=1)
            if flip is nag:
                state = replace(state, last_flip=NOON, last_nag=nag.created)
            for item in check_items.items_of(state):
                if item:
                    item.save()
            flips.item_of(state, flip).save()
            order = Order(
                project_id=project.project_id,
                check_id=check.check_id,
                channel_id=channel.channel_id,
                flip=flip,
                site="https://nightbell.example.org/live",
            )
            delivery.deliver(order, 1)
            told.append(notifications.find(order))
        return told

    return run


@pytest.fixture
def make(project, outside):
    """Return a function that makes a channel as a user does."""

    def create(code, settings=None):
        document = {"kind": code, "settings": settings or GIVEN[code]}
        return setup.create(project.project_id, document, NOON)

    return create


def places(request):
    """Return where in a request the secret is: the target, a header's name, or the body."""
    head, _, body = request.partition(b"\r\n\r\n")
    target, *lines = head.decode("latin-1").split("\r\n")
    found = {"target"} if SECRET in unquote(target) else set()
    for line in lines:
        name, _, value = line.partition(": ")
        if value.startswith("Basic "):
            value = base64.b64decode(value.removeprefix("Basic ")).decode()
        if SECRET in value:
            found.add(name.lower())
    return found | ({"body"} if SECRET.encode() in body else set())


def test_every_kind_is_looked_at():
    assert set(GIVEN) == set(registry.CODES) - {"group"}
    assert set(WANTED) == {code for code, given in GIVEN.items() if SECRET in json.dumps(given)}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("code", sorted(GIVEN))
def test_no_alert_tells_a_secret_of_the_check_or_the_project(
    outside, make, tell, logged, project, code, seed
):
    hostile = Hostile(f"{code} {seed}", project)

    told = tell(make(code), hostile)

    assert [one.state for one in told] == [Delivery.SENT] * 3
    texts = outside.texts()
    assert len(outside.requests) + len(outside.calls) >= 3
    texts += [logged(), *(one.error for one in told)]
    keys = projects.get(project.project_id)
    secrets = [
        *(hostile.check_id, project.ping_key, project.api_key, project.api_key_readonly),
        *(keys.badge_key, keys.badge_secret),
    ]
    assert holding(texts, *secrets) == []


@pytest.mark.parametrize("code", sorted(WANTED))
def test_a_service_gets_the_secret_of_its_channel_where_it_wants_it_and_nobody_else(
    outside, make, tell, logged, project, code
):
    channel = make(code)

    told = tell(channel, Hostile(code, project))

    for request in outside.requests:
        assert places(request) == WANTED[code]
    stored = channels.get(project.project_id, channel.channel_id)
    kept = [logged(), repr(told), repr(stored), json.dumps(outside.reports)]
    assert holding(kept, SECRET) == []


@pytest.mark.parametrize("code", sorted(WANTED))
def test_what_a_service_repeats_is_told_without_secrets(outside, make, tell, logged, project, code):
    outside.refuses = True
    channel = make(code)
    hostile = Hostile(code, project)

    told = tell(channel, hostile)

    assert Delivery.SENT not in {one.state for one in told}
    stored = channels.get(project.project_id, channel.channel_id)
    errors = [stored.error, *(one.error for one in told)]
    kept = [logged(), json.dumps(outside.reports), *errors]
    assert all(errors)
    assert holding(kept, SECRET, hostile.check_id, project.ping_key) == []


@pytest.mark.parametrize("place", ["url", "headers", "body"])
def test_only_who_writes_code_is_told_it_and_only_there(outside, make, tell, project, place):
    values = {
        "url": "https://hooks.example/$CODE",
        "headers": {"X-Code": "$CODE"},
        "body": "$CODE",
    }
    given = WEBHOOK | {f"{place}_{status}": values[place] for status in ("down", "up")}
    hostile = Hostile(place, project)

    tell(make("webhook", given), hostile)

    for request in outside.requests:
        head, _, body = request.decode("latin-1").partition("\r\n\r\n")
        target, _, headers = head.partition("\r\n")
        found = {"url": target, "headers": headers, "body": body}
        assert found.pop(place).count(hostile.check_id) == 1
        assert holding(found.values(), hostile.check_id) == []


def test_what_is_looked_for_is_found():
    uuid = "7918b17b-a745-4db1-8575-9d2e07c97f79"

    for text in (
        *(uuid, uuid.upper(), uuid.replace("-", ""), uuid.replace("-", r"\-")),
        *(f"a&#45;{uuid.replace('-', '&#45;')}", uuid.replace("-", "%2D"), f"x{uuid}y"),
        *("\u200b".join(uuid), strings(json.dumps({"a": json.dumps([uuid])}))[-1]),
    ):
        assert holding([text], uuid) == [text]
    assert holding([uuid[:-1], "…", ""], uuid) == []
