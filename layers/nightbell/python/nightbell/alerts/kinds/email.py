"""Email: a message of text and HTML by Amazon SES.

As documented at https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html and, for
ending alerts in one click, in RFC 8058.
"""

import re
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import parseaddr
from html import escape

from nightbell.alerts import aws, bounces, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, flag, text
from nightbell.alerts.outcome import NothingToSend, Passing
from nightbell.domain.check import Status
from nightbell.settings import settings as deployment

# RFC 5321: 64 characters before the @, 254 in all; no quotes, comments or address literals.
_MAX_ADDRESS = 254
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?=[A-Za-z]){_LABEL}"

KIND = Kind(
    code="email",
    title="Email",
    about="A mail with all that is known; an outage is one thread, and a link ends the alerts.",
    settings=(
        text(
            "to",
            "Address to write to",
            max_length=_MAX_ADDRESS,
            pattern=_ADDRESS,
            is_target=True,
        ),
        flag("down", "Write when a check goes down", default=True),
        flag("up", "Write when a check comes up again", default=True),
    ),
    is_set_up=lambda: bool(deployment.mail_from),
)

_SERVICE = "Amazon SES"
_PASSING = {
    "AccountSuspendedException": "Amazon SES has suspended the account of this service",
    "MailFromDomainNotVerifiedException": "the sender is not verified in Amazon SES",
    # In the sandbox also for recipients that are not verified, after which they may be.
    "MessageRejected": "Amazon SES rejected the message: is the address verified there?",
    "SendingPausedException": "Amazon SES has paused the sending of mail by this service",
}
_PERMANENT = {"BadRequestException": "Amazon SES does not take the address"}

_UP_COLOR = "#1f9d55"
_DOWN_COLOR = "#d64545"


class _OneWord(UnstructuredHeader, BaseHeader):
    """A header that the library would encode, to break its line: no mail program reads that."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
for _name in ("In-Reply-To", "References", "List-Unsubscribe"):
    _HEADERS.map_to_type(_name, _OneWord)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def send(alert: Alert, settings: Settings) -> None:
    """Send the alert by mail; raises NothingToSend, Passing or Permanent."""
    if not settings["up" if alert.status is Status.UP else "down"]:
        raise NothingToSend
    message = _message(alert, settings["to"], _sender())
    with aws.errors_of(_SERVICE, passing=_PASSING, permanent=_PERMANENT):
        aws.client("sesv2").send_email(
            Destination={"ToAddresses": [settings["to"]]},
            Content={"Raw": {"Data": message.as_bytes()}},
            **bounces.marks(alert),
        )


def _sender() -> Address:
    name, address = parseaddr(deployment.mail_from)
    if not re.fullmatch(_ADDRESS, address):
        raise Passing("mail is not set up on this service")
    return Address(display_name=wording.one_line(name), addr_spec=address)


def _message(alert: Alert, to: str, sender: Address) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = Address(addr_spec=to)
    message["Subject"] = wording.title(alert)
    message["Date"] = alert.sent
    # SES writes ids of its own over ours. Mail programs also put messages together by the
    # references that they share, and need no message of that id for it.
    message["Message-ID"] = f"<{alert.delivery_id}@{sender.domain}>"
    outage = f"<{alert.unique_key}.{_went_down(alert)}@{sender.domain}>"
    message["In-Reply-To"] = outage
    message["References"] = outage
    message["Auto-Submitted"] = "auto-generated"
    if alert.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{alert.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # SES asks for seven bits.
    message.set_content(_text(alert), cte="quoted-printable")
    message.add_alternative(_html(alert), subtype="html", cte="quoted-printable")
    return message


def _went_down(alert: Alert) -> str:
    """Return the moment at which the outage began that the alert is about."""
    began = alert.since - alert.down_for if alert.down_for else alert.since
    return f"{began:%Y%m%d%H%M%S}"


def _text(alert: Alert) -> str:
    lines = [wording.title(alert), "", wording.plain_text(alert)]
    if alert.unsubscribe_url:
        lines += ["", "To get no more of these alerts:", alert.unsubscribe_url]
    return "\n".join(lines) + "\n"


def _html(alert: Alert) -> str:
    """Return a page without colours of its own for text and ground: it is read on dark ones too."""
    color = _UP_COLOR if alert.status is Status.UP else _DOWN_COLOR
    cell = "padding:2px 12px 2px 0;text-align:left;vertical-align:top"
    rows = "".join(
        f'<tr><th style="{cell};font-weight:normal;opacity:.7">{escape(fact.label)}</th>'
        f'<td style="{cell};white-space:pre-line">{escape(fact.text)}</td></tr>\n'
        for fact in wording.facts(alert)
    )
    tail = wording.body_tail(alert)
    said = (
        "<p>The last ping said:</p>\n"
        '<pre style="border:1px solid #888;padding:8px;white-space:pre-wrap">'
        f"{escape(tail)}</pre>\n"
    )
    link = f'<p><a href="{escape(alert.url)}">{escape(alert.url)}</a></p>\n'
    end = (
        '<p style="font-size:85%;opacity:.7">'
        f'<a href="{escape(alert.unsubscribe_url)}">Get no more of these alerts</a></p>\n'
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(wording.title(alert))}</title></head>\n"
        '<body style="font-family:sans-serif;font-size:15px;line-height:1.4">\n'
        f'<h1 style="font-size:20px;border-left:6px solid {color};padding-left:10px">'
        f"{escape(wording.title(alert))}</h1>\n"
        f"<p>{escape(wording.summary(alert))}</p>\n"
        f'<table style="border-collapse:collapse">\n{rows}</table>\n'
        f"{said if tail else ''}{link if alert.url else ''}{end if alert.unsubscribe_url else ''}"
        "</body>\n</html>\n"
    )
