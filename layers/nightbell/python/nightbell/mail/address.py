"""The address of a check: which check a mail is for."""

import re
from dataclasses import dataclass

_LOCAL_PART = re.compile(
    r"(?P<check_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|(?P<ping_key>[\w-]+)\+(?P<slug>[\w-]+)",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CheckAddress:
    """The check with this UUID, or, if that is None, the one with ping key and slug."""

    check_id: str | None
    ping_key: str
    slug: str


def read(recipient: str, domain: str) -> CheckAddress | None:
    """Return the check that an address of this domain stands for, None if it is none of a check.

    Mail programs may change the case of an address: a UUID, a slug and the domain are the same in
    any, a ping key is not.
    """
    local_part, _, recipient_domain = recipient.strip().rpartition("@")
    parts = _LOCAL_PART.fullmatch(local_part)
    if parts is None or recipient_domain.lower() != domain.lower():
        return None
    check_id, slug = parts["check_id"], parts["slug"] or ""
    return CheckAddress(check_id and check_id.lower(), parts["ping_key"] or "", slug.lower())
