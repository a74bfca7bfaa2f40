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


def test_what_is_copied_shows_the_badge_whatever_the_tag(signed_in, show_badges, create):
    create(tags='a]["b>')

    page = show_badges(signed_in)

    (source, *_) = [node.attributes["src"] for node in page.find("#b-2 ~ p img")]
    markdown, html, address = page.texts("#b-2 ~ details pre")[:3]
    assert markdown == rf'![a\]\["b>]({source})'
    assert html == f'<img src="{source}" alt="a][&quot;b&gt;">'
    assert address == source
