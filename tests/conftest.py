"""What every test stands on: no network but loopback, no settings of the machine it runs on, and the platforms' servers."""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import settings

from bot import logs
from bot.settings import Settings
from tests.servers.discord import DiscordServer
from tests.servers.slack import SlackServer

# In CI a property is tried on the same examples every time, so that a change is judged by itself; elsewhere on new ones. No example has
# a deadline: it would be one by the wall clock, which a busy machine misses.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def _is_outside(address: Any) -> bool:
    if not isinstance(address, tuple):
        return False  # a unix socket's path
    host = str(address[0])
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host not in ("localhost", "")


@pytest.fixture(autouse=True, scope="session")
def _network_shut() -> Iterator[None]:
    """A test that reaches for anything but this machine fails at the reach."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


def _guarded(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and _is_outside(address):
            raise AssertionError(f"a test reached for {address}")
        return connect(self, address)

    return guarded


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Commands that run within a test set the levels of the whole process."""
    loggers = {name: logging.getLogger(name) for name in (None, *logs.QUIET)}
    levels = {name: logger.level for name, logger in loggers.items()}
    yield
    for name, logger in loggers.items():
        logger.setLevel(levels[name])
    for handler in [one for one in logging.root.handlers if isinstance(one.formatter, logs.JsonLines)]:
        logging.root.removeHandler(handler)


_RANK = "rolling_restarts"
"""In the names of the very longest."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every worker begins with its share of the longest, the very longest first: the last one would have the machine to itself.

    `--dist worksteal` gives each worker a row of the tests, in their order, and lets it take others from a row's end when it is done.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = sorted((item for item in items if "faults" in item.path.parts), key=lambda item: _RANK not in item.name)
    short = [item for item in items if "faults" not in item.path.parts]
    row, ordered = -(-len(items) // workers), list[pytest.Item]()
    for place in range(workers):
        ordered += long[place::workers]
        room = max(0, (place + 1) * row - len(ordered))
        ordered += short[:room]
        del short[:room]
    items[:] = [*ordered, *short]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer() as server:
        yield server


@pytest.fixture
async def discord() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        yield server
