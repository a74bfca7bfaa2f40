"""What the script adds to a page, on pages made here: no system runs."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader, StrictUndefined
from playwright.sync_api import Browser, Page, Route, expect

import nightbell.dashboard

FOLDER = Path(nightbell.dashboard.__file__).parent
SITE = "http://localhost"  # where browsers allow the clipboard
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
EVERY = 10  # seconds between refreshes

ROW = """<tr id="r-{0}" class="{1}"><td class="pick-cell">{{{{ ui.pick("{0}", "{0}") }}}}</td>
<td>{{{{ ui.status("{1}") }}}}</td>
<th scope="row"><a class="open" href="/checks/{0}">{0}</a></th></tr>"""


class Server:
    """Answers the browser. `answer` is what the page is now; `asked` is what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.posted: list[dict[str, list[str]]] = []
        self.status = 200
        self.show("")

    def show(self, main: str, *, failures: int = 0, live: int = EVERY, look: str = "") -> None:
        """Let the page have this content from now on."""
        self.tag = f'W/"{hash((main, failures))}"'
        page = (
            '{% extends "base.html" %}{% import "macros.html" as ui with context %}'
            "{% block title %}Checks{% endblock %}{% block look %}" + look + "{% endblock %}"
            "{% block main %}" + main + "{% endblock %}"
        )
        environment = Environment(
            autoescape=True,
            undefined=StrictUndefined,
            loader=ChoiceLoader([FileSystemLoader(FOLDER / "templates"), DictLoader({"it": page})]),
        )
        environment.globals["asset"] = lambda name: f"/static/{name}"
        self.page = environment.get_template("it").render(
            base="",
            viewer=None,
            section="",
            notice="",
            live=live,
            failures=failures,
            tag=self.tag,
        )

    def answer(self, route: Route) -> None:
        """Answer one request."""
        request = route.request
        path = request.url.removeprefix(SITE)
        if path.startswith("/static/"):
            name = path.removeprefix("/static/")
            route.fulfill(path=FOLDER / "static" / name, content_type=TYPES[name.split(".")[-1]])
            return
        if request.method == "POST":
            self.posted.append(parse_qs(request.post_data or ""))
        else:
            self.asked.append(request.headers)
        headers = {"Content-Type": "text/html; charset=utf-8", "ETag": self.tag}
        if self.status == 303 and not request.is_navigation_request():
            route.fulfill(status=303, headers={"Location": "/sign-in"})
        elif self.status >= 400:
            route.fulfill(status=self.status)
        elif request.headers.get("if-none-match") == self.tag:
            route.fulfill(status=304, headers=headers)
        else:
            route.fulfill(headers=headers, body=self.page)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def visit(chromium: Browser, server: Server) -> Callable[[], Page]:
    context = chromium.new_context(
        viewport={"width": 900, "height": 500},
        timezone_id="Asia/Tokyo",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(10_000)
    context.route("**/*", server.answer)
    complaints: list[str] = []

    def open_page() -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.clock.install(time=NOW)
        page.goto(f"{SITE}/")
        return page

    yield open_page
    context.close()
    assert complaints == []


def rows(*checks: str) -> str:
    """Return a list of checks, each told as "name status"."""
    return (
        '<form method="post" data-bulk><table><thead><tr><th>{{ ui.pick_all() }}</th></tr></thead>'
        f"<tbody>{''.join(ROW.format(*check.split()) for check in checks)}</tbody></table>"
        "<p data-with-chosen data-count></p></form>"
    )


def names(page: Page) -> list[str]:
    return page.locator("a.open").all_inner_texts()


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.textContent")


def wait(page: Page, seconds: float) -> None:
    """Let time pass, and what it brings about happen."""
    page.clock.run_for(int(seconds * 1000))
    page.wait_for_timeout(50)


def refresh(page: Page, server: Server) -> None:
    """Let time pass until the page was asked for again."""
    asked = len(server.asked)
    page.clock.run_for(EVERY * 1200)
    for _ in range(500):
        if len(server.asked) > asked:
            break
        page.wait_for_timeout(10)


def test_a_live_page_changes_where_it_differs_and_leaves_alone_what_a_person_is_at(visit, server):
    field = (
        '<input type="search" id="q" name="q"><details id="more"><summary>More</summary></details>'
    )
    server.show(field + rows("a up", "b up", "c up", "d up"), failures=0)
    page = visit()
    page.locator("#q").fill("half a wo")
    page.locator("summary").click()
    page.locator("#r-b .pick").check()
    page.locator("#r-c a").focus()
    page.evaluate("window.kept = document.querySelector('#r-c')")

    server.show(field + rows("c down", "a up", "b up", "e new"), failures=1)
    refresh(page, server)

    expect(page.locator("#r-c .status")).to_have_text("Down")
    assert names(page) == ["c", "a", "b", "e"]
    assert page.evaluate("window.kept === document.querySelector('#r-c')")
    assert focused(page) == "c"
    assert page.locator("#q").input_value() == "half a wo"
    assert page.evaluate("document.querySelector('#more').open")
    assert page.locator(".pick:checked").evaluate_all("all => all.map(one => one.value)") == ["b"]
    assert page.title() == "(1) Checks – Nightbell"
    assert page.locator("link[rel=icon]").get_attribute("href") == "/static/icon-1.svg"
    assert page.locator("#told").inner_text() == page.title()


def test_an_unchanged_page_is_asked_for_by_its_tag_and_not_touched(visit, server):
    server.show(rows("a up") + '<time datetime="2026-03-01T11:00:00Z" data-relative></time>')
    page = visit()
    page.evaluate(
        "new MutationObserver(all => { window.changes = all.length })"
        ".observe(document.querySelector('#main'), { subtree: true, childList: true,"
        " attributes: true, characterData: true })"
    )

    refresh(page, server)
    refresh(page, server)

    first, *others = [request.get("if-none-match") for request in server.asked]
    assert (first, set(others)) == (None, {server.tag})
    assert page.evaluate("window.changes") is None


def test_a_hidden_page_asks_for_nothing_and_catches_up_when_it_is_seen(visit, server):
    page = visit()
    hide = "value => { Object.defineProperty(document, 'hidden', { value, configurable: true });"
    page.evaluate(hide + " document.dispatchEvent(new Event('visibilitychange')) }", True)
    wait(page, EVERY * 5)
    asked_while_hidden = len(server.asked) - 1

    server.show("<p>New</p>")
    page.evaluate(hide + " document.dispatchEvent(new Event('visibilitychange')) }", False)
    wait(page, 0.1)

    assert asked_while_hidden == 0
    expect(page.locator("main")).to_have_text("New")


def test_a_page_says_that_it_lost_the_connection_and_asks_less_often_until_it_is_back(
    visit, server
):
    page = visit()
    lost = page.locator("#lost")
    server.status = 503
    refresh(page, server)
    said_at_once = lost.is_visible()
    for _ in range(20):
        wait(page, EVERY)
    said = lost.inner_text()
    asked = len(server.asked) - 1

    server.status = 200
    for _ in range(20):
        wait(page, EVERY)

    assert not said_at_once
    assert said == "No connection since 21:00. What is shown may be old."
    assert asked < 10
    expect(lost).to_be_hidden()


def test_a_page_whose_session_has_ended_is_loaded_anew_and_so_leads_to_where_one_signs_in(
    visit, server
):
    page = visit()

    page.evaluate("window.before = true")
    server.status = 303
    server.show("Sign in")
    page.clock.run_for(EVERY * 1200)

    expect(page.locator("main")).to_have_text("Sign in")
    assert page.evaluate("window.before") is None


def test_a_wall_stays_where_errors_are_and_loads_itself_anew_for_a_new_style(visit, server):
    server.show("Old", look="wall")
    page = visit()

    page.evaluate("window.before = true")
    server.status = 403
    refresh(page, server)
    stayed = page.evaluate("window.before")
    server.status = 200
    server.show("New", look="wall")
    server.page = server.page.replace("style.css", "style.css#new")
    for _ in range(10):
        wait(page, EVERY)

    expect(page.locator("main")).to_have_text("New")
    assert stayed
    assert page.evaluate("window.before") is None


def test_times_are_those_of_the_readers_zone_and_stay_true(visit, server):
    server.show(
        '<time datetime="2026-03-01T11:59:30Z" data-relative>30 s ago</time>|'
        '<time datetime="2026-03-01T12:12:30Z" data-relative>in 12 min</time>|'
        '<time datetime="2026-03-01T11:00:00Z" data-lasting>1 h</time>|'
        '<time datetime="2026-03-01T14:59:01Z" data-minutes>14:59</time>|'
        '<time datetime="2026-02-28T11:00:07Z" data-seconds>28 Feb 11:00:07</time>|'
        '<time datetime="2025-03-01T11:00:00Z" data-minutes>1 Mar 2025 11:00</time>',
        live=0,
    )
    page = visit()
    at_first = page.locator("main").inner_text()

    page.clock.fast_forward("03:10:00")
    page.clock.run_for(1000)

    assert at_first == "30 s ago|in 12 min|1 h|23:59|28 Feb 20:00:07|1 Mar 2025 20:00"
    later = "3 h ago|2 h ago|4 h|1 Mar 23:59|28 Feb 20:00:07|1 Mar 2025 20:00"
    assert page.locator("main").inner_text() == later
    (cookie,) = page.context.cookies()
    assert (cookie["name"], cookie["value"]) == ("tz", "Asia%2FTokyo")
    assert cookie["sameSite"] == "Strict"


def test_a_page_for_another_zone_is_asked_for_anew_at_once(visit, server):
    server.show('<form data-preview="it"><p id="it"></p><input name="a"></form>')
    page = visit()
    page.context.add_cookies([{"name": "tz", "value": "Europe%2FRiga", "url": SITE}])

    page.reload()
    with page.expect_request(lambda request: request.method == "POST"):
        wait(page, 1)

    assert (len(server.asked), len(server.posted)) == (3, 1)


def test_the_keyboard_does_everything_but_not_while_one_types(visit, server):
    server.show('<input type="search" id="q" name="q">' + rows("a up", "b up"))
    page = visit()
    press = page.keyboard.press

    press("/")
    page.keyboard.type("jx?/")
    typed = page.locator("#q").input_value()
    press("Escape")
    press("j")
    press("j")
    press("j")
    press("x")
    at_last = focused(page)
    press("k")

    assert (typed, at_last, focused(page)) == ("jx?/", "b", "a")
    assert page.locator("#r-b .pick").is_checked()
    press("Enter")
    page.wait_for_url("**/checks/a")


def test_no_row_is_selected_as_long_as_one_is_at_none(visit, server):
    server.show(rows("a up", "b up"))
    page = visit()

    page.locator("main").focus()
    page.keyboard.press("x")

    assert page.locator(".pick:checked").count() == 0


def test_the_keys_are_explained_and_can_be_switched_off(visit, server):
    server.show('<input type="search" id="q" name="q">')
    page = visit()

    page.keyboard.press("?")
    page.get_by_label("These keys are on").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("/")
    page.keyboard.press("?")

    expect(page.locator("#keys")).to_be_hidden()
    assert focused(page) != "q"


def test_boxes_are_counted_and_all_are_selected_at_once(visit, server):
    server.show(rows("a up", "b up", "c up"))
    page = visit()
    every, bar = page.locator(".pick-all"), page.locator("[data-count]")
    hidden_at_first = bar.is_hidden()

    page.locator("#r-b .pick").check()
    some = (bar.inner_text(), every.evaluate("box => box.indeterminate"))
    every.check()
    whole = (bar.inner_text(), page.locator(".pick:checked").count())
    every.uncheck()

    assert hidden_at_first
    assert (some, whole) == (("1 selected", True), ("3 selected", 3))
    expect(bar).to_be_hidden()


def test_what_is_done_to_rows_leaves_a_small_screen_to_them(visit, server):
    server.show(rows("a up") + '<div class="bar chosen"><button>Pause</button></div>')
    page = visit()
    where = "getComputedStyle(document.querySelector('.chosen')).position"

    at_a_desk = page.evaluate(where)
    page.set_viewport_size({"width": 320, "height": 256})

    assert (at_a_desk, page.evaluate(where)) == ("sticky", "static")


def test_a_deletion_waits_for_the_name(visit, server):
    name = '<b>"Backup" \u202e💾'
    server.show("{{ ui.confirm('Delete', 'delete', " + repr(name) + ") }}")
    page = visit()
    button = page.get_by_role("button", name="Delete")

    page.locator("#f-confirm").fill(name[:-1])
    too_early = button.is_disabled()
    page.locator("#f-confirm").fill(name)

    assert too_early
    expect(button).to_be_enabled()


def test_a_form_is_sent_once_however_often_its_button_is_pressed(visit, server):
    server.show('<form method="post"><button>New keys</button></form>', live=0)
    page = visit()
    press = """() => document.querySelector("form").dispatchEvent(
        new SubmitEvent("submit", { bubbles: true, cancelable: true }))"""

    pressed = [page.evaluate(press) for _ in range(3)]
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    after_coming_back = page.evaluate(press)
    page.clock.fast_forward(31_000)

    assert pressed == [True, False, False]
    assert after_coming_back
    assert page.evaluate(press)


def test_a_name_is_typed_as_it_is_seen(visit, server):
    name = "Cafe\u0301  nightly\u00a0job\u200b \u202edone\u202c"
    server.show("{{ ui.confirm('Delete', 'delete', " + repr(name) + ") }}")
    page = visit()

    page.locator("#f-confirm").fill("Caf\u00e9 nightly job done ")

    expect(page.get_by_role("button", name="Delete")).to_be_enabled()


def test_a_refused_form_begins_with_its_mistakes(visit, server):
    server.show("{{ ui.problems({'a': 'Wrong.'}) }}{{ ui.field('a', 'A') }}")
    page = visit()

    expect(page.get_by_role("alert")).to_be_focused()


def test_a_text_is_copied(visit, server):
    server.show("{{ ui.snippet('curl https://example.org/\"$1\" \\\\\\n  -m 10', 'Shell') }}")
    page = visit()

    page.get_by_role("button", name="Copy").click()

    expect(page.locator(".copy")).to_have_text("Copied")
    expect(page.locator("#told")).to_have_text("Copied")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text == 'curl https://example.org/"$1" \\\n  -m 10'


def test_a_form_shows_what_it_would_do_while_it_is_filled_in(visit, server):
    form = (
        '<form method="post" data-preview="next"><input id="f" name="schedule">'
        '<button name="action" value="save">Save</button></form><p id="next">{}</p>'
    )
    server.show(form.format("nothing"), live=0)
    page = visit()

    server.show(form.format("at noon"), live=0)
    page.locator("#f").press_sequentially("0 12")
    wait(page, 1)

    expect(page.locator("#next")).to_have_text("at noon")
    assert server.posted == [{"schedule": ["0 12"], "action": ["preview"]}]
    assert page.locator("#f").input_value() == "0 12"


def test_what_was_done_is_said_once_and_a_link_out_of_a_mail_leads_on_once(visit, server):
    server.show('<a href="/?said=saved" data-again>Open the page</a>', live=0)

    page = visit()
    page.wait_for_url(f"{SITE}/")

    assert [len(server.asked), page.url] == [2, f"{SITE}/"]
