"""GET and POST /projects/{project}/checks."""

import gzip
import re
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from nightbell.dashboard import assets
from nightbell.domain.check import Change, Status
from nightbell.store import check_creation, checks, projects, sessions

HOUR = {"timeout": 3600, "grace": 600}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}")
HOSTILE = [
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "=cmd|' /C calc'!A0",
    "🔥" * 100,
    "'\"><b>",
]


@pytest.fixture
def path(project):
    """Return where the list is."""
    return f"/projects/{project.project_id}/checks"


@pytest.fixture
def add(project, now):
    """Return a function that stores checks as they are given."""

    def add(*, store=True, **fields):
        blank = check_creation.blank(project.project_id, now.moment)
        check = replace(blank, **fields)
        if store:
            check_creation.create(check, limit=5000, now=now.moment)
        return check

    return add


@pytest.fixture
def six(create, ping, call, now):
    """Make a check of each standing, the worst last."""
    made = {
        name: create(name=name.title(), **HOUR)["uuid"]
        for name in ("paused", "new", "up", "running", "late", "down")
    }
    for name in ("late", "up", "running"):
        ping(f"/ping/{made[name]}")
    ping(f"/ping/{made['down']}/fail")
    now.advance(minutes=58)
    for name in ("up", "running"):
        ping(f"/ping/{made[name]}")
    ping(f"/ping/{made['running']}/start")
    call("POST", f"/api/v3/checks/{made['paused']}/pause")
    now.advance(minutes=5)
    return made


def names(page):
    return page.texts("tbody th a.open")


def expected(page):
    return [text.replace(" ,", ",") for text in page.texts("td[data-label='What comes next']")]


def keys_of(project):
    return {check.name: check.unique_key for check in checks.list_for(project.project_id)}


def stored(project):
    return {check.name: check for check in checks.list_for(project.project_id)}


def test_what_is_wrong_comes_first_and_each_row_says_what_is_expected(signed_in, path, six):
    page = signed_in.get(path)

    assert names(page) == ["Down", "Late", "Running", "Up", "New", "Paused"]
    assert page.texts("tbody .status") == names(page)
    assert expected(page) == [
        "down since 12:00",
        "late by 3 min, down in 7 min",
        "running for 5 min, down at 13:08",
        "expected in 55 min, down at 14:08",
        "waits for its first ping",
        "paused, resumes with the next ping",
    ]
    assert page.texts("td[data-label='Last ping']")[:2] == ["1 h ago", "1 h ago"]


def test_the_title_and_the_icon_tell_the_number_of_failures(signed_in, path, six):
    page = signed_in.get(path)

    assert page.texts("head title") == ["(1) Checks – Nightbell"]
    assert "/icon-1.svg" in page.find("link[rel=icon]")[0].attributes["href"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=BACK", ["Backup, Berlin", "backup, riga"]),
        ("?q=riga+backup", ["backup, riga"]),
        ("?q=db", ["Backup, Berlin"]),
        ("?q=the-slug", ["Report"]),
        ("?q=nothing", []),
        ("?status=paused", ["Report"]),
        ("?status=paused&status=new", ["Backup, Berlin", "backup, riga", "Report"]),
        ("?status=down&status=nonsense", []),
        ("?status=nonsense", ["Backup, Berlin", "backup, riga", "Report"]),
        ("?tag=prod", ["Backup, Berlin", "backup, riga"]),
        ("?tag=prod&tag=db", ["Backup, Berlin"]),
        ("?tag=pro", []),
        ("?sort=-name", ["Report", "backup, riga", "Backup, Berlin"]),
        ("?sort=nonsense", ["Backup, Berlin", "backup, riga", "Report"]),
        ("?page=99", ["Backup, Berlin", "backup, riga", "Report"]),
        ("?page=%C2%B2&q=%ED%A0%BD", []),
    ],
)
def test_the_address_says_which_checks_and_in_which_order(signed_in, path, add, query, found):
    add(name="backup, riga", tags="prod")
    add(name="Report", slug="the-slug", status=Status.PAUSED)
    add(name="Backup, Berlin", tags="prod db")

    page = signed_in.get(path + query)

    assert page.status == 200
    assert names(page) == found


