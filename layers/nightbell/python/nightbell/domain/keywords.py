"""Classification of a text by the keywords of a check."""

from nightbell.domain.check import Check, Signal

_NO_BREAK_SPACE = "\u00a0"


def classify(check: Check, text: str) -> Signal:
    """Return the signal that the text stands for.

    Failure keywords come before success, success before start. Without any: FAIL if the check
    says so, else IGNORE. A space that does not break a line is as good as any other: nobody sees
    which of them a mail has, or a keyword that was copied from it.
    """
    text = text.replace(_NO_BREAK_SPACE, " ")
    for keywords, signal in (
        (check.failure_kw, Signal.FAIL),
        (check.success_kw, Signal.SUCCESS),
        (check.start_kw, Signal.START),
    ):
        if any(keyword in text for keyword in _split(keywords)):
            return signal
    return Signal.FAIL if check.filter_default_fail else Signal.IGNORE


def _split(keywords: str) -> list[str]:
    keywords = keywords.replace(_NO_BREAK_SPACE, " ")
    return [stripped for keyword in keywords.split(",") if (stripped := keyword.strip())]
