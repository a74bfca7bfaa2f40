"""What is read of a mail, and how much of it: counted, for no test depends on time."""

import base64

import pytest
from selectolax import lexbor

from nightbell.mail import message, parts
from nightbell.mail.message import Message

MEBIBYTE = 1_048_576

HEAD = b"Content-Type: multipart/mixed; boundary=b\n\n"
PART = b"--b\n\nword\n"


def nested(depth):
    levels = (
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(depth)
    )
    return b"".join(levels) + b"\n"


@pytest.fixture
def parsed(monkeypatch):
    """Return the lengths of the pieces of HTML that the parser is given."""
    given = []
    parser = lexbor.LexborHTMLParser

    def parse(source):
        given.append(len(source))
        return parser(source)

    monkeypatch.setattr(lexbor, "LexborHTMLParser", parse)
    return given


@pytest.fixture
def read(monkeypatch):
    """Return the lengths of the contents of the parts that are read."""
    lengths = []
    content = parts.Part.content

    def read_content(part):
        found = content(part)
        lengths.append(len(found))
        return found

    monkeypatch.setattr(parts.Part, "content", read_content)
    return lengths


def test_the_body_is_not_looked_at_for_the_subject(read):
    mail = Message(b"Subject: DONE\n\nERROR\n")

    subject = mail.subject()

    assert subject == "DONE"
    assert read == []


def test_an_indented_text_without_headers_is_no_header():
    assert Message(b"  DONE\n  after 2 hours\n").body() == "  DONE\n  after 2 hours\n"


def test_a_mail_to_several_checks_is_read_once(read):
    mail = Message(b"Subject: DONE\n\nERROR\n")

    bodies = [mail.body(), mail.body()]

    assert bodies == ["ERROR\n"] * 2
    assert len(read) == 1


def test_attachments_and_files_are_not_read(read):
    mail = Message(
        HEAD
        + PART
        + b"--b\nContent-Disposition: attachment\n\nERROR\n"
        + b"--b\nContent-Type: application/zip\n\nERROR\n"
        + b"--b\nContent-Type: message/delivery-status\n\nERROR\n--b--\n"
    )

    assert mail.body() == "word"
    assert len(read) == 1


def test_a_mail_of_as_many_parts_as_the_bound_is_taken_apart(read):
    body = Message(HEAD + PART * (parts.MAX_PARTS - 1)).body()

    assert body == "word\n" * (parts.MAX_PARTS - 2) + "word\n"
    assert len(read) == parts.MAX_PARTS - 1


@pytest.mark.parametrize(("number", "number_read"), [(1000, 999), (9_000, 999), (11_000, 0)])
def test_a_mail_of_more_parts_is_read_as_it_came(read, number, number_read):
    body = Message(HEAD + PART * number + b"--b\nX: y\n\nlast\n").body()

    assert body.endswith("X: y\n\nlast\n")
    assert HEAD.decode() in body
    assert len(read) == number_read


@pytest.mark.parametrize(("depth", "is_taken_apart"), [(20, True), (21, False), (100_000, False)])
def test_deep_parts_are_read_as_they_came(read, depth, is_taken_apart):
    mail = Message(nested(depth) + b"word\n")

    body = mail.body()

    assert body.endswith("word\n")
    assert len(read) == is_taken_apart
    assert ("boundary" in body) is not is_taken_apart


@pytest.mark.parametrize("transfer", [b"", b"Content-Transfer-Encoding: quoted-printable\n"])
def test_mails_deep_within_mails_are_read_as_they_came(read, transfer):
    enclosed = b"Content-Type: message/rfc822\n" + transfer + b"\n"

    shallow = Message(enclosed * 20 + b"\nword\n").body()
    deep = Message(enclosed * 1000 + b"\nword\n").body()

    assert shallow == "word\n"
    assert deep.startswith("Content-Type: message/rfc822")
    assert len(read) == 1


def test_encoded_mails_within_mails_are_decoded_up_to_a_number_of_bytes(monkeypatch):
    mail = b"\nword\n"
    for _ in range(4):
        mail = (
            b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(mail)
        )
    within = Message(mail).body()

    monkeypatch.setattr(parts, "_MAX_ENCLOSED", 3 * len(mail))
    within_three = Message(mail).body()
    monkeypatch.setattr(parts, "_MAX_ENCLOSED", len(mail))
    beyond = Message(mail).body()

    assert within == within_three == "word\n"
    assert beyond == mail.decode()


def test_lines_that_are_nearly_boundaries_are_no_parts(read):
    few = Message(HEAD + PART + b"--bx\n" * 9_000).body()
    many = Message(HEAD + PART + b"--bx\n" * 11_000).body()

    assert few.startswith("word\n--bx")
    assert many.startswith(HEAD.decode())
    assert len(read) == 1


