"""`nightbell exec`, as a process beside a server."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner

from nightbell.cli import main
from nightbell.cli.job import Tail
from tests.cli.conftest import UNKNOWN
from tests.cli.servers import Reply, running

NIGHTBELL = Path(sys.executable).with_name("nightbell")
PATH = f"/ping/{UNKNOWN}"


@pytest.fixture
def monitor():
    """A server that takes pings."""
    with running(lambda _request: Reply(body=b"OK")) as server:
        yield server


def environment(url):
    return {"PATH": os.environ["PATH"], "NIGHTBELL_PING_URL": url}


def start(server, *arguments, **options):
    """Start `nightbell exec` for a check of this server, its streams piped."""
    url = server if isinstance(server, str) else server.url + PATH
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    options = {"env": environment(url)} | pipes | options
    return subprocess.Popen([NIGHTBELL, "exec", *arguments], **options)


def run(server, *arguments, stdin=b"", **options):
    """Run `nightbell exec` for a check of this server; return its status and its streams."""
    with start(server, *arguments, **options) as process:
        stdout, stderr = process.communicate(stdin, timeout=60)
    return process.returncode, stdout, stderr


def shell(script):
    return ["--", "sh", "-c", script]


def told(server):
    """Return the signals and bodies that the server got, which are all of one run."""
    paths = [
        re.fullmatch(rf"{PATH}/(\w+)\?rid=([0-9a-f-]{{36}})", one.path) for one in server.requests
    ]
    assert len({path[2] for path in paths}) == 1
    assert {one.method for one in server.requests} == {"POST"}
    return [(path[1], one.body) for path, one in zip(paths, server.requests, strict=True)]


def await_file(path):
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# ---- What the monitor hears ----------------------------------------------------------------


def test_tells_the_start_the_end_and_the_output(monitor):
    status, stdout, stderr = run(monitor, *shell("cat; echo oops >&2"), stdin=b"from stdin\n")

    assert (status, stdout, stderr) == (0, b"from stdin\n", b"oops\n")
    (start, end) = told(monitor)
    assert start == ("start", b"")
    assert end[0] == "0"
    assert sorted(end[1].splitlines()) == [b"from stdin", b"oops"]


def test_runs_are_told_apart(monitor):
    for _ in range(2):
        run(monitor, "true")

    rids = [one.path.partition("rid=")[2] for one in monitor.requests]
    assert rids[0] == rids[1] != rids[2] == rids[3]


def test_exits_as_the_command_and_tells_its_status(monitor):
    status, _, stderr = run(monitor, *shell("exit 3"))

    assert (status, stderr) == (3, b"")
    assert [signal for signal, _ in told(monitor)] == ["start", "3"]


@pytest.mark.parametrize(
    ("make", "code", "said"),
    [(None, 127, b"not found"), (0o644, 126, b"Permission denied"), (0o755, 126, b"format error")],
)
def test_a_command_that_cannot_be_run_is_told_as_shells_do(monitor, tmp_path, make, code, said):
    program = tmp_path / "program"
    if make:
        program.write_text("no program")
        program.chmod(make)

    status, stdout, stderr = run(monitor, "--", program, "argument")

    assert (status, stdout) == (code, b"")
    assert said in stderr
    assert b"Traceback" not in stderr
    ((signal, body),) = told(monitor)
    assert signal == str(code)
    assert stderr == b"nightbell: " + body + b"\n"


def test_output_may_be_any_bytes_and_keeps_its_order(monitor):
    program = "import os; [os.write(1, bytes(range(256)) * 4) for _ in range(100)]"

    status, stdout, _ = run(monitor, "--", sys.executable, "-c", program)

    everything = bytes(range(256)) * 400
    assert (status, stdout) == (0, everything)
    assert told(monitor)[1][1] == everything[-10_000:].lstrip(bytes(range(0x80, 0xC0)))


def test_both_streams_are_in_the_body_as_they_came(monitor):
    script = "echo out1; read x; echo err1 >&2; read x; echo out2; read x; echo err2 >&2"

    with start(monitor, *shell(script), bufsize=0) as process:
        for stream in (process.stdout, process.stderr, process.stdout):
            stream.readline()
            process.stdin.write(b"go on\n")
        _, last = process.communicate(timeout=60)

    assert last == b"err2\n"
    assert told(monitor)[1][1].split() == [b"out1", b"err1", b"out2", b"err2"]


def test_output_is_passed_on_as_it_comes(monitor):
    with start(monitor, *shell("echo first; read line; echo $line")) as process:
        first = process.stdout.readline()
        rest, _ = process.communicate(b"second\n", timeout=60)

    assert (first, rest) == (b"first\n", b"second\n")


def test_a_hundred_megabytes_of_output_take_no_more_memory(monitor):
    measured = (
        "import resource, sys; from nightbell.cli import main\n"
        "main(['exec', '--', 'head', '-c', sys.argv[1], '/dev/zero'], standalone_mode=False)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )

    def peak(size):
        with subprocess.Popen(
            [sys.executable, "-c", measured, str(size)],
            env=environment(monitor.url + PATH),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            count = 0
            while chunk := process.stdout.read(1 << 20):
                count += len(chunk)
            assert (process.wait(), count) == (0, size)
            return int(process.stderr.read())

    little, much = peak(100_000), peak(100_000_000)

    assert much < little + 4096  # KiB
    assert [len(one.body) for one in monitor.requests] == [0, 10_000] * 2


@pytest.mark.parametrize(
    ("options", "body"),
    [(["--body-limit", "4"], b"cdef"), (["--body-limit", "0"], b""), (["--no-output"], b"")],
)
def test_less_of_the_output_may_be_sent(monitor, options, body):
    status, stdout, _ = run(monitor, *options, "--", "printf", "abcdef")

    assert (status, stdout) == (0, b"abcdef")
    assert told(monitor)[1] == ("0", body)


def test_the_start_may_be_left_out(monitor):
    run(monitor, "--no-start", "true")

    assert [signal for signal, _ in told(monitor)] == ["0"]


def test_a_character_that_is_cut_through_is_left_out():
    tail = Tail(4)

    tail.add("aéß€".encode())

    assert tail.value() == "€".encode()
    assert Tail(4).value() == b""


# ---- Which check ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "path"),
    [
        (["--uuid", UNKNOWN], f"/live/ping/{UNKNOWN}/0?rid="),
        (["--slug", "backup", "--ping-key", "k/y"], "/live/ping/k%2Fy/backup/0?rid="),
        (
            ["--slug", "backup", "--ping-key", "key", "--create"],
            "/live/ping/key/backup/0?create=1&rid=",
        ),
    ],
)
def test_a_check_may_be_named_below_the_base_of_pings(monitor, options, path):
    base = ["--ping-base", f"{monitor.url}/live/ping/", "--no-start"]

    status, _, _ = run(f"{monitor.url}/other", *base, *options, "true")

    assert status == 0
    assert [one.path[: len(path)] for one in monitor.requests] == [path]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Name the check with --ping-url, --uuid or --slug."),
        (["--uuid", "a", "--slug", "b"], "Name the check once, not with --uuid and --slug."),
        (["--uuid", "a"], "Say with --ping-base"),
        (["--slug", "a", "--ping-base", "https://x"], "--ping-key"),
        (["--ping-url", "x"], "has to begin with https://"),
        (["--ping-url", "https://x", "--create"], "--create goes with --slug."),
    ],
)
def test_says_how_the_check_is_to_be_named(options, said):
    nothing = dict.fromkeys(("PING_URL", "NIGHTBELL_PING_URL", "NIGHTBELL_PING_KEY"))

    result = CliRunner(env=nothing).invoke(main, ["exec", *options, "true"])

    assert (result.exit_code, said in result.output) == (2, True)


# ---- A monitor that is not there -----------------------------------------------------------


@contextmanager
def hanging():
    """Yield the address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"


