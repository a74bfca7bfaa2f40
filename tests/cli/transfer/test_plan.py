"""Plans: from the document of a project and what is there to steps."""

from dataclasses import replace

import pytest

from nightbell.cli.transfer.plan import Wishes, make
from nightbell.cli.transfer.steps import Difference, Missing
from nightbell.project_file import (
    Channel,
    Check,
    Document,
    FromEnvironment,
    Hidden,
)

UUID = "31365bce-8da9-4729-8ff3-aaa71d56b712"
HOOK = "https://hooks.slack.com/services/T0/B0/x"
SHOWN = "https://hooks.slack.com/…"


def check(name="A", *, channels=(), paused=False, uuid="1", **fields):
    """Return a check as it is in a project."""
    there = {"name": name, "slug": "", "grace": 3600, "nag_interval": 0}
    if "schedule" not in fields:
        there["timeout"] = 60
    return Check(fields={**there, **fields}, channels=channels, paused=paused, uuid=uuid)


def wished(*channels, name="A", paused=None, **fields):
    """Return a check as a document may have it, which says little; with channels if any."""
    return Check(fields={"name": name, **fields}, channels=channels or None, paused=paused)


def email(channel_id=None, name="Ops", to="ops@example.org"):
    """Return a channel of mail."""
    return Channel(kind="email", name=name, channel_id=channel_id, settings={"to": to})


def slack(url, channel_id=None, name="Ops"):
    """Return a channel of Slack."""
    return Channel(kind="slack", name=name, channel_id=channel_id, settings={"url": url})


def group(*members, channel_id=None, name="All"):
    """Return a group of channels."""
    return Channel(
        kind="group", name=name, channel_id=channel_id, settings={"channels": list(members)}
    )


def plan(wanted, present=(), variables=None, channels=None, present_channels=(), **wishes):
    """Return the plan for these checks and channels."""
    return make(
        Document(checks=wanted, channels=channels),
        Document(checks=tuple(present), channels=tuple(present_channels)),
        Wishes(**wishes),
        variables or {},
    )


def steps(made):
    """Return the steps in short."""
    return [(str(step.action), str(step.thing), step.label) for step in made.steps]


def problems(made):
    """Return the problems in short."""
    return [(problem.label, problem.text) for problem in made.problems]


# ---- Checks --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "present", "body", "pause"),
    [
        ({"timeout": 90}, {}, {"timeout": 90}, None),
        ({"timeout": 60, "grace": 60}, {}, {"grace": 60}, None),
        ({"nag_interval": 3600}, {}, {"nag_interval": 3600}, None),
        ({"slug": "a"}, {}, {"slug": "a"}, None),
        ({"paused": True}, {}, {}, True),
        ({"paused": False}, {"paused": True}, {}, False),
        ({"schedule": "* * * * *"}, {}, {"schedule": "* * * * *"}, None),
        (
            {"schedule": "* * * * *", "tz": "UTC", "timeout": 90},
            {},
            {"schedule": "* * * * *", "tz": "UTC"},
            None,
        ),
        ({"timeout": 60}, {"schedule": "* * * * *", "tz": "UTC"}, {"timeout": 60}, None),
        (
            {"tz": "Europe/Kiev"},
            {"schedule": "* * * * *", "tz": "UTC"},
            {"tz": "Europe/Kyiv"},
            None,
        ),
    ],
)
def test_sends_what_is_different(wanted, present, body, pause):
    made = plan([wished(**wanted)], [check(**present)])

    assert steps(made) == [("update", "check", "A")]
    step = made.steps[0]
    assert (step.target, step.body, step.pause) == ("1", body, pause)
    assert plan([wished(**wanted)], [check(**present)], prune=True) == made


@pytest.mark.parametrize(
    ("wanted", "present"),
    [
        ({}, {}),
        ({}, {"desc": "x", "paused": True, "channels": ("c",)}),
        ({"timeout": 60, "grace": 3600, "nag_interval": 0, "paused": False}, {}),
        ({"tz": "Europe/Riga"}, {}),  # nobody can see the zone of a check without a schedule
        ({"tz": "Europe/Riga", "timeout": 60}, {}),
        ({"tz": "Europe/Kiev"}, {"schedule": "* * * * *", "tz": "Europe/Kyiv"}),
        ({"schedule": "* * * * *", "timeout": 60}, {"schedule": "* * * * *", "tz": "UTC"}),
    ],
)
def test_does_nothing_where_all_is_as_wanted(wanted, present):
    made = plan([wished(**wanted)], [check(**present)])

    assert (made.steps, made.problems, made.unchanged) == ((), (), 1)


