"""GET /projects/{project}/checks/{check}/pings."""

from datetime import timedelta

import pytest

from nightbell.domain.check import Ping, Signal, unique_key_of
from nightbell.store import pings
from nightbell.store.tables import CheckItem, check_shard


@pytest.fixture
def log(project, create, now):
    """Make a check of 130 pings, of which the log keeps 100, and return its UUID and address.

    Only some of them are in it, by runs of a start signal and a success; every tenth is a failure.
    """
    check_id = create(name="Backup")["uuid"]
    now.advance(minutes=130)
    for n in (31, 32, 33, *range(78, 84), *range(128, 131)):
        kind = Signal.FAIL if n % 10 == 0 else Signal.SUCCESS if n % 2 else Signal.START
        ping = Ping(
            created=now.moment - timedelta(minutes=130 - n),
            kind=kind,
            n=n,
            remote_addr="203.0.113.7",
            method="POST",
            ua=f"<i>job</i> {check_id}",
            body=b"b" * (n % 3) * 500,
        )
        pings.add(check_id, ping)
    shard = check_shard(project.project_id, check_id)
    CheckItem(shard, check_id).update([CheckItem.n_pings.set(130)])
    return check_id, f"/projects/{project.project_id}/checks/{unique_key_of(check_id)}/pings"


def numbers(page):
    return [int(text.removeprefix("#")) for text in page.texts("tbody th")]


def test_the_log_is_paged_through_to_its_end(signed_in, log):
    _, address = log

    latest = signed_in.get(address)
    older = signed_in.get(latest.find("[rel=next]")[0].attributes["href"].removeprefix("/live"))
    newer = older.find("[rel=prev]")[0].attributes["href"]

    assert numbers(latest) == [130, 129, 128, 83, 82, 81]
    assert "130 in all; the log keeps the latest 100, from #31 on." in latest.text
    assert "Shown: #130 to #81." in latest.text
    assert older.path == f"{address}?before=81"
    assert numbers(older) == [80, 79, 78, 33, 32, 31]
    assert older.find("[rel=next]") == []
    assert newer == f"/live{address}"


def test_one_page_reads_the_slots_of_its_pings_and_few_more(signed_in, log, dynamodb_calls):
    dynamodb_calls.clear()

    signed_in.get(log[1])

    (read,) = [parameters for _, parameters in dynamodb_calls if parameters["TableName"] == "pings"]
    assert {"0071", "0130"} <= {one["S"] for one in read["ExpressionAttributeValues"].values()}


def test_a_row_tells_what_there_is_to_a_ping(signed_in, log):
    rows = signed_in.get(log[1]).texts("tbody tr")

    assert rows[0].startswith("#130 Failure 14:10:00 now 203.0.113.7 POST <i>job</i> ")
    assert rows[0].endswith(" 500 B")
    assert rows[1].startswith("#129 Success 14:09:00 1 min ago 1 min ")
    assert rows[2].endswith(" body")


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("fail", [130, 80]),
        ("start", [128, 82, 78, 32]),
        ("log", []),
        ("x", [130, 129, 128, 83, 82, 81]),
    ],
)
def test_pings_of_one_type_are_shown(signed_in, log, kind, found):
    page = signed_in.get(f"{log[1]}?type={kind}")

    assert numbers(page) == found
    if not found:
        assert "None of this type among the pings #31 to #130." in page.text


def test_a_filtered_page_that_is_full_goes_on_where_it_ends(signed_in, log, monkeypatch):
    monkeypatch.setattr("nightbell.dashboard.ping_log._PAGE", 2)

    page = signed_in.get(f"{log[1]}?type=start")
    rest = signed_in.get(page.find("[rel=next]")[0].attributes["href"].removeprefix("/live"))

    assert numbers(page) == [128, 82]
    assert rest.path == f"{log[1]}?before=82&type=start"
    assert numbers(rest) == [78, 32]


@pytest.mark.parametrize(
    ("before", "status"), [("0", 200), ("1", 200), ("999999", 200), ("-1", 404), ("x", 404)]
)
def test_any_number_can_be_asked_for(signed_in, log, before, status):
    page = signed_in.get(f"{log[1]}?before={before}")

    assert page.status == status
    if before in "01":
        assert "The log does not reach back so far." in page.text


def test_a_new_check_has_an_empty_log(signed_in, create, project):
    key = unique_key_of(create()["uuid"])

    page = signed_in.get(f"/projects/{project.project_id}/checks/{key}/pings")

    assert "No ping has come yet." in page.text


def test_only_the_newest_pings_are_live(signed_in, log):
    latest, older = signed_in.get(log[1]), signed_in.get(f"{log[1]}?before=81")
    again = signed_in.get(log[1], **{"If-None-Match": latest.headers["etag"]})

    assert latest.find("main")[0].attributes["data-live"] == "15"
    assert "data-live" not in older.find("main")[0].attributes
    assert again.status == 304


def test_a_reader_sees_the_log_but_no_way_to_a_body(reading, log):
    check_id, address = log

    page = reading.get(address)

    assert page.texts("tbody tr")[0].endswith(" 500 B")
    assert page.find("[data-label=Body] a") == []
    assert "<i>job</i> …" in page.texts("tbody tr")[0]
    assert check_id not in page.html
