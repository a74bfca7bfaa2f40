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
        ("/api/v1/channels", "/api/{version}/channels"),
        ("/api/v3/channels/x", "/api/{version}/channels/{channel}"),
        ("/api/v3/channels/x/test/", "/api/{version}/channels/{channel}/test"),
        ("/api/v3/checks/x/snooze", "/api/{version}/checks/{check}/snooze"),
        ("/api/v2/channels/x", None),
        ("/api/v1/checks/x/snooze", None),
        ("/badge/k/s/a%2Fb.svg", "/badge/{key}/{a}/{b}"),
        ("/badge/k/s.svg", "/badge/{key}/{a}"),
        ("/b/2/k.svg", "/b/{states}/{badge}"),
        ("/api/v4/checks", None),
        ("/api//checks", None),
        ("/api/v3/checks//", None),
        ("/api/v3/checks//pause", None),
        ("/api/v3/checks/x/PAUSE", None),
        ("/b/2/k.svg/more", None),
        ("/", "/"),
        ("", "/"),
        ("/sign-in", "/sign-in"),
        ("/projects/x/checks/", "/projects/{project}/checks"),
    ],
)
def test_finds_the_route_of_a_path(path, route):
    found = routes.find(path)

    assert (found.path if found else None) == route
