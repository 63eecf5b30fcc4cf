"""Ports of our own: opened with a sentence where that fails, and tried by `plumbline check`."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator

from aiohttp import web

from bot.errors import ConfigError
from bot.settings import Settings

ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""A name such as localhost may stand for an address of a kind that this machine does not have."""


async def listen(runner: web.BaseRunner, host: str, port: int, setting: str) -> None:
    """Serve there, at every address of it; "" is all of this machine. `setting`: what an operator changes. Raises ConfigError."""
    try:
        sockets = _opened(host, port)
    except OSError as fault:
        raise ConfigError(_sentence(setting, host, port, fault)) from fault
    for one in sockets:
        await web.SockSite(runner, one).start()


def _opened(host: str, port: int) -> list[socket.socket]:
    """Raises OSError where none can be, or one is taken."""
    opened: list[socket.socket] = []
    faults: list[OSError] = []
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, address in dict.fromkeys((one[0], one[4]) for one in found):
        try:
            opened.append(socket.create_server(address, family=family, backlog=128))
        except OSError as fault:
            faults.append(fault)
    if faults and not (opened and all(fault.errno in ABSENT for fault in faults)):
        for one in opened:
            one.close()
        raise faults[0]
    return opened


def ports(settings: Settings, role: str) -> Iterator[tuple[str, str, int]]:
    """The settings of ports that are on in a role, each with its host and number."""
    listens, answers = role != "worker", role != "gateway"
    has_slack = listens and settings.slack_bot_token
    yield from (
        (name, host, port)
        for name, host, port in (
            ("PLUMBLINE_WEB_PORT", settings.plumbline_web_host, listens and settings.plumbline_web_port),
            ("PLUMBLINE_METRICS_PORT", settings.plumbline_metrics_host, settings.plumbline_metrics_port),
            ("PLUMBLINE_HOOK_PORT", settings.plumbline_hook_host, answers and settings.plumbline_hook_port),
            ("PLUMBLINE_SLACK_HTTP_PORT", "", has_slack and settings.plumbline_slack_http_port),
        )
        if port
    )


def tried(settings: Settings, role: str) -> Iterator[tuple[int, str]]:
    """Each port, and why nothing can listen there, or "". What was opened is kept so until all were tried: no two share a port."""
    with contextlib.ExitStack() as stack:
        for setting, host, port in ports(settings, role):
            fault = ""
            try:
                for one in _opened(host, port):
                    stack.callback(one.close)
            except OSError as raised:
                fault = _sentence(setting, host, port, raised)
            yield port, fault


def _sentence(setting: str, host: str, port: int, fault: OSError) -> str:
    if isinstance(fault, socket.gaierror) or fault.errno == errno.EADDRNOTAVAIL:
        return f"{setting.removesuffix('_PORT')}_HOST: {host} is no address of this machine; name one, such as 127.0.0.1 or ::1"
    why = os.strerror(fault.errno) if fault.errno and fault.errno > 0 else fault.strerror or type(fault).__name__
    return f"{setting}: {port} cannot be used ({why}); choose another, or stop what listens there"
