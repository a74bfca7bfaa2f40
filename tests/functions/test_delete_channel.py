"""DELETE /api/v3/channels/{channel}."""

import threading

import pytest

from nightbell.store import channels, checks


def test_deletes_a_channel_and_shows_what_it_was(call, make_slack):
    kept, doomed = make_slack(name="Kept"), make_slack(name="Doomed")

    answer = call("DELETE", f"/api/v3/channels/{doomed['id']}")

    assert (answer.status, answer.json) == (200, doomed)
    assert call("GET", f"/api/v3/channels/{doomed['id']}").status == 404
    assert [one["id"] for one in call("GET", "/api/v3/channels/").json["channels"]] == [kept["id"]]


def test_takes_it_out_of_all_checks(call, create, show, add_channel):
    doomed, kept = add_channel("Doomed").channel_id, add_channel("Kept").channel_id
    named = {"": "", "*": kept, "Doomed": "", "Kept": kept, "Doomed,Kept": kept}
    made = [create(channels=sent, name=sent)["uuid"] for sent in named]

    call("DELETE", f"/api/v3/channels/{doomed}")

    assert [show(check_id)["channels"] for check_id in made] == list(named.values())


def test_checks_keep_everything_else(call, create, show, add_channel):
    doomed = add_channel("Doomed")
    check = create(channels="*", desc="d" * 5000, tags="a b", slug="s", timeout=3600)

    call("DELETE", f"/api/v3/channels/{doomed.channel_id}")

    assert show(check["uuid"]) == check | {"channels": ""}


def test_takes_it_out_of_groups(call, add_channel, secrets_key):
    doomed, kept = (add_channel(name).channel_id for name in ("Doomed", "Kept"))
    groups = [
        call("POST", "/api/v3/channels/", {"kind": "group", "settings": {"channels": members}})
        for members in ([doomed, kept], [doomed], [kept])
    ]

    call("DELETE", f"/api/v3/channels/{doomed}")

    shown = [call("GET", f"/api/v3/channels/{group.json['id']}").json for group in groups]
    assert [group["settings"]["channels"] for group in shown] == [[kept], [], [kept]]


def test_leaves_other_projects_alone(call, create, other, add_channel, unchanged):
    foreign = add_channel("Theirs", other.project_id)
    create(key=other.api_key, channels="*")

    with unchanged():
        answer = call("DELETE", f"/api/v3/channels/{foreign.channel_id}")

    assert (answer.status, answer.text) == (404, "")


def test_a_second_time_it_is_unknown(call, add_channel):
    path = f"/api/v3/channels/{add_channel('Ops').channel_id}"

    assert [call("DELETE", path).status for _ in range(2)] == [200, 404]


def test_a_deletion_that_was_cut_short_can_be_repeated(
    call, create, show, add_channel, monkeypatch
):
    channel = add_channel("Ops")
    check_id = create(channels="Ops")["uuid"]
    with monkeypatch.context() as patch:
        patch.setattr(channels, "delete", lambda *_: 1 / 0)
        assert call("DELETE", f"/api/v3/channels/{channel.channel_id}").status == 500

    assert call("DELETE", f"/api/v3/channels/{channel.channel_id}").status == 200
    assert show(check_id)["channels"] == ""


def test_a_check_that_names_it_meanwhile_loses_it_too(call, create, show, add_channel, monkeypatch):
    channel = add_channel("Ops")
    delete = channels.delete
    made = []

    def name_it_and_delete(*arguments):
        made.append(create(channels="Ops")["uuid"])
        delete(*arguments)

    monkeypatch.setattr(channels, "delete", name_it_and_delete)
    call("DELETE", f"/api/v3/channels/{channel.channel_id}")

    assert show(made[0])["channels"] == ""


def test_pings_and_edits_at_the_same_time_are_not_lost(call, create, show, ping, add_channel):
    channel = add_channel("Ops")
    made = [create(channels="Ops")["uuid"] for _ in range(4)]

    def disturb(check_id):
        for number in range(5):
            ping(f"/ping/{check_id}")
            call("POST", f"/api/v3/checks/{check_id}", {"desc": f"edit {number}"})

    threads = [threading.Thread(target=disturb, args=(check_id,)) for check_id in made]
    for thread in threads:
        thread.start()
    answer = call("DELETE", f"/api/v3/channels/{channel.channel_id}")
    for thread in threads:
        thread.join()

    assert answer.status == 200
    shown = [show(check_id) for check_id in made]
    assert {check["channels"] for check in shown} == {""}
    assert {check["n_pings"] for check in shown} == {5}
    assert {check["desc"] for check in shown} == {"edit 4"}


def test_a_check_that_is_deleted_meanwhile_is_no_failure(
    call, create, project, add_channel, monkeypatch
):
    channel = add_channel("Ops")
    check_id = create(channels="Ops")["uuid"]
    change = checks.change

    def delete_and_change(*arguments, **options):
        checks.delete(check_id, project.project_id)
        return change(*arguments, **options)

    monkeypatch.setattr(checks, "change", delete_and_change)

    assert call("DELETE", f"/api/v3/channels/{channel.channel_id}").status == 200


@pytest.mark.parametrize("kind", ["api_key_readonly", None])
def test_needs_a_key_that_may_write(call, project, add_channel, unchanged, kind):
    channel = add_channel("Ops")

    with unchanged():
        key = getattr(project, kind) if kind else None
        answer = call("DELETE", f"/api/v3/channels/{channel.channel_id}", key=key)

    assert answer.status == 401
