"""Which channels of a document a project lacks, and which have other settings there."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nightbell.alerts import registry
from nightbell.alerts.kind import Kind, Setting
from nightbell.cli.transfer.steps import Action, Difference, Missing, Problem, Step, Thing
from nightbell.domain.channels import GROUP
from nightbell.domain.errors import InvalidSpec
from nightbell.project_file import Channel, FromEnvironment, Hidden


class UnknownChannel(Exception):
    """A name that no channel goes by, or several."""


@dataclass
class ChannelPlan:
    """What becomes of the channels, and which of them are meant by a name or an id."""

    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    unchanged: int = 0
    labels: dict[str, str] = field(default_factory=dict)  # what people call them, by id
    named: set[str] = field(
        default_factory=set
    )  # ids of those that are, or may be, in the document
    meant: dict[str, str | None] = field(default_factory=dict)  # ids by name; None: it has none yet

    def resolve(self, names: Iterable[str]) -> tuple[set[str], bool]:
        """Return the ids of the channels, and whether all have one; raises UnknownChannel."""
        found = set()
        for name in names:
            if name not in self.meant:
                raise UnknownChannel(f"channels: none goes by {name!r}, or several do")
            found.add(self.meant[name])
        return {one for one in found if one is not None}, None not in found

    def called(self, ids: Iterable[str]) -> list[str]:
        """Return what people call these channels."""
        return sorted(self.labels.get(one, one) for one in ids)


def plan_channels(
    wanted: Sequence[Channel],
    present: Sequence[Channel],
    variables: Mapping[str, str],
    *,
    renew_secrets: bool,
) -> ChannelPlan:
    """Return what has to be done so that the wanted channels are there as they are wanted.

    A secret that is there is only sent where what is shown of it would change, or
    `renew_secrets`: nobody can tell whether it is another one. `variables` are the values of the
    environment variables that settings are in.
    """
    planner = _Planner(ChannelPlan(), present, variables, renew_secrets)
    for channel in present:
        planner.note(channel, str(channel.channel_id), present)
    for name, count in Counter(one.name for one in wanted).items():
        if count > 1:
            planner.plan.meant.pop(name, None)
    # Groups last, for they name others.
    for are_groups in (False, True):
        planner.add([one for one in wanted if (one.kind == GROUP) is are_groups], wanted)
    return planner.plan


@dataclass
class _Planner:
    plan: ChannelPlan
    present: Sequence[Channel]
    variables: Mapping[str, str]
    renew_secrets: bool

    def note(self, channel: Channel, channel_id: str | None, among: Sequence[Channel]) -> None:
        """Note what a channel goes by: its id, and its name where no other has that."""
        if channel.channel_id:
            self.plan.meant[channel.channel_id] = channel_id
        if channel.name and [one.name for one in among].count(channel.name) == 1:
            self.plan.meant[channel.name] = channel_id
        if channel_id:
            self.plan.labels[channel_id] = label_of(channel)

    def add(self, wanted: Sequence[Channel], among: Sequence[Channel]) -> None:
        """Plan these channels, which are among those of the document."""
        pairs, doubtful = self._match(wanted)
        self.plan.named |= {str(one.channel_id) for one in pairs.values()}
        for index, channel in enumerate(wanted):
            found = pairs.get(index)
            channel_id = found.channel_id if found else None
            if index in doubtful:
                self._refuse(channel, "several channels of this kind have its name")
            else:
                try:
                    channel_id = self._update(channel, found) if found else self._create(channel)
                except InvalidSpec as error:
                    self._refuse(channel, error.problem)
                except UnknownChannel as error:
                    self._refuse(channel, str(error))
            self.note(channel, channel_id, among)

    def _match(self, wanted: Sequence[Channel]) -> tuple[dict[int, Channel], set[int]]:
        """Return which of them are there, by their positions, and of which that cannot be told."""
        by_id = {one.channel_id: one for one in self.present}
        pairs: dict[int, Channel] = {}
        asked: dict[tuple[str, str], list[int]] = {}
        for index, channel in enumerate(wanted):
            known = by_id.get(channel.channel_id)
            if known and known.kind == channel.kind:
                pairs[index] = known
            else:
                asked.setdefault((channel.kind, channel.name), []).append(index)
        doubtful = set()
        for name, indexes in asked.items():
            there = [
                one
                for one in self.present
                if (one.kind, one.name) == name and one not in pairs.values()
            ]
            if len(indexes) == len(there) == 1:
                pairs[indexes[0]] = there[0]
                continue
            for index in indexes:
                alike = next((one for one in there if self._is_alike(wanted[index], one)), None)
                if alike:
                    pairs[index] = alike
                    there.remove(alike)
            if there:
                doubtful |= {index for index in indexes if index not in pairs}
                self.plan.named |= {str(one.channel_id) for one in there}
        return pairs, doubtful

    def _is_alike(self, wanted: Channel, found: Channel) -> bool:
        try:
            return wanted.settings is not None and not self._changes(wanted, found)[0]
        except (InvalidSpec, UnknownChannel):
            return False

    def _create(self, channel: Channel) -> str | None:
        """Plan to make a channel; return what stands for its id, None if it cannot be made."""
        if channel.kind not in registry.CODES:
            self._miss(channel, "Nightbell has no channels of this kind")
            return None
        if channel.settings is None:
            self._miss(channel, "its settings are not shown")
            return None
        kind = registry.get(channel.kind)
        unknown = [
            f"{name} is secret" if isinstance(value, Hidden) else f"{value.variable} is not set"
            for name, value in channel.settings.items()
            if isinstance(value, Hidden | FromEnvironment) and not self._is_known(value)
        ]
        if unknown:
            self._miss(channel, ", ".join(unknown))
            return None
        values = self._values(kind, channel.settings)
        if channel.kind == GROUP:
            values["channels"] = self._members(channel, [])
            if not values["channels"]:
                self._miss(channel, "its channels are missing")
                return None
        for setting in kind.settings:
            if setting.required and setting.name not in values:
                raise InvalidSpec(f"settings.{setting.name}", "is missing")
        stand_in = f"00000000-0000-0000-0000-{len(self.plan.steps):012}"
        self.plan.steps.append(
            Step(
                action=Action.CREATE,
                thing=Thing.CHANNEL,
                label=label_of(channel),
                target=stand_in,
                differences=tuple(
                    Difference(name, None, self._shown(kind, name, value))
                    for name, value in values.items()
                ),
                body={"kind": channel.kind, "name": channel.name, "settings": values},
            )
        )
        return stand_in

    def _update(self, channel: Channel, found: Channel) -> str:
        """Plan to change a channel that is there if it has to be; return its id."""
        differences, body = self._changes(channel, found)
        if differences:
            self.plan.steps.append(
                Step(
                    action=Action.UPDATE,
                    thing=Thing.CHANNEL,
                    label=label_of(channel),
                    target=str(found.channel_id),
                    differences=differences,
                    body=body,
                )
            )
        else:
            self.plan.unchanged += 1
        return str(found.channel_id)

    def _changes(
        self, channel: Channel, found: Channel
    ) -> tuple[tuple[Difference, ...], dict[str, Any]]:
        """Return what is different in a channel that is there, and what to send for that."""
        differences: list[Difference] = []
        body: dict[str, Any] = {}
        if channel.name != found.name:
            differences.append(Difference("name", found.name, channel.name))
            body["name"] = channel.name
        if channel.settings is None or found.settings is None:
            return tuple(differences), body
        kind = registry.get(channel.kind)
        values = self._values(kind, channel.settings)
        if channel.kind == GROUP and "channels" in values:
            values["channels"] = self._members(channel, found.settings["channels"])
        sent: dict[str, Any] = {}
        for setting in kind.settings:
            if setting.name not in values:
                continue
            old = self._present(setting, found.settings)
            new = self._shown(kind, setting.name, values[setting.name])
            if new != old or (setting.secret and self.renew_secrets and new):
                differences.append(Difference(setting.name, old, new))
                sent[setting.name] = values[setting.name]
        if any(setting.is_address and setting.name in sent for setting in kind.settings):
            # Nobody's secrets are sent to another address unless they are given with it.
            sent |= {one.name: values[one.name] for one in kind.settings if one.name in values}
        if sent:
            body["settings"] = sent
        return tuple(differences), body

    def _values(self, kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings whose values are known, checked one by one; raises InvalidSpec."""
        by_name = {setting.name: setting for setting in kind.settings}
        values = {}
        for name, value in given.items():
            if name not in by_name:
                raise InvalidSpec(f"settings.{name}", "is no setting of this kind")
            if isinstance(value, FromEnvironment):
                if value.variable in self.variables:
                    text = self.variables[value.variable]
                    values[name] = by_name[name].from_text(text)
            elif not isinstance(value, Hidden):
                values[name] = value
        for name, value in values.items():
            if kind.code != GROUP or name != "channels":  # whose names are looked up later
                values[name] = by_name[name].read(f"settings.{name}", value)
        return values

    def _is_known(self, value: Any) -> bool:
        if isinstance(value, FromEnvironment):
            return value.variable in self.variables
        return not isinstance(value, Hidden)

    def _members(self, group: Channel, present: Iterable[str]) -> list[str]:
        """Return the ids of a group's channels; raises UnknownChannel.

        If one is missing those that are in the group stay: one of them may stand in for it.
        """
        given = (group.settings or {}).get("channels", ())
        ids, is_complete = self.plan.resolve(given)
        return sorted(ids if is_complete else ids | set(present))

    def _shown(self, kind: Kind, name: str, value: Any) -> Any:
        """Return what is shown of a setting's value."""
        setting = next(one for one in kind.settings if one.name == name)
        if kind.code == GROUP and name == "channels":
            return self.plan.called(value)
        return setting.shown(value)

    def _present(self, setting: Setting, settings: Mapping[str, Any]) -> Any:
        """Return what is shown of a setting that is there, or of its default."""
        value = settings.get(setting.name, Hidden(setting.shown(setting.default)))
        if isinstance(value, Hidden):
            return value.shown
        return self.plan.called(value) if isinstance(value, list) else value

    def _miss(self, channel: Channel, reason: str) -> None:
        self.plan.missing.append(Missing(channel.kind, channel.name, reason))

    def _refuse(self, channel: Channel, text: str) -> None:
        self.plan.problems.append(Problem(Thing.CHANNEL, label_of(channel), text))


def label_of(channel: Channel) -> str:
    """Return what people call a channel."""
    return channel.name or f"{channel.kind} without a name"
