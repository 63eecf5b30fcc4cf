"""Bot processes that start at once and die where they are told: a process that has everything imported, and forks.

Run as a child of the tests. Each line on standard input asks for one bot, as JSON: `arguments` of the command line, `environment`,
`log` (a file), `die`, a step of steps.py or "", and `repairs`: the made-up capability joins. The answer is a line with its pid. A
bot ends with this process.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
from typing import Any

import adapters
import bot
import storage
from adapters.cli import main
from tests.faults.steps import arm
from tests.made_up import word_repair

SCRIPTS = ("env", "versions")
"""Migrations that Alembic loads by itself."""


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


def load_all() -> None:
    """Every room of the house, and with it each library: what a bot would load at its start is there when it is forked."""
    for package in (adapters, bot, storage):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not set(module.name.split(".")) & {*SCRIPTS, "__main__"}:
                importlib.import_module(module.name)
    gc.freeze()


def bury(*_: object) -> None:
    """Bots that have ended, at once: who looks for them sees them gone, and their time counts as the tests'."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def serve() -> None:
    load_all()
    signal.signal(signal.SIGCHLD, bury)
    print("ready", flush=True)
    for line in sys.stdin:
        print(fork(json.loads(line)), flush=True)


if __name__ == "__main__":
    serve()
