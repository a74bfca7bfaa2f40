"""The routes of the REST API, as the template has them."""

from dataclasses import dataclass

VERSIONS = ("v1", "v2", "v3")


@dataclass(frozen=True)
class Route:
    """A path, and the methods it answers to."""

    path: str
    methods: tuple[str, ...]
    cross_origin: bool = True  # browsers may call it from other sites
    secret: bool = False  # who may not use it cannot tell that it is there

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


_CHECK = "/api/{version}/checks/{check}"

ROUTES = (
    Route("/api/{version}/checks", ("GET", "POST")),
    Route(_CHECK, ("GET", "POST", "DELETE")),
    Route(f"{_CHECK}/pause", ("POST",)),
    Route(f"{_CHECK}/resume", ("POST",)),
    Route(f"{_CHECK}/pings", ("GET",)),
    Route(f"{_CHECK}/pings/{{n}}/body", ("GET",)),
    Route(f"{_CHECK}/flips", ("GET",)),
    Route("/api/{version}/channels", ("GET",)),
    Route("/api/{version}/badges", ("GET",)),
    Route("/api/{version}/outages", ("GET",)),
    Route("/api/{version}/status", ("GET", "HEAD"), cross_origin=False),
    Route("/api/{version}/health/check", ("GET", "HEAD"), cross_origin=False, secret=True),
    Route("/badge/{key}/{a}", ("GET",)),
    Route("/badge/{key}/{a}/{b}", ("GET",)),
    Route("/b/{states}/{badge}", ("GET",)),
)


def find(path: str) -> Route | None:
    """Return the route of a path, with or without the final slash, or None."""
    parts = path.removesuffix("/").split("/")
    return next((route for route in ROUTES if _matches(route.path.split("/"), parts)), None)


def _matches(pattern: list[str], parts: list[str]) -> bool:
    return len(pattern) == len(parts) and all(
        _fits(expected, part) for expected, part in zip(pattern, parts, strict=True)
    )


def _fits(expected: str, part: str) -> bool:
    if expected == "{version}":
        return part in VERSIONS
    return part == expected or (expected.startswith("{") and part != "")
