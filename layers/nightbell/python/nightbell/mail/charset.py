"""The characters that the bytes of a mail stand for, whatever it says of them."""

import codecs
import re
from encodings.aliases import aliases
from functools import cache

# Names that mails use, and Python does not know or takes too narrowly: programs write the larger
# character set under the name of the smaller, as browsers know
# (https://encoding.spec.whatwg.org/#names-and-labels).
_NAMES = {
    "ansi": "cp1252",
    "ascii": "cp1252",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso2022_jp": "iso2022_jp_ext",
    "iso8859_1": "cp1252",
    "iso8859_8_e": "iso8859_8",
    "iso8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_8_i": "iso8859_8",
    "koi8_ru": "koi8_u",
    "shift_jis": "cp932",
    "tis_620": "cp874",
    "unicode_1_1_utf_7": "utf_7",
    "unicode_1_1_utf_8": "utf_8",
    "utf8mb4": "utf_8",
    "windows_31j": "cp932",
    "windows_874": "cp874",
    "windows_949": "cp949",
    "x_big5": "big5hkscs",
    "x_cp1252": "cp1252",
    "x_euc_jp": "euc_jp",
    "x_gbk": "gb18030",
    "x_mac_cyrillic": "mac_cyrillic",
    "x_mac_roman": "mac_roman",
    "x_sjis": "cp932",
    "x_windows_949": "cp949",
}

# Only those that Python lists: others mean a search for a module, and some take time that grows
# with the square of the text.
_KNOWN = {*aliases, *aliases.values(), *_NAMES.values()}

_MARKS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF32_LE, "utf_32_le"),
    (codecs.BOM_UTF32_BE, "utf_32_be"),
    (codecs.BOM_UTF16_LE, "utf_16_le"),
    (codecs.BOM_UTF16_BE, "utf_16_be"),
)

_UPPER_HALF = bytes(range(0x80, 0x100))


def decode(content: bytes, label: str) -> str:
    """Return the text; `label` is what the mail calls its character set, "" if it does not say.

    What the label does not fit is UTF-8 where it can be, else Windows-1252. The text has no lone
    surrogates, which nothing could send on.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, errors="replace")
    codec = _codec(label)
    # What can be UTF-8 is no text with a character for each byte: nobody writes such words.
    candidates = ("utf_8", codec) if _has_a_character_for_each_byte(codec) else (codec, "utf_8")
    for candidate in candidates:
        text = as_utf8(content) if candidate == "utf_8" else _exactly(content, candidate)
        if text is not None:
            return text
    return content.decode(codec, errors="replace").encode(errors="replace").decode()


def as_utf8(content: bytes) -> str | None:
    """Return the text, without a character that was cut off at its end; None if it is no UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        text = decoder.decode(content)
    except UnicodeDecodeError:
        return None
    cut_off, _ = decoder.getstate()
    # The only one there is, is a letter of another character set.
    return None if cut_off and text.isascii() else text


def _exactly(content: bytes, codec: str) -> str | None:
    try:
        text = content.decode(codec)
        if codec == "utf-7":  # of which alone Python makes surrogates
            text.encode()
    except UnicodeError:
        return None
    return text


@cache
def _has_a_character_for_each_byte(codec: str) -> bool:
    text = _UPPER_HALF.decode(codec, errors="replace")
    return len(text) == len(_UPPER_HALF) and set(text) != {"\ufffd"}


def _codec(label: str) -> str:
    """Return Python's name for a character set, that of Windows-1252 if it has none."""
    label = label[:40].lower().partition("(")[0]  # a comment may follow
    name = re.sub(r"[^0-9a-z]+", "_", label).strip("_")
    name = _NAMES.get(name, name)
    if name not in _KNOWN:
        return "cp1252"
    try:
        name = codecs.lookup(name).name
        name = _NAMES.get(name.replace("-", "_"), name)
        b" ".decode(name, errors="replace")  # not all that are listed make a text of bytes
    except LookupError:
        return "cp1252"
    return name
