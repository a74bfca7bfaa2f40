"""Run MiniStack until standard input closes.

MiniStack keeps its state only when it is asked to stop. The input is a pipe from `python -m local`,
and closes however that program ends, even by SIGKILL.
"""

import os
import signal
import sys
import threading

from ministack.app import main


def _stop_at_end_of_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    main()
