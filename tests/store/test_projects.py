"""Projects and their keys: only digests of API keys are kept."""

import json
import re

import pytest

from nightbell.domain.errors import NotFound
from nightbell.store import keys, projects


@pytest.fixture
def made(tables, now):
    """A project."""
    return projects.create("Shop", check_limit=5, ping_log_limit=10, now=now.moment)


def test_api_keys_are_kept_nowhere(made, dump):
    kept = json.dumps(dump())

    assert made.api_key not in kept
    assert made.api_key_readonly not in kept
    assert keys.digest(made.api_key) in kept


def test_keys_are_made_of_characters_that_need_no_quoting(made):
    for key in (made.api_key, made.api_key_readonly, made.ping_key):
        assert re.fullmatch(r"[\w-]+", key, re.ASCII)
    assert len(made.ping_key) == 22


def test_a_key_opens_its_project(made):
    assert projects.authenticate(made.api_key) == projects.Access(made.project_id, read_only=False)
    read_only = projects.authenticate(made.api_key_readonly)
    assert read_only == projects.Access(made.project_id, read_only=True)


def test_nothing_else_does(made):
    for key in (made.ping_key, made.project_id, keys.digest(made.api_key), "", "\ud800"):
        assert projects.authenticate(key) is None


def test_rotation_replaces_all_api_keys_and_leaves_the_rest(made, dump):
    before = {item["key"]["S"] for item in dump()["keys"]}

    renewed = projects.rotate_keys(made.project_id, ping_key=False)

    after = {item["key"]["S"] for item in dump()["keys"]}
    assert {key.partition("#")[0] for key in before ^ after} == {"api"}
    assert len(before) == len(after)
    assert renewed.ping_key == made.ping_key
    assert projects.authenticate(made.api_key) is None
    assert projects.authenticate(renewed.api_key_readonly).read_only is True


def test_rotation_can_replace_the_ping_key(made):
    renewed = projects.rotate_keys(made.project_id, ping_key=True)

    assert keys.find(keys.ping_key(made.ping_key), consistent=True) is None
    assert keys.find(keys.ping_key(renewed.ping_key)).project_id == made.project_id


def test_who_renews_the_keys_while_another_does_has_the_last_word(made, monkeypatch):
    get_item, others = projects.get_item, []

    def read_then_be_overtaken(project_id):
        item = get_item(project_id)
        if not others:
            others.append(None)
            others.append(projects.rotate_keys(project_id, ping_key=True))
        return item

    monkeypatch.setattr(projects, "get_item", read_then_be_overtaken)
    renewed = projects.rotate_keys(made.project_id, ping_key=False)

    assert projects.authenticate(renewed.api_key).project_id == made.project_id
    assert projects.authenticate(others[1].api_key) is None
    assert renewed.ping_key == others[1].ping_key != made.ping_key


def test_an_unknown_project_is_not_found(tables):
    for call in (projects.get, projects.get_by_badge_key):
        with pytest.raises(NotFound):
            call("unknown")
    with pytest.raises(NotFound):
        projects.rotate_keys("unknown", ping_key=True)


def test_the_badge_key_finds_the_project(made):
    project = projects.get(made.project_id)

    assert projects.get_by_badge_key(project.badge_key) == project
    assert project.badge_label == "nightbell"


@pytest.mark.parametrize(
    ("changes", "limits"),
    [({}, (5, 10)), ({"check_limit": 0}, (0, 10)), ({"ping_log_limit": 7}, (5, 7))],
)
def test_limits_can_be_changed_one_by_one(made, changes, limits):
    changed = projects.change_limits(made.project_id, **changes)

    assert (changed.check_limit, changed.ping_log_limit) == limits
    assert projects.get(made.project_id) == changed


@pytest.mark.parametrize("changes", [{}, {"check_limit": 5}])
def test_an_unknown_project_gets_no_limits(made, dump, changes):
    before = dump()

    with pytest.raises(NotFound):
        projects.change_limits("unknown", **changes)

    assert dump() == before
