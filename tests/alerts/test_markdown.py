"""Text that is taken literally where Markdown is read."""

import re

import pytest

from nightbell.alerts import markdown

HOSTILE = [
    "*a* **b** _c_ __d__ ~~e~~ ||f||",
    "`a` ``b`` ```c``` ` `` ```",
    "```\n@all\n```",
    "``````````",
    "`",
    "a`",
    "`a",
    "[x](http://evil.example) ![y](http://evil.example/z.png)",
    "<@123> <#4> <!channel> <http://evil.example|x> <b>",
    "@everyone @here @**all** @_**all**",
    "# heading\n  ## heading\n> quote\n- item\n+ item\n* item\n1. item\n 12) item",
    "a\\*b\\",
    "http://evil.example/@all http://evil.example/*x* (http://evil.example)",
]

# A span of code: a run of backticks, and what is before the next run of the same length.
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_backslash_is_before_all_that_has_a_meaning(text):
    escaped = markdown.escape(text)

    assert re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", escaped) == text
    rest = re.sub(r"\\[^a-zA-Z0-9\s]", "x", escaped)
    assert not re.search(r"[\\*_~`|<>\[\]@]", rest)
    assert not re.search(r"(?m)^\s*([#+-]|\d+[.)])", rest)


def test_what_has_no_meaning_is_left_alone():
    text = "Backup of db-1 (daily): 50% in 3.5 s, #4, see 2024-01-15 03:10:00; 2 + 2 = 4"

    assert markdown.escape(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_all_of_a_hostile_text_is_code(text):
    code = markdown.code(text)

    spans = [match[2] for match in _CODE.finditer(code)]
    assert _CODE.sub("", code).strip() == ""
    assert " ".join(span.strip() for span in spans) == " ".join(text.split())


def test_no_text_is_no_code():
    assert markdown.code("") == ""


@pytest.mark.parametrize("text", [*HOSTILE, "", "\n\n", "~~~"])
def test_a_block_ends_after_its_text(text):
    first, *lines, last = markdown.block(text).split("\n")

    fence = first.removesuffix("text")
    assert "\n".join(lines) == text
    assert fence == last == "`" * len(fence)
    assert len(fence) >= 3
    assert fence not in text


@pytest.mark.parametrize("write", [markdown.escape, markdown.code])
def test_addresses_that_mean_nothing_else_stay_links(write):
    address = "https://wiki.example.com/run_book_2?a=1&b=~c#d"

    written = markdown.keep_links(f"{address} *before* {address}\nand\n {address}", write)

    assert written == f"{address} {write('*before*')} {address}\n{write('and')}\n {address}"


@pytest.mark.parametrize(
    "text",
    [
        "http://evil.example/@all",
        "http://evil.example/*x*",
        "(http://evil.example)",
        "http://evil.example/`",
        "http://evil.example|x",
        "javascript://evil.example",
        "xhttp://evil.example",
    ],
)
@pytest.mark.parametrize("write", [markdown.escape, markdown.code])
def test_addresses_that_mean_more_are_no_links(write, text):
    assert markdown.keep_links(text, write) == write(text)
