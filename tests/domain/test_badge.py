"""Badges: what they tell, and that they can be read whatever their label holds."""

import re
from itertools import product
from xml.etree import ElementTree

import pytest

from nightbell.domain.badge import FORMATS, Badge, signature, signature_fits, summarize
from nightbell.domain.check import Status

NEW, UP, GRACE, DOWN, PAUSED = Status.NEW, Status.UP, Status.GRACE, Status.DOWN, Status.PAUSED
SVG = "{http://www.w3.org/2000/svg}"


def badge(label="label", total=1, grace=0, down=0, three_states=False):
    return Badge(label=label, total=total, grace=grace, down=down, three_states=three_states)


# ---- States --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "two", "three"),
    [
        ([], "up", "up"),
        ([UP], "up", "up"),
        ([NEW], "up", "up"),
        ([PAUSED], "up", "up"),
        ([GRACE], "up", "late"),
        ([DOWN], "down", "down"),
        ([UP, GRACE, UP], "up", "late"),
        ([GRACE, DOWN], "down", "down"),
        ([UP, NEW, PAUSED, DOWN], "down", "down"),
    ],
)
def test_two_states_count_grace_as_up_and_three_call_it_late(statuses, two, three):
    assert summarize("x", statuses, three_states=False).status == two
    assert summarize("x", statuses, three_states=True).status == three


@pytest.mark.parametrize("three_states", [False, True])
def test_counts_the_checks(three_states):
    statuses = iter([UP, GRACE, DOWN, NEW, GRACE, PAUSED])

    summary = summarize("db", statuses, three_states=three_states)

    assert summary == Badge(label="db", total=6, grace=2, down=1, three_states=three_states)


@pytest.mark.parametrize(
    ("grace", "down", "status"), [(0, 0, "up"), (2, 0, "late"), (0, 1, "down"), (2, 1, "down")]
)
def test_the_document_tells_the_status_and_the_counts(grace, down, status):
    document = badge(total=5, grace=grace, down=down, three_states=True).document()

    assert document == {"status": status, "total": 5, "grace": grace, "down": down}
    assert list(document) == ["status", "total", "grace", "down"]


@pytest.mark.parametrize(
    ("grace", "down", "status", "color"),
    [(0, 0, "up", "success"), (1, 0, "late", "important"), (0, 1, "down", "critical")],
)
def test_shields_are_as_shields_io_takes_them(grace, down, status, color):
    shields = badge("<db>", grace=grace, down=down, three_states=True).shields()

    assert shields == {"schemaVersion": 1, "label": "<db>", "message": status, "color": color}


def test_there_are_three_formats():
    assert set(FORMATS) == {"svg", "json", "shields"}


# ---- The picture ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grace", "down", "status", "colour"),
    [(0, 0, "up", "#4c1"), (1, 0, "late", "#fe7d37"), (0, 1, "down", "#e05d44")],
)
def test_the_picture_shows_label_and_status(grace, down, status, colour):
    svg = ElementTree.fromstring(badge("db", grace=grace, down=down, three_states=True).svg())

    assert svg.tag == f"{SVG}svg"
    assert svg.get("aria-label") == f"db: {status}"
    assert svg.findtext(f"{SVG}title") == f"db: {status}"
    assert [text.text for text in svg.iter(f"{SVG}text")] == ["db", status]
    assert colour in [rect.get("fill") for rect in svg.iter(f"{SVG}rect")]


LABELS = [
    "",
    " ",
    "nightbell",
    "</text><script>alert(1)</script>",
    "\"><script>alert('1')</script>",
    "' onload='alert(1)",
    "&amp; &lt; &#0; &nbsp;",
    "]]> <!-- --> <![CDATA[ <?php ?>",
    "{label} {} {0} {width!r} %s $label",
    "a\tb",
    "a\nb",
    "\u202edesrever\u202c",
    "\u200f\u200e\u2066\u2069\ufeff",
    "\x7f\x80\x85\x9f\u2028\u2029",
    "😀👩‍👩‍👧‍👦🏳️‍🌈",
    "数据库 ünïcödé",
    "\ud7ff\ue000\ufffd\U00010000\U0010ffff",
    "x" * 100,
]