def test_tells_what_a_check_loses_too():
    made = plan([wished(timeout=60)], [check(schedule="* * * * *", tz="UTC")])

    assert made.steps[0].differences == (
        Difference("timeout", None, 60),
        Difference("schedule", "* * * * *", None),
    )


def test_a_new_check_gets_all_that_is_said_of_it():
    made = plan(
        [wished("c", name="B", desc="", timeout=90, paused=True)],
        present_channels=[
            email("c"),
        ],
    )

    assert steps(made) == [("create", "check", "B")]
    assert made.steps[0].body == {"name": "B", "desc": "", "timeout": 90, "channels": ["c"]}
    assert made.steps[0].pause is True
    assert made.steps[0].uuid is None
    assert made.steps[0].differences == (
        Difference("name", None, "B"),
        Difference("timeout", None, 90),
        Difference("channels", None, ["Ops"]),
    )


def test_a_new_check_keeps_its_uuid_where_that_is_wished():
    wanted = [check(uuid=UUID)]

    assert plan(wanted).steps[0].uuid is None
    assert plan(wanted, keep_uuids=True).steps[0].uuid == UUID


def test_what_is_no_uuid_is_not_kept():
    made = plan([check(uuid=f"{UUID}#text")], keep_uuids=True)

    assert problems(made) == [("A", "what it has as its UUID is none")]
    assert made.steps == ()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"schedule": "0 0 31 2 *"}, "schedule is not a valid cron or OnCalendar expression"),
        ({"timeout": 59}, "timeout is too small"),
        ({"timeout": "60"}, "timeout is not a number"),
        ({"slug": None}, "slug is not a string"),
        ({"tags": "x" * 501}, "tags is too long"),
        ({"tz": "Mars/Olympus"}, "tz is not a valid timezone"),
    ],
)
def test_a_check_that_cannot_be_stays_as_it_is(fields, text):
    made = plan([wished(**fields), wished(name="B")], [check()], prune=True)

    assert problems(made) == [("A", text)]
    assert steps(made) == [("create", "check", "B")]


def test_a_check_that_cannot_be_told_is_neither_changed_nor_deleted():
    made = plan([wished(timeout=90)], [check(), check(uuid="2")], prune=True)

    assert problems(made) == [
        ("A", "several checks have the name A: it cannot be told which it is")
    ]
    assert made.steps == ()


def test_a_uuid_belongs_to_one_check():
    made = plan([check(timeout=90), check(name="B")], [check()])

    assert steps(made) == [("update", "check", "A")]
    assert problems(made) == [("B", "another check has its UUID")]


@pytest.mark.parametrize(
    ("wanted", "prune", "expected"),
    [
        ([wished()], False, []),
        ([wished()], True, [("delete", "check", "B")]),
        ([], True, [("delete", "check", "A"), ("delete", "check", "B")]),
        (None, True, []),
    ],
)
def test_deletes_what_the_document_does_not_have_only_on_request(wanted, prune, expected):
    made = plan(wanted, [check(), check("B", uuid="2")], prune=prune)

    assert steps(made) == expected
    assert {step.target for step in made.steps} <= {"1", "2"}


def test_checks_without_a_name_are_called_by_their_slugs():
    made = plan([Check(fields={"slug": "a"}), Check()])

    assert [step.label for step in made.steps] == ["a", "unnamed"]


# ---- Their channels ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "there", "body"),
    [
        (("Ops",), (), ["c1"]),
        (("c1",), (), ["c1"]),
        (("Team", "Ops"), ("c1",), ["c1", "c2"]),
        ((), ("c1",), []),
    ],
)
def test_checks_name_channels_of_the_project(names, there, body):
    wanted = [replace(wished(), channels=names)]
    present = [email("c1"), email("c2", "Team")]

    made = plan(wanted, [check(channels=there)], present_channels=present)

    assert made.steps[0].body == {"channels": body}


