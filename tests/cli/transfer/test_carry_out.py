"""Plans carried out, on a server that refuses and breaks."""

import pytest

from nightbell.cli.api import Api, ApiError
from nightbell.cli.transfer.carry_out import carry_out
from nightbell.cli.transfer.steps import Action, Plan, Step, Thing
from tests.cli.servers import Reply

FULL = "the project has as many checks as it may have"


def step(action, thing=Thing.CHECK, **more):
    """Return a step about one thing."""
    return Step(action=action, thing=thing, label="A", target="a", **more)


@pytest.fixture
def run(scripted):
    """Return a function that carries out steps on a server that answers with these replies."""

    def carry(steps, *replies):
        scripted.replies[:] = replies
        api = Api(scripted.url, "k" * 32, patience=0.001)
        return [outcome.error for outcome in carry_out(Plan(steps=tuple(steps)), api, None)]

    return carry


@pytest.mark.parametrize(
    ("planned", "status", "error"),
    [
        (step(Action.DELETE), 404, None),
        (step(Action.DELETE, Thing.CHANNEL), 404, None),
        (step(Action.UPDATE, body={"name": "A"}), 404, "it has been deleted meanwhile"),
        (step(Action.UPDATE, Thing.CHANNEL), 404, "it has been deleted meanwhile"),
        (step(Action.UPDATE, pause=False), 409, None),
        (step(Action.UPDATE, pause=True), 404, "it has been deleted meanwhile"),
        (step(Action.CREATE), 403, FULL),
        (step(Action.CREATE), 400, "no"),
        (step(Action.CREATE, Thing.CHANNEL), 400, "no"),
    ],
)
def test_what_is_refused_is_told_and_the_rest_goes_on(run, planned, status, error):
    refusal = Reply(status, {"error": "no"})

    outcomes = run([planned, step(Action.DELETE)], refusal, Reply(body={}))

    assert outcomes == [error, None]


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_what_no_step_would_survive_ends_all(run, scripted, status):
    with pytest.raises(ApiError):
        run([step(Action.DELETE), step(Action.DELETE)], Reply(status, {"error": "no"}))

    assert {request.method for request in scripted.requests} == {"DELETE"}


def test_a_full_project_is_not_asked_again(run, scripted):
    creations = [step(Action.CREATE), step(Action.CREATE)]

    assert run(creations, Reply(403)) == [FULL, FULL]
    assert len(scripted.requests) == 1


def test_new_channels_are_named_by_the_ids_that_they_got(run, scripted):
    made = [
        Step(action=Action.CREATE, thing=Thing.CHANNEL, label=name, target=name)
        for name in ("made", "refused")
    ]
    body = {"channels": ["made", "refused", "there"]}
    group = step(Action.CREATE, Thing.CHANNEL, body={"settings": body})

    outcomes = run(
        [*made, group, step(Action.UPDATE, body=body)],
        Reply(body={"id": "new"}),
        Reply(400, {"error": "no"}),
        Reply(body={"id": "group"}),
        Reply(body={}),
    )

    assert outcomes == [None, "no", None, None]
    assert scripted.requests[2].json == {"settings": {"channels": ["new", "there"]}}
    assert scripted.requests[3].json == {"channels": "new,there"}


def test_a_check_is_paused_after_it_was_created(run, scripted):
    run([step(Action.CREATE, body={"name": "A"}, pause=True)], Reply(201, {"uuid": "u"}))

    assert [(one.method, one.path) for one in scripted.requests] == [
        ("POST", "/api/v3/checks/"),
        ("POST", "/api/v3/checks/u/pause"),
    ]
