"""SMS: a text message by Amazon SNS.

As documented at https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html
"""

from dataclasses import replace

from nightbell.alerts import aws, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, flag, text
from nightbell.alerts.outcome import NothingToSend
from nightbell.domain.check import Status

KIND = Kind(
    code="sms",
    title="SMS",
    about="A text message to a phone, by Amazon SNS.",
    settings=(
        # E.164: a country code, which never begins with 0, and 15 digits in all.
        text(
            "to",
            "Phone number",
            "With the code of the country, such as +37120000000",
            pattern=r"\+[1-9][0-9]{6,14}",
            is_target=True,
        ),
        flag("down", "Write when a check goes down", default=True),
        flag("up", "Write when a check comes up again", default=False),
    ),
)

_SERVICE = "Amazon SNS"
_PERMANENT = {
    "InvalidParameter": "Amazon SNS does not take the phone number",
    "ParameterValueInvalid": "Amazon SNS does not take the phone number",
    "OptedOut": "the owner of the phone number wants no messages",
}

# In a message of several parts each has room for 153 characters of GSM 03.38, or for 67 units of
# UTF-16 if there is any other character in the message. A part costs as much as a message.
_PARTS = 3
_GSM_ROOM = 153 * _PARTS
_UTF16_ROOM = 67 * _PARTS
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("^{}\\[~]|€")  # each takes the room of two

# Of a longer name, when there is not room for everything.
_NAME_CHARS = 40


def send(alert: Alert, settings: Settings) -> None:
    """Send the alert as a text message; raises NothingToSend, Passing or Permanent."""
    if not settings["up" if alert.status is Status.UP else "down"]:
        raise NothingToSend
    with aws.errors_of(_SERVICE, permanent=_PERMANENT):
        aws.client("sns").publish(
            PhoneNumber=settings["to"],
            Message=_message(alert),
            MessageAttributes={
                # What is promotional, the default, is delivered when nothing else is to be.
                "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}
            },
        )


def _message(alert: Alert) -> str:
    """Return as much of the alert as there is room for, the link only if it is whole."""
    message = _words(alert)
    if alert.url and _fits(f"{message} {alert.url}"):
        return f"{message} {alert.url}"
    if not _fits(message):
        message = _words(replace(alert, name=alert.name[:_NAME_CHARS]))
    while not _fits(message):
        message = message.removesuffix("...")[:-1] + "..."
    return message


def _words(alert: Alert) -> str:
    return f"{wording.title(alert)}. {wording.short_text(alert)}"


def _fits(message: str) -> bool:
    if set(message) <= _GSM | _GSM_EXTENDED:
        return len(message) + sum(char in _GSM_EXTENDED for char in message) <= _GSM_ROOM
    return len(message.encode("utf-16-le")) // 2 <= _UTF16_ROOM
