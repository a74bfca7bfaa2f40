"""Snippets that jobs copy: what they do when they run."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from samtranslator.yaml_helper import yaml_parse

from nightbell.dashboard.snippets import ping_url, snippets
from nightbell.domain import schedule
from nightbell.domain.check import Kind


@pytest.fixture
def run(tmp_path):
    """Return a function that runs a shell script whose curl only notes what it is asked."""
    noted = tmp_path / "noted"
    noted.touch()
    curl = tmp_path / "curl"
    curl.write_text(f'#!/bin/sh\necho "$*" >> {noted}\n')
    curl.chmod(0o755)

    def run(script, *, job="true"):
        path = f"{tmp_path}:{os.environ['PATH']}"
        text = script.replace("/path/to/job", job)
        ran = subprocess.run(["/bin/sh", "-c", text], env={"PATH": path}, check=False)
        run.status = ran.returncode
        return [line.split()[-1] for line in noted.read_text().splitlines()]

    return run


def texts(check):
    return {snippet.code: snippet.text for snippet in snippets(check)}


@pytest.mark.parametrize(
    ("job", "status"),
    [("true", 0), ("(exit 7)", 7), ("exit 3; true", 3), ("set -e; (exit 4); true", 4)],
)
def test_the_shell_script_tells_how_the_job_ended_and_ends_so_too(make_check, run, job, status):
    check = make_check()

    pinged = run(texts(check)["shell"], job=job)

    assert pinged == [f"{ping_url(check)}/start", f"{ping_url(check)}/{status}"]
    assert run.status == status


def test_the_shell_script_runs_the_job_though_no_ping_gets_through(make_check, run, tmp_path):
    (tmp_path / "curl").write_text("#!/bin/sh\nexit 28\n")

    script = texts(make_check())["shell"].replace("#!/bin/sh", "set -e")
    run(script, job=f"echo ran > {tmp_path / 'job'}")

    assert (tmp_path / "job").read_text() == "ran\n"
    assert run.status == 0


@pytest.mark.parametrize(("job", "number"), [("true", 1), ("false", 0)])
def test_the_crontab_line_pings_when_the_job_succeeds(make_check, run, job, number):
    check = make_check()

    line = texts(check)["crontab"]
    rhythm, command = line.split("  ")
    pinged = run(command, job=job)

    assert schedule.kind_of(rhythm) is Kind.CRON
    assert schedule.is_valid(rhythm)
    assert pinged == [ping_url(check)] * number
    assert "%" not in line  # cron would end the command there


@pytest.mark.parametrize(
    ("work", "suffixes"), [("pass", ["/start", ""]), ("1 / 0", ["/start", "/fail"])]
)
def test_the_python_script_tells_how_the_work_ended(make_check, work, suffixes):
    check = make_check(methods="POST")
    recorder = """
import urllib.request
class Answer:
    def close(self): pass
def urlopen(url, data=None, timeout=None):
    assert data == b"" and timeout == 10
    print(url)
    return Answer()
urllib.request.urlopen = urlopen
"""

    script = recorder + f"def do_the_work(): {work}\n" + texts(check)["python"]
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)

    assert ran.stdout.decode().split() == [ping_url(check) + suffix for suffix in suffixes]


def test_the_python_script_tries_again_and_never_stands_in_the_way(make_check):
    recorder = """
import http.client, time, urllib.request
def urlopen(url, timeout=None):
    raise http.client.BadStatusLine("x")
urllib.request.urlopen, time.sleep = urlopen, lambda seconds: None
"""

    script = f"{recorder}def do_the_work(): print('worked')\n{texts(make_check())['python']}"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    said = ran.stdout.decode().splitlines()
    assert [line.split(":")[0] for line in said] == (
        ["Could not ping"] * 5 + ["worked"] + ["Could not ping"] * 5
    )


def test_github_is_asked_for_no_more_than_it_does(make_check):
    often = make_check(timeout=timedelta(minutes=1))
    there = make_check(kind=Kind.CRON, schedule="5 4 * * 1", tz="Europe/Riga")

    workflows = [yaml_parse(texts(check)["github"]) for check in (often, there, make_check())]

    # The parser takes the key "on" for true.
    assert [workflow[True]["schedule"] for workflow in workflows] == [
        [{"cron": "*/5 * * * *"}],
        [{"cron": "5 4 * * 1", "timezone": "Europe/Riga"}],
        [{"cron": "0 3 * * *"}],
    ]


def test_the_scripts_of_github_and_kubernetes_ping(make_check, run):
    check = make_check(kind=Kind.CRON, schedule="5 4 * * 1", tz="Europe/Riga")

    workflow = yaml_parse(texts(check)["github"])
    manifest = yaml_parse(texts(check)["kubernetes"])
    (container,) = manifest["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    (variable,) = container["env"]
    pinged = run(f"{variable['name']}={variable['value']}\n{container['args'][0]}", job="(exit 3)")

    assert pinged == [ping_url(check) + "/start", ping_url(check) + "/3"]
    assert manifest["spec"]["schedule"] == "5 4 * * 1"
    assert manifest["spec"]["timeZone"] == "Europe/Riga"
    (_, _, step) = workflow["jobs"]["job"]["steps"]
    assert (step["if"], step["continue-on-error"]) == ("always()", True)
    assert step["run"].endswith('"$NIGHTBELL_URL/$END"')
    assert check.check_id not in texts(check)["github"]  # which goes into a repository


def test_a_check_that_takes_only_posts_gets_posts(make_check):
    signs = ("-X POST", "-Method Post", "data=b''")

    for snippet in snippets(make_check(methods="POST")):
        assert any(sign in snippet.text for sign in signs)
    for snippet in snippets(make_check()):
        assert not any(sign in snippet.text for sign in signs)


@pytest.mark.parametrize("minutes", [1, 3, 5, 7, 45, 60, 90, 600, 1440, 10_000, 43_200, 500_000])
def test_the_rhythm_keeps_the_check_content(make_check, minutes):
    check = make_check(timeout=timedelta(minutes=minutes))
    start = check.created

    rhythm = texts(check)["crontab"].partition("  ")[0]
    first = schedule.next_after(Kind.CRON, rhythm, "UTC", start)
    second = schedule.next_after(Kind.CRON, rhythm, "UTC", first)

    assert second - first <= max(timedelta(minutes=minutes), timedelta(days=31))
    assert second - first >= min(timedelta(minutes=minutes) / 12, timedelta(days=28))


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"timeout": timedelta(hours=1)}, "OnCalendar=*-*-* *:00:00"),
        (
            {
                "kind": Kind.ONCALENDAR,
                "schedule": "Mon *-*-* 04:00\n12:00 Europe/Riga",
                "tz": "Asia/Tokyo",
            },
            "OnCalendar=Mon *-*-* 04:00 Asia/Tokyo\nOnCalendar=12:00 Europe/Riga\n",
        ),
        (
            {"kind": Kind.CRON, "schedule": "7 * * * *"},
            "# at the times of 7 * * * *\nOnCalendar=*-*-* 03:00:00",
        ),
    ],
)
def test_the_timer_says_when_the_job_runs(make_check, fields, line):
    assert line in texts(make_check(**fields))["systemd"]
