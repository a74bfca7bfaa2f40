"""Addresses of servers, as people type them."""

from urllib.parse import urlsplit


def is_address(url: str) -> bool:
    """Tell whether this is an address of HTTP that a request can be sent to."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
