"""What has to be done so that a project is as a document says; nothing is done here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from nightbell.cli.transfer.channels import ChannelPlan, UnknownChannel, label_of, plan_channels
from nightbell.cli.transfer.matching import match
from nightbell.cli.transfer.steps import Action, Difference, Plan, Problem, Step, Thing
from nightbell.domain.errors import InvalidSpec
from nightbell.domain.spec import parse
from nightbell.project_file import FIELDS, Check, Document, is_uuid


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What whoever asks for a plan can choose."""

    keep_uuids: bool = False  # new checks have the UUIDs of the document
    prune: bool = False  # what the document does not have is deleted
    renew_secrets: bool = False  # secrets that are there are sent again


def make(wanted: Document, present: Document, wishes: Wishes, variables: Mapping[str, str]) -> Plan:
    """Return the steps from the present project to the wanted one.

    Nothing is done about what the document says nothing of. A check or channel that cannot be as
    it is wanted is a problem, and stays as it is; the rest goes on. `variables` are the values of
    the environment variables that settings of channels are in.
    """
    channels = plan_channels(
        wanted.channels or (),
        present.channels or (),
        variables,
        renew_secrets=wishes.renew_secrets,
    )
    planner = _Planner(channels, present, wishes)
    planner.add(wanted.checks or ())
    if wishes.prune:
        if wanted.checks is not None:
            planner.delete_checks()
        if wanted.channels is not None:
            planner.delete_channels()
    return Plan(
        steps=(*channels.steps, *planner.steps),
        problems=(*channels.problems, *planner.problems),
        missing=tuple(channels.missing),
        unchanged=channels.unchanged + planner.unchanged,
    )