def test_what_is_long_or_late_comes_first_when_sorted_so(signed_in, path, add, now):
    add(name="never")
    add(name="old", last_ping=now.moment - timedelta(days=3), last_duration=timedelta(seconds=9))
    add(name="fresh", last_ping=now.moment, last_duration=timedelta(seconds=1.5))

    by_ping = signed_in.get(f"{path}?sort=ping")
    by_duration = signed_in.get(f"{path}?sort=duration")
    reverse = signed_in.get(f"{path}?sort=-duration")

    assert names(by_ping) == ["fresh", "old", "never"]
    assert by_ping.texts("[aria-sort=descending]") == ["Last ping"]
    assert names(by_duration) == ["old", "fresh", "never"]
    assert by_duration.texts("td[data-label=Took]") == ["9 s", "1.5 s", ""]
    assert names(reverse) == ["never", "fresh", "old"]


def test_links_add_filters_and_take_them_away(signed_in, path, add):
    add(name="A", tags="prod")
    add(name="B", tags="a&b=c")

    page = signed_in.get(f"{path}?tag=prod&q=a")
    (chosen,) = page.find("ul a.tag[aria-current]")
    both = next(link for link in page.links() if "tag=a%26b" in link)
    form = page.find("form[role=search] input")

    assert chosen.attributes["href"].endswith(f"{path}?q=a")
    assert names(signed_in.get(both)) == []
    assert {field.attributes["name"]: field.attributes["value"] for field in form} == {
        "q": "a",
        "tag": "prod",
    }


def test_a_thousand_checks_come_in_pages_of_a_hundred(signed_in, path, add, monkeypatch, project):
    many = [add(store=False, name=f"Check {number:04}", tags="prod") for number in range(1001)]
    monkeypatch.setattr(checks, "list_for", lambda _project_id: many)

    first = signed_in.get(path)
    second = signed_in.get(next(link for link in first.links() if "page=2" in link))
    last = signed_in.get(f"{path}?page=11")

    assert names(first) == [f"Check {number:04}" for number in range(100)]
    assert names(second)[0] == "Check 0100"
    assert names(last) == ["Check 1000"]
    assert "Page 2 of 11, 1001 checks" in second.texts("nav.pager span")


def test_a_hundred_rows_with_all_that_a_page_loads_are_small(
    signed_in, path, add, monkeypatch, now
):
    random = Random(1)
    many = [
        add(
            store=False,
            name=f"{random.randbytes(12).hex()} of {random.randbytes(6).hex()}",
            tags=" ".join(random.randbytes(4).hex() for _ in range(4)),
            status=Status.UP,
            last_ping=now.moment - timedelta(seconds=random.randrange(86400)),
            last_duration=timedelta(seconds=random.random()),
        )
        for _ in range(100)
    ]
    monkeypatch.setattr(checks, "list_for", lambda _project_id: many)

    page = signed_in.get(path)
    loaded = [asset.partition("?")[0] for asset in page.assets()]
    texts = [page.html, *(signed_in.get(asset).html for asset in loaded)]

    assert len(names(page)) == 100
    assert len(loaded) == 3
    assert sum(len(gzip.compress(text.encode())) for text in texts) < 60_000


def test_latest_runs_are_drawn_and_only_new_ones_are_read(
    signed_in, path, create, ping, now, dynamodb_calls
):
    made = create(name="Backup", **HOUR)
    create(name="Silent", **HOUR)
    for end in ("", "/fail", ""):
        ping(f"/ping/{made['uuid']}/start")
        now.advance(seconds=10)
        ping(f"/ping/{made['uuid']}{end}")
    dynamodb_calls.clear()

    page = signed_in.get(path)
    again = signed_in.get(path)
    read = [
        parameters["TableName"] for _, parameters in dynamodb_calls if "TableName" in parameters
    ]
    ping(f"/ping/{made['uuid']}")
    later = signed_in.get(path)

    assert page.texts("svg.spark title") == ["latest runs: 3, failed: 1"]
    assert again.texts("svg.spark title") == page.texts("svg.spark title")
    assert later.texts("svg.spark title") == ["latest runs: 4, failed: 1"]
    assert read.count("pings") == 1


def test_a_run_whose_start_is_too_long_ago_to_be_read_is_not_drawn_as_a_short_one(
    signed_in, path, create, ping, now
):
    made = create(name="Backup", **HOUR)
    create(name="Silent", **HOUR)
    for _ in range(10):
        ping(f"/ping/{made['uuid']}/start")
        now.advance(seconds=10)
        ping(f"/ping/{made['uuid']}")
    ping(f"/ping/{made['uuid']}/start")

    page = signed_in.get(path)

    assert page.texts("svg.spark title") == ["latest runs: 9"]


def test_a_page_of_a_hundred_reads_fifty_logs(signed_in, path, add, monkeypatch, dynamodb_calls):
    many = [add(store=False, name=str(number), n_pings=1) for number in range(60)]
    monkeypatch.setattr(checks, "list_for", lambda _project_id: many)

    signed_in.get(path)

    read = [
        parameters["TableName"] for _, parameters in dynamodb_calls if "TableName" in parameters
    ]
    assert read.count("pings") == 50


