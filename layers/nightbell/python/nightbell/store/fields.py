"""Fields of domain values in items of the same names, which leave out those that are defaults."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.models import Model

_V = TypeVar("_V")


def stored_fields(value: Any) -> dict[str, Any]:
    """Return the fields of a domain value that differ from their defaults."""
    return {
        name: field
        for name, default in _defaults(type(value)).items()  # type: ignore[arg-type]
        if (field := getattr(value, name)) != default
    }


def is_default(value_type: type[Any], name: str, field: Any) -> bool:
    """Tell whether a field of a domain value has its default."""
    defaults = _defaults(value_type)  # type: ignore[arg-type]
    return bool(defaults[name] == field)


def read_fields(value_type: type[_V], *items: Model, **more: Any) -> _V:
    """Return the domain value whose fields are in these items and arguments."""
    names = _defaults(value_type)  # type: ignore[arg-type]
    found = {
        name: field
        for item in items
        for name, field in item.attribute_values.items()
        if name in names
    }
    return value_type(**found, **more)


def values_in(model: type[Model], raw: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what is in an item that DynamoDB sent, by the names of the model's attributes.

    pynamodb's own way goes through all attributes that an item may have, which takes five times
    as long. Raises KeyError for a value of another type than the model says.
    """
    readers = _readers(model)
    values = {}
    for stored_name, typed in raw.items():
        try:
            name, stored_type, deserialize = readers[stored_name]
        except KeyError:
            continue  # another version's
        value = typed[stored_type]
        values[name] = deserialize(value) if deserialize else value
    return values


@cache
def _defaults(value_type: type[Any]) -> dict[str, Any]:
    return {
        field.name: field.default if field.default_factory is MISSING else field.default_factory()
        for field in fields(value_type)
    }


@cache
def _readers(model: type[Model]) -> dict[str, tuple[str, str, Callable[[Any], Any] | None]]:
    """Return by what is stored what it is called, its type in DynamoDB, and how to read it.

    None where it is kept as it is.
    """
    return {
        attribute.attr_name: (
            name,
            attribute.attr_type,
            None if _is_kept_as_it_is(attribute) else attribute.deserialize,
        )
        for name, attribute in model.get_attributes().items()
    }


def _is_kept_as_it_is(attribute: Attribute[Any]) -> bool:
    return type(attribute).deserialize is Attribute.deserialize
