"""MiniStack as a process of its own: started, waited for, stopped."""

import http.client
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local import processes

REGION = "eu-west-1"
# MiniStack's root user. It listens on the loopback interface alone.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

_SECONDS_TO_START = 30


class EmulatorFailed(Exception):
    """MiniStack did not start."""


@dataclass(frozen=True)
class Emulator:
    """A running MiniStack."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Return the endpoint of all its AWS services."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def client_environment(self) -> dict[str, str]:
        """Return the variables by which an AWS SDK finds this AWS and no other."""
        return {"AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": REGION, **CREDENTIALS}

    def client(self, service: str) -> Any:
        """Return a boto3 client of one service."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def is_running(self) -> bool:
        """Tell whether the process is still there."""
        return self.process.poll() is None


@contextmanager
def running_emulator(state: Path) -> Iterator[Emulator]:
    """Run MiniStack on the state kept in a folder; on the way out stop it and keep its state."""
    scratch = state / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    log_path = state / "ministack.log"
    port = processes.free_port()

    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.ministack_until_eof"],
            cwd=state,
            env=_environment(state, scratch, port),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches this program alone, which then stops MiniStack
        )
    try:
        _wait_until_ready(process, port, log_path)
        yield Emulator(port, process)
    finally:
        processes.stop(process)
        shutil.rmtree(scratch, ignore_errors=True)


def _environment(state: Path, scratch: Path, port: int) -> dict[str, str]:
    # The functions inherit this environment, so it holds nothing of the developer's own, AWS
    # credentials least of all.
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **inherited,
        **CREDENTIALS,
        "AUTH": "true",  # roles and policies are enforced
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "PYTHONUNBUFFERED": "1",
        "S3_DATA_DIR": str(state / "aws" / "s3"),
        "S3_PERSIST": "1",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(state / "aws"),
        "TMPDIR": str(scratch),
    }


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log_path: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise EmulatorFailed(f"MiniStack ended while starting; {log_path} says why.")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/_ministack/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise EmulatorFailed(f"MiniStack did not start in {_SECONDS_TO_START} s; see {log_path}.")