def test_a_page_that_has_not_changed_is_not_sent_again(
    signed_in, path, create, ping, dynamodb_calls
):
    made = create(name="Backup")
    first = signed_in.get(path)

    dynamodb_calls.clear()
    again = signed_in.get(path, **{"If-None-Match": first.headers["etag"]})
    operations = [operation for operation, _ in dynamodb_calls]
    by_hand = signed_in.get(
        path, **{"If-None-Match": first.headers["etag"], "Sec-Fetch-Mode": "navigate"}
    )
    ping(f"/ping/{made['uuid']}")
    changed = signed_in.get(path, **{"If-None-Match": first.headers["etag"]})

    assert (again.status, again.html) == (304, "")
    assert sorted(operations) == ["GetItem"] * 2 + ["Query"] * 4
    assert (by_hand.status, changed.status) == (200, 200)
    assert changed.headers["etag"] != first.headers["etag"]
    assert changed.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("change", ["key", "sign-in", "zone", "version"])
def test_a_page_is_not_taken_for_that_of_another_viewer_or_version(
    signed_in, project, path, create, monkeypatch, change
):
    create(name="Backup")
    create(name="Report")
    first = signed_in.get(path)

    if change in ("key", "sign-in"):
        signed_in.sign_in(project.api_key_readonly if change == "key" else project.api_key)
    elif change == "zone":
        signed_in.cookies["tz"] = "Asia%2FTokyo"
    else:
        monkeypatch.setattr(assets, "version", lambda: "of another deployment")
    again = signed_in.get(path, **{"If-None-Match": first.headers["etag"]})

    assert again.status == 200


def test_the_page_changes_when_a_check_becomes_late(signed_in, path, create, ping, now):
    made = create(name="Backup", **HOUR)
    ping(f"/ping/{made['uuid']}")
    first = signed_in.get(path)

    now.advance(minutes=60)
    later = signed_in.get(path, **{"If-None-Match": first.headers["etag"]})

    assert later.status == 200
    assert expected(later) == ["late by 1 s, down in 10 min"]


def test_a_name_of_which_nothing_is_seen_is_no_name(signed_in, path, create):
    create(name=" \t ")
    create()

    page = signed_in.get(path)

    assert page.texts("tbody a.open") == ["unnamed", "unnamed"]
    assert {one.attributes["aria-label"] for one in page.find(".pick")} == {"Select unnamed"}


def test_without_script_a_reader_is_told_whose_times_they_are(signed_in, path):
    before = signed_in.get(path).texts("noscript")
    signed_in.cookies["tz"] = "Asia/Tokyo"

    assert before == ["Times are those of UTC."]
    assert signed_in.get(path).texts("noscript") == ["Times are those of Asia/Tokyo."]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_what_people_wrote_is_text(signed_in, path, add, name):
    add(name=name, tags=name.replace(" ", "_"))
    add(name="B")

    page = signed_in.get(path)
    filtered = signed_in.get(next(link for link in page.links() if "?tag=" in link))

    assert set(names(page)) == {"B", " ".join(name.split())}
    assert len(page.find("script")) == 1
    assert names(filtered) == [" ".join(name.split())]


def test_a_reader_sees_no_form_no_uuid_and_no_address_of_pings(reading, path, six):
    page = reading.get(path)

    assert names(page) == ["Down", "Late", "Running", "Up", "New", "Paused"]
    assert page.find("main form[method=post], main input[type=checkbox]") == []
    without_project = page.html.replace(path.split("/")[2], "")
    assert not UUID.search(without_project)
    assert "/ping/" not in page.html


@pytest.mark.parametrize("page", ["checks", "wall"])
def test_secrets_that_somebody_wrote_into_a_name_are_masked(reading, project, add, page):
    one = add(status=Status.DOWN)
    checks.change(
        one.check_id,
        lambda check: Change(
            before=check,
            after=replace(check, name=f"curl /{one.check_id}", tags=project.ping_key.lower()),
        ),
        owner=project.project_id,
    )

    shown = reading.get(f"/projects/{project.project_id}/{page}")
    searched = reading.get(f"/projects/{project.project_id}/checks?q={one.check_id[:6]}")

    assert "curl /…" in shown.text
    assert one.check_id not in shown.html
    assert project.ping_key.lower() not in shown.html
    assert names(searched) == []


