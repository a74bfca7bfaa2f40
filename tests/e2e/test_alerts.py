"""Alerts: what webhooks and mailboxes hear, and what the API says of it."""

import httpx
import pytest

from tests.e2e.receiver import running_receiver
from tests.e2e.system import running_system, wait_until

# `silent` is for test_silence.py: it takes its time meanwhile.
pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("silent")]


@pytest.fixture(scope="module")
def notifications(api):
    """Return a function that lists what was told about a check, oldest first."""

    def read(check):
        answer = api.get(f"{check['update_url']}/notifications/")
        assert answer.status_code == 200
        return answer.json()["notifications"][::-1]

    return read


def test_who_is_told_hears_down_and_up(
    create, anyone, add_webhook, add_mail, receiver, mails, notifications, system
):
    webhook, mail = add_webhook("/told"), add_mail("told@example.org")
    check = create(name="Told", tags="shop", channels=f"{webhook},{mail}")
    anyone.get(check["ping_url"])

    anyone.post(f"{check['ping_url']}/fail", content=b"disk is full")
    wait_until(lambda: receiver.heard("/told") and mails("told@example.org"))
    anyone.get(check["ping_url"])
    wait_until(lambda: len(receiver.heard("/told") + mails("told@example.org")) == 4)

    assert receiver.heard("/told") == ["Told: down", "Told: up"]
    down, up = mails("told@example.org")
    assert [down["Subject"], up["Subject"]] == ["Told is DOWN", "Told is UP"]
    for words in ("Demonstration", "shop", "disk is full", system.url):
        assert words in down["BodyText"]
    for subject in (down["Subject"], up["Subject"]):
        wait_until(lambda s=subject: f"MAIL    to told@example.org: {s}" in system.printed())
    wait_until(lambda: [one["state"] for one in notifications(check)] == ["sent"] * 4)
    told = {(one["channel"], one["status"], one["reason"]) for one in notifications(check)}
    expected = [("down", "fail"), ("up", "success")]
    assert told == {(channel, *what) for channel in (webhook, mail) for what in expected}


def test_of_the_first_ping_and_of_pauses_nobody_hears(
    create, api, anyone, add_webhook, receiver, notifications
):
    check = create(name="Quiet", channels=add_webhook("/quiet"))
    url = check["update_url"]
    anyone.get(check["ping_url"])
    assert [api.post(f"{url}/{step}").status_code for step in ("pause", "resume")] == [200] * 2
    anyone.get(check["ping_url"])

    anyone.get(f"{check['ping_url']}/fail")
    wait_until(lambda: receiver.heard("/quiet"))
    assert api.post(f"{url}/pause").status_code == 200
    anyone.get(check["ping_url"])
    anyone.get(f"{check['ping_url']}/fail")
    wait_until(lambda: len(receiver.heard("/quiet")) > 1)

    assert receiver.heard("/quiet") == ["Quiet: down", "Quiet: down"]
    assert [one["status"] for one in notifications(check)] == ["down", "down"]
    assert len(api.get(f"{url}/flips/").json()) == 8


def test_a_receiver_that_fails_for_a_while_hears_of_all_in_order(
    create, anyone, add_webhook, receiver, notifications
):
    receiver.statuses["/shaky"] = 500
    check = create(name="Shaky", channels=add_webhook("/shaky"))
    anyone.get(f"{check['ping_url']}/fail")
    wait_until(lambda: receiver.heard("/shaky"))
    anyone.get(check["ping_url"])
    wait_until(lambda: [one["state"] for one in notifications(check)] == ["retrying", "queued"])
    down, up = notifications(check)

    receiver.statuses.clear()
    wait_until(lambda: [one["state"] for one in notifications(check)] == ["sent", "sent"])

    assert (down["attempts"], down["error"]) == (1, "Received status code 500")
    assert (up["attempts"], up["error"]) == (0, None)
    assert [one["attempts"] for one in notifications(check)] == [2, 1]
    assert receiver.heard("/shaky") == ["Shaky: down", "Shaky: down", "Shaky: up"]


def test_a_channel_that_is_gone_is_disabled_and_says_why(
    create, api, anyone, add_webhook, receiver, notifications
):
    receiver.statuses["/gone"] = 410
    channel = add_webhook("/gone")
    check = create(name="Gone", channels=channel)

    anyone.get(f"{check['ping_url']}/fail")
    wait_until(lambda: [one["state"] for one in notifications(check)] == ["failed"])

    (failed,) = notifications(check)
    shown = api.get(f"/api/v3/channels/{channel}").json()
    listed = api.get(f"/api/v3/channels/{channel}/notifications/").json()["notifications"]
    assert failed["error"] == shown["error"] == "Received status code 410"
    assert shown["disabled"] is True
    assert listed == [failed]


def test_the_next_run_delivers_what_the_last_one_could_not(tmp_path):
    state = tmp_path / "state"
    with running_receiver() as receiver:
        receiver.statuses["/"] = 500
        with running_system(state) as first:
            with httpx.Client(base_url=first.url, headers={"X-Api-Key": first.api_key}) as api:
                settings = {"url_down": f"{receiver.url}/", "body_down": "$STATUS"}
                channel = {"kind": "webhook", "settings": settings | {"method_down": "POST"}}
                channel_id = api.post("/api/v3/channels/", json=channel).json()["id"]
                check = api.post("/api/v3/checks/", json={"channels": channel_id}).json()
                api.get(f"{check['ping_url']}/fail")
                wait_until(lambda: receiver.requests)
            assert first.stop() == 0
        receiver.statuses.clear()

        with running_system(state) as second:
            wait_until(lambda: len(receiver.requests) > 1)
            url = f"{second.url}/api/v3/checks/{check['uuid']}/notifications/"
            key = {"X-Api-Key": second.api_key}
            wait_until(
                lambda: httpx.get(url, headers=key).json()["notifications"][0]["state"] == "sent",
            )
            assert second.stop() == 0

        assert receiver.heard("/") == ["down", "down"]
