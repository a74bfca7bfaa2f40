"""The routes of the REST API, as the template has them."""

from dataclasses import dataclass

VERSIONS = ("v1", "v2", "v3")


@dataclass(frozen=True)
class Route:
    """A path, and the methods it answers to."""

    path: str
    methods: tuple[str, ...]
    versions: tuple[str, ...] = VERSIONS  # of the API that have it
    cross_origin: bool = True  # browsers may call it from other sites
    secret: bool = False  # who may not use it cannot tell that it is there
    page: bool = False  # of the dashboard, for people

    def cors_headers(self) -> dict[str, str]:
        """Return the headers that tell a browser what it may send here."""
        if not self.cross_origin:
            return {}
        return {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Headers": "X-Api-Key",
            "Access-Control-Allow-Methods": ", ".join((*self.methods, "OPTIONS")),
            "Access-Control-Max-Age": "600",
        }


def _page(path: str, *methods: str) -> Route:
    return Route(path, methods, cross_origin=False, page=True)


_CHECK = "/api/{version}/checks/{check}"
_CHANNEL = "/api/{version}/channels/{channel}"
_V3 = ("v3",)

ROUTES = (
    Route("/api/{version}/checks", ("GET", "POST")),
    Route(_CHECK, ("GET", "POST", "DELETE")),
    Route(f"{_CHECK}/pause", ("POST",)),
    Route(f"{_CHECK}/resume", ("POST",)),
    Route(f"{_CHECK}/pings", ("GET",)),
    Route(f"{_CHECK}/pings/{{n}}/body", ("GET",)),
    Route(f"{_CHECK}/flips", ("GET",)),
    Route(f"{_CHECK}/notifications", ("GET",), versions=_V3),
    Route(f"{_CHECK}/snooze", ("POST",), versions=_V3),
    Route("/api/{version}/channels", ("GET", "POST")),
    Route(_CHANNEL, ("GET", "POST", "DELETE"), versions=_V3),
    Route(f"{_CHANNEL}/test", ("POST",), versions=_V3),
    Route(f"{_CHANNEL}/notifications", ("GET",), versions=_V3),
    Route("/api/{version}/badges", ("GET",)),
    Route("/api/{version}/outages", ("GET",)),
    Route("/api/{version}/status", ("GET", "HEAD"), cross_origin=False),
    Route("/api/{version}/openapi.json", ("GET",), versions=_V3),
    Route("/api/{version}/health/check", ("GET", "HEAD"), cross_origin=False, secret=True),
    Route("/badge/{key}/{a}", ("GET",)),
    Route("/badge/{key}/{a}/{b}", ("GET",)),
    Route("/b/{states}/{badge}", ("GET",)),
    Route("/unsubscribe/{project}/{channel}/{signature}", ("GET", "POST"), cross_origin=False),
    _page("/", "GET"),
    _page("/sign-in", "GET", "POST"),
    _page("/sign-out", "POST"),
    _page("/static/{name}", "GET"),
    _page("/projects/{project}/checks", "GET", "POST"),
    _page("/projects/{project}/wall", "GET"),
    _page("/wall", "GET"),
    _page("/projects/{project}/checks/new", "GET", "POST"),
    _page("/projects/{project}/checks/{check}/edit", "GET", "POST"),
    _page("/projects/{project}/checks/{check}", "GET", "POST"),
    _page("/projects/{project}/checks/{check}/pings", "GET"),
    _page("/projects/{project}/checks/{check}/pings/{n}", "GET"),
    _page("/projects/{project}/badges", "GET"),
    _page("/projects/{project}/channels", "GET"),
    _page("/projects/{project}/channels/new", "GET", "POST"),
    _page("/projects/{project}/channels/{channel}", "GET", "POST"),
    _page("/projects/{project}/settings", "GET", "POST"),
    _page("/projects/{project}/export", "GET"),
)


def find(path: str) -> Route | None:
    """Return the route of a path, with or without the final slash, or None."""
    parts = path.removesuffix("/").split("/")
    return next((route for route in ROUTES if _matches(route, parts)), None)


def _matches(route: Route, parts: list[str]) -> bool:
    pattern = route.path.removesuffix("/").split("/")
    return len(pattern) == len(parts) and all(
        _fits(expected, part, route.versions) for expected, part in zip(pattern, parts, strict=True)
    )


def _fits(expected: str, part: str, versions: tuple[str, ...]) -> bool:
    if expected == "{version}":
        return part in versions
    return part == expected or (expected.startswith("{") and part != "")
