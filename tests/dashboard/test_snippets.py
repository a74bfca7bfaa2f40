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
        subprocess.run(["/bin/sh", "-c", text], env={"PATH": path}, check=False)
        return [line.split()[-1] for line in noted.read_text().splitlines()]

    return run


def texts(check):
    return {snippet.code: snippet.text for snippet in snippets(check)}


@pytest.mark.parametrize(("job", "end"), [("true", "/0"), ("(exit 7)", "/7")])
def test_the_shell_script_tells_how_the_job_ended(make_check, run, job, end):
    check = make_check()

    pinged = run(texts(check)["shell"], job=job)

    assert pinged == [ping_url(check) + "/start", ping_url(check) + end]


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
    steps = workflow["jobs"]["job"]["steps"]
    assert [step.get("if") for step in steps[2:]] == ["success()", "failure()"]
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
            {"kind": Kind.ONCALENDAR, "schedule": "Mon *-*-* 04:00\n12:00 Europe/Riga"},
            "OnCalendar=Mon *-*-* 04:00\nOnCalendar=12:00 Europe/Riga\n",
        ),
        (
            {"kind": Kind.CRON, "schedule": "7 * * * *"},
            "# at the times of 7 * * * *\nOnCalendar=*-*-* 03:00:00",
        ),
    ],
)
def test_the_timer_says_when_the_job_runs(make_check, fields, line):
    assert line in texts(make_check(**fields))["systemd"]
