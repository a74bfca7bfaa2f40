"""Slugs made from names."""

import re
import unicodedata

MAX_LENGTH = 100


def slugify(name: str) -> str:
    """Return the slug of a name: ASCII letters, digits, hyphens and underscores.

    As slugify in django/utils/text.py, which v1 and v2 of the Healthchecks API use.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    kept = re.sub(r"[^a-z0-9_\s-]", "", plain.lower())
    return re.sub(r"[-\s]+", "-", kept.strip()).strip("-_")[:MAX_LENGTH]
