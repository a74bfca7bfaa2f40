"""GET /projects/{project}/channels."""

from datetime import timedelta

import pytest

from nightbell.domain.check import Delivery

HOSTILE = "<script>alert(1)</script>\u202e=2+2"


@pytest.fixture
def path(project):
    return f"/projects/{project.project_id}/channels"


@pytest.fixture
def rows(signed_in, path):
    """Return a function that returns the rows of the page by the name of their channel."""

    def read():
        page = signed_in.get(path)
        assert page.status == 200
        return {
            row.css_first("th").text(strip=True): " ".join(row.text(separator=" ").split())
            for row in page.find("tbody tr")
        }

    return read


def test_a_project_without_channels_is_shown_how_to_make_one(signed_in, path):
    page = signed_in.get(path)

    assert page.texts("h2")[0] == "Nobody is told yet"
    assert f"{path}/new" in page.links()


def test_tells_kind_target_use_and_what_was_told_last(
    signed_in, path, rows, add_channel, create, notify, now
):
    mail = add_channel("On-call")
    add_channel("Spare", kind="sms", settings={"to": "+37120000000", "down": True, "up": False})
    check = create(name="Backup", channels="On-call")
    create(channels="On-call")
    notify(check["uuid"], mail.channel_id, state=Delivery.SENT)
    now.advance(minutes=5)

    told = rows()

    assert told["On-call"] == "Works On-call Email ops@example.org 2 5 min ago Sent"
    assert told["Spare"] == "Not tried yet Spare SMS +37120000000 0 never"
    assert f"{path}/{mail.channel_id}" in signed_in.get(path).links()


def test_tells_what_is_wrong_with_a_channel(rows, add_channel, now):
    since = now.moment - timedelta(hours=2)
    add_channel("Broken", error="Received status code 500", failing_since=since)
    add_channel("Off", error="Received status code 410", failing_since=since, disabled=True)

    told = rows()

    assert told["Broken"].startswith("Failing since 10:00 Received status code 500")
    assert told["Off"].startswith("Disabled Received status code 410")


def test_a_group_leads_to_its_channels_and_these_tell_of_it(rows, add_channel):
    first, second = add_channel("First"), add_channel("Second")
    members = [first.channel_id, second.channel_id]
    add_channel("Both", kind="group", settings={"channels": members})
    add_channel("One", kind="group", settings={"channels": members[:1]})

    told = rows()

    assert told["Both"] == "Not tried yet Both Group First, Second 0"
    assert "0 and in 2 groups" in told["First"]
    assert "0 and in 1 group" in told["Second"]


@pytest.mark.parametrize(
    ("members", "condition"),
    [
        ([], "Disabled"),
        (["off"], "Disabled"),
        (["off", "broken"], "Failing"),
        (["good", "broken"], "Failing"),
        (["good", "off"], "Works"),
        (["good", "new"], "Works"),
        (["new"], "Not tried yet"),
    ],
)
def test_a_group_does_as_its_channels_do(rows, add_channel, now, members, condition):
    answered = {"answered": now.moment}
    ids = {
        "off": add_channel("off", disabled=True, error="gone").channel_id,
        "broken": add_channel("broken", error="no answer").channel_id,
        "good": add_channel("good", **answered).channel_id,
        "new": add_channel("new").channel_id,
    }
    add_channel("All", kind="group", settings={"channels": [ids[name] for name in members]})

    assert rows()["All"].startswith(f"{condition} All")


def test_shows_no_secret(signed_in, path, make_slack):
    make_slack(url="https://hooks.example/services/S3cr3t")

    page = signed_in.get(path)

    assert "https://hooks.example/…" in page.text
    assert "S3cr3t" not in page.html


def test_what_people_wrote_is_text(signed_in, path, add_channel):
    add_channel(HOSTILE, settings={"to": HOSTILE}, error=HOSTILE)

    page = signed_in.get(path)

    assert len(page.find("script")) == 1
    assert page.texts("tbody th bdi") == [HOSTILE]


def test_a_channel_without_a_name_is_called_by_its_kind(rows, add_channel):
    add_channel("")

    assert list(rows()) == ["Email"]


def test_a_read_only_viewer_sees_no_channel_as_in_the_api(
    reading, project, path, add_channel, create, call
):
    channel = add_channel("On-call")
    create(channels="*")

    page = reading.get(path)

    assert call("GET", "/api/v3/channels/", key=project.api_key_readonly).status == 401
    assert page.status == 200
    assert "read-write key" in page.text
    assert not page.find("main form, main table, main .button")
    for secret in ("On-call", "ops@example.org", channel.channel_id):
        assert secret not in page.html


def test_shows_nothing_of_other_projects(rows, other, add_channel):
    add_channel("Theirs", other.project_id)

    assert rows() == {}
