"""How domain values are kept in DynamoDB attributes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.constants import NUMBER, STRING, STRING_SET

from nightbell.domain.check import EPOCH

_MICROSECOND = timedelta(microseconds=1)
_E = TypeVar("_E", bound=StrEnum)


class MomentAttribute(Attribute[datetime]):
    """A moment in UTC, kept as microseconds since 1970."""

    attr_type = NUMBER

    def serialize(self, value: datetime) -> str:
        return str((value - EPOCH) // _MICROSECOND)

    def deserialize(self, value: str) -> datetime:
        return EPOCH + int(value) * _MICROSECOND


class ExpiryAttribute(Attribute[datetime]):
    """A moment in UTC as DynamoDB's time to live wants it: seconds since 1970."""

    attr_type = NUMBER

    def serialize(self, value: datetime) -> str:
        return str(int(value.timestamp()))

    def deserialize(self, value: str) -> datetime:
        return EPOCH + timedelta(seconds=int(value))


class SpanAttribute(Attribute[timedelta]):
    """A length of time, kept as microseconds (DynamoDB stores no trailing zeros)."""

    attr_type = NUMBER

    def serialize(self, value: timedelta) -> str:
        return str(value // _MICROSECOND)

    def deserialize(self, value: str) -> timedelta:
        return int(value) * _MICROSECOND


class WholeNumberAttribute(Attribute[int]):
    """A whole number."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class ChoiceAttribute(Attribute[_E], Generic[_E]):
    """A member of an enumeration, kept as its text."""

    attr_type = STRING

    def __init__(self, choices: type[_E], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._choices = choices
        self._members = {choice.value: choice for choice in choices}

    def serialize(self, value: _E) -> str:
        return value.value

    def deserialize(self, value: str) -> _E:
        # To call an enumeration takes ten times as long; here it says what is wrong with a value.
        return self._members.get(value) or self._choices(value)


class TextSetAttribute(Attribute[frozenset[str]]):
    """A set of texts; an empty one is not kept at all, for DynamoDB has no empty sets."""

    attr_type = STRING_SET
    null = True

    def serialize(self, value: Iterable[str]) -> list[str] | None:
        return sorted(value) or None

    def deserialize(self, value: list[str]) -> frozenset[str]:
        return frozenset(value)
