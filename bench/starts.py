"""How each function starts under Lambda's runtime client: `python -m bench.starts`. Two minutes.

Builds the layers, creates the stack on the emulator, and gives each function the first event of its
kind: in a new process, with the variables that the template gives it, with the layers in the place
of /opt and the function's folder as its own, and with nothing else of this machine but Python.
"""

import base64
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from importlib import metadata
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from bench import artifacts
from bench.runtime_api import Answer, NotAnswered, first_answer
from local.demo import demo_project
from local.emulator import CREDENTIALS, REGION, Emulator, running_emulator
from local.stack import NAME, ROOT, deploy
from nightbell.domain.check import unique_key_of

_ROUNDS = 5

# AWS's client and what it needs: what of Python's packages the runtime itself has.
_RUNTIME = ("awslambdaric", "simplejson", "snapshot-restore-py")

# What the sample events name, which the functions are to find.
_SAMPLE_KEY = "0123456789abcdefghijklmnopqrstuv"
_SAMPLE_PROJECT = "2c1f5d0e-94b1-4a8e-b3a5-0f2d6c7e8a91"
_SAMPLE_CHECKS = ("31365bce-8da9-4729-8ff3-aaa71d56b712", "7918b17b-a745-4db1-8575-9d2e07c97f79")
_SAMPLE_MAIL = "6k2v5r0t1q8jj3s9u0n4b7m5d1h0c2o6f8a3e901"
_SAMPLE_BUCKET = "nightbell-pingmailbucket-4d5e6f"
_SAMPLE_DOMAIN = "ping.example.org"
_SAMPLE_CHANNELS = ("9c1f0b7e-52ab-4c0e-8f0d-6f3f6f4f7b21", "67541b37-8b9c-4d17-b952-690eae1c2f3d")
_SAMPLE_UNIQUE_KEY = "8d3f1a52c0b94e7766a1f0e2d9c8b7a6f5e4d3c2"
_SAMPLE_TOKEN = "0123456789abcdef0123456789abcdef0123456789a"

# In this order, then all others, then these: each finds what it is about.
_FIRST = ("create_check", "list_channels", "ping", "pause_check", "sign_in_page")
_LAST = ("sign_out", "delete_check", "delete_channel")


@dataclass(frozen=True)
class Function:
    """A function of the template, and the variables it has in the stack."""

    folder: Path  # what its package is made of
    layers: tuple[str, ...]
    variables: Mapping[str, str]

    @property
    def name(self) -> str:
        """Return the name of its folder."""
        return self.folder.name


class Lambda:
    """Runs functions as Lambda does, each answer by a new process."""

    def __init__(self, layers: Path, emulator: Emulator) -> None:
        """Take the folder in which the layers were built, and where AWS is."""
        self._layers = layers
        self._url = emulator.url
        self._runtime = layers / "runtime"
        _link_runtime(self._runtime)

    def start(self, function: Function, event: Any) -> Answer:
        """Return what the function answers to its first event."""
        opt = [str(self._layers / layer / "python") for layer in function.layers]
        environment = {
            **function.variables,
            **CREDENTIALS,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self._url,
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_GROUP_NAME": "nightbell",
            "AWS_LAMBDA_LOG_STREAM_NAME": "nightbell",
            "AWS_REGION": REGION,
            "LAMBDA_TASK_ROOT": str(function.folder),
            "LANG": "en_US.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's files are read-only
            "PYTHONPATH": ":".join([str(function.folder), *opt, str(self._runtime)]),
            "TZ": ":UTC",
        }
        # -S: without the packages that the Python at hand has.
        python = [getattr(sys, "_base_executable", sys.executable), "-S"]
        command = [*python, "-m", "awslambdaric", "app.lambda_handler"]
        return first_answer(command, environment, function.folder, event)


@contextmanager
def running_lambda(scratch: Path) -> Iterator[tuple[Lambda, list[Function], dict[str, str]]]:
    """Build the layers, run the stack, and yield what runs functions, these, and their names.

    The names are of what is really there, each by that in the sample events.
    """
    with ThreadPoolExecutor() as pool, running_emulator(scratch / "state") as emulator:
        built = [pool.submit(artifacts.build, one, scratch / one) for one in artifacts.LAYERS]
        stack = deploy(emulator, "http://127.0.0.1:8000", scratch=scratch, EnableApprise="true")
        variables = {**emulator.client_environment, **stack.settings}
        project = demo_project(scratch / "project.json", variables)
        emulator.client("s3").put_object(
            Bucket=stack.mail_bucket, Key=_SAMPLE_MAIL, Body=b"Subject: Backup\r\n\r\nDone\r\n"
        )
        names = {
            _SAMPLE_KEY: project.api_key,
            _sign_in_form(_SAMPLE_KEY): _sign_in_form(project.api_key),
            _SAMPLE_PROJECT: project.project_id,
            _SAMPLE_DOMAIN: stack.mail_domain,
            _SAMPLE_BUCKET: stack.mail_bucket,
        }
        functions = list(_functions(emulator))
        for one in built:
            one.result()
        yield Lambda(scratch, emulator), functions, names


