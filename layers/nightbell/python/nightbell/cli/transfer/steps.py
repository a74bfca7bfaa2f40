"""What a plan is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What is done with a thing."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Thing(StrEnum):
    """What something is done with."""

    CHANNEL = "channel"
    CHECK = "check"


@dataclass(frozen=True)
class Difference:
    """A field with its value in the project and its value in the document; None: it has none."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to create, update or delete.

    `target` is its UUID or id, and of a channel to create what stands for its id in the bodies of
    later steps. `body` is what the API is sent: that of a check has a list of ids in `channels`.
    """

    action: Action
    thing: Thing
    label: str
    differences: tuple[Difference, ...] = ()
    target: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    pause: bool | None = None  # pause or resume it afterwards
    uuid: str | None = None  # which a check to create has to have


@dataclass(frozen=True)
class Problem:
    """Something that is left as it is, and why."""

    thing: Thing
    label: str
    text: str


@dataclass(frozen=True)
class Missing:
    """A channel that somebody has to make by hand, and what is not known for it."""

    kind: str
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All steps, in the order in which they are carried out."""

    steps: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()
    missing: tuple[Missing, ...] = ()
    unchanged: int = 0
