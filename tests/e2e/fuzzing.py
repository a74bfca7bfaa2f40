"""What schemathesis has to know of the system: which values some formats take, and what is there.

Its process loads this. The environment names a folder: `there.json` in it has what is there, and
when the process ends `answers.json` has how often each operation was answered with each status.
"""

import atexit
import json
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

_FOLDER = Path(os.environ["NIGHTBELL_FUZZING"])

# What parts of a path may stand for, by path; what may be deleted, by path; the read-only key.
_THERE: dict[str, Any] = json.loads((_FOLDER / "there.json").read_text())

_PRINTABLE = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=60)
_FORMATS = {
    "apprise-url": st.just("json://127.0.0.1:9/"),
    "channel-identifiers": st.just(""),
    "email": st.from_regex(r"[a-z]{1,20}@[a-z]{1,20}\.org", fullmatch=True),
    # Where nobody listens.
    "iri": st.from_regex(r"https?://127\.0\.0\.1:9/[a-z$?=&]{0,20}", fullmatch=True),
    "matrix-room": st.sampled_from(["!ops:example.org", "#ops:example.org"]),
    "printable": _PRINTABLE,
    "printable-lines": _PRINTABLE,
    "schedule": st.sampled_from(["15 5 * * *", "*/5 * * * *", "Mon..Fri 18:00", "*-*~1 12:00"]),
    "tag-list": st.sampled_from(["warning", "red_circle,skull", "+1"]),
    "time-zone": st.sampled_from(["UTC", "Europe/Riga", "Europe/Kiev", "America/New_York"]),
}

_NOT_HERE = (
    b"invalid channel identifier: ",
    b"kind is not enabled on this service",
    b"is not a topic that this service may publish to",
    b"is not a bus that this service may put events on",
)

_answers: Counter[str] = Counter()
_chance = random.Random(0)
_deletable: dict[str, list[dict[str, str]]] = _THERE["deletable"]

for _name, _values in _FORMATS.items():
    schemathesis.openapi.format(_name, _values)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Let most requests be about what is there, and some come with the read-only key."""
    whole = _whole(case.body)
    if repr(whole) != repr(case.body):
        case.body = whole
    if case.meta is not None and case.meta.phase.name is not TestPhase.STATEFUL:
        _choose(case)
    if case.method == "DELETE" and case.operation.path in _deletable:
        _spare(case)


def _choose(case: Any) -> None:
    path = case.operation.path
    if "readOnlyKey" in str(case.operation.definition.raw.get("security")) and _happens(0.2):
        case.headers["X-Api-Key"] = _THERE["read_only_key"]
    known = _THERE["places"].get(path, [])
    # A test goes to nobody else: there are channels of kinds that ask somebody on the internet.
    if known and _is_well_formed(case) and (path.endswith("/test") or _happens(0.8)):
        case.path_parameters.update(_chance.choice(known))


def _spare(case: Any) -> None:
    """Delete nothing that other requests ask for: schemathesis takes ids out of answers, too."""
    path = case.operation.path
    spare = _deletable[path]
    if any(known.items() <= case.path_parameters.items() for known in _THERE["places"][path]):
        case.path_parameters.update(spare.pop() if len(spare) > 1 else spare[0])


def _is_well_formed(case: Any) -> bool:
    """Tell whether the path is as documented, and not what is to be wrong with the request."""
    parts = case.meta.components
    wrong = [place for place, part in parts.items() if part.mode.is_negative]
    return ParameterLocation.PATH not in wrong and (
        bool(wrong) or case.meta.generation.mode.is_positive
    )


def _whole(value: Any) -> Any:
    """Return a body with 60 for 60.0: JSON Schema calls that an integer, Healthchecks does not."""
    if isinstance(value, dict):
        return {name: _whole(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_whole(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Let the system refuse what it does not have, which no schema can say."""
    return not any(reason in response.content for reason in _NOT_HERE)


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Count the answer, and remember what was created."""
    _answers[f"{case.operation.label} {response.status_code}"] += 1
    path = case.operation.path
    if response.status_code == 201 and path.startswith("/api/"):
        part, member = ("check", "uuid") if path.endswith("/checks") else ("channel", "id")
        _deletable[f"{path}/{{{part}}}"].append({part: response.json()[member]})


def _happens(probability: float) -> bool:
    return _chance.random() < probability


@atexit.register
def _tell() -> None:
    (_FOLDER / "answers.json").write_text(json.dumps(_answers))
