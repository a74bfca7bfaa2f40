"""Several writes that happen together or not at all."""

from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from nightbell.store.connection import connection


class StateChangedError(Exception):
    """What a write was decided from has been changed meanwhile."""


class Transaction:
    """Collects writes; `commit` carries them out.

    Each write may name the error that its failed condition means; it is StateChangedError else.
    """

    def __init__(self) -> None:
        self._write = TransactWrite(connection=connection)
        self._deletes: list[Exception] = []
        self._puts: list[Exception] = []
        self._updates: list[Exception] = []

    def delete(self, item: Model, condition: Condition | None = None) -> None:
        """Delete an item by its key."""
        self._write.delete(item, condition=condition)
        self._deletes.append(StateChangedError())

    def put(
        self,
        item: Model,
        condition: Condition | None = None,
        otherwise: Exception | None = None,
    ) -> None:
        """Write an item whole; `otherwise` is raised if its condition fails."""
        self._write.save(item, condition=condition)
        self._puts.append(otherwise or StateChangedError())

    def update(
        self,
        item: Model,
        actions: list[Action],
        condition: Condition | None = None,
        otherwise: Exception | None = None,
    ) -> None:
        """Change attributes of an item; `otherwise` is raised if its condition fails."""
        self._write.update(item, actions=actions, condition=condition)
        self._updates.append(otherwise or StateChangedError())

    def commit(self) -> None:
        """Carry out all writes; raises the error of the first whose condition failed."""
        try:
            self._write._commit()
        except TransactWriteError as error:
            # DynamoDB tells a reason for each write, in the order in which pynamodb sends them.
            meanings = self._deletes + self._puts + self._updates
            for reason, meaning in zip(error.cancellation_reasons, meanings, strict=False):
                if reason and reason.code == "ConditionalCheckFailed":
                    raise meaning from error
            raise


def is_refused(error: Any) -> bool:
    """Tell whether a single write failed because its condition did."""
    return bool(error.cause_response_code == "ConditionalCheckFailedException")
