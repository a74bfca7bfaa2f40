"""How sending an alert ends, if not well. Texts are shown to users: no secret, no internals."""

from datetime import timedelta


class NothingToSend(Exception):
    """The channel is set up not to be told of this: of checks that are up again, for instance."""


class DeliveryFailed(Exception):
    """A channel was not told."""

    @property
    def error(self) -> str:
        """Why, for people to read."""
        return str(self)


class Passing(DeliveryFailed):
    """The fault may pass: the alert is tried again.

    `retry_after`: how long the receiver asked to be left alone.
    `unreachable`: whatever is sent there now will fail as well, and take its time for it.
    """

    def __init__(
        self, error: str, *, retry_after: timedelta | None = None, unreachable: bool = False
    ) -> None:
        super().__init__(error)
        self.retry_after = retry_after
        self.unreachable = unreachable


class Permanent(DeliveryFailed):
    """The channel will never work as it is set up: it is disabled, until somebody changes it."""
