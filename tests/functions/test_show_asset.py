"""GET /static/{name}."""

import re

import pytest


def test_a_page_loads_what_is_there_and_may_keep_it(browser):
    page = browser.get("/sign-in")
    found = re.findall(r'(?:href|src)="/live(/static/[^"]+)"', page.html)

    assert found
    for address in found:
        answer = browser.get(address)
        assert answer.status == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"].startswith(("text/css", "text/javascript", "image/"))


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789abcdef"])
def test_what_another_version_asks_for_is_not_kept(browser, query):
    answer = browser.get(f"/static/style.css{query}")

    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["nothing.css", "..%2Fapp.py", "%2e%2e", "style.css%00", "é"])
def test_nothing_else_is_there(browser, name):
    assert browser.get(f"/static/{name}").status == 404
