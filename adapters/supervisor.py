"""Several processes as one: begun by a process that does nothing else, started again when they end by themselves, ended in order.

They are forked from it, with everything imported, so that what does not change is in memory once. It has no loop and no thread, which
a fork would tear in two. Each member has a process group of its own: a terminal's Ctrl-C reaches us alone, and we tell them.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

log = logging.getLogger(__name__)

SHORT_LIFE_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 30.0
CLOSE_SECONDS = 15.0
"""Beyond its time to drain, before a member is killed."""

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
EXIT_CONFIG = 2
"""A member that ends so found what only an operator can mend: it would find it again."""

Main = Callable[[int], int]


@dataclass(slots=True)
class Member:
    """`main` is handed the end of a pipe, on which the others' end is told: it closes when all that come before it are gone. Gives back
    an exit code."""

    name: str
    main: Main
    pid: int = 0
    began: float = 0.0
    pause: float = 0.0
    due: float = 0.0


class Supervisor:
    """`members` are told to end all at once; the last one, which the others need, ends when they are gone."""

    def __init__(self, members: Sequence[Member], drain_seconds: float) -> None:
        self._members = members
        self._drain_seconds = drain_seconds
        self._signals: list[int] = []
        self._is_ending = False
        self._wake, self._woken = os.pipe()
        self._others, self._others_end = os.pipe()

    def run(self) -> int:
        """Until told to end, or until a member cannot begin; an exit code."""
        before = {one: signal.signal(one, self._note) for one in SIGNALS}
        os.set_blocking(self._woken, False)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        try:
            while not self._is_told():
                self._start_those_due()
                self._wait(min((one.due for one in self._members if not one.pid), default=time.monotonic() + 3600))
                if any(code == EXIT_CONFIG for _, code in self._reap()):
                    self._end()
                    return EXIT_CONFIG
            self._end()
            return 0
        finally:
            signal.set_wakeup_fd(-1)
            for one, handler in before.items():
                signal.signal(one, handler)

    def _note(self, number: int, _: object) -> None:
        if number != signal.SIGCHLD:
            self._signals.append(number)

    def _is_told(self) -> bool:
        return bool(self._signals)

    def _start_those_due(self) -> None:
        for one in self._members:
            if not one.pid and one.due <= time.monotonic():
                one.began, one.pid = time.monotonic(), self._fork(one)
                log.info("started", extra={"member": one.name, "pid": one.pid})

    def _fork(self, member: Member) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        # Held back until the child has no handlers of ours any more: what it noted there would be lost.
        held = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        parent, pid = os.getpid(), os.fork()
        if pid:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
            with contextlib.suppress(OSError):  # it has done so itself
                os.setpgid(pid, pid)
            return pid
        code = 1
        try:
            os.setpgid(0, 0)
            self._become_a_member(parent)
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
            code = member.main(self._others)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        raise AssertionError

    def _become_a_member(self, parent: int) -> None:
        signal.set_wakeup_fd(-1)
        for one in SIGNALS:
            signal.signal(one, signal.SIG_DFL)
        for end in (self._wake, self._woken, self._others_end):
            os.close(end)
        _end_with_parent(parent)

    def _wait(self, until: float) -> None:
        """Until a signal comes or it is that time; after that all signals so far are noted."""
        readable, _, _ = select.select([self._wake], [], [], max(0.0, until - time.monotonic()))
        if readable:
            os.read(self._wake, 4096)

    def _reap(self) -> list[tuple[Member, int]]:
        """Those that have ended, with their exit codes; they are begun again, after a pause where they did not live long."""
        ended = []
        for one in self._members:
            if not one.pid:
                continue
            pid, status = os.waitpid(one.pid, os.WNOHANG)
            if not pid:
                continue
            code = os.waitstatus_to_exitcode(status)
            lived = time.monotonic() - one.began
            one.pid, one.pause = (
                0,
                0.0 if lived > SHORT_LIFE_SECONDS else min(2 * one.pause or 1.0, LONGEST_PAUSE_SECONDS),
            )
            one.due = time.monotonic() + one.pause
            ended.append((one, code))
            if not self._is_told() and not self._is_ending and code != EXIT_CONFIG:
                log.error(
                    "ended by itself, started again", extra={"member": one.name, "code": code, "seconds": one.pause}
                )
        return ended

    def _end(self) -> None:
        """Tell all; hand on what we are told again, which ends them at once."""
        self._is_ending = True
        handed = len(self._signals)
        self._tell(self._members, signal.SIGTERM)
        deadline = time.monotonic() + self._drain_seconds + CLOSE_SECONDS
        *others, last = self._members
        for waited in (others, [last]):
            while any(one.pid for one in waited) and time.monotonic() < deadline:
                self._wait(min(deadline, time.monotonic() + 1.0))
                self._reap()
                if len(self._signals) > handed:
                    handed = len(self._signals)
                    self._tell(self._members, signal.SIGTERM)
            self._tell(waited, signal.SIGKILL)
            if waited is others:
                os.close(self._others_end)

    @staticmethod
    def _tell(members: Sequence[Member], number: signal.Signals) -> None:
        for one in members:
            if one.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one.pid, number)


def _end_with_parent(parent: int) -> None:
    """Linux ends us when the supervisor is killed; elsewhere its end is not noticed."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG, prctl(2)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