def test_even_who_may_write_sees_no_uuid_in_the_list(signed_in, path, six):
    page = signed_in.get(path)

    assert not UUID.search(page.html.replace(path.split("/")[2], ""))


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("pause", Status.UP, Status.PAUSED),
        ("pause", Status.PAUSED, Status.PAUSED),
        ("resume", Status.PAUSED, Status.NEW),
        ("resume", Status.UP, Status.UP),
    ],
)
def test_the_chosen_checks_are_paused_and_resumed(
    signed_in, path, project, add, action, before, after
):
    for name in ("A", "B", "C"):
        add(name=name, status=before)
    chosen = [keys_of(project)[name] for name in ("A", "C")]

    page = signed_in.submit(signed_in.get(path), "form[data-bulk]", check=chosen, action=action)

    assert page.path.startswith(path)
    assert page.find(".notice[role=status]")
    found = {name: check.status for name, check in stored(project).items()}
    assert found == {"A": after, "B": before, "C": after}


def test_tags_are_added_to_and_taken_from_the_chosen_checks(signed_in, path, project, add):
    add(name="A", tags="db prod")
    add(name="B", tags="web")
    chosen = {"check": list(keys_of(project).values())}
    page = signed_in.get(path)

    signed_in.submit(page, "form[data-bulk]", action="tag", tags=" prod  new prod ", **chosen)
    added = {name: check.tags for name, check in stored(project).items()}
    signed_in.submit(page, "form[data-bulk]", action="untag", tags="prod web", **chosen)
    removed = {name: check.tags for name, check in stored(project).items()}

    assert added == {"A": "db prod new", "B": "web prod new"}
    assert removed == {"A": "db new", "B": "new"}


def test_tags_that_one_check_has_no_room_for_are_added_to_none(
    signed_in, path, add, project, unchanged
):
    add(name="A", tags="x" * 495)
    add(name="B")
    page = signed_in.get(path)

    with unchanged():
        refused = signed_in.submit(
            page,
            "form[data-bulk]",
            action="tag",
            tags="production",
            check=list(keys_of(project).values()),
        )

    assert refused.status == 400
    assert refused.texts("#f-tags-error") == ["The text of the tags is too long."]
    assert refused.find("#f-tags")[0].attributes["value"] == "production"
    assert len(refused.find("input.pick[checked]")) == 2


def test_checks_are_deleted_after_a_second_look(signed_in, path, project, add):
    for name in ("A", "B", "<b>"):
        add(name=name)
    chosen = [keys_of(project)[name] for name in ("A", "<b>")]
    page = signed_in.get(f"{path}?sort=name")

    asked = signed_in.submit(page, "form[data-bulk]", check=chosen, action="delete")
    still = set(stored(project))
    done = signed_in.submit(asked, action="delete")

    assert sorted(asked.texts("main li bdi")) == ["<b>", "A"]
    assert still == {"A", "B", "<b>"}
    assert set(stored(project)) == {"B"}
    assert done.path == f"{path}?sort=name&said=checks-deleted"
    assert projects.get(project.project_id).check_count == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"action": "pause"}, "no check was selected"),
        ({"action": "pause", "check": "0" * 40}, "no check was selected"),
        ({"action": "delete", "check": "../../x", "confirmed": "yes"}, "no check was selected"),
    ],
)
def test_a_form_without_what_it_needs_does_nothing(
    signed_in, path, project, add, unchanged, fields, said
):
    add(name="A")
    add(name="B")
    page = signed_in.get(path)

    with unchanged():
        answer = signed_in.submit(page, "form[data-bulk]", **fields)

    assert said in answer.texts(".notice")[0]


@pytest.mark.parametrize("action", ["tag", "untag"])
def test_who_has_typed_no_tag_need_not_select_again(
    signed_in, path, project, add, unchanged, action
):
    for name in ("A", "B"):
        add(name=name)
    page = signed_in.get(path)

    with unchanged():
        refused = signed_in.submit(
            page, "form[data-bulk]", check=keys_of(project)["B"], tags=" ", action=action
        )

    assert refused.texts("#f-tags-error") == ["Type a tag first."]
    (ticked,) = refused.find("input.pick[checked]")
    assert ticked.attributes["aria-label"] == "Select B"


def test_checks_of_another_project_are_out_of_reach(signed_in, path, add, other, create, unchanged):
    add(name="A")
    foreign = create(key=other.api_key, name="Theirs")
    key = checks.find(foreign["uuid"], other.project_id).unique_key

    with unchanged():
        signed_in.submit(signed_in.get(path), "form[data-bulk]", check=key, action="pause")


