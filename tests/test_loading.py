import gc
import re
from copy import deepcopy

import pytest

from nightbell.loading import quick_loading


@pytest.fixture(autouse=True)
def thaw():
    yield
    gc.unfreeze()


def test_nothing_is_collected_while_modules_load():
    with quick_loading():
        inside = gc.isenabled()

    assert not inside
    assert gc.isenabled()


def test_a_pattern_is_compiled_when_it_is_first_used():
    with quick_loading():
        wrong = re.compile("(")
        right = re.compile(r"(\d+)-X", re.IGNORECASE)

    assert right.fullmatch("12-x")[1] == "12"
    with pytest.raises(re.error):
        wrong.search("")


def test_a_pattern_can_be_used_as_any_other():
    with quick_loading():
        pattern = re.compile("a+")

    assert isinstance(pattern, re.Pattern)
    assert re.compile(pattern) is pattern
    assert re.sub(pattern, "b", "caat") == "cbt"
    assert re.split(pattern, "1a2") == ["1", "2"]
    assert deepcopy(pattern).match("aa").end() == 2
    assert pattern.pattern == "a+"


def test_patterns_are_compiled_at_once_outside_even_after_an_error():
    with pytest.raises(ImportError), quick_loading():
        raise ImportError

    with pytest.raises(re.error):
        re.compile("(")
    assert gc.isenabled()
