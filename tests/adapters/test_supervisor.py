"""Processes that are one: each begun again when it ends by itself, all ended in order, the one that the others need last."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import together
from bot.errors import ConfigError
from tests.faults.processes import ROOT

pytestmark = pytest.mark.slow
PATIENCE_SECONDS = 60

PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from adapters import supervisor
from adapters.supervisor import Member, Supervisor

notes = Path(sys.argv[1])
supervisor.SHORT_LIFE_SECONDS = 0.0

def note(line):
    with (notes / "notes").open("a") as file:
        file.write(line + "\\n")

def member(name, drain):
    def main(others):
        told = []
        def end(*_):
            told.append(1)
        signal.signal(signal.SIGTERM, end)
        note(f"{name} begins {os.getpid()}")
        while not told:
            time.sleep(0.02)
        if name == "gateway":
            os.read(others, 1)
        begun = time.monotonic()
        while time.monotonic() < begun + drain and len(told) < 2:
            time.sleep(0.02)
        note(f"{name} ends")
        return 0
    return main

def broken(others):
    return 2

members = [Member("worker", member("worker", float(sys.argv[2]))), Member("gateway", member("gateway", 0.0))]
if len(sys.argv) > 3:
    members[0] = Member("worker", broken)
sys.exit(Supervisor(members, 60.0).run())
"""


class Team:
    def __init__(self, notes: Path, *arguments: str) -> None:
        self._notes = notes
        line = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(notes), *arguments]
        self.process = subprocess.Popen(line, cwd=ROOT, start_new_session=True)

    @property
    def notes(self) -> list[str]:
        path = self._notes / "notes"
        return path.read_text().splitlines() if path.exists() else []

    def begun(self, count: int) -> list[int]:
        """The pids of those that have begun, once there are so many."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(found := [line for line in self.notes if " begins " in line]) < count:
            assert time.monotonic() < deadline, self.notes
            time.sleep(0.02)
        return [int(line.rpartition(" ")[2]) for line in found]

    def ended(self) -> int:
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture
def teams() -> Iterator[list[Team]]:
    started: list[Team] = []
    yield started
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def test_one_that_ends_by_itself_is_begun_again_and_the_others_stay(tmp_path: Path, teams: list[Team]) -> None:
    teams.append(team := Team(tmp_path, "0"))
    first = team.begun(2)
    os.kill(first[0], signal.SIGKILL)
    again = team.begun(3)[2]

    os.kill(first[1], 0)  # it lives
    team.process.send_signal(signal.SIGTERM)

    assert team.ended() == 0
    assert again not in first
    assert [line for line in team.notes if "ends" in line] == ["worker ends", "gateway ends"]


def test_the_one_that_the_others_need_ends_last_and_a_second_signal_ends_all(tmp_path: Path, teams: list[Team]) -> None:
    teams.append(team := Team(tmp_path, "600"))
    team.begun(2)
    team.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert not [line for line in team.notes if "ends" in line]

    team.process.send_signal(signal.SIGINT)

    assert team.ended() == 0
    assert [line for line in team.notes if "ends" in line] == ["worker ends", "gateway ends"]


def test_what_only_an_operator_can_mend_ends_all(tmp_path: Path, teams: list[Team]) -> None:
    teams.append(team := Team(tmp_path, "0", "broken"))

    assert team.ended() == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's own word")
def test_where_the_supervisor_is_killed_nobody_stays(tmp_path: Path, teams: list[Team]) -> None:
    teams.append(team := Team(tmp_path, "0"))
    pids = team.begun(2)
    team.process.kill()

    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(Path(f"/proc/{pid}").exists() and "Z" not in state(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


@pytest.mark.parametrize("word", ["0", "-1", "many", "65", ""])
def test_how_many_is_a_number_or_auto(word: str) -> None:
    with pytest.raises(ConfigError, match="--workers"):
        together.count_of(word)
    assert together.count_of("3") == 3
    assert 1 <= together.count_of("auto") <= 64
