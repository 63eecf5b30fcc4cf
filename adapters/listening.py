"""Ports of our own: opened with a sentence where that fails, and tried by `plumbline check`."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator

from aiohttp import web

from bot.errors import ConfigError
from bot.settings import Settings


async def listen(runner: web.BaseRunner, host: str, port: int, setting: str) -> None:
    """Serve there. `setting`: what an operator changes. Raises ConfigError."""
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as fault:
        raise ConfigError(_sentence(setting, host, port, fault)) from fault


def ports(settings: Settings) -> Iterator[tuple[str, str, int]]:
    """The settings of ports that are on, each with its host and number."""
    yield from (
        (name, host, port)
        for name, host, port in (
            ("PLUMBLINE_WEB_PORT", settings.plumbline_web_host, settings.plumbline_web_port),
            ("PLUMBLINE_METRICS_PORT", settings.plumbline_metrics_host, settings.plumbline_metrics_port),
            ("PLUMBLINE_HOOK_PORT", settings.plumbline_hook_host, settings.plumbline_hook_port),
            ("PLUMBLINE_SLACK_HTTP_PORT", "", settings.plumbline_slack_http_port if settings.slack_bot_token else 0),
        )
        if port
    )


def fault_of(setting: str, host: str, port: int) -> str:
    """Why nothing can listen there, or ""."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family):
            return ""
    except OSError as fault:
        return _sentence(setting, host, port, fault)


def _sentence(setting: str, host: str, port: int, fault: OSError) -> str:
    if isinstance(fault, socket.gaierror) or fault.errno == errno.EADDRNOTAVAIL:
        return f"{setting.removesuffix('_PORT')}_HOST: {host} is no address of this machine; name one, or 127.0.0.1"
    why = os.strerror(fault.errno) if fault.errno and fault.errno > 0 else fault.strerror or type(fault).__name__
    return f"{setting}: {port} cannot be used ({why}); choose another, or stop what listens there"
