"""Connections to HTTP servers, through the proxies that the environment names."""

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3 import exceptions
from urllib3.exceptions import HTTPError, MaxRetryError

USER_AGENT = "nightbell-cli"


def pool_for(url: str, **options: object) -> urllib3.PoolManager:
    """Return a pool for requests to this address, with these options of urllib3's PoolManager.

    The proxy is that of HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, unless NO_PROXY names the host.
    """
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parts.hostname or ""):
        return urllib3.PoolManager(**options)  # type: ignore[arg-type]
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    credentials = urllib3.util.parse_url(proxy).auth
    headers = urllib3.make_headers(proxy_basic_auth=credentials) if credentials else None
    return urllib3.ProxyManager(proxy, proxy_headers=headers, **options)  # type: ignore[arg-type]


def reason_of(error: HTTPError) -> str:
    """Return what went wrong in a few words, without the address, which may be secret."""
    cause: BaseException | None = error.reason if isinstance(error, MaxRetryError) else error
    if isinstance(cause, exceptions.NameResolutionError):
        return "there is no such host"
    if isinstance(cause, exceptions.SSLError):
        return "its certificate is not trusted, or it does not speak TLS"
    if isinstance(cause, exceptions.ProxyError):
        return "the proxy does not let through"
    if isinstance(cause, exceptions.NewConnectionError):
        return "it takes no connections"
    if isinstance(cause, exceptions.TimeoutError):
        return "it does not answer in time"
    return "the connection broke"
