"""GET /projects/{project}/checks/{check}/pings/{n}."""

from email.message import EmailMessage

import pytest

from nightbell.domain import transitions
from nightbell.domain.check import Ping, Signal, unique_key_of
from nightbell.settings import settings
from nightbell.store import checks


@pytest.fixture
def made(create):
    """Make a check."""
    return create(name="Backup")


@pytest.fixture
def address(project, made):
    """Return where the page of its first ping is."""
    return f"/projects/{project.project_id}/checks/{unique_key_of(made['uuid'])}/pings/1"


@pytest.fixture
def mailed(made, now):
    """Let a mail be the check's first ping."""
    message = EmailMessage()
    message["Subject"] = "<b>Größe</b>\x07"
    message.set_content("All <i>well</i>")
    message.add_alternative("<h1>All</h1><script>alert(1)</script>", subtype="html")
    message.add_attachment(b"x", maintype="image", subtype="png", filename="<img src=x>.png")
    ping = Ping(
        created=now.moment,
        kind=Signal.SUCCESS,
        scheme="email",
        remote_addr="203.0.113.9",
        ua="Email from <cron@example.org>",
        body=message.as_bytes(),
    )
    checks.receive(made["uuid"], lambda check: transitions.receive(check, ping))


def test_all_is_told_of_a_ping(signed_in, made, address, ping, now):
    run = "6fd1e8a4-2d0b-4b5c-9d0f-6e6f2a5e8c11"
    ping(f"/ping/{made['uuid']}/start?rid={run}")
    now.advance(seconds=75)
    ping(f"/ping/{made['uuid']}/7?rid={run}", "POST", b"<script>x</script> \xf6")

    page = signed_in.get(address.removesuffix("1") + "2")

    facts = page.texts("main > .facts > div")
    assert facts[:4] == [
        "Said Failure exit status 7",
        "When 12:01:15 now",
        "Took 1 min 15 s",
        f"Run {run}",
    ]
    assert "How POST by https" in facts
    assert page.texts("pre") == ["<script>x</script> ö"]
    assert "20 B, Windows-1252, perhaps" in page.text
    assert page.find("script:not([src])") == []
    assert [link for link in page.links() if link == address] == [address]


def test_a_run_that_logged_much_is_measured_as_in_the_log(signed_in, made, address, ping, now):
    ping(f"/ping/{made['uuid']}/start")
    for _ in range(20):
        ping(f"/ping/{made['uuid']}/log")
    now.advance(seconds=75)
    ping(f"/ping/{made['uuid']}")

    page = signed_in.get(address.removesuffix("1") + "22")

    assert "Took 1 min 15 s" in page.texts("main > .facts > div")


@pytest.mark.parametrize(
    ("view", "shown"),
    [("hex", "00000  61 00 ff"), ("text", "a"), ("mail", "00000"), ("x", "00000")],
)
def test_a_body_is_shown_as_asked_or_as_suits_it(signed_in, made, address, ping, view, shown):
    ping(f"/ping/{made['uuid']}", "POST", b"a\x00\xff\x01\x02\x03")

    page = signed_in.get(f"{address}?view={view}")

    assert page.find("pre code")[0].text().startswith(shown)
    assert [link.text() for link in page.find(".tabs a")] == ["Text", "Bytes"]


def test_a_body_is_downloaded_byte_for_byte(signed_in, made, address, ping):
    body = b"<script>alert(1)</script>" * 100
    ping(f"/ping/{made['uuid']}", "POST", body)

    page = signed_in.get(f"{address}?download=1")

    assert page.html.encode() == body
    assert page.headers["content-disposition"] == 'attachment; filename="ping-1.txt"'
    assert page.headers["content-type"] == "text/plain"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_body_of_the_greatest_length_may_be_cut(signed_in, made, address, ping):
    ping(f"/ping/{made['uuid']}", "POST", "ü".encode() * settings.ping_body_limit)

    page = signed_in.get(address)

    assert "10.0 kB, all that is kept of a body, UTF-8" in page.text
    assert page.find("pre code")[0].text() == "ü" * (settings.ping_body_limit // 2)


def test_a_mail_is_shown_by_its_parts(signed_in, mailed, address):
    page = signed_in.get(address)

    assert "Mail server 203.0.113.9" in page.texts(".facts > div")
    assert "How mail" in page.texts(".facts > div")
    assert page.texts("section > .facts > div") == ["Subject <b>Größe</b>␇"]
    assert "Subject <b>Größe</b>␇" in page.texts("details .facts > div")
    assert "MIME-Version 1.0" in page.texts("details .facts > div")
    assert page.texts("pre") == ["All <i>well</i>", "All"]
    assert "Attachment <img src=x>.png image/png, 1 B" in page.text
    assert page.find("main img, main b, main i, main script") == []


def test_a_mail_can_be_seen_as_it_came(signed_in, mailed, address):
    page = signed_in.get(f"{address}?view=text")

    assert [link.text() for link in page.find(".tabs a")] == ["Mail", "Text", "Bytes"]
    assert "Content-Type: multipart/mixed" in page.texts("pre")[0]


@pytest.mark.parametrize("n", ["0", "2", "999", "x", "-1"])
def test_a_ping_that_is_not_in_the_log_is_not_found(signed_in, made, address, ping, n):
    ping(f"/ping/{made['uuid']}")

    assert signed_in.get(address.removesuffix("1") + n).status == 404


def test_nothing_can_be_downloaded_of_a_ping_without_body(signed_in, made, address, ping):
    ping(f"/ping/{made['uuid']}")

    page, file = signed_in.get(address), signed_in.get(f"{address}?download=1")

    assert "It has no body." in page.text
    assert file.status == 404


def test_a_reader_sees_all_but_the_body(reading, made, address, ping):
    agent = {"User-Agent": f"curl {made['uuid']}"}
    ping(f"/ping/{made['uuid']}", "POST", b"PRIVATE", headers=agent)

    pages = [reading.get(f"{address}{more}") for more in ("", "?view=text", "?download=1")]

    assert [page.status for page in pages] == [200, 200, 404]
    assert "which only those see who sign in with the read-write key" in pages[0].text
    assert "User agent curl …" in pages[0].texts(".facts > div")
    for page in pages:
        assert "PRIVATE" not in page.html
        assert made["uuid"] not in page.html
