"""The settings of a kind of channel: what is read, what is refused, what is shown."""

import pytest

from nightbell.alerts.kind import MAX_URL, Kind, choice, flag, number, text, url
from nightbell.domain.errors import InvalidSpec


def read(setting, value):
    return setting.read("settings.x", value)


def problem(setting, value):
    """Return why the setting does not take the value."""
    with pytest.raises(InvalidSpec) as caught:
        read(setting, value)
    return str(caught.value).removeprefix("json validation error: settings.x ")


# ---- Texts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["a", " a ", "ü🔔", "x" * 200])
def test_a_text_is_kept_as_it_is(value):
    assert read(text("x", ""), value) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "is not a string"),
        (1, "is not a string"),
        (["a"], "is not a string"),
        ("\ud800", "is not a string"),
        ("x" * 201, "is too long"),
        ("", "is empty"),
        ("a\nb", "has unexpected value"),
        ("a\x00b", "has unexpected value"),
        ("a\u202eb", "has unexpected value"),
    ],
)
def test_refuses_what_is_no_text(value, expected):
    assert problem(text("x", ""), value) == expected


def test_a_text_of_several_lines_has_line_breaks_and_nothing_else_that_controls():
    setting = text("x", "", multiline=True, max_length=4)

    assert read(setting, "\t\r\nx") == "\t\r\nx"
    assert problem(setting, "\x1b[0m") == "has unexpected value"
    assert problem(setting, "xxxxx") == "is too long"


def test_the_whole_text_has_to_match_the_pattern():
    setting = text("x", "", pattern="[a-z]+")

    assert read(setting, "abc") == "abc"
    for value in ("abc1", "1abc", "abc\n"):
        assert problem(setting, value) == "has unexpected value"


def test_a_text_that_may_be_left_out_may_be_empty_whatever_the_pattern():
    assert read(text("x", "", required=False, pattern="[a-z]+"), "") == ""
    assert read(text("x", "", required=False, default="news"), "") == "news"


# ---- Addresses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org",
        "http://example.org:8080/a?b=c#d",
        "https://user:word@example.org/",
        "https://[2001:db8::1]/",
        "HTTPS://EXAMPLE.ORG/",
    ],
)
def test_an_address_is_http_or_https(address):
    assert read(url("x", ""), address) == address


@pytest.mark.parametrize(
    "address",
    [
        *("example.org", "//example.org", "ftp://example.org/", "file:///etc/passwd", "https://"),
        *("https:///path", "javascript:alert(1)", "https://exa mple.org/", "https://[::1/"),
        *("https://example.org:0/", "https://example.org:99999/", "https://example.org:x/"),
    ],
)
def test_refuses_other_addresses(address):
    assert problem(url("x", ""), address) == "is not a valid URL"


def test_an_address_has_a_greatest_length():
    longest = "https://example.org/".ljust(MAX_URL, "x")

    assert read(url("x", ""), longest) == longest
    assert problem(url("x", ""), longest + "x") == "is too long"


def test_an_address_may_be_empty_where_it_may_be_left_out():
    assert read(url("x", "", required=False), "") == ""
    assert read(url("x", "", required=False, default="https://ntfy.sh"), "") == "https://ntfy.sh"
    assert problem(url("x", ""), "") == "is not a valid URL"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://hooks.example/S3cr3t?k=S3cr3t", "https://hooks.example/…"),
        ("https://user:S3cr3t@hooks.example/", "https://hooks.example/…"),
        ("", ""),
    ],
)
def test_of_a_secret_address_the_host_is_shown(address, shown):
    assert url("x", "").show(address) == shown


def test_an_address_that_is_no_secret_is_shown():
    setting = url("x", "", secret=False)

    assert setting.show is None
    assert not setting.secret
    assert setting.is_address


# ---- Other values ----------------------------------------------------------------------------


def test_a_choice_is_one_of_its_words():
    setting = choice("x", "Priority", ["low", "high"], "low")

    assert read(setting, "high") == "high"
    assert setting.default == "low"
    assert setting.description == "Priority (low, high)"
    for value in ("", "HIGH", None, 1, ["low"]):
        assert problem(setting, value) == "has unexpected value"


def test_a_flag_is_true_or_false():
    setting = flag("x", "", default=True)

    assert [read(setting, value) for value in (True, False)] == [True, False]
    for value in ("true", 1, 0, None):
        assert problem(setting, value) == "is not a boolean"


def test_a_number_is_whole_and_within_its_bounds():
    setting = number("x", "", 1, 5, default=3)

    assert [read(setting, value) for value in (1, 5)] == [1, 5]
    for value in ("1", 1.0, True, None):
        assert problem(setting, value) == "is not a number"
    assert problem(setting, 0) == "is too small"
    assert problem(setting, 6) == "is too large"


@pytest.mark.parametrize(
    ("given", "value"),
    [("true", True), ("false", False), ("3", 3), ("yes", "yes"), ("", "")],
)
def test_the_command_line_says_flags_and_numbers_as_json_does(given, value):
    assert flag("x", "", default=True).from_text(given) == value
    assert number("x", "", 1, 5, default=3).from_text(given) == value


@pytest.mark.parametrize("given", ["", "1.5", "[" * 100_000, "9" * 5000])
def test_no_text_that_people_give_is_more_than_refused(given):
    setting = number("x", "", 1, 5, default=3)

    assert problem(setting, setting.from_text(given)) in ("is not a number", "is too large")


def test_a_setting_is_described_in_a_line():
    setting = text("x", "Topic to publish to", "Who knows it can read it")

    assert setting.description == "Topic to publish to. Who knows it can read it"


# ---- All together ----------------------------------------------------------------------------


def check_that_they_differ(settings):
    if settings["to"] == settings["cc"]:
        raise InvalidSpec("settings.cc", "is the same")


KIND = Kind(
    code="fax",
    title="Fax",
    about="",
    settings=(text("to", ""), text("cc", "", required=False), flag("up", "", default=True)),
    check=check_that_they_differ,
)


def test_what_is_not_given_is_the_default():
    assert KIND.read({"to": "1", "other": 2}) == {"to": "1", "cc": "", "up": True}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, "settings.to is missing"),
        ({"to": "1", "up": 1}, "settings.up is not a boolean"),
        ({"to": 1, "up": 1}, "settings.to is not a string"),
        ({"to": "1", "cc": "1"}, "settings.cc is the same"),
    ],
)
def test_the_first_problem_is_told(document, expected):
    with pytest.raises(InvalidSpec, match=f"^json validation error: {expected}$"):
        KIND.read(document)


def test_a_channel_that_is_older_than_a_setting_has_its_default():
    assert KIND.complete({"to": "1", "up": False}) == {"to": "1", "cc": "", "up": False}
    assert "to" not in KIND.complete({})


def test_where_alerts_go_is_told_by_addresses_and_targets():
    kind = Kind(
        code="fax",
        title="Fax",
        about="",
        settings=(
            url("url", ""),
            url("other", "", required=False),
            text("to", "", is_target=True),
            text("from", ""),
        ),
    )

    assert kind.target({"url": "https://a/…", "to": "1", "from": "2"}) == "https://a/…, 1"
    assert kind.target({"url": "https://a/…", "other": "https://a/…"}) == "https://a/…"
    assert kind.target({}) == ""
