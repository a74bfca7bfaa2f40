"""Texts that may hold secrets, as they are told to a viewer."""

import re
from collections.abc import Callable, Iterable, Sequence

from nightbell.dashboard.session import Viewer
from nightbell.domain.check import Check
from nightbell.domain.masking import Mask, with_texts, without_uuids

_MAY_BE_UUID = re.compile("[0-9a-f]{32}")  # in a text of nothing but letters and digits


def teller(viewer: Viewer, check: Check) -> Callable[[str], str]:
    """Return what makes of a text about the check, whoever wrote it, what the viewer may read.

    A job may well write the address that it pings; for a read-only viewer it is masked, and so are
    the UUIDs of other checks.
    """
    return _for_readers(check, viewer.project.ping_key) if viewer.read_only else str


def masked(checks: Iterable[Check], ping_key: str) -> list[Check]:
    """Return the checks without the secrets that people may have written into their texts."""
    secret = _squeezed(ping_key)
    return [
        with_texts(check, _for_readers(check, ping_key)) if _may_tell(check, secret) else check
        for check in checks
    ]


def tags_without_secrets(checks: Sequence[Check], ping_key: str) -> set[str]:
    """Return the tags of the checks, but for those that hold a secret."""
    pairs = zip(checks, masked(checks, ping_key), strict=True)
    return {tag for check, shown in pairs for tag in {*check.tag_list()} & {*shown.tag_list()}}


def _for_readers(check: Check, ping_key: str) -> Callable[[str], str]:
    mask = Mask(check.check_id, ping_key)
    return lambda text: without_uuids(mask.text(text))


def _may_tell(check: Check, ping_key: str) -> bool:
    """Tell, quickly, whether a text may hold a secret."""
    text = _squeezed(f"{check.name}\n{check.slug}\n{check.tags}\n{check.desc}")
    return ping_key in text or _MAY_BE_UUID.search(text) is not None


def _squeezed(text: str) -> str:
    return re.sub("[^0-9a-z]+", "", text.lower())
