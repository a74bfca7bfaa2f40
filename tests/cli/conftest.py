"""What tests of the command line share."""

import json
import pkgutil
from dataclasses import replace
from importlib import import_module

import pytest
from click.testing import CliRunner

import nightbell
from nightbell import settings as settings_module
from nightbell.alerts import aws, dispatch, message, queues, sealing, trial
from nightbell.cli import main
from nightbell.store import check_creation, projects
from tests.cli.servers import Reply, of_the_api, running

# Modules take the settings when they are loaded, and tests of commands change them: so all of
# the package is loaded before.
for _module in pkgutil.walk_packages(nightbell.__path__, "nightbell."):
    import_module(_module.name)

UNKNOWN = "00000000-0000-4000-8000-000000000000"
URL = "https://hooks.example.org/services/SECRET"


@pytest.fixture
def run(tables, now, monkeypatch):
    """Return a function that runs a command and returns its exit code and output."""
    monkeypatch.delenv("NIGHTBELL_PROJECT", raising=False)

    def invoke(*arguments, **options):
        result = CliRunner().invoke(main, arguments, **options)
        return result.exit_code, result.output

    return invoke


@pytest.fixture
def succeed(run):
    """Return a function that runs a command which succeeds, and returns the JSON it prints."""

    def invoke(*arguments):
        code, output = run(*arguments, "--json")
        assert code == 0, output
        return json.loads(output)

    return invoke


@pytest.fixture
def deployed(tables, secrets_key, monkeypatch):
    """Let there be queues, a key and a function that sends; return their settings."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    sqs = aws.client("sqs")
    fifo = {"FifoQueue": "true"}
    names = {"alert_queue": "alerts.fifo", "dead_letter_queue": "dead.fifo"}
    urls = {
        setting: sqs.create_queue(QueueName=name, Attributes=fifo)["QueueUrl"]
        for setting, name in names.items()
    }
    deployment = replace(
        settings_module.settings,
        **urls,
        secrets_key=secrets_key,
        deliver_function="deliver",
        site_url="https://nightbell.example.org",
    )
    monkeypatch.setattr(settings_module, "settings", deployment)
    monkeypatch.setattr(import_module("nightbell.cli.dead_letters"), "_WAIT", 0)
    for module in (dispatch, queues, sealing, trial):
        monkeypatch.setattr(module, "settings", deployment)
    yield deployment
    for url in urls.values():
        sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def scripted():
    """A server that gives the replies in its list `replies`, one by one, and the last for ever."""
    replies = [Reply(body={})]

    def answer(_request):
        return replies.pop(0) if len(replies) > 1 else replies[0]

    with running(answer) as server:
        server.replies = replies
        yield server


@pytest.fixture
def site(tables, now, monkeypatch):
    """Serve the API, and name it in the environment with the key of a project; its keys."""
    keys = projects.create("Ours", check_limit=20, ping_log_limit=100, now=now.moment)
    with running(of_the_api) as server:
        monkeypatch.setenv("NIGHTBELL_URL", server.url)
        monkeypatch.setenv("NIGHTBELL_API_KEY", keys.api_key)
        yield keys


@pytest.fixture
def project(tables, now):
    """Make a project, and return its id."""
    made = projects.create("Shop", check_limit=9, ping_log_limit=9, now=now.moment)
    return made.project_id


@pytest.fixture
def in_project(project):
    """The option that names the project."""
    return ["--project", project]


@pytest.fixture
def slack(succeed, deployed, in_project):
    """Add a Slack channel, and return what is shown of it."""
    return succeed("channel", "add", "slack", "--name", "Ops", "--url", URL, *in_project)


@pytest.fixture
def check(project, now):
    """Create a check with a name, and return it."""
    blank = check_creation.blank(project, now.moment)
    made = replace(blank, name="Backup")
    check_creation.create(made, limit=9, now=now.moment)
    return made


def take_nothing(_url, orders, **_):
    """Stand in for queues.send where the queue takes no message."""
    return list(orders)


def received(url):
    """Return the orders in a queue, which are in it no more."""
    found = []
    while got := aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10):
        if "Messages" not in got:
            return found
        for one in got["Messages"]:
            found.append(message.read(one["Body"]))
            aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
