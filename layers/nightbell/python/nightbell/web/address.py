"""The address a request came from."""

from collections.abc import Mapping

from nightbell.settings import settings


def client_address(headers: Mapping[str, str], source_ip: str) -> str:
    """Return the client's address; `headers` by lower-case name, `source_ip` as API Gateway saw it.

    What the client wrote itself counts for nothing. With CloudFront in front (a setting), the
    address is the one that CloudFront vouches for.
    """
    if not settings.trust_cloudfront:
        return source_ip
    viewer = headers.get("cloudfront-viewer-address")
    if viewer:
        return viewer.rpartition(":")[0].strip("[]")
    # What the client wrote, then what CloudFront appended, then what API Gateway appended.
    chain = [part.strip() for part in headers.get("x-forwarded-for", "").split(",")]
    if chain and chain[-1] == source_ip:
        chain.pop()
    return chain[-1] if chain and chain[-1] else source_ip
