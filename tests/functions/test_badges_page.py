"""GET /projects/{project}/badges."""

import pytest


@pytest.fixture
def show_badges(project):
    return lambda browser: browser.get(f"/projects/{project.project_id}/badges")


def test_each_tag_has_its_badge_and_all_checks_have_one(signed_in, show_badges, create, call):
    create(tags="web db")
    create(tags="db")

    page = show_badges(signed_in)

    assert page.texts("main h2") == ["All checks", "db", "web"]
    for image in page.find("main img"):
        source = image.attributes["src"].partition("/live")[2]
        assert call("GET", source, key=None).headers["content-type"] == "image/svg+xml"


def test_a_read_only_viewer_sees_them_too(reading, show_badges, create):
    create(tags="web")

    assert show_badges(reading).texts("main h2") == ["All checks", "web"]


def test_any_tag_is_shown_as_text(signed_in, show_badges, create):
    tag = "<script>alert(1)</script>\u202e" + "🚨" * 100
    create(tags=tag)

    page = show_badges(signed_in)

    assert page.texts("main h2")[1] == tag
    assert not page.find("main script")
    assert any(f"![{tag}](" in text for text in page.texts("main pre"))