def test_parts_that_are_all_headers_are_read_as_they_came(read):
    part = b"--b\n" + b"X: y\n" * 20_000 + b"\nword\n"

    few = Message(HEAD + part * 40).body()
    many = Message(HEAD + part * 50 + b"the end\n").body()

    assert few == "word\n" * 39 + "word\n"
    assert many.endswith("the end\n")
    assert "X: y" in many
    assert len(read) == 40 + 41


def test_the_headers_of_a_mail_are_looked_at_up_to_a_number_of_bytes():
    filler = b"X: yz\n" * 50_000

    assert Message(filler[:200_000] + b"Subject: DONE\n\n").subject() == ""
    assert Message(filler[:200_004] + b"Subject: DONE\n\n").subject() == "DONE"
    assert Message(filler + b"Subject: DONE\n\n").subject() == ""


def test_a_subject_is_looked_at_up_to_a_number_of_bytes():
    subject = Message(b"Subject: DONE " + b"=?utf-8?q?a?= " * 100_000 + b"ERROR\n\n").subject()

    assert subject.startswith("DONE aaaa")
    assert len(subject) < 32_768


def test_a_long_text_is_looked_at_from_both_its_ends():
    log = b"BEGIN\n" + b"line\n" * MEBIBYTE + b"MIDDLE\n" + b"line\n" * MEBIBYTE + b"END\n"

    body = Message(b"\n" + log).body()

    assert body.startswith("BEGIN\nline\n")
    assert body.endswith("line\nEND\n")
    assert "MIDDLE" not in body
    assert 4 * MEBIBYTE - 2000 < len(body) <= 4 * MEBIBYTE
    assert set(body.split("\n")) == {"BEGIN", "line", "END", ""}


def test_a_long_text_without_lines_is_looked_at_from_both_its_ends():
    body = Message(b"\nBEGIN" + b"x" * 5 * MEBIBYTE + b"END").body()

    assert body.startswith("BEGINxxx")
    assert body.endswith("xxxEND")
    assert len(body) == 4 * MEBIBYTE + 1


def test_a_text_as_long_as_the_bound_is_looked_at_as_a_whole():
    text = "MIDDLE".center(4 * MEBIBYTE, "x")

    assert Message(b"\n" + text.encode()).body() == text


def test_of_many_long_texts_a_number_of_bytes_is_looked_at(monkeypatch):
    monkeypatch.setattr(message, "_MAX_TEXT", 1000)
    monkeypatch.setattr(message, "_MAX_TEXTS", 2500)
    texts = [b"--b\n\n" + bytes([letter]) * 3000 + b"\n" for letter in b"abcd"]

    body = Message(HEAD + b"".join(texts)).body()

    assert {letter: body.count(letter) for letter in "abcd"} == {
        "a": 1000,
        "b": 1000,
        "c": 500,
        "d": 0,
    }


def test_html_is_parsed_in_pieces(parsed):
    source = "<div>word" * 100_000

    body = Message(b"Content-Type: text/html\n\n" + source.encode()).body()

    assert body == "word " * 99_999 + "word"
    assert len(parsed) > 50
    assert max(parsed) < 3 * 16_384


@pytest.mark.parametrize("quoted", ["", "title='>' "])
def test_of_a_tag_with_very_many_attributes_nothing_is_parsed(parsed, quoted):
    attributes = " ".join(f"a{number}=1" for number in range(50_000))
    source = f"<p>one <p {quoted}{attributes}>two</p>three"

    body = Message(b"Content-Type: text/html\n\n" + source.encode()).body()

    assert body.startswith("one")
    assert body.endswith("two three")
    assert ("a49999" in body) is bool(quoted)  # no tag is as long as that


def test_a_long_text_in_html_is_parsed_at_once(parsed):
    text = "1 < 2 " + "a word " * 20_000

    body = Message(f"Content-Type: text/html\n\n<pre>{text}</pre>".encode()).body()

    assert body == text.strip()
    assert len(parsed) <= 3


def test_words_stay_apart_where_html_is_cut(parsed):
    long = "word" * 5000

    body = Message(f"Content-Type: text/html\n\n<b>{long}</b> after".encode()).body()

    assert body == f"{long} after"
    assert len(parsed) == 2


@pytest.mark.parametrize("number", [1, 3])
def test_of_much_html_the_source_is_looked_at(parsed, number):
    markup = b"<p>FAI<b>LED</b>".ljust(MEBIBYTE // number, b"x") + b"DONE"
    part = b"--b\nContent-Type: text/html\n\n" + markup + b"\n"

    body = Message(HEAD + part * number).body()

    assert sum(parsed) <= MEBIBYTE
    assert body.count("DONE") == number
    assert body.count("FAILED") == number - 1
    assert body.count("FAI<b>LED</b>") == 1
