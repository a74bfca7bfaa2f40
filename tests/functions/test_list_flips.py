"""GET /api/{version}/checks/{check}/flips."""

import pytest

from nightbell.domain.check import unique_key_of

START = 1_705_320_000  # 2024-01-15 12:00:00 UTC


@pytest.fixture
def flips(call, create, ping, now):
    """Return a function that asks for the flips of a check that went up, down, up in 3 seconds."""
    check_id = create()["uuid"]
    now.advance(microseconds=500_000)
    for suffix in ("", "/fail", "", "/log"):
        ping(f"/ping/{check_id}{suffix}")
        now.advance(seconds=1)

    def ask(query="", identifier=check_id, version="v3", **options):
        return call("GET", f"/api/{version}/checks/{identifier}/flips/{query}", **options)

    ask.check_id = check_id
    return ask


ALL = [
    {"timestamp": "2024-01-15T12:00:02+00:00", "up": 1},
    {"timestamp": "2024-01-15T12:00:01+00:00", "up": 0},
    {"timestamp": "2024-01-15T12:00:00+00:00", "up": 1},
]


def test_lists_the_flips_newest_first(flips):
    assert flips().json == ALL


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_older_versions_wrap_the_list(flips, version):
    assert flips(version=version).json == {"flips": ALL}


def test_finds_the_check_by_unique_key(flips, project):
    unique_key = unique_key_of(flips.check_id)

    assert flips(identifier=unique_key).json == ALL
    assert flips(identifier=unique_key, key=project.api_key_readonly).json == ALL


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        (f"?start={START}", [2, 1, 0]),
        (f"?start={START + 1}", [2, 1]),
        (f"?start={START + 3}", []),
        (f"?end={START}", []),
        (f"?end={START + 1}", [0]),
        (f"?end={START + 3}", [2, 1, 0]),
        (f"?start={START + 1}&end={START + 2}", [1]),
        (f"?start={START + 2}&end={START + 1}", []),
        ("?start=0&end=10000000000", [2, 1, 0]),
        ("?end=0", []),
        # The clock shows 12:00:04.5.
        ("?seconds=2", [2]),
        ("?seconds=3", [2, 1]),
        (f"?seconds=3&end={START + 2}", [1]),
        (f"?seconds=10&start={START + 2}", [2]),
        ("?seconds=0", [2, 1, 0]),
        ("?seconds=", [2, 1, 0]),
        ("?seconds=31536000", [2, 1, 0]),
        ("?unknown=1", [2, 1, 0]),
    ],
)
def test_filters_by_time(flips, query, seconds):
    shown = [int(flip["timestamp"][17:19]) for flip in flips(query).json]

    assert shown == seconds


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (f"?start={START}", 1),
        (f"?end={START}", 0),
        (f"?start={START}&end={START}", 0),
        (f"?start={START}&end={START + 1}", 1),
        ("?seconds=60", 1),
        ("?seconds=59", 0),
    ],
)
def test_the_start_is_in_the_period_and_the_end_is_not(call, create, ping, now, query, count):
    check_id = create()["uuid"]
    ping(f"/ping/{check_id}")
    now.advance(seconds=60)

    assert len(call("GET", f"/api/v3/checks/{check_id}/flips/{query}").json) == count


@pytest.mark.parametrize("name", ["start", "end", "seconds"])
@pytest.mark.parametrize(
    "value",
    ["-1", "1.5", "1e3", "x", "%20", "+1", "0x1", "10000000001", "9" * 5000, "%D9%A3", "1_0"],
)
def test_refuses_other_values(flips, name, value):
    answer = flips(f"?{name}={value}")

    assert (answer.status, answer.text) == (400, "")
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("query", ["?start=", "?end=", "?seconds=31536001"])
def test_refuses_an_empty_moment_and_more_than_a_year(flips, query):
    assert flips(query).status == 400


def test_asks_for_the_check_before_it_reads_the_filter(flips):
    assert flips("?start=x", identifier="00000000-0000-4000-8000-000000000000").status == 404
    assert flips("?start=x", key=None).status == 401


def test_pauses_and_resumes_are_flips_too(flips, call):
    for action in ("pause", "resume"):
        call("POST", f"/api/v3/checks/{flips.check_id}/{action}")

    assert [flip["up"] for flip in flips().json] == [0, 0, 1, 0, 1]


def test_keeps_the_month_and_two_full_ones_before(create, call, ping, now):
    now.moment = now.moment.replace(month=7, day=1, hour=0)
    check_id = create()["uuid"]
    ping(f"/ping/{check_id}")

    now.moment = now.moment.replace(month=9, day=30, hour=23, minute=59)
    assert len(call("GET", f"/api/v3/checks/{check_id}/flips/").json) == 1
    now.moment = now.moment.replace(month=10, day=31)
    assert call("GET", f"/api/v3/checks/{check_id}/flips/").json == []


@pytest.mark.parametrize("identifier", ["nonsense", "0" * 40])
def test_finds_no_other_check(flips, identifier):
    assert flips(identifier=identifier).status == 404
