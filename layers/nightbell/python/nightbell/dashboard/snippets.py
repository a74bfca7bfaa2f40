"""How a job tells a check that it ran: text to copy, with the check's own address in it."""

from dataclasses import dataclass
from datetime import timedelta

from nightbell.domain import schedule
from nightbell.domain.check import Check, Kind
from nightbell.domain.project import Project
from nightbell.settings import settings

_CURL = "curl -fsS -m 10 --retry 5 -o /dev/null"

_EACH_MINUTE = "* * * * *"

# GitHub starts a workflow no more often.
_GITHUB_MOST_OFTEN = "*/5 * * * *"
_GITHUB_IS_SLOW = (
    "GitHub starts it every five minutes at most, and often later:"
    " the check needs a longer period and more grace. "
)

# Some rhythms, as cron and as systemd say them.
_RHYTHMS = (
    (timedelta(days=28), "0 3 1 * *", "*-*-01 03:00:00"),
    (timedelta(days=7), "0 3 * * 1", "Mon *-*-* 03:00:00"),
    (timedelta(days=1), "0 3 * * *", "*-*-* 03:00:00"),
    (timedelta(hours=12), "0 */12 * * *", "*-*-* 00/12:00:00"),
    (timedelta(hours=6), "0 */6 * * *", "*-*-* 00/6:00:00"),
    (timedelta(hours=4), "0 */4 * * *", "*-*-* 00/4:00:00"),
    (timedelta(hours=2), "0 */2 * * *", "*-*-* 00/2:00:00"),
    (timedelta(hours=1), "0 * * * *", "*-*-* *:00:00"),
    (timedelta(minutes=30), "*/30 * * * *", "*-*-* *:00/30:00"),
    (timedelta(minutes=15), "*/15 * * * *", "*-*-* *:00/15:00"),
    (timedelta(minutes=10), "*/10 * * * *", "*-*-* *:00/10:00"),
    (timedelta(minutes=5), "*/5 * * * *", "*-*-* *:00/5:00"),
    (timedelta(), _EACH_MINUTE, "*-*-* *:*:00"),
)


@dataclass(frozen=True, slots=True)
class Snippet:
    """What to copy for one way of running jobs."""

    code: str
    title: str
    hint: str
    text: str


def ping_url(check: Check) -> str:
    """Return the address that the check's job pings: a secret, for read-write viewers only."""
    return settings.ping_url + check.check_id


def slug_url(check: Check, project: Project) -> str:
    """Return the same with the project's ping key and the slug, "" for a check without slug."""
    return f"{settings.ping_url}{project.ping_key}/{check.slug}" if check.slug else ""


def mail_address(check: Check) -> str:
    """Return the address that takes pings by mail, as secret, "" where none are taken."""
    domain = settings.ping_mail_domain
    return f"{check.check_id}@{domain}" if domain else ""


def first_command(check: Check) -> str:
    """Return what to run to see a ping arrive: a secret, for read-write viewers only."""
    post = "-X POST " if check.methods == "POST" else ""
    return f"curl {post}{ping_url(check)}"


