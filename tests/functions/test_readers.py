"""What no page shows to who signed in with a read-only key, whoever wrote it down where."""

import re

import pytest

from nightbell.domain.check import Delivery, unique_key_of
from nightbell.web.routes import ROUTES

PAGES = [route.path for route in ROUTES if route.page and "GET" in route.methods]
SPELLINGS = {
    "as-it-is": str,
    "upper-case": str.upper,
    "bare": lambda secret: secret.replace("-", ""),
    "bare-upper-case": lambda secret: secret.replace("-", "").upper(),
}


def _squeezed(text):
    return re.sub("[^0-9a-z]", "", text.lower())


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
def test_no_secret_is_shown_to_a_reader(
    reading, project, call, create, ping, add_channel, notify, spelled
):
    own, other = create(slug="a")["uuid"], create(slug="b")["uuid"]
    secrets = [own, other, project.ping_key]
    text = " ".join(map(spelled, secrets))
    ops = add_channel(text)
    fields = {"name": text, "tags": text, "desc": text, "slug": own, "channels": "*"}
    assert call("POST", f"/api/v3/checks/{own}", fields).status == 200
    ping(f"/ping/{own}?rid={own}", "POST", text.encode(), headers={"User-Agent": text})
    notify(own, ops.channel_id, state=Delivery.FAILED, error=text)
    places = {"project": project.project_id, "check": unique_key_of(own), "n": "1"}
    places |= {"channel": ops.channel_id, "name": "script.js"}

    addresses = [re.sub(r"{(\w+)}", lambda found: places[found[1]], path) for path in PAGES]
    pages = list(map(reading.get, addresses))

    assert {page.status for page in pages} == {200, 403}
    for page in pages:
        shown = _squeezed(page.html.replace(project.project_id, ""))
        assert [secret for secret in secrets if _squeezed(secret) in shown] == [], page.path


def test_no_list_shows_a_reader_the_uuid_of_another_check_alone(reading, project, create):
    other = create()["uuid"]
    create(name=f"After {other}")

    pages = [reading.get(f"/projects/{project.project_id}/{page}") for page in ("checks", "wall")]

    assert "After …" in pages[0].text
    assert not any(other in page.html for page in pages)
