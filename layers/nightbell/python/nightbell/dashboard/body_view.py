"""How the body of a ping is shown: as a mail, as text or as bytes."""

from dataclasses import dataclass, replace

from nightbell.dashboard.ping_body import Text, as_hex, as_text, readable
from nightbell.domain.check import Ping
from nightbell.mail import reading
from nightbell.mail.reading import Mail, Part
from nightbell.settings import settings

_WORDS = {"mail": "Mail", "text": "Text", "hex": "Bytes"}


@dataclass(frozen=True, slots=True)
class BodyView:
    """A body in one of the ways in which it can be looked at."""

    view: str
    views: tuple[tuple[str, str, str], ...]  # all ways there are: code, word, address on the page
    content: Mail | Text | str
    size: int  # in bytes
    is_cut: bool  # more may have been sent


def view_of(ping: Ping, body: bytes, wanted: str) -> BodyView:
    """Return the body as it is asked for, or in the way that suits it if that way there is none."""
    mail = reading.read(body) if ping.scheme == "email" else None
    text = as_text(body)
    views = [code for code in _WORDS if mail or code != "mail"]
    usual = "mail" if mail else "text" if text.encoding else "hex"
    view = wanted if wanted in views else usual
    content = {"mail": mail and _readable(mail), "text": text, "hex": None}[view]
    return BodyView(
        view=view,
        views=tuple((code, _WORDS[code], f"?view={code}") for code in views),
        content=as_hex(body) if content is None else content,
        size=len(body),
        is_cut=len(body) >= settings.ping_body_limit,
    )


def _readable(mail: Mail) -> Mail:
    return Mail(
        headers=tuple((readable(name), readable(value)) for name, value in mail.headers),
        parts=tuple(map(_readable_part, mail.parts)),
    )


def _readable_part(part: Part) -> Part:
    return replace(
        part,
        content_type=readable(part.content_type),
        name=readable(part.name),
        text=None if part.text is None else readable(part.text),
    )
