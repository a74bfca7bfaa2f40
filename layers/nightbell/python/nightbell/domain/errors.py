"""What a caller can do wrong, one class each, with the text the caller sees."""

from datetime import timedelta


class UserError(Exception):
    """A request that cannot be carried out and changes nothing."""

    message = ""

    def __init__(self, message: str | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(self.message)


class InvalidBody(UserError):
    """The request body is no JSON."""

    message = "could not parse request body"


class InvalidSpec(UserError):
    """A field of the request body has an unusable value: which one, and what is wrong with it."""

    def __init__(self, field: str, mistake: str, *, of_item: bool = False) -> None:
        self.field = field
        self.mistake = mistake  # what follows the field's name in a sentence
        self.problem = f"an item in '{field}' {mistake}" if of_item else f"{field} {mistake}"
        super().__init__(f"json validation error: {self.problem}")


class InvalidChannel(UserError):
    """A channel identifier names no channel of the project, or several."""


class InvalidFilter(UserError):
    """A query parameter has an unusable value."""


class MissingKey(UserError):
    """The request carries nothing that could be an API key."""

    message = "missing api key"


class WrongKey(UserError):
    """The API key is unknown, or may not do this."""

    message = "wrong api key"


class NotFound(UserError):
    """There is no such thing, or the caller may not know of it."""


class Forbidden(UserError):
    """The check belongs to another project."""


class MethodNotAllowed(UserError):
    """The thing is there, but not for this method."""


class CheckLimitReached(UserError):
    """The project has as many checks as it may have."""


class NotPaused(UserError):
    """Only a paused check can be resumed."""

    message = "check is not paused"


class NotDown(UserError):
    """Only reminders of a check that is down can be snoozed."""

    message = "check is not down"


class NotTestable(UserError):
    """A channel of this kind cannot be sent a test notification."""


class TooManyTests(UserError):
    """The channel was sent a test notification a moment ago; after so long it may be again."""

    message = "a test notification was sent a moment ago, try again later"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after = retry_after


class TooManyAttempts(UserError):
    """Too many wrong keys came from this network; after so long it may try again."""

    message = "too many attempts to sign in, try again later"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after = retry_after


class AmbiguousSlug(UserError):
    """Several checks of the project have this slug."""

    message = "ambiguous slug"


class InvalidPingUrl(UserError):
    """The URL or its exit status is malformed."""

    message = "invalid url format"


class InvalidRunId(UserError):
    """The run id is no UUID."""

    message = "invalid uuid format"
