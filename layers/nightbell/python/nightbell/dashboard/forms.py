"""What a form sends, and proof that it is one of ours."""

import base64
import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from nightbell.dashboard.session import ReadOnly, Viewer
from nightbell.domain.errors import UserError

_MOST_FIELDS = 5000


class InvalidForm(UserError):
    """The form is none of ours, or is of an ended session."""


@dataclass(frozen=True)
class Form:
    """The fields of a form; one may have several values."""

    fields: Mapping[str, list[str]]

    def text(self, name: str) -> str:
        """Return the field's last value without space around it, "" if it was not sent."""
        return self.fields.get(name, [""])[-1].strip()

    def raw(self, name: str) -> str:
        """Return the field's last value as it was sent, with line breaks as `\\n`."""
        return self.fields.get(name, [""])[-1].replace("\r\n", "\n")

    def all(self, name: str) -> list[str]:
        """Return all values of the field."""
        return self.fields.get(name, [])

    def has(self, name: str) -> bool:
        """Tell whether the field was sent: a box that is not ticked is not."""
        return name in self.fields

    def confirms(self, name: str) -> bool:
        """Tell whether the field `confirm` holds this name, as people see it.

        Space is space, and what is invisible, or a letter written in another way, is no difference.
        """
        return _legible(self.text("confirm")) == _legible(name)


def _legible(name: str) -> list[str]:
    """Return the words of a name without characters that only format it."""
    plain = unicodedata.normalize("NFC", name)
    return "".join(char for char in plain if unicodedata.category(char) != "Cf").split()


def read(event: APIGatewayProxyEvent) -> Form:
    """Return the form in the body; raises InvalidForm for what is none or came from elsewhere.

    For forms that anybody may send. A browser tells where a form came from, as in the Fetch
    Metadata specification; what tells nothing is no browser of today.
    """
    if event.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise InvalidForm
    body = event.body or ""
    raw = base64.b64decode(body) if event.is_base64_encoded else body.encode()
    try:
        text = raw.decode("ascii")
        return Form(parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise InvalidForm from None


def require(event: APIGatewayProxyEvent, viewer: Viewer) -> Form:
    """Return the form that this viewer sent from a page of ours.

    Raises ReadOnly if the viewer may change nothing, InvalidForm as `read`, and if the form does
    not carry the token of the viewer's session.
    """
    form = read(event)
    if not hmac.compare_digest(form.text("csrf").encode(), viewer.csrf.encode()):
        raise InvalidForm
    if viewer.read_only:
        raise ReadOnly
    return form
