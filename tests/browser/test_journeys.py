"""Journeys through all pages of a project that is full of hostile text, by following links."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.conftest import Project, require_accessible

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEY = re.compile(r"[0-9a-f]{40}")

READING = {
    "/projects/*/channels",
    "/projects/*/badges",
    "/projects/*/checks",
    "/projects/*/checks/*",
    "/projects/*/checks/*/pings",
    "/projects/*/checks/*/pings/*",
    "/projects/*/settings",
    "/projects/*/wall",
}
WRITING = {
    "/projects/*/channels/*",
    "/projects/*/channels/new",
    "/projects/*/checks/*/edit",
    "/projects/*/checks/new",
    "/sign-in",
}

# What nobody wrote but the pages: no script of somebody else, nothing that is loaded from afar.
_FOREIGN = """() => [...document.querySelectorAll('*')].filter(one =>
  [...one.attributes].some(({ name }) => name.startsWith('on') || name === 'style')
  || one.matches('iframe, object, embed, base, meta[http-equiv]')
  || (one.matches('script') && (one.text || new URL(one.src).origin !== location.origin))
  || (one.matches('img, link') && new URL(one.src || one.href).origin !== location.origin)
  || (one.matches('a[href]') && !/^https?:$/.test(one.protocol))
).map(one => one.outerHTML)"""


def journey(page: Page, project: Project) -> Iterator[str]:
    """Go to a page of each kind that links lead to, from the first one on; yield its kind."""
    addresses = {"/projects/*/checks": f"{project.home}/checks"}
    seen: set[str] = set()
    while ahead := sorted(addresses.keys() - seen):
        page.goto(addresses[ahead[0]])
        yield ahead[0]
        seen.add(ahead[0])
        for link in page.locator("a[href]:not([download])").all():
            address = urlsplit(link.evaluate("link => link.href"))
            addresses.setdefault(kind_of(address.path), address.path)


def kind_of(path: str) -> str:
    """Return the path without what tells one page from another of its kind."""
    path = _KEY.sub("*", _UUID.sub("*", path))
    path = re.sub(r"/pings/\d+$", "/pings/*", path)
    return path.replace("/", "/projects/*/checks") if path == "/" else path


def test_pages_show_hostile_text_as_text_at_all_widths(new_page, hostile_project):
    page = new_page(hostile_project)
    texts = {}

    for kind in journey(page, hostile_project):
        texts[kind] = page.locator("body").inner_text()
        assert page.evaluate(_FOREIGN) == [], kind
        require_accessible(page)

    assert texts.keys() == READING | WRITING


def test_a_reader_without_script_sees_all_but_secrets_and_forms(new_page, hostile_project):
    page = new_page(hostile_project, read_only=True, script=False)
    secrets = re.compile(
        "|".join(
            part
            for check in hostile_project.api.get("/api/v3/checks/").json()["checks"]
            for part in (check["uuid"], check["ping_url"], check["update_url"])
        )
    )
    kinds = set()

    for kind in journey(page, hostile_project):
        kinds.add(kind)
        html = page.content()
        assert not secrets.search(html), kind
        forms = page.locator("form[method=post] button").all_inner_texts()
        assert forms == {"/projects/*/wall": [], "/sign-in": ["Sign in"]}.get(kind, ["Sign out"]), (
            kind
        )
        assert page.get_by_role("heading", level=1).is_visible()

    assert kinds == READING | {"/sign-in"}