@pytest.mark.parametrize(
    ("who", "fields"),
    [
        ("reading", {"action": "pause"}),
        ("reading", {"action": "create", "name": "X", "period": "60"}),
        ("signed_in", {"action": "pause", "csrf": "x"}),
        ("signed_in", {"action": "nonsense"}),
    ],
)
def test_nobody_else_and_no_other_form_changes_anything(
    request, path, project, add, unchanged, who, fields
):
    browser = request.getfixturevalue(who)
    add(name="A")
    token = browser.get(path).find("input[name=csrf]")[0].attributes["value"]

    with unchanged():
        fields = {"csrf": token, "check": keys_of(project)["A"], **fields}
        page = browser.post(path, fields)

    assert page.status == 403


# ---- An empty project ----------------------------------------------------------------------


def test_an_empty_project_gets_its_first_ping(signed_in, path, project, add_channel, ping, now):
    channel = add_channel("Ops")

    empty = signed_in.get(path)
    waiting = signed_in.submit(empty, "main form", action="create")
    (check,) = checks.list_for(project.project_id)
    (command,) = waiting.texts("#first > .snippet code")
    ping(f"/ping/{command.rpartition('/')[2]}")
    now.advance(seconds=5)
    arrived = signed_in.get(path, **{"If-None-Match": waiting.headers["etag"]})
    now.advance(days=2)
    later = signed_in.get(path)

    assert (check.name, check.slug) == ("My first job", "my-first-job")
    assert (check.timeout, check.grace) == (timedelta(days=1), timedelta(hours=4))
    assert check.channels == {channel.channel_id}
    assert waiting.texts("#first h2") == ["Waiting for the first ping of “ My first job ”"]
    assert waiting.find("main[data-live='5']")
    assert arrived.texts("#first [role=status]") == ["It works: the first ping has arrived"]
    assert check.check_id in arrived.texts("#snippets code")[0]
    assert later.find("#first") == []


def test_there_is_a_snippet_for_each_way_of_running_jobs(signed_in, path):
    page = signed_in.submit(signed_in.get(path), "main form", action="create", period="3600")

    assert page.texts("#snippets summary") == [
        "Crontab",
        "Shell",
        "PowerShell",
        "Python",
        "systemd timer",
        "GitHub Actions",
        "Kubernetes CronJob",
    ]
    assert page.texts("#snippets code")[0].startswith("0 * * * * /path/to/job && curl ")


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"name": "x" * 101}, "name", "The name is too long."),
        ({"name": "a\0b"}, "name", "The name is not a string."),
        ({"period": "1"}, "period", "The period is too small."),
        ({"period": "½"}, "period", "The period is too small."),
    ],
)
def test_a_first_check_that_cannot_be_is_told_beside_its_field(
    signed_in, path, project, fields, field, problem
):
    page = signed_in.submit(signed_in.get(path), "main form", action="create", **fields)

    assert page.status == 400
    assert page.texts(f"#f-{field}-error") == [problem]
    assert checks.list_for(project.project_id) == []


def test_a_reader_of_an_empty_project_is_told_so(reading, path):
    page = reading.get(path)

    assert "There are no checks yet" in page.text
    assert page.find("main form") == []


def test_a_reader_sees_the_only_check_but_not_how_to_ping_it(reading, path, create):
    create(name="Only")

    page = reading.get(path)

    assert names(page) == ["Only"]
    assert page.find("#first") == []


@pytest.mark.parametrize(
    ("headers", "consistent"),
    [
        ({}, True),
        ({"If-None-Match": "x", "Sec-Fetch-Mode": "navigate"}, True),
        ({"If-None-Match": "x", "Sec-Fetch-Mode": "cors"}, False),
    ],
    ids=["first", "anew", "refresh"],
)
def test_only_a_page_that_asks_by_itself_may_miss_the_last_second(
    signed_in, path, dynamodb_calls, headers, consistent
):
    dynamodb_calls.clear()

    signed_in.get(path, **headers)
    signed_in.post(path, {"action": "pause"}, **headers | {"If-None-Match": "x"})

    reads = [asked["ConsistentRead"] for name, asked in dynamodb_calls if name == "GetItem"]
    assert reads == [consistent] * 2 + [True] * 2


def test_a_page_that_somebody_keeps_is_confirmed_to_who_may_see_it_only(
    signed_in, reading, project, path
):
    tag = {"If-None-Match": signed_in.get(path).headers["etag"]}

    others = reading.get(path, **tag)
    sessions.end_all(project.project_id)
    own = signed_in.get(path, **tag)

    assert others.status == 200
    assert own.path.startswith("/sign-in")
