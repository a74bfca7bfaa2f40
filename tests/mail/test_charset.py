"""The characters that bytes stand for."""

import pytest

from nightbell.mail.charset import decode


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("gb2312", "gb18030", "镕"),
        ("GBK", "gb18030", "€"),
        ("iso-8859-1", "cp1252", "“€”"),
        ("us-ascii", "cp1252", "“€”"),
        ("shift_jis", "cp932", "①"),
        ("iso-2022-jp", "iso2022_jp_ext", "ｱ"),
        ("euc-kr", "cp949", "똠"),
        ("big5", "big5hkscs", "嗰"),
        ("tis-620", "cp874", "ก…"),
        ("KOI8-RU", "koi8_u", "їжак"),
    ],
)
def test_a_name_stands_for_the_larger_character_set(label, codec, text):
    assert decode(text.encode(codec), label) == text


@pytest.mark.parametrize(
    "label", ["idna", "punycode", "unicode_escape", "raw_unicode_escape", "zlib", "rot13", "mbcs"]
)
def test_what_is_no_character_set_is_not_asked(label):
    assert decode(b"xn--a.\\u0041", label) == "xn--a.\\u0041"


@pytest.mark.parametrize("content", [b"+2AA-", b"+2AA- \xff", b"+3AA-+2AA-"])
def test_a_text_has_no_halves_of_characters(content):
    assert decode(content, "utf-7").encode()


@pytest.mark.parametrize("label", ["", "x" * 1000, "\x00", "../utf-8", "é", "utf-8\n"])
def test_a_name_may_be_anything(label):
    assert decode("größe".encode(), label) == "größe"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_the_mark_at_the_beginning_tells_the_character_set(codec):
    assert decode("größe".encode(codec), "iso-8859-1") == "größe"


def test_what_fits_nothing_is_read_as_far_as_it_can_be():
    assert decode(b"gr\xf6\xdfe \x81", "") == "größe \ufffd"
    assert decode("größe €".encode() + b"\xff", "utf-8") == "größe €\ufffd"


@pytest.mark.parametrize("label", ["", "utf-8", "us-ascii", "iso-8859-1"])
def test_a_character_that_was_cut_off_at_the_end_changes_nothing_before(label):
    assert decode("größe ok €".encode()[:-1], label) == "größe ok "


def test_one_letter_of_another_character_set_at_the_end_is_no_character_cut_off():
    assert decode("terminé".encode("latin-1"), "") == "terminé"
