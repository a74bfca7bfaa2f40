"""Chromium: the machine's own where it has one, else Playwright's in the environment."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

# Where `make test` has Playwright put its own.
_DOWNLOADED = Path(sys.prefix) / "browsers"
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run Chromium without a window."""
    os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(_DOWNLOADED))
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    # Its sandbox needs rights that root in a container lacks; it sees our own pages only.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
