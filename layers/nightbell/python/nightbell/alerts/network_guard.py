"""Keeps libraries that open connections of their own to addresses that alerts may go to.

Python tells audit hooks (PEP 578) what it is about to do, and a hook that raises stops it. So an
address is looked at in the moment of the connection, whatever a name or a redirect led to. Besides
connections it looks at files and programs, for addresses that users give to such a library can
name them.

Not seen is what extension modules written in C do by themselves: use it for pure Python only.
"""

import os
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from nightbell.alerts import wire

# What no alert needs: programs, C libraries, servers, changes of files, the system's log; threads,
# which would not be watched (Python 3.11 says nothing of those, later ones do).
_REFUSED = {
    "_thread.start_joinable_thread",
    "_thread.start_new_thread",
    "ctypes.dlopen",
    "os.chmod",
    "os.chown",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.kill",
    "os.link",
    "os.mkdir",
    "os.posix_spawn",
    "os.putenv",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.spawn",
    "os.symlink",
    "os.system",
    "os.truncate",
    "pty.spawn",
    "socket.bind",
    "subprocess.Popen",
    "syslog.openlog",
    "syslog.syslog",
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC


class Refused(PermissionError):
    """The watched code tried what it may not do."""


class Watch:
    """What was refused so far: whether a connection was."""

    refused_address = False


_here = threading.local()


@contextmanager
def guarded() -> Iterator[Watch]:
    """Watch what this thread does inside the `with` block; what it may not do raises Refused."""
    _install()
    _here.watch = Watch()
    try:
        yield _here.watch
    finally:
        del _here.watch


@cache
def _install() -> None:
    _code_folders()
    sys.addaudithook(_hook)  # there is no way to remove it again


def _hook(event: str, args: tuple[Any, ...]) -> None:
    watch: Watch | None = getattr(_here, "watch", None)
    if watch is None:
        return
    if event in _REFUSED:
        raise Refused(event)
    check = _CHECKS.get(event)
    if check:
        check(watch, args)


def _check_address(watch: Watch, args: tuple[Any, ...]) -> None:
    match args[1]:
        case (str() as host, int() as port, *_) if wire.is_allowed(host, port):
            return  # names are not: whoever has looked one up connects to the address
        case None:
            return  # of a socket that is connected
    watch.refused_address = True
    raise Refused("address")


def _check_file(_watch: Watch, args: tuple[Any, ...]) -> None:
    path, _mode, flags = args
    if not flags & _WRITING and isinstance(path, str):
        real = os.path.realpath(path)
        if any(real.startswith(folder) for folder in _code_folders()):
            return  # modules may be loaded, and read what belongs to them
    raise Refused("file")


@cache
def _code_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    libraries = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders = libraries | set(filter(None, sys.path))
    return tuple(os.path.join(os.path.realpath(folder), "") for folder in folders)


_CHECKS: dict[str, Callable[[Watch, tuple[Any, ...]], None]] = {
    "open": _check_file,
    "socket.connect": _check_address,
    "socket.sendmsg": _check_address,
    "socket.sendto": _check_address,
}
