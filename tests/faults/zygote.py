"""Bot processes that start at once and die where they are told: a process that has everything imported, and forks.

Run as a child of the tests. Each line on standard input asks for one bot, as JSON: `arguments` of the command line, `environment`,
`log` (a file), `die`, a step of steps.py or "", and `repairs`: the made-up capability joins. The answer is a line with its pid. A
bot ends with this process.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from typing import Any

from adapters.cli import main
from tests.faults.steps import arm
from tests.made_up import word_repair


def fork(order: dict[str, Any]) -> int:
    """The pid of a new bot."""
    pid = os.fork()
    if pid:
        return pid
    try:
        if sys.platform.startswith("linux"):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG, prctl(2)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, file in enumerate((nothing, log, log)):
            os.dup2(file, number)
        os.environ.clear()
        os.environ.update(order["environment"])
        if order["repairs"]:
            word_repair.join()
        arm(order["die"])
        os._exit(main(order["arguments"]))
    except BaseException as fault:
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr, flush=True)
        os._exit(70)


def serve() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here; the kernel buries them
    print("ready", flush=True)
    for line in sys.stdin:
        print(fork(json.loads(line)), flush=True)


if __name__ == "__main__":
    serve()
