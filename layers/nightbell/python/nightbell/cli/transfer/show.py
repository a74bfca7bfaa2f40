"""Plans and what became of them, as people and programs read them."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from nightbell.alerts import registry
from nightbell.cli.channel import example
from nightbell.cli.output import as_text
from nightbell.cli.transfer.carry_out import Outcome
from nightbell.cli.transfer.steps import Action, Difference, Missing, Plan, Step

_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}
_DONE = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}
_LONGEST = 60  # characters of a value that are shown


def lines(plan: Plan) -> Iterator[str]:
    """Yield the plan in lines for people."""
    for step in plan.steps:
        yield f"{_SIGNS[step.action]} {step.thing} {as_text(step.label)}"
        if step.action is Action.UPDATE:
            width = max(len(one.field) for one in step.differences)
            for one in step.differences:
                yield f"    {one.field:{width}}  {_change(one)}"
    for problem in plan.problems:
        yield f"! {problem.thing} {as_text(problem.label)}: {as_text(problem.text)}"
    if plan.missing:
        yield from _hints(plan.missing)
    yield summary(plan)


def summary(plan: Plan) -> str:
    """Return the plan in one line."""
    count = Counter(step.action for step in plan.steps)
    parts = [f"{count[action]} to {action}" for action in Action if count[action]]
    parts = parts or ["nothing to do"]
    if plan.problems:
        parts.append(f"{len(plan.problems)} not possible")
    if plan.missing:
        parts.append(f"{len(plan.missing)} channels to make by hand")
    parts.append(f"{plan.unchanged} unchanged")
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def done(outcomes: Sequence[Outcome]) -> str:
    """Return what was done in one line."""
    count = Counter(_DONE[one.step.action] for one in outcomes if one.error is None)
    failed = sum(one.error is not None for one in outcomes)
    parts = [f"{number} {word}" for word, number in count.items()]
    if failed:
        parts.append(f"{failed} failed")
    return f"Done: {', '.join(parts) or 'nothing'}."


def failure(outcome: Outcome) -> str:
    """Return in a line why a step failed."""
    step = outcome.step
    return f"! {step.action} {step.thing} {as_text(step.label)}: {as_text(outcome.error)}"


def document(plan: Plan, outcomes: Sequence[Outcome] | None = None) -> dict[str, Any]:
    """Return the plan for programs, and with outcomes what became of each step so far.

    Of a step that was not tried `done` is false and `error` null.
    """
    steps = [_step(step) for step in plan.steps]
    shown = {
        "steps": steps,
        "problems": [
            {"thing": one.thing, "name": one.label, "problem": one.text} for one in plan.problems
        ],
        "missing_channels": [
            {"kind": one.kind, "name": one.name, "reason": one.reason, "command": _command(one)}
            for one in plan.missing
        ],
        "unchanged": plan.unchanged,
    }
    if outcomes is not None:
        for index, step in enumerate(steps):
            outcome = outcomes[index] if index < len(outcomes) else None
            step["done"] = outcome is not None and outcome.error is None
            step["error"] = outcome.error if outcome else None
    return shown


def _step(step: Step) -> dict[str, Any]:
    return {
        "action": step.action,
        "thing": step.thing,
        "name": step.label,
        "changes": {one.field: {"old": one.old, "new": one.new} for one in step.differences},
    }


def _change(difference: Difference) -> str:
    if difference.old == difference.new:
        return "sent again"
    return f"{_value(difference.old)} → {_value(difference.new)}"


def _value(value: Any) -> str:
    match value:
        case None | "" | []:
            return "none"
        case list():
            text = ", ".join(as_text(one) for one in value)
        case str():
            text = as_text(value)
        case _:
            text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _hints(missing: Sequence[Missing]) -> Iterator[str]:
    yield "Channels to make by hand; checks that name them keep the channels that they have:"
    for one in missing:
        name = f" {as_text(one.name)}" if one.name else ""
        yield f"  {as_text(one.kind)}{name}: {as_text(one.reason)}"
        command = _command(one)
        if command:
            yield f"    {as_text(command)}"


def _command(missing: Missing) -> str | None:
    """Return the command that makes the channel, None for a kind that there is not."""
    if missing.kind not in registry.CODES:
        return None
    return f"{example(registry.get(missing.kind), missing.name)} --project PROJECT"
