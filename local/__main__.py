"""Start the whole system on this machine and keep it running until Ctrl-C."""

import argparse
import asyncio
import fcntl
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local import front_door, mail, smtp
from local.demo import DemoProject, demo_project
from local.emulator import Emulator, EmulatorFailed, running_emulator
from local.ses import Receiving
from local.stack import ROOT, Stack, StackFailed, deploy

_WELCOME = """
Nightbell runs at {url}

  API key           {project.api_key}
  read-only key     {project.api_key_readonly}
  ping key          {project.ping_key}
  all of it, and more, is in {env_file}

Open {url} in a browser and sign in with the API key.
Mail to …@{mail_domain} is taken at 127.0.0.1:{mail_port}.

Try this in another terminal; it makes a check and pings it:

  . {env_file}
  curl $NIGHTBELL_URL/api/v3/checks/ -H "X-Api-Key: $NIGHTBELL_API_KEY" \\
    -d '{{"name": "My first check", "slug": "first", "timeout": 3600, "unique": ["slug"]}}'
  curl $NIGHTBELL_URL/ping/$NIGHTBELL_PING_KEY/first

Ctrl-C stops it and keeps its data; `make clean-local` forgets them.
"""


class CannotStart(Exception):
    """Something is in the way that the user can remove; the text says what."""


def main() -> int:
    """Run until Ctrl-C; return the exit status."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with (
            _listener(options.port, "PORT=9000") as listener,
            _listener(options.mail_port, "MAIL_PORT=2526") as mail_listener,
            _only_one(options.state),
        ):
            _run(listener, mail_listener, options.state)
    except KeyboardInterrupt:
        pass
    except (CannotStart, EmulatorFailed, StackFailed) as error:
        print(error, file=sys.stderr)
        return 1
    print("Stopped.")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="0 for any free one (default: 8000)")
    parser.add_argument("--mail-port", type=int, default=2525, help="likewise (default: 2525)")
    parser.add_argument("--state", type=Path, default=ROOT / ".local", help="folder for all data")
    return parser.parse_args()


def _run(listener: socket.socket, mail_listener: socket.socket, state: Path) -> None:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    mail_port = str(mail_listener.getsockname()[1])
    env_file = state / "env"
    env_file.unlink(missing_ok=True)  # it says that there is an answer
    print("Starting the emulated AWS and Nightbell on it …", flush=True)
    with running_emulator(state) as emulator:
        stack = deploy(emulator, url, scratch=state / "tmp")
        variables = {**emulator.client_environment, **stack.settings}
        project = demo_project(state / "project.json", variables)

        listener.listen()
        mail_listener.listen()
        mail_variables = {
            "NIGHTBELL_MAIL_HOST": "127.0.0.1",
            "NIGHTBELL_MAIL_PORT": mail_port,
            "NIGHTBELL_MAIL_DOMAIN": stack.mail_domain,
        }
        _write_env(env_file, url, project, {**mail_variables, **variables})
        welcome = _WELCOME.format(
            url=url,
            project=project,
            env_file=env_file,
            mail_domain=stack.mail_domain,
            mail_port=mail_port,
        )
        print(welcome, flush=True)
        try:
            asyncio.run(_serve(listener, mail_listener, emulator, stack))
        finally:
            env_file.unlink(missing_ok=True)
        if not emulator.is_running():
            raise EmulatorFailed(f"MiniStack has ended by itself; see {state / 'ministack.log'}.")


async def _serve(
    listener: socket.socket, mail_listener: socket.socket, emulator: Emulator, stack: Stack
) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)

    async def stop() -> None:
        while emulator.is_running() and not stopped.is_set():
            await asyncio.sleep(0.1)

    mails = asyncio.create_task(mail.show(emulator))
    receiving = Receiving(emulator, stack)
    async with smtp.serving(mail_listener, receiving, stack.mail_domain):
        await front_door.serve(listener, emulator, stack, stop)
    mails.cancel()


@contextmanager
def _listener(port: int, another: str) -> Iterator[socket.socket]:
    """Hold the port, closed for now, so that nobody connects before there is an answer.

    `another` is how to ask make for another one.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OverflowError as error:
            raise CannotStart(f"There is no port {port}; ports end at 65535.") from error
        except OSError as error:
            raise CannotStart(
                f"Port {port} cannot be used ({error.strerror}); choose another: make run {another}"
            ) from error
        yield listener


@contextmanager
def _only_one(state: Path) -> Iterator[None]:
    """Keep a second run from using the same data."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart(f"Nightbell is already running on the data in {state}.") from error
        yield


def _write_env(
    env_file: Path, url: str, project: DemoProject, variables: Mapping[str, str]
) -> None:
    """Write what programs need to use this run, in shell format, all at once."""
    values = {
        "NIGHTBELL_URL": url,
        "NIGHTBELL_API_KEY": project.api_key,
        "NIGHTBELL_API_KEY_READONLY": project.api_key_readonly,
        "NIGHTBELL_PING_KEY": project.ping_key,
        "NIGHTBELL_PROJECT": project.project_id,
        **variables,
    }
    unfinished = env_file.with_suffix(".new")
    unfinished.write_text("".join(f"export {name}={value}\n" for name, value in values.items()))
    unfinished.rename(env_file)


if __name__ == "__main__":
    sys.exit(main())
