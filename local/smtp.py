"""The port at which `make run` takes mail, as the mail servers of Amazon SES do on AWS."""

import asyncio
import logging
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import botocore.exceptions
from aiosmtpd.smtp import SMTP

from local.ses import MAIL_BYTES, Envelope, Receiving

_RECIPIENTS = 100  # of one mail; a mail server sends to more in several

_NO_HOST_NAME = re.compile(r"[^\w.:-]+", re.ASCII)


class _Protocol(SMTP):
    # Jobs print long lines, and nothing is gained by refusing them.
    line_length_limit = MAIL_BYTES


class _Handler:
    """What to say to a client; the methods have the names that aiosmtpd calls."""

    def __init__(self, receiving: Receiving, domain: str) -> None:
        self._receiving = receiving
        self._domain = domain

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Take mail for the domain alone, as the receipt rule does."""
        if len(envelope.rcpt_tos) >= _RECIPIENTS:
            return "452 4.5.3 too many recipients"
        if address.rpartition("@")[2].lower() != self._domain:
            return f"550 5.1.1 there are no mailboxes but those of {self._domain}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Hand a mail on; the client tries again if that fails."""
        started = time.monotonic()
        received = Envelope(
            peer=session.peer[0],
            name=_NO_HOST_NAME.sub("", session.host_name) or "unknown",
            sender=envelope.mail_from.removeprefix("<>"),
            recipients=envelope.rcpt_tos,
        )
        try:
            message_id = await asyncio.to_thread(
                self._receiving.receive, received, envelope.content
            )
            answer = f"250 OK {message_id}"
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            print(f"MiniStack did not take a mail: {error}", flush=True)
            answer = "451 4.3.0 try again later"
        milliseconds = (time.monotonic() - started) * 1000
        addresses = f"{len(envelope.rcpt_tos)} × …@{self._domain}"
        print(f"SMTP    {addresses}  {answer[:3]}  {milliseconds:.0f} ms", flush=True)
        return answer


@asynccontextmanager
async def serving(
    listener: socket.socket, receiving: Receiving, domain: str
) -> AsyncIterator[None]:
    """Take mail for a domain meanwhile; closes the listener."""
    logging.getLogger("mail.log").disabled = True  # aiosmtpd's; it would tell addresses
    handler = _Handler(receiving, domain)
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return _Protocol(
            handler,
            data_size_limit=MAIL_BYTES,
            hostname=domain,
            ident="Nightbell",
            loop=loop,
        )

    server = await loop.create_server(protocol, sock=listener)
    try:
        yield
    finally:
        server.close()
