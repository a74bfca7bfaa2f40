"""DELETE /api/{version}/checks/{check}."""


def test_deletes_a_check(call, create):
    check = create(name="Backups")

    answer = call("DELETE", f"/api/v3/checks/{check['uuid']}")

    assert answer.status == 200
    assert answer.json == check
    assert call("GET", f"/api/v3/checks/{check['uuid']}").status == 404
