"""What a caller can do wrong, one class each, with the text the caller sees."""


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
    """A field of the request body has an unusable value."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"json validation error: {problem}")


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


class AmbiguousSlug(UserError):
    """Several checks of the project have this slug."""

    message = "ambiguous slug"


class InvalidPingUrl(UserError):
    """The URL or its exit status is malformed."""

    message = "invalid url format"


class InvalidRunId(UserError):
    """The run id is no UUID."""

    message = "invalid uuid format"
