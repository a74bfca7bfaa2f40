"""The DynamoDB engines that the tests of this folder run on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from local import dynamodb_local
from local.emulator import running_emulator
from local.tables import create_tables
from nightbell.store import client as store_client
from nightbell.store.connection import connection

MINISTACK, DYNAMODB_LOCAL = "ministack", "dynamodb_local"
NAMES = (MINISTACK, DYNAMODB_LOCAL)


@dataclass(frozen=True)
class Engine:
    """A running engine that has the tables."""

    name: str
    client: Any  # as the store makes it; for the store alone, faults are injected into it
    bystander: Any  # for what the tests look up


@contextmanager
def running(name: str, scratch: Path) -> Iterator[Engine]:
    """Run an engine; raises dynamodb_local.Unavailable."""
    start = partial(_ministack, scratch) if name == MINISTACK else _dynamodb_local
    with start() as environment, pytest.MonkeyPatch.context() as patch:
        for variable, value in environment.items():
            patch.setenv(variable, value)
        # An engine on a busy machine is slower than DynamoDB.
        patch.setattr(store_client, "READ_TIMEOUT", 60.0)
        bystander = boto3.Session().client("dynamodb")  # the default one may know other keys
        client = type(connection)().client
        create_tables(bystander)
        patch.undo()
        yield Engine(name, client, bystander)


def may_be_skipped() -> bool:
    """Tell whether an engine that cannot run here is no failure."""
    return os.environ.get("CI") != "true"


@contextmanager
def _ministack(scratch: Path) -> Iterator[dict[str, str]]:
    with running_emulator(scratch) as emulator:
        yield emulator.client_environment


@contextmanager
def _dynamodb_local() -> Iterator[dict[str, str]]:
    with dynamodb_local.running_dynamodb_local() as url:
        yield dynamodb_local.environment(url)