def first_events(
    functions: list[Function],
    names: Mapping[str, str],
    start: Callable[[Function, Any], Answer],
    at_once: int,
) -> dict[str, Answer]:
    """Give each function its sample event, with the names of what is really there."""
    by_name = {function.name: function for function in functions}
    found = dict(names)
    answers = {}

    def run(name: str) -> Answer:
        text = (ROOT / "events" / f"{name}.json").read_text()
        for sample, real in found.items():
            text = text.replace(sample, real)
        return start(by_name[name], json.loads(text))

    for name in _FIRST:
        answers[name] = answer = run(name)
        if answer.failed:
            raise NotAnswered(f"{name}: {answer.content}")
        if name == "create_check":
            check = json.loads(answer.content["body"])["uuid"]
            found |= dict.fromkeys(_SAMPLE_CHECKS, check)
            found[_SAMPLE_UNIQUE_KEY] = unique_key_of(check)
        elif name == "list_channels":
            channel = json.loads(answer.content["body"])["channels"][0]["id"]
            found |= dict.fromkeys(_SAMPLE_CHANNELS, channel)
        elif name == "sign_in_page":
            (cookie,) = answer.content["multiValueHeaders"]["Set-Cookie"]
            found[_SAMPLE_TOKEN] = SimpleCookie(cookie)["nightbell"].value.partition(":")[0]
    others = [name for name in by_name if name not in _FIRST + _LAST]
    with ThreadPoolExecutor(at_once) as pool:
        answers |= dict(zip(others, pool.map(run, others), strict=True))
    return answers | {name: run(name) for name in _LAST}


def _sign_in_form(key: str) -> str:
    """Return the body of the form with this key as API Gateway hands it on."""
    return base64.b64encode(f"key={key}&next=".encode()).decode()


def _functions(emulator: Emulator) -> Iterator[Function]:
    template = yaml_parse((ROOT / "template.yaml").read_text())
    client = emulator.client("lambda")
    resources = emulator.client("cloudformation").describe_stack_resources(StackName=NAME)
    names = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in resources["StackResources"]
    }
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function" or logical_id not in names:
            continue
        properties = resource["Properties"]
        deployed = client.get_function_configuration(FunctionName=names[logical_id])
        shared = template["Globals"]["Function"]["Layers"]
        layers = [layer["Ref"] for layer in [*shared, *properties.get("Layers", [])]]
        variables = deployed["Environment"]["Variables"]
        yield Function(ROOT / properties["CodeUri"], tuple(layers), variables)


def _link_runtime(folder: Path) -> None:
    folder.mkdir()
    for package in map(metadata.distribution, _RUNTIME):
        for name in {file.parts[0] for file in package.files or ()} - {".."}:
            (folder / name).symlink_to(str(package.locate_file(name)))


def main() -> int:
    """Print a line for each function, and one for a function that does nothing."""
    print(f"{_ROUNDS} rounds, a function at a time.", file=sys.stderr)
    with (
        tempfile.TemporaryDirectory(prefix="nightbell-") as folder,
        running_lambda(Path(folder)) as (runner, functions, names),
    ):
        nothing = _function_that_does_nothing(Path(folder))
        rounds = [
            {nothing.name: runner.start(nothing, {})}
            | first_events(functions, names, runner.start, at_once=1)
            for _ in range(_ROUNDS)
        ]
    client = f"awslambdaric {metadata.version('awslambdaric')}"
    print(f"Python {platform.python_version()}, {platform.machine()}, {client}\n")
    print(f"{'function':<28}{'ms':>8}{'CPU ms':>8}{'MB':>6}")
    for name in sorted(rounds[0]):
        answers = [answers[name] for answers in rounds]
        # The least: what else the machine does only adds.
        ms, cpu_ms, peak_mb = (
            min(getattr(answer, figure) for answer in answers)
            for figure in ("ms", "cpu_ms", "peak_mb")
        )
        print(f"{name:<28}{ms:>8.0f}{cpu_ms:>8.0f}{peak_mb:>6.0f}")
    return 0


def _function_that_does_nothing(scratch: Path) -> Function:
    folder = scratch / "(nothing)"
    folder.mkdir()
    (folder / "app.py").write_text("def lambda_handler(event, context):\n    return None\n")
    return Function(folder, (), {})


if __name__ == "__main__":
    sys.exit(main())