def test_the_order_of_channels_means_nothing():
    present = [email("c1"), email("c2", "Team")]

    made = plan([wished("Ops", "Team")], [check(channels=("c2", "c1"))], present_channels=present)

    assert made.steps == ()


@pytest.mark.parametrize(
    ("document", "present"),
    [
        (None, []),
        (None, [email("c1"), email("c2")]),
        ([email(), slack(HOOK)], [email("c1")]),
        ([], [email("c1", "Other")]),
    ],
)
def test_a_name_that_is_no_channels_or_several_is_refused(document, present):
    made = plan([wished("Ops")], [check()], channels=document, present_channels=present)

    assert problems(made) == [("A", "channels: none goes by 'Ops', or several do")]


def test_a_check_keeps_its_channels_where_one_is_missing():
    channels = [Channel(kind="slack", name="Ops"), email(name="Mail")]
    present = [email("c1", "Mail"), email("c2", "In its place")]
    wanted = [wished("Ops", "Mail")]

    made = plan(wanted, [check(channels=("c2",))], channels=channels, present_channels=present)
    after = plan(
        wanted, [check(channels=("c1", "c2"))], channels=channels, present_channels=present
    )

    assert made.steps[0].body == {"channels": ["c1", "c2"]}
    assert made.missing == (Missing("slack", "Ops", "its settings are not shown"),)
    assert after.steps == ()


def test_checks_that_are_alike_but_for_a_missing_channel_are_found_again():
    channels = [Channel(kind="slack", name="Ops")]

    made = plan(
        [wished("Ops", name=""), wished("Ops", name="")],
        [check(""), check("", uuid="2")],
        channels=channels,
    )

    assert (made.steps, made.problems, made.unchanged) == ((), (), 2)


# ---- Channels ------------------------------------------------------------------------------


def test_a_channel_that_is_not_there_is_made_before_the_checks_that_name_it():
    made = plan([wished("Ops", name="B")], channels=[slack(HOOK)])

    channel, new_check = made.steps
    assert (channel.action, channel.label) == ("create", "Ops")
    assert channel.body == {"kind": "slack", "name": "Ops", "settings": {"url": HOOK}}
    assert channel.differences == (Difference("url", None, SHOWN),)
    assert new_check.body["channels"] == [channel.target]
    assert new_check.differences[-1] == Difference("channels", None, ["Ops"])
    assert HOOK not in str(channel.differences)


@pytest.mark.parametrize(
    ("given", "present", "options", "expected"),
    [
        # as shown, or nothing is said
        (slack(Hidden(SHOWN)), slack(Hidden(SHOWN), "c"), {}, None),
        (slack(Hidden("https://other/…")), slack(Hidden(SHOWN), "c"), {}, None),
        (slack(HOOK), slack(Hidden(SHOWN), "c"), {}, None),
        (slack(FromEnvironment("HOOK")), slack(Hidden(SHOWN), "c"), {}, None),
        (Channel(kind="slack", name="Ops"), slack(Hidden(SHOWN), "c"), {}, None),
        (email(), email("c"), {}, None),
        # another host, or on request
        (slack("https://other/x"), slack(Hidden(SHOWN), "c"), {}, {"url": "https://other/x"}),
        (slack(HOOK), slack(Hidden(SHOWN), "c"), {"renew_secrets": True}, {"url": HOOK}),
        (
            slack(FromEnvironment("HOOK")),
            slack(Hidden("https://other/…"), "c"),
            {"variables": {"HOOK": HOOK}},
            {"url": HOOK},
        ),
        (slack(Hidden(SHOWN)), slack(Hidden(SHOWN), "c"), {"renew_secrets": True}, None),
        # what is no secret
        (email(to="b@example.org"), email("c"), {}, {"to": "b@example.org"}),
        (email(), email("c"), {"renew_secrets": True}, None),
    ],
)
def test_a_channel_that_is_there_gets_other_settings(given, present, options, expected):
    made = plan(None, channels=[given], present_channels=[present], **options)

    bodies = [(step.target, step.body["settings"]) for step in made.steps]
    assert bodies == ([("c", expected)] if expected else [])
    assert (made.missing, made.problems) == ((), ())


