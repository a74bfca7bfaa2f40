"""Addresses by which whoever gets alerts ends them, without a key and without logging in."""

import hashlib
import hmac

SIGNATURE_LENGTH = 32  # hex digits


def url_for(channel_id: str, project_id: str, secret: str, site: str) -> str:
    """Return the address that ends a channel's alerts.

    `secret` is the project's badge secret, `site` the base of the API's own URLs.
    """
    signature = _sign(channel_id, secret)
    return f"{site.removesuffix('/')}/unsubscribe/{project_id}/{channel_id}/{signature}"


def is_valid(signature: str, channel_id: str, secret: str) -> bool:
    """Tell whether the signature is that of the channel's address."""
    return hmac.compare_digest(
        signature.encode(errors="replace"), _sign(channel_id, secret).encode()
    )


def _sign(channel_id: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), f"unsubscribe:{channel_id}".encode(), hashlib.sha256)
    return digest.hexdigest()[:SIGNATURE_LENGTH]
