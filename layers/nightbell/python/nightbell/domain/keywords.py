"""Classification of a text by the keywords of a check."""

from nightbell.domain.check import Check, Signal


def classify(check: Check, text: str) -> Signal:
    """Return the signal that the text stands for.

    Failure keywords come before success, success before start. Without any: FAIL if the check
    says so, else IGNORE.
    """
    for keywords, signal in (
        (check.failure_kw, Signal.FAIL),
        (check.success_kw, Signal.SUCCESS),
        (check.start_kw, Signal.START),
    ):
        if any(keyword in text for keyword in _split(keywords)):
            return signal
    return Signal.FAIL if check.filter_default_fail else Signal.IGNORE


def _split(keywords: str) -> list[str]:
    return [stripped for keyword in keywords.split(",") if (stripped := keyword.strip())]
