"""The mails that Nightbell sends under `make run`: caught by MiniStack, shown in the terminal."""

import asyncio
import json
import textwrap
import urllib.request
from typing import Any

from local.emulator import Emulator

_SECONDS_BETWEEN_LOOKS = 0.5


async def show(emulator: Emulator) -> None:
    """Print each mail once it has been sent, until cancelled; not those of former runs."""
    seen = len(await asyncio.to_thread(caught, emulator))
    while True:
        await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
        try:
            mails = await asyncio.to_thread(caught, emulator)
        except (OSError, ValueError):
            continue  # MiniStack is stopping
        for mail in mails[seen:]:
            print(f"MAIL    to {', '.join(mail['To'])}: {mail['Subject']}")
            print(textwrap.indent(mail["BodyText"].strip(), "        "), flush=True)
        seen = len(mails)


def caught(emulator: Emulator) -> list[dict[str, Any]]:
    """Return all mails there are, oldest first, as MiniStack describes them."""
    with urllib.request.urlopen(f"{emulator.url}/_ministack/ses/messages", timeout=5) as answer:  # noqa: S310
        accounts = json.load(answer)["messages"]
    return sorted((m for mails in accounts.values() for m in mails), key=lambda m: m["Timestamp"])
