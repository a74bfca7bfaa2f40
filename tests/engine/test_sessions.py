"""Signing in and new keys when a process dies, an answer is lost, or two do it at once."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from nightbell import clock
from nightbell.store import projects, sessions
from tests.engine import faults
from tests.engine.faults import Killed, Strike, intercepted
from tests.functions.browsing import Browser

pytestmark = pytest.mark.engine

MOST_REQUESTS = 40


@pytest.fixture
def sign_in(engine) -> Callable[..., Browser]:
    """Return a function that makes a browser which is signed in with these keys."""

    def sign_in(*api_keys: str) -> Browser:
        browser = Browser()
        for api_key in api_keys:
            assert browser.sign_in(api_key).status == 200
        return browser

    return sign_in


def _opens(browser, project):
    return browser.get(f"/projects/{project.project_id}/settings").path.endswith("/settings")


def _tokens(project):
    """Return what opens the project: digests of tokens."""
    return {one.token for one in sessions.list_for(project.project_id, clock.now())}


def _renew(browser, project):
    """Make new keys on the page of the project, and return the page that shows them."""
    page = browser.get(f"/projects/{project.project_id}/settings")
    return browser.submit(page, "#keys-heading ~ form", action="rotate", confirm="P")


def test_who_signs_in_may_be_let_down_after_any_request(engine, make_project, sign_in):
    for k in range(MOST_REQUESTS):
        first, second = make_project(), make_project()
        browser = sign_in(first.keys.api_key)
        (old,), held = _tokens(first), dict(browser.cookies)
        with intercepted(engine, Strike(k, faults.die)), suppress(Killed):
            browser.sign_in(second.keys.api_key)
        if browser.cookies != held:
            break  # the sign-in was answered, and the page after it was struck
        # Either nothing has happened, or all: the browser's new token, told or not, opens both.
        assert _tokens(first) == (_tokens(second) or {old})
        was_open = _opens(browser, first)
        assert _opens(browser, second) <= was_open

        assert browser.sign_in(second.keys.api_key).status == 200

        assert _opens(browser, second)
        assert _opens(browser, first) == was_open
    assert k > 5


@pytest.mark.parametrize("how", [faults.die, faults.lose_answer])
def test_who_makes_new_keys_can_make_others_whatever_happens(engine, make_project, sign_in, how):
    for k in range(MOST_REQUESTS):
        project = make_project()
        owner, reader = sign_in(project.keys.api_key), sign_in(project.keys.api_key_readonly)
        page = owner.get(f"/projects/{project.project_id}/settings")
        with intercepted(engine, strike := Strike(k, how)), suppress(Killed):
            owner.submit(page, "#keys-heading ~ form", action="rotate", confirm="P")
        if not strike.has_struck:
            break
        # Sessions end with the keys that they are of, but for the one in which new ones are made.
        is_old = projects.authenticate(project.keys.api_key) is not None
        assert len(_tokens(project)) == 1 + is_old
        assert _opens(reader, project) == is_old

        write, read, _ = _renew(owner, project).texts("main pre")

        assert projects.authenticate(write).project_id == project.project_id
        assert projects.authenticate(read).read_only
        assert projects.authenticate(project.keys.api_key) is None
        assert _opens(owner, project)
    assert k > 2


def _before_the_transaction(act):
    """Return what does something once, when the transaction that makes new keys is on its way."""
    done = []

    def strike(request):
        if request.operation == "TransactWriteItems" and not done:
            done.append(act)
            act()

    return strike


def test_keys_that_are_made_twice_at_once_are_those_shown_last(engine, project, sign_in):
    owner = sign_in(project.keys.api_key)
    page = owner.get(f"/projects/{project.project_id}/settings")
    shown = []
    press_again = _before_the_transaction(lambda: shown.append(_renew(owner, project)))

    with intercepted(engine, press_again):
        last = owner.submit(page, "#keys-heading ~ form", action="rotate", confirm="P")

    assert projects.authenticate(shown[0].texts("main pre")[0]) is None
    assert projects.authenticate(last.texts("main pre")[0]).project_id == project.project_id
    assert _opens(owner, project)


def test_who_is_signed_out_by_new_keys_while_making_some_makes_none(engine, project, sign_in):
    thief, owner = sign_in(project.keys.api_key), sign_in(project.keys.api_key)
    page = thief.get(f"/projects/{project.project_id}/settings")
    made = []
    be_faster = _before_the_transaction(lambda: made.append(_renew(owner, project)))

    with intercepted(engine, be_faster):
        refused = thief.submit(page, "#keys-heading ~ form", action="rotate", confirm="P")

    assert refused.path.startswith("/sign-in?next=")
    key = made[0].texts("main pre")[0]
    assert projects.authenticate(key).project_id == project.project_id
    assert not _opens(thief, project)
    assert _opens(owner, project)


def test_a_session_that_is_ended_while_it_makes_new_keys_makes_none(engine, project, sign_in):
    thief = sign_in(project.keys.api_key)
    page = thief.get(f"/projects/{project.project_id}/settings")
    sign_out = _before_the_transaction(lambda: sessions.end_all(project.project_id))

    with intercepted(engine, sign_out):
        refused = thief.submit(page, "#keys-heading ~ form", action="rotate", confirm="P")

    assert refused.path.startswith("/sign-in?next=")
    assert projects.authenticate(project.keys.api_key).project_id == project.project_id
    assert _tokens(project) == set()


def test_a_session_that_is_ended_while_it_moves_is_not_brought_back(engine, make_project, sign_in):
    first, second = make_project(), make_project()
    browser = sign_in(first.keys.api_key)
    ended = []

    def end(request):
        if request.operation == "TransactWriteItems" and not ended:
            ended.append("")
            sessions.end_all(first.project_id)

    with intercepted(engine, end):
        page = browser.sign_in(second.keys.api_key)

    assert page.status == 200
    assert _tokens(first) == set()
    assert not _opens(browser, first)
