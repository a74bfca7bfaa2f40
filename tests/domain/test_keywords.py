"""Classification of a text by keywords."""

import pytest

from nightbell.domain.check import Signal
from nightbell.domain.keywords import classify

SUCCESS, START, FAIL, IGNORE = Signal.SUCCESS, Signal.START, Signal.FAIL, Signal.IGNORE


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("Backup DONE", SUCCESS),
        ("DONE", SUCCESS),
        ("unDONEable", SUCCESS),
        ("Backup OK now", SUCCESS),
        ("BEGIN", START),
        ("ERROR", FAIL),
        ("FATAL failure", FAIL),
        ("done", IGNORE),
        ("", IGNORE),
        ("something else", IGNORE),
        ("BEGIN and DONE", SUCCESS),
        ("DONE with ERROR", FAIL),
        ("BEGIN with ERROR", FAIL),
        ("BEGIN, DONE, ERROR", FAIL),
    ],
)
def test_failure_comes_before_success_and_success_before_start(make_check, text, signal):
    check = make_check(start_kw="BEGIN", success_kw="DONE, OK now", failure_kw="ERROR,FATAL")

    assert classify(check, text) is signal


@pytest.mark.parametrize("field", ["start_kw", "success_kw", "failure_kw"])
@pytest.mark.parametrize("keywords", ["", " ", ",", " , ,, "])
def test_empty_keywords_are_found_nowhere(make_check, field, keywords):
    check = make_check(**{field: keywords})

    assert classify(check, "any text, with a comma") is IGNORE


@pytest.mark.parametrize(
    ("keywords", "text", "signal"),
    [
        (" DONE ", "DONE", SUCCESS),
        ("DONE", " DONE ", SUCCESS),
        ("ALL DONE", "ALL DONE", SUCCESS),
        ("ALL DONE", "DONE ALL", IGNORE),
        (",DONE,", "DONE", SUCCESS),
        ("Straße", "Straße", SUCCESS),
        ("straße", "Straße", IGNORE),
        ("*", "anything", IGNORE),
        ("ALL DONE", "ALL\u00a0DONE", SUCCESS),
        ("ALL\u00a0DONE\u00a0", "ALL DONE", SUCCESS),
    ],
)
def test_each_keyword_is_trimmed_and_found_as_it_is(make_check, keywords, text, signal):
    assert classify(make_check(success_kw=keywords), text) is signal


@pytest.mark.parametrize(
    ("text", "signal"), [("DONE", SUCCESS), ("ERROR", FAIL), ("BEGIN", START), ("", FAIL)]
)
def test_without_a_keyword_a_text_may_count_as_a_failure(make_check, text, signal):
    check = make_check(
        start_kw="BEGIN", success_kw="DONE", failure_kw="ERROR", filter_default_fail=True
    )

    assert classify(check, text) is signal
    assert classify(check, "nothing of it") is FAIL
