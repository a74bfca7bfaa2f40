"""Journeys through all pages of a project that is full of hostile text, by following links."""

import re
from collections.abc import Iterable, Iterator

from playwright.sync_api import Page

from tests.browser import hostile
from tests.browser.conftest import Project, require_accessible

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEY = re.compile(r"[0-9a-f]{40}")

# Pages by their kind, and what somebody has written that each of them shows.
CHECK = "/projects/*/checks/*"
READING = {
    "/projects/*/badges": hostile.TAGS,
    "/projects/*/channels": (),
    "/projects/*/checks": (*hostile.NAMES, *hostile.TAGS),
    CHECK: (hostile.SCRIPT, *hostile.TAGS, *hostile.TEXT.splitlines()),
    f"{CHECK}/pings": (hostile.SCRIPT, hostile.USER_AGENT),
    f"{CHECK}/pings/*": (hostile.SCRIPT, hostile.USER_AGENT),
    "/projects/*/settings": (hostile.SCRIPT,),
    "/projects/*/wall": (hostile.SCRIPT,),
    "/sign-in": (),
}
WRITING = READING | {
    "/projects/*/channels": hostile.NAMES,
    "/projects/*/channels/*": ("127.0.0.1",),
    "/projects/*/channels/new": (),
    f"{CHECK}/edit": hostile.NAMES,
    f"{CHECK}/pings/*": (hostile.SCRIPT, hostile.USER_AGENT, *hostile.TEXT.splitlines()),
    "/projects/*/checks/new": hostile.NAMES,
    "/projects/*/settings": (hostile.SCRIPT, hostile.USER_AGENT),
}

# What nobody wrote but the pages: no script of somebody else, nothing that is loaded from afar.
_FOREIGN = """() => [...document.querySelectorAll('*')].filter(one =>
  [...one.attributes].some(({ name }) => name.startsWith('on') || name === 'style')
  || one.matches('iframe, object, embed, base, meta[http-equiv]')
  || (one.matches('script') && (one.text || new URL(one.src).origin !== location.origin))
  || (one.matches('img, link') && new URL(one.src || one.href).origin !== location.origin)
  || (one.matches('a[href]') && !/^https?:$/.test(one.protocol))
).map(one => one.outerHTML)"""

_PATHS = "links => links.map(link => new URL(link.href).pathname)"


def journey(page: Page, project: Project) -> Iterator[str]:
    """Go to a page of each kind that links lead to, from the first one on; yield its kind."""
    addresses = {"/projects/*/checks": f"{project.home}/checks"}
    seen: set[str] = set()
    while ahead := sorted(addresses.keys() - seen):
        page.goto(addresses[ahead[0]])
        yield ahead[0]
        seen.add(ahead[0])
        for path in page.locator("a[href]:not([download])").evaluate_all(_PATHS):
            addresses.setdefault(kind_of(path), path)


def kind_of(path: str) -> str:
    """Return the path without what tells one page from another of its kind."""
    path = _KEY.sub("*", _UUID.sub("*", path))
    path = re.sub(r"/pings/\d+$", "/pings/*", path)
    return path.replace("/", "/projects/*/checks") if path == "/" else path


def require_texts(page: Page, texts: Iterable[str]) -> None:
    """Let the page show all of these as they were written."""
    shown = page.locator("body").inner_text()
    assert [text for text in texts if text not in shown] == [], page.url


def test_pages_show_hostile_text_as_text_at_all_widths(new_page, hostile_project):
    page = new_page(hostile_project)
    kinds = set()

    for kind in journey(page, hostile_project):
        kinds.add(kind)
        require_texts(page, WRITING.get(kind, ()))
        assert page.evaluate(_FOREIGN) == [], kind
        require_accessible(page)

    assert kinds == WRITING.keys()


def test_a_reader_without_script_sees_all_but_secrets_and_forms(new_page, hostile_project):
    page = new_page(hostile_project, read_only=True, script=False)
    checks = hostile_project.api.get("/api/v3/checks/").json()["checks"]
    secrets = [check["uuid"] for check in checks] + ["/ping/"]
    buttons = {"/projects/*/wall": [], "/sign-in": ["Sign in"]}
    kinds = set()

    for kind in journey(page, hostile_project):
        kinds.add(kind)
        require_texts(page, READING.get(kind, ()))
        assert [secret for secret in secrets if secret in page.content()] == [], kind
        shown = page.locator("form[method=post] button").all_inner_texts()
        assert shown == buttons.get(kind, ["Sign out"]), kind

    assert kinds == READING.keys()


def test_pictures_of_badges_are_loaded(new_page, hostile_project):
    page = new_page(hostile_project, read_only=True)

    page.goto(f"{hostile_project.home}/badges")

    page.locator("main img").first.evaluate("image => image.decode()")
