"""Texts that may hold secrets, as they are told to a viewer."""

import re
from collections.abc import Callable, Iterable

from nightbell.dashboard.session import Viewer
from nightbell.domain.check import Check
from nightbell.domain.masking import Mask


def teller(viewer: Viewer, check: Check) -> Callable[[str], str]:
    """Return what makes of a text about the check, whoever wrote it, what the viewer may read.

    A job may well write the address that it pings; for a read-only viewer it is masked.
    """
    return Mask(check.check_id, viewer.project.ping_key).text if viewer.read_only else str


def masked(checks: Iterable[Check], ping_key: str) -> list[Check]:
    """Return the checks without the secrets that people may have written into their texts."""
    secret = _squeezed(ping_key)
    return [
        Mask(check.check_id, ping_key).check(check) if _may_tell(check, secret) else check
        for check in checks
    ]


def _may_tell(check: Check, ping_key: str) -> bool:
    """Tell, quickly, whether a text may hold a secret."""
    text = _squeezed(f"{check.name}\n{check.slug}\n{check.tags}\n{check.desc}")
    return _squeezed(check.check_id) in text or ping_key in text


def _squeezed(text: str) -> str:
    return re.sub("[^0-9a-z]+", "", text.lower())
