"""Which route a path belongs to."""

import pytest

from nightbell.web import routes


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/v1/checks", "/api/{version}/checks"),
        ("/api/v2/checks/", "/api/{version}/checks"),
        ("/api/v3/checks/x", "/api/{version}/checks/{check}"),
        ("/api/v3/checks/x/pause/", "/api/{version}/checks/{check}/pause"),
        ("/api/v3/checks/x/pings/1/body", "/api/{version}/checks/{check}/pings/{n}/body"),
        ("/badge/k/s/a%2Fb.svg", "/badge/{key}/{a}/{b}"),
        ("/badge/k/s.svg", "/badge/{key}/{a}"),
        ("/b/2/k.svg", "/b/{states}/{badge}"),
        ("/api/v4/checks", None),
        ("/api//checks", None),
        ("/api/v3/checks//", None),
        ("/api/v3/checks//pause", None),
        ("/api/v3/checks/x/PAUSE", None),
        ("/b/2/k.svg/more", None),
        ("/", None),
        ("", None),
    ],
)
def test_finds_the_route_of_a_path(path, route):
    found = routes.find(path)

    assert (found.path if found else None) == route
