"""What becomes of a mail that Amazon SES has received: a ping of each check that it is for."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from nightbell.domain import transitions
from nightbell.domain.check import MAX_USER_AGENT, Change, Check, Ping, Signal
from nightbell.domain.errors import AmbiguousSlug, NotFound
from nightbell.logs import logger
from nightbell.mail import address, bucket, notification
from nightbell.mail.address import CheckAddress
from nightbell.mail.message import Message
from nightbell.mail.notification import Receipt
from nightbell.settings import settings
from nightbell.store import checks, keys


def receive(text: str, now: datetime) -> None:
    """Count the mail that a notification tells of, once for each check, however often it is told.

    What is for no check and what SES has judged badly is dropped, with a line in the log. Raises
    ExceptionGroup if some checks could not be reached: then the notification has to come again.
    UnknownForm if it cannot be read: it ends among the dead letters, where somebody looks at it.
    """
    receipt = notification.read(text)
    if receipt is None:
        logger.info("A notification that tells of no mail was dropped")
        return
    failed_at = _refused_for(receipt)
    if failed_at:
        _log_dropped(receipt, f"SES says FAIL to {failed_at}")
        return
    mail = _Mail(receipt, now)
    failures = []
    for check_address in _addresses(receipt):
        try:
            _deliver(mail, check_address)
        except NotFound:
            _log_dropped(receipt, "there is no such check")
        except AmbiguousSlug:
            _log_dropped(receipt, "several checks have this slug")
        except Exception as error:
            failures.append(error)
    if failures:
        raise ExceptionGroup("A mail did not reach each of its checks", failures)


class _Mail:
    """A mail, fetched and read only if a check wants it, and once for all of them."""

    def __init__(self, receipt: Receipt, now: datetime) -> None:
        self._receipt = receipt
        self._now = now

    @property
    def id(self) -> str:
        return self._receipt.message_id

    @cached_property
    def _content(self) -> bytes:
        return bucket.fetch(self._receipt.bucket, self._receipt.key)

    @cached_property
    def _message(self) -> Message:
        return Message(self._content)

    @cached_property
    def _subject(self) -> str:
        return self._message.subject()

    @cached_property
    def _body(self) -> str:
        return self._message.body()

    def ping(self, check: Check) -> Change:
        """Return what the mail does to a check."""
        # The sender may be anything that JSON can hold, which is more than what UTF-8 can.
        sender = self._receipt.sender.encode(errors="replace").decode()
        ping = Ping(
            created=min(self._receipt.received, self._now),
            kind=Signal.SUCCESS,
            scheme="email",
            remote_addr=self._receipt.remote_addr,
            ua=f"Email from {sender or '<>'}"[:MAX_USER_AGENT],
            body=self._content[: settings.ping_body_limit],
        )
        return transitions.receive_mail(check, ping, lambda: self._subject, lambda: self._body)


def _refused_for(receipt: Receipt) -> str | None:
    """Return the first thing SES has found wrong that a mail is dropped for, None if nothing."""
    reasons = ["virus", *settings.ping_mail_refuse.split(",")]
    return next((name for name in reasons if receipt.verdicts.get(name) == "FAIL"), None)


def _addresses(receipt: Receipt) -> Iterator[CheckAddress]:
    """Yield the checks that the mail is for, each once."""
    read = (address.read(one, settings.ping_mail_domain) for one in receipt.recipients)
    for found in dict.fromkeys(read):
        if found is None:
            _log_dropped(receipt, "an address is none of a check")
        else:
            yield found


def _deliver(mail: _Mail, to: CheckAddress) -> None:
    if to.check_id:
        checks.receive(to.check_id, mail.ping, mail=mail.id)
        return
    project = keys.find_lasting(keys.ping_key(to.ping_key))
    if project is None:
        raise NotFound
    checks.receive_by_slug(project.project_id, to.slug, mail.ping, mail=mail.id)


def _log_dropped(receipt: Receipt, reason: str) -> None:
    # No address: it holds a UUID or a ping key.
    logger.info("A mail was dropped", reason=reason, message_id=receipt.message_id)
