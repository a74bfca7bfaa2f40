"""Badges: the status of some checks as a picture or a small document."""

import base64
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from nightbell.domain.check import Status

FORMATS = ("svg", "json", "shields")
SIGNATURE_LENGTH = 8

# Colours of the picture by what it says, and their names at shields.io.
_COLOURS = {"up": "#4c1", "late": "#fe7d37", "down": "#e05d44"}
_SHIELDS_COLOURS = {"up": "success", "late": "important", "down": "critical"}

# Advance widths of 11 px Verdana, in px, for groups of characters; any other is as wide as an "M".
_WIDTHS = {
    char: width
    for width, chars in (
        (4, " .,:;'|!ijlI[]()ftr/\\-"),
        (6, 'cksvxyzJ"*'),
        (7, "abdeghnopquLF0123456789_^?TPZ"),
        (8, "ABCEKRSVXY$&"),
        (9, "DGHNOQUw+<>=~#"),
        (11, "mMW@%"),
    )
    for char in chars
}
_WIDEST = 11

_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img"'
    ' aria-label="{label}: {status}"><title>{label}: {status}</title>'
    '<clipPath id="r"><rect width="{width}" height="20" rx="3" fill="#fff"/></clipPath>'
    '<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#555"/>'
    '<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>'
    '<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif"'
    ' font-size="11"><text x="{left_middle}" y="14">{label}</text>'
    '<text x="{right_middle}" y="14">{status}</text></g></svg>\n'
)


@dataclass(frozen=True)
class Badge:
    """What a badge tells: how many checks, how many of them late and down."""

    label: str
    total: int
    grace: int
    down: int
    three_states: bool

    @property
    def status(self) -> str:
        """Return `down`, `late` (only in the three-state form) or `up`."""
        if self.down:
            return "down"
        return "late" if self.grace and self.three_states else "up"

    def svg(self) -> str:
        """Return the picture; the label is escaped, whatever it holds."""
        left = _width(self.label) + 10
        right = _width(self.status) + 10
        return _SVG.format(
            label=escape("".join(c if _is_xml(c) else "\ufffd" for c in self.label)),
            status=self.status,
            colour=_COLOURS[self.status],
            width=left + right,
            left=left,
            right=right,
            left_middle=left / 2,
            right_middle=left + right / 2,
        )

    def document(self) -> dict[str, str | int]:
        """Return the badge as JSON."""
        return {
            "status": self.status,
            "total": self.total,
            "grace": self.grace,
            "down": self.down,
        }

    def shields(self) -> dict[str, str | int]:
        """Return the badge as shields.io takes it."""
        return {
            "schemaVersion": 1,
            "label": self.label,
            "message": self.status,
            "color": _SHIELDS_COLOURS[self.status],
        }


def summarize(label: str, statuses: Iterable[Status], *, three_states: bool) -> Badge:
    """Return the badge of checks with these statuses, as shown at this moment."""
    shown = list(statuses)
    return Badge(
        label=label,
        total=len(shown),
        grace=shown.count(Status.GRACE),
        down=shown.count(Status.DOWN),
        three_states=three_states,
    )


def signature(secret: str, tag: str) -> str:
    """Return the 8 URL-safe characters that let their holder see the badge of a tag."""
    digest = hmac.digest(secret.encode(), tag.encode(), "sha256")
    return base64.urlsafe_b64encode(digest)[:SIGNATURE_LENGTH].decode()


def signature_fits(secret: str, tag: str, given: str) -> bool:
    """Tell whether the signature is that of the tag, in constant time."""
    return hmac.compare_digest(signature(secret, tag).encode(), given.encode())


def _width(text: str) -> int:
    return sum(_WIDTHS.get(char, _WIDEST) for char in text)


def _is_xml(char: str) -> bool:
    """Tell whether XML can hold the character, escaped or not (XML 1.0, section 2.2)."""
    return (
        char in "\t\n\r"
        or "\x20" <= char <= "\ud7ff"
        or (char >= "\ue000" and char not in "\ufffe\uffff")
    )
