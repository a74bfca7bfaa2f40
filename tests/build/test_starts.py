"""Each function starts under Lambda's own runtime client, on what is deployed and nothing else."""

from pathlib import Path

import pytest

from bench.starts import ROOT

FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))

# What the sample of each is answered, where it is not 200.
STATUSES = {
    "create_channel": 201,
    "create_check": 201,
    "fallback": 204,
    # There is no such body, badge or signature.
    "get_ping_body": 404,
    "check_badge": 404,
    "tag_badge": 404,
    "unsubscribe": 404,
    "check_health": 404,  # the sample's address may not ask
    "snooze_check": 409,  # the check is not down
    # These lead to another page.
    "home_page": 303,
    "sign_in_page": 303,
    "sign_out": 303,
}

# Those that no API calls, with what they return.
RETURNS = {
    "deliver_alert": {"batchItemFailures": []},
    "deliver_apprise": {"batchItemFailures": []},
    "dispatch_flip": {"batchItemFailures": []},
    "email_ping": {"batchItemFailures": []},
    "purge_check": {"batchItemFailures": []},
    "record_bounce": None,
    "scan_due": None,
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_answers_its_first_event(built, function):
    answer = built.answers[function]

    assert not answer.failed, answer.content
    if function in RETURNS:
        assert answer.content == RETURNS[function]
    else:
        assert answer.content["statusCode"] == STATUSES.get(function, 200), answer.content


def test_a_function_is_small_when_it_has_answered(built):
    largest = max(built.answers.values(), key=lambda answer: answer.peak_mb)

    assert 10 < largest.peak_mb < 100  # of at least 256 that they have


def test_nothing_of_the_checkout_is_needed(built, run):
    layer = built.layer("NightbellLayer") / "python"

    found = run("import nightbell; print(nightbell.__file__)", layer)

    assert Path(found.stdout.strip()).is_relative_to(layer)