@dataclass
class _Planner:
    channels: ChannelPlan
    present: Document
    wishes: Wishes
    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unchanged: int = 0
    # Of the checks that are there: what those will name that stay; the others are surplus.
    names_of_kept: dict[int, set[str]] = field(default_factory=dict)

    def add(self, given: Sequence[Check]) -> None:
        """Plan the checks of the document."""
        present = self.present.checks or ()
        wanted = [self._known(check) for check in given]
        matches = match(
            [one.check if one.is_complete else replace(one.check, channels=None) for one in wanted],
            present,
            lambda one, other: not differences(one, other),
            keep_uuids=self.wishes.keep_uuids,
        )
        for position in {*matches.found.values(), *matches.doubtful}:
            self.names_of_kept[position] = set(present[position].channels or ())
        uuids = set()
        for index, one in enumerate(wanted):
            problem = one.problem or matches.refused.get(index)
            if one.check.uuid in uuids:
                problem = "another check has its UUID"
            if self.wishes.keep_uuids and one.check.uuid and not is_uuid(one.check.uuid):
                problem = "what it has as its UUID is none"
            if one.check.uuid:
                uuids.add(one.check.uuid)
            if problem:
                self.problems.append(Problem(Thing.CHECK, one.check.label, problem))
            elif index in matches.found:
                self._update(one, matches.found[index])
            else:
                self._create(one)

    def _known(self, check: Check) -> "_Wanted":
        """Return a check of the document in the terms of the project, or what is wrong with it."""
        try:
            ids, is_complete = self.channels.resolve(check.channels or ())
            fields = _normal(check.fields)
        except InvalidSpec as error:
            return _Wanted(check, problem=error.problem)
        except UnknownChannel as error:
            return _Wanted(check, problem=str(error))
        channels = None if check.channels is None else tuple(sorted(ids))
        return _Wanted(replace(check, fields=fields, channels=channels), is_complete=is_complete)

    def _create(self, wanted: "_Wanted") -> None:
        check = wanted.check
        body: dict[str, Any] = dict(check.fields)
        if check.channels:
            body["channels"] = list(check.channels)
        self.steps.append(
            Step(
                action=Action.CREATE,
                thing=Thing.CHECK,
                label=check.label,
                differences=self._told(
                    Difference(name, None, value)
                    for name, value in body.items()
                    if value not in ("", False)
                ),
                body=body,
                pause=check.paused or None,
                uuid=check.uuid if self.wishes.keep_uuids else None,
            )
        )

    def _update(self, wanted: "_Wanted", position: int) -> None:
        check, found = wanted.check, (self.present.checks or ())[position]
        if not wanted.is_complete:
            # One that is there may stand in for one that is missing.
            check = replace(check, channels=_union(check.channels, found.channels))
        self.names_of_kept[position] = set(check.channels or found.channels or ())
        different = differences(check, found)
        body = {one.field: one.new for one in different if one.new is not None}
        pause = None
        if check.paused is not None and check.paused != found.paused:
            pause = check.paused
            different.append(Difference("paused", found.paused, check.paused))
        if not different:
            self.unchanged += 1
            return
        self.steps.append(
            Step(
                action=Action.UPDATE,
                thing=Thing.CHECK,
                label=found.label,
                target=str(found.uuid),
                differences=self._told(different),
                body=body,
                pause=pause,
            )
        )

    def delete_checks(self) -> None:
        """Plan to delete the checks that the document does not have."""
        for position, check in enumerate(self.present.checks or ()):
            if position not in self.names_of_kept:
                self.steps.append(
                    Step(
                        action=Action.DELETE,
                        thing=Thing.CHECK,
                        label=check.label,
                        target=str(check.uuid),
                    )
                )

    def delete_channels(self) -> None:
        """Plan to delete the channels that the document does not have and no check names."""
        deleted = {step.target for step in self.steps if step.action is Action.DELETE}
        kept = set(self.channels.named)
        for position, check in enumerate(self.present.checks or ()):
            if check.uuid not in deleted:
                kept |= self.names_of_kept.get(position, set(check.channels or ()))
        for channel in self.present.channels or ():
            if channel.channel_id not in kept:
                self.steps.append(
                    Step(
                        action=Action.DELETE,
                        thing=Thing.CHANNEL,
                        label=label_of(channel),
                        target=str(channel.channel_id),
                    )
                )

    def _told(self, different: Iterable[Difference]) -> tuple[Difference, ...]:
        """Return the differences as people are told them: with names of channels."""
        return tuple(
            replace(one, old=self._names(one.old), new=self._names(one.new))
            if one.field == "channels"
            else one
            for one in different
        )

    def _names(self, ids: list[str] | None) -> list[str] | None:
        return None if ids is None else self.channels.called(ids)


@dataclass(frozen=True)
class _Wanted:
    """A check of the document, its channels by their ids in the project as far as they have any."""

    check: Check
    is_complete: bool = True
    problem: str | None = None


def differences(wanted: Check, found: Check) -> list[Difference]:
    """Return in what a check is not as wanted, but for its being paused or not.

    A new value of None means that the check loses what it has, by being given something else.
    """
    different = []
    has_schedule = "schedule" in wanted.fields or (
        "schedule" in found.fields and "timeout" not in wanted.fields
    )
    for name in FIELDS:
        old, new = found.fields.get(name), wanted.fields.get(name)
        if name == "tz" and not has_schedule:
            continue  # the check keeps it for a schedule to come, and nobody can see it
        if new is not None and new != old:
            different.append(Difference(name, old, new))
    for one, instead in (("schedule", "timeout"), ("timeout", "schedule")):
        if one in found.fields and instead in wanted.fields:
            different.append(Difference(one, found.fields[one], None))
    if wanted.channels is not None and set(wanted.channels) != set(found.channels or ()):
        different.append(
            Difference("channels", sorted(found.channels or ()), list(wanted.channels))
        )
    return different


def _normal(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a check's fields as an API shows them that was sent these; raises InvalidSpec."""
    spec = parse(fields)
    values = {name: getattr(spec, name) for name in FIELDS if name in fields}
    if "schedule" in values:
        values.pop("timeout", None)
    return {
        name: int(value.total_seconds()) if isinstance(value, timedelta) else value
        for name, value in values.items()
    }


def _union(one: Iterable[str] | None, other: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(sorted({*(one or ()), *(other or ())}))
