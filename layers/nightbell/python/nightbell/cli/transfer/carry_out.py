"""A plan carried out, step by step, through the API of a server."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from nightbell.cli.api import Api, ApiError
from nightbell.cli.transfer.steps import Action, Plan, Step, Thing
from nightbell.domain.errors import CheckLimitReached, UserError

# Creates a check with this UUID, these fields and these channels; raises UserError.
CreateWithUuid = Callable[[str, Mapping[str, Any], list[str]], None]

# What every other step would be answered, too.
_HOPELESS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)
_FAILED = HTTPStatus.INTERNAL_SERVER_ERROR

_FULL = "the project has as many checks as it may have"


@dataclass(frozen=True)
class Outcome:
    """What became of a step; with an error it is not done, or not all of it."""

    step: Step
    error: str | None = None


def carry_out(plan: Plan, api: Api, create_with_uuid: CreateWithUuid | None) -> Iterator[Outcome]:
    """Carry out one step after the other, and yield what became of each.

    A step that is refused is an outcome, and the rest goes on. Raises ApiError where no other step
    would succeed: the server cannot be reached, fails, or does not know the key.

    `create_with_uuid` is for plans whose checks keep their UUIDs.
    """
    worker = _Worker(api, create_with_uuid)
    for step in plan.steps:
        yield Outcome(step, worker.do(step))


class _Worker:
    def __init__(self, api: Api, create_with_uuid: CreateWithUuid | None) -> None:
        self._api = api
        self._create_with_uuid = create_with_uuid
        self._ids: dict[str, str] = {}  # of new channels, by what stood for them
        self._unmade: set[str] = set()  # what stands for channels that could not be made
        self._is_full = False

    def do(self, step: Step) -> str | None:
        """Carry out a step; return why it could not be."""
        if step.thing is Thing.CHECK and step.action is Action.CREATE and self._is_full:
            return _FULL
        try:
            if step.thing is Thing.CHANNEL:
                self._do_with_channel(step)
            else:
                self._do_with_check(step)
        except ApiError as error:
            return self._why(step, error)
        except UserError as error:
            self._is_full = isinstance(error, CheckLimitReached)
            return _FULL if self._is_full else error.message or "it was refused"
        return None

    def _why(self, step: Step, error: ApiError) -> str | None:
        """Return why the server refused a step, None if it need not be done any more."""
        if error.status is None or error.status in _HOPELESS or error.status >= _FAILED:
            raise error
        match error.status, step.action:
            case (HTTPStatus.NOT_FOUND, Action.DELETE):
                return None
            case (HTTPStatus.NOT_FOUND, Action.UPDATE):
                return "it has been deleted meanwhile"
            case (HTTPStatus.FORBIDDEN, Action.CREATE):
                self._is_full = True
                return _FULL
        return error.message

    def _do_with_channel(self, step: Step) -> None:
        match step.action:
            case Action.CREATE:
                self._unmade.add(step.target)
                made = self._api.create_channel(self._channel_body(step))
                self._unmade.remove(step.target)
                self._ids[step.target] = made["id"]
            case Action.UPDATE:
                self._api.update_channel(step.target, self._channel_body(step))
            case Action.DELETE:
                self._api.delete_channel(step.target)

    def _channel_body(self, step: Step) -> dict[str, Any]:
        """Return what the API is sent, with the ids that a group's channels have by now."""
        body = dict(step.body)
        if "channels" in body.get("settings", {}):
            members = self._real(body["settings"]["channels"])
            body["settings"] = {**body["settings"], "channels": members}
        return body

    def _do_with_check(self, step: Step) -> None:
        body = dict(step.body)
        channels = self._real(body.pop("channels")) if "channels" in body else None
        document = body if channels is None else {**body, "channels": ",".join(channels)}
        target = step.target
        match step.action:
            case Action.CREATE if step.uuid and self._create_with_uuid:
                self._create_with_uuid(step.uuid, body, channels or [])
                target = step.uuid
            case Action.CREATE:
                target = self._api.create(document)[0]["uuid"]
            case Action.UPDATE if document:
                self._api.update(target, document)
            case Action.DELETE:
                self._api.delete(target)
        if step.pause is not None:
            self._set_paused(target, paused=step.pause)

    def _set_paused(self, target: str, *, paused: bool) -> None:
        if paused:
            self._api.pause(target)
            return
        try:
            self._api.resume(target)
        except ApiError as error:
            if error.status != HTTPStatus.CONFLICT:  # it is not paused any more
                raise

    def _real(self, ids: list[str]) -> list[str]:
        """Return the ids of channels, without those that could not be made."""
        return [self._ids.get(one, one) for one in ids if one not in self._unmade]
