"""HTML as the lines that a reader sees."""

import pytest

from nightbell.mail.html_lines import shown_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>a</h1>b<br>c", "a\nb\nc"),
        ("<table><tr><td>a<td>b</tr></table>", "a b"),
        ("<title>x</title><style>p{}</style>a<script>1<2</script>b", "ab"),
        ("<img src=x alt='a &amp; b'>", "a & b"),
        ("<img width=1 ALT=a><img alt=\"\" src='alt=b'>", "a"),
        ("<a title='a > b' href=x>c</a>", "c"),
        ("a < b and b > c", "a < b and b > c"),
        ("<!DOCTYPE html><?xml?><!-- x -->a", "a"),
        ("&lt;b&gt; &nbsp; c", "<b> c"),
        ("a<pre>\n  size  name\n\n   10  b\n</pre>c\nd", "a\n  size  name\n\n   10  b\nc d"),
        ("a\nb", "a b"),
    ],
)
def test_the_text_is_left(html, text):
    assert shown_text(html) == text


@pytest.mark.parametrize(
    "piece", ["<a b", "<a b='", "<a b=", "<!--<p", "<!", "</a ", "&#9", "<pre>"]
)
def test_html_of_many_broken_tags_takes_no_longer_for_each(piece):
    # At the limit of bodies; what grows with the square of the length would take minutes.
    shown_text(piece * (300_000 // len(piece)))
