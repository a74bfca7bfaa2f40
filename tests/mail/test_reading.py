"""Mails as people read them."""

import base64
import random
from email.message import EmailMessage

import pytest

from nightbell.mail.reading import read


def mail():
    message = EmailMessage()
    message["From"] = "Jürgen <cron@example.org>"
    message["Subject"] = "Sicherung ✓ größer"
    message.set_content("Alles gut: größer\n")
    message.add_alternative("<p>Alles <b>gut</b></p><script>x()</script>", subtype="html")
    message.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="zahlen ü.csv")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png")
    return message.as_bytes()


def test_headers_and_texts_are_decoded_and_attachments_listed():
    found = read(mail())

    assert dict(found.headers)["Subject"] == "Sicherung ✓ größer"
    assert dict(found.headers)["From"] == "Jürgen <cron@example.org>"
    assert [(part.content_type, part.name, part.size, part.text) for part in found.parts] == [
        ("text/plain", "", 20, "Alles gut: größer\n"),
        ("text/html", "", 44, "Alles gut"),
        ("text/csv", "zahlen ü.csv", 4, None),
        ("image/png", "", 4, None),
    ]


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"Subject: gr\xc3\xb6\xc3\x9fer\n\n", "größer"),
        (b"Subject: gr\xf6\xdfer\n\n", "größer"),
        (b"Subject: two\n lines\n\n", "two lines"),
        (b"Content-Type: text/plain; charset=iso-2022-jp\nSubject: \x1b$B@.8y\x1b(B\n\n", "成功"),
        (b"Subject: a =?utf-8?q?b=C3=A4?= c\n\n", "a bä c"),
        (b"Subject: =?no-such?q?a=E4?=\n\n", "aä"),
        (b"Subject: =?hex?b?YQ==?= =?idna?b?YQ==?=\n\n", "aa"),
        (b"Subject: =?utf-8?b?a?=\n\n", ""),
        (b"Subject: =?utf-7?q?+2AA-?=\n\n", "+2AA-"),
        (b"Subject: a\x1b[31mb\x00\n\n", "a\x1b[31mb\x00"),
    ],
)
def test_a_header_is_decoded_as_well_as_may_be(raw, subject):
    assert read(raw).subject == subject


def test_a_mail_that_was_cut_is_read_up_to_there():
    raw = mail()
    for end in range(0, len(raw), 7):
        found = read(raw[:end])

        assert found is not None
        assert all(part.text is None or "x()" not in part.text for part in found.parts)


def test_what_people_look_at_comes_before_what_mail_servers_write():
    found = read(
        b"Received: by a\nto: b\nX-SES-RECEIPT: c\nFrom: d\nDate: e\nSUBJECT: f\nCc: g\nTo: h\n\n"
    )

    assert [value for _, value in found.foremost] == ["f", "d", "b", "h", "g", "e"]
    assert len(found.headers) == 8


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ({"plain": "a\n", "html": "<p>b"}, "a\n"),
        ({"plain": " \r\n", "x-amp-html": "<p>a", "html": "<p>b"}, "b"),
        ({"html": "<p>a", "plain": "b\n", "csv": "c,d\n"}, "b\n\nc,d\n"),
        ({"x-amp-html": "<p>a"}, ""),
        ({}, ""),
    ],
)
def test_what_is_told_is_the_plain_text_else_the_html(texts, told):
    parts = (f"--b\nContent-Type: text/{kind}\n\n{text}\n" for kind, text in texts.items())
    raw = "".join(["Content-Type: multipart/alternative; boundary=b\n\n", *parts, "--b--\n"])

    assert read(raw.encode()).text == told


@pytest.mark.parametrize("cut_off", range(4))
def test_of_base64_that_was_cut_the_text_is_shown(cut_off):
    content = base64.b64encode("Alles gut: größer\n".encode() * 3)

    (part,) = read(
        b"Content-Transfer-Encoding: base64\n\n" + content[: len(content) - cut_off]
    ).parts

    assert part.text.startswith("Alles gut: größer\nAlles gut: größer\nAlles gut: größ")


def test_of_text_that_was_cut_within_a_character_the_others_are_shown():
    (part,) = read("Subject: x\n\ngrößer und größ".encode()[:-1]).parts

    assert part.text == "größer und grö"


def test_html_is_shown_in_the_character_set_it_names_itself():
    raw = b"Content-Type: text/html\n\n<meta charset=koi8-r>" + "успешно".encode("koi8-r")

    (part,) = read(raw).parts

    assert part.text == "успешно"


@pytest.mark.parametrize("name", [b"zahlen \xc3\xbc.csv", b"=?utf-8?q?zahlen_=C3=BC.csv?="])
def test_the_name_of_a_file_is_read_as_programs_write_it(name):
    (part,) = read(b'Content-Disposition: attachment; filename="' + name + b'"\n\nx').parts

    assert part.name == "zahlen ü.csv"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Content-Type: multipart/mixed\n\n--\n",
        b"Content-Type: text/plain; charset*=\0''x\n\n\xff",
        b"Content-Type: text/plain; charset=unicode_escape\n\n\\ud800",
        b"Content-Type: text/html\n\n<![foo[",
        b"Content-Type: text/html\n\n<!--<p",
        b"Content-Type: text/html\n\n&#" + b"9" * 5000,
        b"Content-Disposition: attachment; filename*=\0'en'%FF\n\nx",
        b"Content-Transfer-Encoding: base64\n\n====a",
        b"Content-Transfer-Encoding: x-uuencode\n\nbegin 666 x\n\xff\n",
        b"Content-Type: message/rfc822\n\n" * 330,
        b"Content-Type: message/rfc822\n\n" * 5000,
        b"Content-Type: multipart/x; boundary=a\n\n--a\n" * 240,
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * 2000,
    ],
)
def test_no_mail_is_an_error(raw):
    found = read(raw)

    for part in found.parts if found else ():
        (part.text or part.name or "").encode()
    assert found is None or len(found.parts) <= 100


def test_no_damage_is_an_error():
    chance = random.Random(2)
    raw = mail()
    for _ in range(150):
        damaged = bytearray(raw)
        for _ in range(chance.randrange(1, 20)):
            damaged[chance.randrange(len(raw))] = chance.randrange(256)

        found = read(bytes(damaged))

        for name, value in found.headers if found else ():
            f"{name}{value}".encode()
