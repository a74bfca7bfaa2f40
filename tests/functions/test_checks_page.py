"""GET and POST /projects/{project}/checks."""


def test_a_page_that_has_not_changed_is_not_sent_again(signed_in, project, create, ping):
    made = create(name="Backup")
    path = f"/projects/{project.project_id}/checks"
    first = signed_in.get(path)

    again = signed_in.get(path, **{"If-None-Match": first.headers["etag"]})
    ping(f"/ping/{made['uuid']}")
    changed = signed_in.get(path, **{"If-None-Match": first.headers["etag"]})

    assert (again.status, again.html) == (304, "")
    assert changed.status == 200
    assert changed.headers["etag"] != first.headers["etag"]
    assert changed.headers["cache-control"] == "private, no-cache"
