"""How much memory a process has had at most."""

from pathlib import Path


def peak_mb(pid: int | str = "self") -> float:
    """Return the most memory that a process had since it became the program that it is, in MB.

    What wait4 and getrusage tell is at least what the parent had when it forked.
    """
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024
