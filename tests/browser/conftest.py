"""One run of the whole system and one Chromium for all tests; pages that must be without fault."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, expect

from local.chromium import running_chromium
from nightbell.domain.check import unique_key_of
from tests.browser import hostile
from tests.e2e.system import System, running_system

# A phone, a tablet, a desk.
WIDTHS = (320, 768, 1280)

# How long pages may take, on a machine with much to do.
_PATIENCE = 20_000  # milliseconds
expect.set_options(timeout=_PATIENCE)

_AXE = Axe()
# What axe looks for. Nothing but colours depends on the scheme.
_RULES: dict[str, dict[str, list[str]]] = {
    "light": {"runOnly": ["wcag2a", "wcag2aa", "wcag22aa"]},
    "dark": {"runOnly": ["color-contrast"]},
}

# What is wider than the window, and tables and the like that stick out of what they are in.
_TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll(
    'main, main :is(section, table, dl, form, fieldset, figure, h1, h2, p, ul, ol)')]
  .filter(one => one.offsetParent || one === document.documentElement)
  .filter(one => {
    const around = one.parentElement || { getBoundingClientRect: () => ({ right: innerWidth }) };
    return one.getBoundingClientRect().right > around.getBoundingClientRect().right + 1
      || (one === document.documentElement && one.scrollWidth > innerWidth);
  })
  .map(one => one.outerHTML.slice(0, 200))"""

NewPage = Callable[..., Page]


@dataclass
class Project:
    """A project, and an HTTP client with its key that reads and writes."""

    project_id: str
    api_key: str
    api_key_readonly: str
    api: httpx.Client

    @property
    def home(self) -> str:
        """The address below which the project's pages are."""
        return f"/projects/{self.project_id}"

    def create(self, **fields: Any) -> dict[str, Any]:
        """Create a check and return what the API shows of it."""
        answer = self.api.post("/api/v3/checks/", json=fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def address(self, check: dict[str, Any]) -> str:
        """Return the address of a check's page."""
        return f"{self.home}/checks/{unique_key_of(check['uuid'])}"

    def sign_in(self, *, read_only: bool = False, user_agent: str = "Mozilla/5.0") -> str:
        """Sign in and return the cookie."""
        answer = httpx.post(
            self.api.base_url.join("/sign-in"),
            data={"key": self.api_key_readonly if read_only else self.api_key},
            headers={"User-Agent": user_agent},
            timeout=60,
            trust_env=False,
        )
        return answer.cookies["nightbell"]


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
def demonstration(system: System) -> Iterator[Project]:
    """The project that `make run` makes."""
    with _client(system, system.api_key) as api:
        yield Project(
            system.variables["NIGHTBELL_PROJECT"], system.api_key, system.api_key_readonly, api
        )


@pytest.fixture(scope="package")
def new_project(system: System) -> Iterator[Callable[[str], Project]]:
    """Return a function that makes a project."""
    clients = []

    def make(name: str) -> Project:
        nightbell = Path(sys.executable).with_name("nightbell")
        made = subprocess.run(
            [nightbell, "project", "create", "--json", "--", name],
            env=system.environment,
            capture_output=True,
            check=True,
            timeout=60,
        )
        keys = json.loads(made.stdout)
        clients.append(_client(system, keys["api_key"]))
        return Project(keys["project_id"], keys["api_key"], keys["api_key_readonly"], clients[-1])

    yield make
    for client in clients:
        client.close()


@pytest.fixture(scope="package")
def shop(new_project: Callable[[str], Project]) -> Project:
    """A project with checks of several tests, which tell theirs apart by name and tag."""
    return new_project("Web shop")


@pytest.fixture(scope="package")
def hostile_project(new_project: Callable[[str], Project]) -> Project:
    """A project in which everything that can be written is hostile."""
    project = new_project(hostile.SCRIPT)
    hostile.furnish(project.api)
    project.sign_in(user_agent=hostile.USER_AGENT)
    return project


def _client(system: System, key: str) -> httpx.Client:
    return httpx.Client(
        base_url=system.url, headers={"X-Api-Key": key}, timeout=60, trust_env=False
    )


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What a browser complains of, which must be nothing: errors, refused loads, violations.

    Nor may anything be executed that somebody wrote, or be loaded from elsewhere.
    """
    noted: list[str] = []
    yield noted
    assert noted == []


@pytest.fixture
def new_page(chromium: Browser, system: System, faults: list[str]) -> Iterator[NewPage]:
    """Return a function that opens a browser of its own with one page, at first a blank one.

    It is signed in to the projects given, or nowhere; `read_only` is for all of them.
    """
    contexts: list[BrowserContext] = []

    def open_page(
        project: Project | None = None,
        *,
        read_only: bool = False,
        width: int = 1280,
        script: bool = True,
        **options: Any,
    ) -> Page:
        context = chromium.new_context(
            base_url=system.url,
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            **({"timezone_id": "Europe/Berlin", "locale": "en-GB"} | options),
        )
        context.set_default_timeout(_PATIENCE)
        contexts.append(context)
        if project:
            session = project.sign_in(read_only=read_only)
            context.add_cookies([_cookie("nightbell", session, system.url)])
        page = context.new_page()
        page.on("console", lambda said: _note(faults, said.type, said.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: _note_dialog(faults, dialog))
        page.on("request", lambda request: _note_foreign(faults, request, system.url))
        page.on("requestfailed", lambda request: _note_failure(faults, request))
        return page

    yield open_page
    for context in contexts:
        context.close()


def _cookie(name: str, value: str, url: str) -> Any:
    return {"name": name, "value": value, "url": url, "httpOnly": True, "sameSite": "Strict"}


def _note(faults: list[str], kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        faults.append(text)


def _note_dialog(faults: list[str], dialog: Dialog) -> None:
    faults.append(f"dialog: {dialog.message}")
    dialog.dismiss()


def _note_foreign(faults: list[str], request: Request, url: str) -> None:
    if not request.url.startswith(f"{url}/"):
        faults.append(f"asked elsewhere: {request.url}")


def _note_failure(faults: list[str], request: Request) -> None:
    # Leaving a page ends what it was loading.
    if request.failure != "net::ERR_ABORTED":
        faults.append(f"{request.url}: {request.failure}")


@pytest.fixture
def page(new_page: NewPage, demonstration: Project) -> Page:
    """The checks of the demonstration, to somebody who may read and write."""
    page = new_page(demonstration)
    page.goto(f"{demonstration.home}/checks")
    return page


def require_accessible(page: Page) -> None:
    """Let axe find nothing and all fit into where it is, at each width, dark and light."""
    size = page.viewport_size
    page.evaluate(_AXE.axe_script)
    for scheme, rules in _RULES.items():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            options = rules | {"resultTypes": ["violations"]}
            found = AxeResults(page.evaluate("options => axe.run(options)", options))
            assert found.violations_count == 0, (
                f"{page.url}, {width} px, {scheme}:\n{found.generate_report()}"
            )
            assert page.evaluate(_TOO_WIDE) == [], f"{page.url}, {width} px"
    page.emulate_media(color_scheme="light")
    if size:
        page.set_viewport_size(size)