def snippets(check: Check) -> tuple[Snippet, ...]:
    """Return what to copy: secrets, for read-write viewers only."""
    url = ping_url(check)
    post = check.methods == "POST"
    curl = f"{_CURL} -X POST" if post else _CURL
    cron, calendar = _cron(check), _calendar(check)
    github_cron = cron if cron != _EACH_MINUTE else _GITHUB_MOST_OFTEN
    github_zone = (
        "" if _zone(check) in ("Etc/UTC", "UTC") else f'\n      timezone: "{_zone(check)}"'
    )
    return (
        Snippet(
            "crontab",
            "Crontab",
            "Put your command in place of /path/to/job. It pings only if the command succeeds."
            + _times_to_fit(check),
            f"{cron}  /path/to/job && {curl} {url}",
        ),
        Snippet(
            "shell",
            "Shell",
            "Tells when the job starts and how it ends, and so how long it takes; ends as it does.",
            f"""\
#!/bin/sh
url={url}
trap '{curl} "$url/$?" || true' EXIT
{curl} "$url/start" || true
/path/to/job
""",
        ),
        Snippet(
            "powershell",
            "PowerShell",
            "A script for the task scheduler; ends as the job does.",
            _powershell(url, post=post),
        ),
        Snippet("python", "Python", "Needs nothing but Python.", _python(url, post=post)),
        Snippet(
            "systemd",
            "systemd timer",
            "Two files in /etc/systemd/system; then: systemctl enable --now job.timer",
            f"""\
# job.service
[Service]
Type=oneshot
ExecStartPre=-/usr/bin/{curl} {url}/start
ExecStart=/path/to/job
ExecStopPost=-/bin/sh -c 'test "$$SERVICE_RESULT" = success && s=0 || s=fail; {curl} {url}/$$s'

# job.timer
[Timer]
{calendar}
Persistent=true

[Install]
WantedBy=timers.target
""",
        ),
        Snippet(
            "github",
            "GitHub Actions",
            ("" if cron == github_cron else _GITHUB_IS_SLOW)
            + f"The address is a secret; first: gh secret set NIGHTBELL_URL --body {url}",
            f"""\
on:
  schedule:
    - cron: "{github_cron}"{github_zone}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: ./job
      - if: always()
        continue-on-error: true
        run: {curl} "$NIGHTBELL_URL/$END"
        env:
          NIGHTBELL_URL: ${{{{ secrets.NIGHTBELL_URL }}}}
          END: ${{{{ job.status == 'success' && '0' || 'fail' }}}}
""",
        ),
        Snippet(
            "kubernetes",
            "Kubernetes CronJob",
            "The image needs a shell and curl.",
            f"""\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: job
spec:
  schedule: "{cron}"
  timeZone: "{_zone(check)}"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: job
              image: your/image
              env:
                - name: NIGHTBELL_URL
                  value: "{url}"
              command: ["/bin/sh", "-c"]
              args:
                - |
                  {curl} "$NIGHTBELL_URL/start"
                  /path/to/job
                  status=$?
                  {curl} "$NIGHTBELL_URL/$status"
                  exit $status
""",
        ),
    )


def _powershell(url: str, *, post: bool) -> str:
    method = " -Method Post" if post else ""
    ask = f"Invoke-RestMethod -TimeoutSec 10{method}"
    return f"""\
$url = "{url}"
try {{ {ask} "$url/start" }} catch {{ }}
& C:\\path\\to\\job.exe
$status = $LASTEXITCODE
$end = if ($status -eq 0) {{ "0" }} else {{ "fail" }}
for ($i = 1; $i -le 5; $i++) {{
  try {{ {ask} "$url/$end"; break }} catch {{ Start-Sleep -Seconds $i }}
}}
exit $status
"""


def _python(url: str, *, post: bool) -> str:
    data = ", data=b''" if post else ""
    return f"""\
import time
import urllib.request

URL = "{url}"


def ping(suffix=""):
    for pause in (1, 2, 4, 8, 0):
        try:
            urllib.request.urlopen(URL + suffix{data}, timeout=10).close()
            return
        except Exception as error:
            print("Could not ping:", error)
            time.sleep(pause)


ping("/start")
try:
    do_the_work()
except BaseException:
    ping("/fail")
    raise
ping()
"""


def _cron(check: Check) -> str:
    """Return when the job runs, as a crontab says it."""
    return check.schedule if check.kind is Kind.CRON else _rhythm(check)[1]


def _times_to_fit(check: Check) -> str:
    """Return what to say of times that a crontab has in the zone of its machine."""
    if check.kind is Kind.ONCALENDAR:
        return " Put your own times in place of the first five parts."
    if check.kind is Kind.CRON:
        return f" Its times are those of {check.tz}: the machine is to have that zone."
    return ""


def _calendar(check: Check) -> str:
    """Return when the job runs, as lines of a systemd timer."""
    if check.kind is Kind.ONCALENDAR:
        return "\n".join(
            f"OnCalendar={pattern.line} {pattern.tz or check.tz}"
            for pattern in schedule.patterns(check.kind, check.schedule)
        )
    if check.kind is Kind.CRON:
        return f"# at the times of {check.schedule}\nOnCalendar={_rhythm(check)[2]}"
    return f"OnCalendar={_rhythm(check)[2]}"


def _rhythm(check: Check) -> tuple[timedelta, str, str]:
    """Return the slowest rhythm that pings as often as the check wants, daily if unknown."""
    period = check.timeout if check.kind is Kind.SIMPLE else timedelta(days=1)
    return next(rhythm for rhythm in _RHYTHMS if rhythm[0] <= period)


def _zone(check: Check) -> str:
    return check.tz if check.kind is Kind.CRON else "Etc/UTC"