def test_a_new_address_goes_with_all_secrets():
    there = {"url": Hidden("https://a/…"), "token": Hidden(True)}
    given = {"url": "https://b/x", "token": "t" * 15}
    present = Channel(kind="gotify", channel_id="c", settings=there)

    made = plan(None, channels=[Channel(kind="gotify", settings=given)], present_channels=[present])

    assert made.steps[0].body == {"settings": given}
    assert [one.field for one in made.steps[0].differences] == ["url"]


def test_a_channel_without_a_clear_name_is_found_by_its_id():
    present = [email("c1", ""), email("c2", "", to="b@example.org")]
    wanted = [email("c2", "Named now", to="b@example.org")]

    made = plan(None, channels=wanted, present_channels=present)

    assert [(step.target, step.body) for step in made.steps] == [("c2", {"name": "Named now"})]


def test_channels_of_one_name_are_only_taken_for_those_that_are_alike():
    present = [email("c1"), email("c2", to="b@example.org")]
    wanted = [email(to="b@example.org"), email()]

    alike = plan(None, channels=wanted, present_channels=present)
    other = plan(None, channels=[email(to="c@example.org")], present_channels=present, prune=True)

    assert (alike.steps, alike.problems, alike.unchanged) == ((), (), 2)
    assert problems(other) == [("Ops", "several channels of this kind have its name")]
    assert other.steps == ()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (Channel(kind="slack", name="Ops"), "its settings are not shown"),
        (slack(Hidden(SHOWN)), "url is secret"),
        (slack(FromEnvironment("HOOK")), "HOOK is not set"),
        (Channel(kind="trello", name="Ops"), "Nightbell has no channels of this kind"),
    ],
)
def test_a_channel_that_is_not_all_known_is_to_be_made_by_hand(given, reason):
    made = plan([wished("Ops")], channels=[given])

    assert made.missing == (Missing(given.kind, "Ops", reason),)
    assert steps(made) == [("create", "check", "A")]
    assert "channels" not in made.steps[0].body


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (slack("ftp://x"), "settings.url is not a valid URL"),
        (slack(7), "settings.url is not a string"),
        (Channel(kind="slack", name="Ops", settings={}), "settings.url is missing"),
        (
            Channel(kind="slack", name="Ops", settings={"uri": HOOK}),
            "settings.uri is no setting of this kind",
        ),
        (group("Nobody", name="Ops"), "channels: none goes by 'Nobody', or several do"),
    ],
)
def test_a_channel_that_cannot_be_is_told(given, text):
    made = plan(None, channels=[given])

    assert problems(made) == [("Ops", text)]
    assert (made.steps, made.missing) == ((), ())


def test_a_group_is_made_after_the_channels_in_it():
    made = plan(None, channels=[group("Ops", "Team"), email(), email(name="Team")])

    assert [step.label for step in made.steps] == ["Ops", "Team", "All"]
    members = made.steps[-1].body["settings"]["channels"]
    assert members == [step.target for step in made.steps[:2]]
    assert made.steps[-1].differences == (Difference("channels", None, ["Ops", "Team"]),)


@pytest.mark.parametrize(
    ("members", "expected"),
    [(["Ops"], None), (["Team"], ["c2"]), (["Ops", "Team"], ["c1", "c2"]), (["Lost"], None)],
)
def test_a_group_has_the_channels_that_are_wanted(members, expected):
    lost = Channel(kind="slack", name="Lost")
    present = [email("c1"), email("c2", "Team"), group("c1", channel_id="g")]

    made = plan(None, channels=[group(*members), lost], present_channels=present)

    bodies = [step.body for step in made.steps]
    assert bodies == ([{"settings": {"channels": expected}}] if expected else [])


def test_a_group_of_missing_channels_is_missing():
    made = plan(None, channels=[group("Lost"), Channel(kind="slack", name="Lost")])

    assert made.missing[-1] == Missing("group", "All", "its channels are missing")


def test_no_channel_is_deleted_that_a_check_names():
    present = [email("c1"), email("c2", "Named"), email("c3", "Surplus"), email("c4", "Left")]
    checks = [check(channels=("c2",)), check("B", uuid="2", channels=("c4",))]
    made = plan([wished()], checks, channels=[email()], present_channels=present, prune=True)

    assert steps(made) == [
        ("delete", "check", "B"),
        ("delete", "channel", "Surplus"),
        ("delete", "channel", "Left"),
    ]
    assert plan([wished()], checks, present_channels=present, prune=True).steps == made.steps[:1]
