"""The whole system as a process: started, waited for, stopped, as a person does it."""

import json
import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).parents[2]

_SECONDS_TO_START = 60
_SECONDS_TO_STOP = 60


@dataclass(frozen=True)
class System:
    """A run that answers, and what it wrote into its `env` file."""

    process: subprocess.Popen[bytes]
    printed_to: Path
    state: Path
    variables: dict[str, str]

    @property
    def url(self) -> str:
        """The address of everything."""
        return self.variables["NIGHTBELL_URL"]

    @property
    def api_key(self) -> str:
        """The key that reads and writes."""
        return self.variables["NIGHTBELL_API_KEY"]

    @property
    def api_key_readonly(self) -> str:
        """The key that only reads."""
        return self.variables["NIGHTBELL_API_KEY_READONLY"]

    @property
    def ping_key(self) -> str:
        """The key of pings by slug."""
        return self.variables["NIGHTBELL_PING_KEY"]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a shell that has read the `env` file."""
        return {**os.environ, **self.variables}

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of the stack."""
        (stack,) = self.aws("cloudformation").describe_stacks(StackName="nightbell")["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def mail(self, content: str | bytes, *local_parts: str) -> str:
        """Send a mail to addresses of the ping mail domain, as a job does; return its id."""
        host, port, domain = (
            self.variables[f"NIGHTBELL_MAIL_{name}"] for name in ("HOST", "PORT", "DOMAIN")
        )
        with smtplib.SMTP(host, int(port), "host.example.org", timeout=60) as client:
            client.ehlo()
            client.mail("cron@example.org")
            for local_part in local_parts:
                assert client.rcpt(f"{local_part}@{domain}")[0] == 250
            status, answer = client.data(content)
        assert status == 250
        return answer.decode().split()[-1]

    def printed(self) -> str:
        """Return all that was printed so far, errors too."""
        return self.printed_to.read_text()

    def logged(self) -> list[dict[str, Any]]:
        """Return all that the functions have logged so far."""
        logs = self.aws("logs")
        messages = [
            event["message"]
            for group in logs.describe_log_groups()["logGroups"]
            for page in logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"]
            )
            for event in page["events"]
        ]
        # The others are Lambda's own: START, END and REPORT.
        return [json.loads(message) for message in messages if message.startswith("{")]

    def aws(self, service: str) -> Any:
        """Return a client of the emulated AWS."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.variables["AWS_ENDPOINT_URL"],
            region_name=self.variables["AWS_DEFAULT_REGION"],
            aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
        )

    def stop(self) -> int:
        """Press Ctrl-C, which reaches all processes of the terminal, and return the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(_SECONDS_TO_STOP)


@contextmanager
def running_system(
    state: Path, command: Sequence[str] | None = None, cwd: Path = ROOT
) -> Iterator[System]:
    """Run a command that starts the system on the state in a folder, until it is stopped."""
    ports = ["--port=0", "--mail-port=0"]
    command = command or [sys.executable, "-m", "local", *ports, f"--state={state}"]
    env_file = state / "env"
    env_file.unlink(missing_ok=True)  # a run that was killed leaves its own behind
    printed_to = state.with_name(f"{state.name}.printed")
    with printed_to.open("ab") as printed:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until(lambda: env_file.exists() or process.poll() is not None, _SECONDS_TO_START)
        assert process.poll() is None, printed_to.read_text()
        yield System(process, printed_to, state, _read(env_file))
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    """Return once it is so; fail after that many seconds, plenty also where others are at work."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def _read(env_file: Path) -> dict[str, str]:
    lines = env_file.read_text().splitlines()
    pairs = (line.removeprefix("export ").partition("=") for line in lines)
    return {name: value for name, _, value in pairs}
