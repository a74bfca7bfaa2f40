"""Bodies of pings as text and byte for byte."""

import random

import pytest

from nightbell.dashboard.ping_body import as_hex, as_text


@pytest.mark.parametrize(
    ("body", "text", "encoding"),
    [
        (b"", "", "UTF-8"),
        ("größer 🔔".encode(), "größer 🔔", "UTF-8"),
        (b"\xef\xbb\xbfdone", "done", "UTF-8"),
        ("done ✓\r\n".encode("utf-16"), "done ✓\n", "UTF-16"),
        ("written by PowerShell".encode("utf-16-le"), "written by PowerShell", "UTF-16"),
        ("fertig".encode("utf-16-be"), "fertig", "UTF-16"),
        (b"gr\xf6\xdfer \x80 5", "größer € 5", "Windows-1252, perhaps"),
        ("größer, cut in a 🔔".encode()[:-1], "größer, cut in a ", "UTF-8"),
        (b"fertig f\xfcr heut\xe4", "fertig für heutä", "Windows-1252, perhaps"),
        (b"heut\xe4", "heutä", "Windows-1252, perhaps"),
        (b"\x1b[1;31mred\x1b[0m\x1b[K text, and more of it", "red text, and more of it", "UTF-8"),
        (b"10 %\r20 %\rdone", "10 %\n20 %\ndone", "UTF-8"),
        (b"a bell rings at the end of this\x07", "a bell rings at the end of this␇", "UTF-8"),
    ],
)
def test_a_text_is_read_as_it_was_meant(body, text, encoding):
    read = as_text(body)

    assert (read.text, read.encoding) == (text, encoding)


@pytest.mark.parametrize("body", [bytes(100), bytes(range(256)), b"\x7fELF\x02\x01\x01" + bytes(9)])
def test_what_is_no_text_is_not_taken_for_one(body):
    read = as_text(body)

    assert read.encoding == ""
    assert all(char.isprintable() or char in "\n\t\ufffd" for char in read.text if ord(char) < 128)


def test_any_bytes_are_shown():
    chance = random.Random(1)
    for _ in range(200):
        body = chance.randbytes(chance.randrange(60))

        as_text(body).text.encode()
        as_hex(body).encode("ascii")


def test_bytes_are_shown_with_their_places_and_letters():
    shown = as_hex(b"0123456789abcdef<\x00\xff>")

    assert shown.split("\n") == [
        "00000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef",
        "00010  3c 00 ff 3e                                      <..>",
    ]
