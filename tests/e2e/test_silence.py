"""A deadline that is missed, and who hears of it."""

from datetime import datetime

import pytest

from tests.e2e.system import wait_until

pytestmark = pytest.mark.e2e


def test_a_missed_deadline_is_heard_and_so_is_the_next_ping(silent, api, anyone, receiver, mails):
    # Other checks tell the same channels: those that pings create have all of the project's.
    def heard():
        return [body for body in receiver.heard("/silent") if body.startswith("Silent: ")]

    def subjects():
        found = [mail["Subject"] for mail in mails("silent@example.org")]
        return [subject for subject in found if subject.startswith("Silent is ")]

    wait_until(lambda: heard() and subjects(), 150)
    shown = api.get(silent["update_url"]).json()
    assert anyone.get(silent["ping_url"]).status_code == 200
    wait_until(lambda: len(heard()) > 1 and len(subjects()) > 1)

    flips = api.get(f"{silent['update_url']}/flips/").json()
    up, down, _ = (datetime.fromisoformat(flip["timestamp"]) for flip in flips)
    assert shown["status"] == "down"
    assert (down - datetime.fromisoformat(shown["last_ping"])).total_seconds() in (119, 120, 121)
    assert up >= down
    assert heard() == ["Silent: down", "Silent: up"]
    assert subjects() == ["Silent is DOWN", "Silent is UP"]
