"""GET /api/{version}/channels."""

import pytest


@pytest.mark.parametrize("path", ["/api/v1/channels/", "/api/v2/channels", "/api/v3/channels/"])
def test_lists_the_channels_oldest_first(call, add_channel, path):
    first, second = add_channel("Zoe"), add_channel("")

    answer = call("GET", path)

    assert answer.status == 200
    assert answer.json == {
        "channels": [
            {"id": first.channel_id, "name": "Zoe", "kind": "email"},
            {"id": second.channel_id, "name": "", "kind": "email"},
        ]
    }


def test_a_project_without_channels_has_an_empty_list(call):
    assert call("GET", "/api/v3/channels/").json == {"channels": []}
