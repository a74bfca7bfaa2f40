"""GET /projects/{project}/export."""

from nightbell import project_file


def test_the_file_says_what_the_project_has(signed_in, project, create, make_slack):
    make_slack(name="Ops")
    create(name="Backup", slug="backup", channels="Ops")

    page = signed_in.get(f"/projects/{project.project_id}/export")

    document = project_file.read(page.html)
    assert [check.fields["slug"] for check in document.checks] == ["backup"]
    assert document.checks[0].channels == ("Ops",)
    assert [channel.name for channel in document.channels] == ["Ops"]
    assert page.headers["content-disposition"] == 'attachment; filename="ours.json"'


def test_it_holds_no_secret(signed_in, project, create, make_slack):
    made = create(name="Backup")
    make_slack(url="https://slack.example.org/T0/SECRET")

    page = signed_in.get(f"/projects/{project.project_id}/export")

    for secret in (made["uuid"], "SECRET", project.ping_key):
        assert secret not in page.html


def test_it_is_not_for_those_who_only_read(reading, project, create):
    create(name="Backup")

    assert reading.get(f"/projects/{project.project_id}/export").status == 403
