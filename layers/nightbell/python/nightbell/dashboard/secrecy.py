"""Texts that may hold secrets, as they are told to a viewer."""

from collections.abc import Callable

from nightbell.dashboard.session import Viewer
from nightbell.domain.check import Check
from nightbell.domain.masking import Mask


def teller(viewer: Viewer, check: Check) -> Callable[[str], str]:
    """Return what makes of a text about the check, whoever wrote it, what the viewer may read.

    A job may well write the address that it pings; for a read-only viewer it is masked.
    """
    return Mask(check.check_id, viewer.project.ping_key).text if viewer.read_only else str
