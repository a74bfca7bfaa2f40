"""Apprise: any of the services that the Apprise library knows, by its kind of address.

As documented at https://github.com/caronc/apprise/wiki

The library is large, so it is there in one function only. It opens connections of its own: the
guard is around whatever it does with an address.
"""

from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Any

from nightbell.alerts import network_guard, wording
from nightbell.alerts.alert import Alert
from nightbell.alerts.kind import Kind, Settings, text
from nightbell.alerts.outcome import Passing, Permanent
from nightbell.domain.check import Status
from nightbell.domain.errors import InvalidSpec
from nightbell.settings import settings as deployment

if TYPE_CHECKING:
    from apprise import AppriseAsset, NotifyBase


def _is_enabled() -> bool:
    return bool(deployment.apprise_queue)


def _check(_settings: Settings) -> None:
    if not _is_enabled():
        raise InvalidSpec("kind", "is not enabled on this service")


KIND = Kind(
    code="apprise",
    title="Apprise",
    about="What the library Apprise reaches: over a hundred services, by an address for each.",
    settings=(
        text(
            "url",
            "Address of a service",
            "As Apprise has them",
            secret=True,
            max_length=1000,
            pattern=r"[A-Za-z0-9]+:/.+",
        ),
    ),
    check=_check,
    is_set_up=_is_enabled,
)

# Services that are told by no network: they would be told on the machine that runs this.
_LOCAL = frozenset(
    ("blink1", "dbus", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows")
)

_CONNECT_TIMEOUT = 3.0  # seconds
_READ_TIMEOUT = 8.0  # seconds without a byte
_TOTAL_TIMEOUT = 12.0  # seconds; some services are asked several times


def send(alert: Alert, settings: Settings) -> None:
    """Send the alert by Apprise; raises Passing or Permanent."""
    try:
        asset = _asset()
    except ModuleNotFoundError:
        raise Passing("Apprise is not enabled on this service") from None
    outcome: Future[None] = Future()

    def run() -> None:
        try:
            _notify(alert, settings["url"], asset)
        except BaseException as error:
            outcome.set_exception(error)
        else:
            outcome.set_result(None)

    # In a thread, because nothing else ends what drips. It stays guarded as long as it goes on.
    Thread(target=run, daemon=True).start()
    try:
        outcome.result(_TOTAL_TIMEOUT)
    except TimeoutError:
        raise Passing("Connection timed out", unreachable=True) from None


def _asset() -> "AppriseAsset":
    """Load Apprise, all its services included, and return what it is to know about this one."""
    import apprise
    from apprise.logger import logger

    # What it logs has addresses and answers of services in it.
    logger.propagate = False
    apprise.Apprise.instantiate("json://localhost")
    return apprise.AppriseAsset(
        app_id="Nightbell",
        app_desc="Nightbell",
        async_mode=False,
        service_timeout=0,  # its own timeout would take another thread
        storage_mode="memory",
    )


def _notify(alert: Alert, url: str, asset: "AppriseAsset") -> None:
    import apprise

    with network_guard.guarded() as watch:
        service = apprise.Apprise.instantiate(url, asset=asset)
        if service is None:
            raise Permanent("Apprise does not take the address")
        if not _LOCAL.isdisjoint(_schemas(service)):
            raise Permanent("Apprise would send this to the machine that runs this service")
        _restrain(service)
        sender = apprise.Apprise(service, asset=asset)
        told = sender.notify(
            title=wording.title(alert),
            body=wording.plain_text(alert),
            body_format=apprise.NotifyFormat.TEXT,
            notify_type=(
                apprise.NotifyType.SUCCESS
                if alert.status is Status.UP
                else apprise.NotifyType.FAILURE
            ),
        )
    if told:
        return
    if watch.refused_address:
        raise Permanent("Address is not public")
    raise Passing("Apprise could not send the alert")


def _schemas(service: "NotifyBase") -> set[str]:
    """Return the beginnings of addresses of the service; the library has one, several or none."""
    names: tuple[Any, ...] = (service.protocol, service.secure_protocol)
    return {
        schema for name in names if name for schema in ((name,) if isinstance(name, str) else name)
    }


def _restrain(service: "NotifyBase") -> None:
    """Take back what an address can ask for: patience, repeats, that a failure is none."""
    service.socket_connect_timeout = _CONNECT_TIMEOUT
    service.socket_read_timeout = _READ_TIMEOUT
    service.retry = 0
    service.optional = False