@pytest.mark.parametrize("label", LABELS)
def test_the_picture_holds_any_label_as_text(label):
    svg = ElementTree.fromstring(badge(label).svg())

    assert [text.text or "" for text in svg.iter(f"{SVG}text")] == [label, "up"]
    assert svg.findtext(f"{SVG}title") == f"{label}: up"
    assert svg.get("aria-label") == re.sub(r"[\t\n]", " ", f"{label}: up")


@pytest.mark.parametrize("label", LABELS)
def test_a_label_adds_no_element_and_no_attribute(label):
    def outline(picture):
        return [
            (element.tag, [*element.attrib]) for element in ElementTree.fromstring(picture).iter()
        ]

    assert outline(badge(label).svg()) == outline(badge("plain").svg())


@pytest.mark.parametrize(
    "char", [*map(chr, range(9)), "\x0b", "\x0c", "\x0e", "\x1b", "\x1f", "\ufffe", "\uffff"]
)
def test_what_xml_cannot_hold_is_replaced(char):
    svg = ElementTree.fromstring(badge(f"a{char}b").svg())

    assert next(svg.iter(f"{SVG}text")).text == "a\ufffdb"


@pytest.mark.parametrize("code", [0xD800, 0xDBFF, 0xDC00, 0xDFFF])
def test_a_lone_surrogate_is_replaced(code):
    svg = badge(f"a{chr(code)}b").svg()

    assert ">a\ufffdb<" in svg
    svg.encode()


def test_a_carriage_return_is_read_as_a_line_break():
    svg = ElementTree.fromstring(badge("a\rb").svg())

    assert next(svg.iter(f"{SVG}text")).text == "a\nb"


def test_the_picture_is_as_wide_as_its_texts():
    def widths(label):
        svg = ElementTree.fromstring(badge(label).svg())
        whole, left, right = (int(rect.get("width", "")) for rect in svg.iter(f"{SVG}rect"))
        assert int(svg.get("width", "")) == whole == left + right
        return left, right

    empty, one, two, emoji = (widths(label) for label in ("", "m", "mm", "😀"))

    assert empty[0] == 10
    assert two[0] - one[0] == one[0] - empty[0] == emoji[0] - empty[0] > 0
    assert len({empty[1], one[1], two[1]}) == 1


# ---- Signatures ----------------------------------------------------------------------------


def test_a_signature_is_eight_url_safe_characters():
    for secret, tag in product(
        ["", "s", "ü" * 50], ["", "*", "prod", "a/b?c#d", "数据库", "x" * 500]
    ):
        assert re.fullmatch(r"[A-Za-z0-9_-]{8}", signature(secret, tag))


def test_a_signature_stays_the_same():
    assert signature("secret", "prod") == "MfMgW4NS"


def test_a_signature_is_that_of_its_secret_and_tag():
    assert signature_fits("secret", "prod", signature("secret", "prod"))
    assert not signature_fits("other", "prod", signature("secret", "prod"))
    assert not signature_fits("secret", "db", signature("secret", "prod"))
    assert not signature_fits("secret", "prod ", signature("secret", "prod"))


@pytest.mark.parametrize("change", [str.lower, str.swapcase, lambda s: s[:7], lambda s: s + "-2"])
def test_another_text_is_no_signature(change):
    right = signature("secret", "prod")

    assert not signature_fits("secret", "prod", change(right))


@pytest.mark.parametrize("given", ["", "x", "é", "😀" * 8, "\0" * 8, "A" * 10_000])
def test_any_text_can_be_asked_about(given):
    assert signature_fits("secret", "prod", given) is False