@contextmanager
def refusing():
    """Yield an address where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}{PATH}"


@contextmanager
def unknown():
    """Yield an address with a host that does not exist."""
    yield f"https://nothing.invalid{PATH}"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (hanging, b"it does not answer in time"),
        (refusing, b"it takes no connections"),
        (unknown, b"there is no such host"),
    ],
)
def test_a_monitor_that_cannot_be_reached_neither_breaks_nor_delays_the_job(place, said):
    with place() as url:
        began = time.monotonic()
        status, stdout, stderr = run(url, "--patience", "0.7", *shell("echo done; exit 5"))
        took = time.monotonic() - began

    assert (status, stdout) == (5, b"done\n")
    assert took < 10
    assert b"nightbell: The monitor was not told of the end: " + said in stderr
    assert UNKNOWN.encode() not in stderr


def test_the_command_does_not_wait_for_the_start_to_be_told(tmp_path):
    ran = tmp_path / "ran"

    with hanging() as url, start(url, "--patience", "0", "--", "touch", ran) as process:
        await_file(ran)
        process.communicate(timeout=60)

    assert process.returncode == 0


def test_says_nothing_when_that_is_wished():
    with refusing() as url:
        status, _, stderr = run(url, "--quiet", "--patience", "0.2", "true")

    assert (status, stderr) == (0, b"")


def test_the_end_is_told_again_until_it_is_taken():
    replies = [Reply(503), Reply(429), Reply(body=b"OK")]

    with running(lambda _request: replies.pop(0)) as server:
        status, _, stderr = run(server, "--no-start", "true")

    assert (status, stderr) == (0, b"")
    assert [signal for signal, _ in told(server)] == ["0"] * 3


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(404, b"not found"), b"it answered 404."),
        (Reply(301, headers=(("Location", "https://other.example.org"),)), b"it answered 301."),
        (Reply(200, b"OK (not found)"), b"it answered OK (not found)."),
    ],
)
def test_what_no_repetition_helps_is_told_at_once(reply, said):
    with running(lambda _request: reply) as server:
        status, _, stderr = run(server, "--no-start", "true")

    assert (status, len(server.requests)) == (0, 1)
    assert stderr == b"nightbell: The monitor was not told of the end: " + said + b"\n"


# ---- Signals and what is left behind -------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_are_passed_on_to_the_command(monitor, tmp_path, number):
    ready = tmp_path / "ready"
    script = (
        f"trap 'echo caught; exit 9' {number.value}; touch {ready}; while :; do sleep 0.05; done"
    )

    with start(monitor, *shell(script), start_new_session=True) as process:
        await_file(ready)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)

    assert (process.returncode, stdout, stderr) == (9, b"caught\n", b"")
    assert told(monitor)[1] == ("9", b"caught\n")


def test_the_interrupt_of_a_terminal_reaches_the_command_once(monitor, tmp_path):
    ready = tmp_path / "ready"
    count = "trap 'n=x$n; [ $n = x ] && (sleep 0.5; kill -TERM $$) &' INT"
    script = (
        f"{count}; trap 'echo got $n; exit 7' TERM; touch {ready}; while :; do sleep 0.05; done"
    )
    in_terminal = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"

    with subprocess.Popen(
        [sys.executable, "-c", in_terminal, NIGHTBELL, "exec", *shell(script)],
        env=environment(monitor.url + PATH),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        await_file(ready)
        process.stdin.write(b"\x03")
        process.stdin.flush()
        stdout = process.stdout.read()

    assert b"got x\r\n" in stdout
    assert process.returncode == 7
    assert told(monitor)[1] == ("7", b"got x\n")


def test_a_command_that_a_signal_ends_is_told_as_shells_do(monitor):
    status, _, _ = run(monitor, *shell("kill -TERM $$"))

    assert status == 143
    assert told(monitor)[1] == ("143", b"")


def test_a_signal_at_the_end_ends_the_waiting():
    asked, answered = Event(), Event()

    def hang(_request):
        asked.set()
        answered.wait(60)
        return Reply()

    with (
        running(hang) as server,
        start(server, "--no-start", "--", "sh", "-c", "exit 3") as process,
    ):
        assert asked.wait(60)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=20)
        answered.set()

    assert (process.returncode, stderr) == (3, b"")


def test_an_ignored_signal_stays_ignored(monitor, tmp_path):
    ready = tmp_path / "ready"
    inner = f"touch {ready}; sleep 0.5; echo whole"
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", NIGHTBELL, "exec", *shell(inner)]

    with subprocess.Popen(
        command, env=environment(monitor.url + PATH), stdout=subprocess.PIPE
    ) as process:
        await_file(ready)
        process.send_signal(signal.SIGHUP)
        stdout, _ = process.communicate(timeout=60)

    assert (process.returncode, stdout) == (0, b"whole\n")


def test_a_process_that_is_left_behind_is_not_waited_for(monitor):
    began = time.monotonic()

    status, stdout, _ = run(monitor, *shell("sleep 60 & echo $!"))

    os.kill(int(stdout), signal.SIGTERM)
    assert status == 0
    assert time.monotonic() - began < 20
    assert told(monitor)[1] == ("0", stdout)


def test_a_reader_that_goes_away_is_met_by_the_command(monitor):
    with start(monitor, "--", "yes") as process:
        process.stdout.read(10)
        process.stdout.close()
        process.wait(timeout=60)
        process.stdin.close()
        process.stderr.close()

    assert process.returncode == 128 + signal.SIGPIPE
    assert told(monitor)[1][0] == "141"


def test_a_full_disk_does_not_break_the_command(monitor):
    with open("/dev/full", "wb") as full:
        status, _, stderr = run(monitor, *shell("echo one; echo two; exit 4"), stdout=full)

    assert (status, stderr) == (4, b"")
    assert told(monitor)[1] == ("4", b"one\ntwo\n")


def test_it_may_be_started_without_standard_streams(monitor, tmp_path):
    command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", NIGHTBELL, "exec"]

    status = subprocess.run(
        [*command, *shell("echo out; echo err >&2; exit 6")],
        env=environment(monitor.url + PATH),
        check=False,
        timeout=60,
    ).returncode

    assert status == 6
    assert sorted(told(monitor)[1][1].split()) == [b"err", b"out"]


# ---- Its weight ----------------------------------------------------------------------------


def test_it_loads_nothing_of_aws_and_no_http_client_before_the_command_runs():
    program = (
        "import sys; from nightbell.cli import main\n"
        "main(['exec', '--help'], standalone_mode=False)\n"
        "print(*sys.modules)"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    modules = loaded.stdout.decode().split()
    assert "nightbell.cli.monitor" in modules
    heavy = {"boto3", "botocore", "pynamodb", "urllib3", "ssl", "zoneinfo", "nightbell.store"}
    assert not heavy & set(modules)
