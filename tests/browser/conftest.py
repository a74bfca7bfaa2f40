"""One run of the whole system and one Chromium for all tests; pages that must be without fault."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import running_chromium
from tests.e2e.system import System, running_system

# A phone, a tablet, a desk.
WIDTHS = (320, 768, 1280)
SCHEMES = ("light", "dark")

NewPage = Callable[..., Page]


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run the system."""
    with running_system(tmp_path_factory.mktemp("system") / "state") as system:
        yield system
        assert system.stop() == 0


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Run Chromium."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def api(system: System) -> Iterator[httpx.Client]:
    """An HTTP client with the key that reads and writes."""
    key = {"X-Api-Key": system.api_key}
    with httpx.Client(base_url=system.url, headers=key, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What a browser complains of, which must be nothing: errors, refused loads, violations."""
    noted: list[str] = []
    yield noted
    assert noted == []


@pytest.fixture
def new_page(chromium: Browser, system: System, faults: list[str]) -> Iterator[NewPage]:
    """Return a function that opens a browser of its own with one page, signed in nowhere."""
    contexts: list[BrowserContext] = []

    def open_page(*, width: int = 1280, scheme: str = "light", script: bool = True) -> Page:
        context = chromium.new_context(
            base_url=system.url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=script,
            timezone_id="Europe/Berlin",
            locale="en-GB",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: _note(faults, said.type, said.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("requestfailed", lambda request: _note_failure(faults, request))
        return page

    yield open_page
    for context in contexts:
        context.close()


def _note(faults: list[str], kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        faults.append(text)


def _note_failure(faults: list[str], request: Any) -> None:
    # Leaving a page ends what it was loading.
    if request.failure != "net::ERR_ABORTED":
        faults.append(f"{request.url}: {request.failure}")


@pytest.fixture(scope="package")
def make_project(system: System) -> Callable[[str], dict[str, str]]:
    """Return a function that makes a project without checks; the value is what it is told by."""
    nightbell = Path(sys.executable).with_name("nightbell")

    def make(name: str) -> dict[str, str]:
        command = [nightbell, "project", "create", name, "--json"]
        made = subprocess.run(command, env=system.environment, capture_output=True, check=True)
        return dict(json.loads(made.stdout))

    return make


@pytest.fixture
def sign_in(system: System) -> Callable[..., Page]:
    """Return a function that signs a page in, with the read-write key unless it is given."""

    def fill(page: Page, key: str = system.api_key) -> Page:
        page.goto("/sign-in")
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/checks")
        return page

    return fill


@pytest.fixture
def page(new_page: NewPage, sign_in: Callable[..., Page]) -> Page:
    """A page that is signed in with the read-write key."""
    return sign_in(new_page())


@pytest.fixture
def reader(new_page: NewPage, sign_in: Callable[..., Page], system: System) -> Page:
    """A page that is signed in with the read-only key."""
    return sign_in(new_page(), system.api_key_readonly)


def require_accessible(page: Page) -> None:
    """Let axe find nothing and the page fit, at each width, dark and light."""
    size = page.viewport_size
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag22aa"]})
            assert found.violations_count == 0, (
                f"{page.url}, {width} px, {scheme}:\n{found.generate_report()}"
            )
            wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            assert not wide, f"{page.url} is wider than {width} px"
    page.emulate_media(color_scheme="light")
    if size:
        page.set_viewport_size(size)
