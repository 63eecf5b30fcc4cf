"""One JSON object a line: an event's words and its fields. Secrets are masked, message text is never given.

Standard library logging underneath, so that the SDKs' own lines take the same form.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

from bot.writing import masking

SECRET = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|sk-ant-[\w-]+|[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,}|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)|"
    r"(?<=[Bb]earer )[\w.~+/-]+=*|(?<=Bot )[\w.-]{30,}"
)
"""Slack's and Claude's token forms, Discord's three-part token, a URL's user and password, and what stands behind Bearer."""

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
QUIET = {
    "slack_bolt": "WARNING",
    "slack_sdk": "WARNING",
    "discord": "WARNING",
    "discord.client": "ERROR",
    "discord.ext.commands.bot": "ERROR",
    "alembic": "WARNING",
    "httpx2": "WARNING",
    "aiohttp.access": "WARNING",
}


NOISE = (
    "As you gave `client` as well, `token` will be unused.",  # Bolt, which looks into the environment for itself
    "PyNaCl is not installed",
    "davey is not installed",
    "Guilds intent seems to be disabled.",  # of the client that only calls
)
"""What libraries say at every start and nobody can do anything about: we speak in no voice channel."""


class Calm(logging.Filter):
    """Some libraries set the level of their loggers themselves: what is noise is left out behind them."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, least in QUIET.items():
            if record.name == name or record.name.startswith(f"{name}."):
                is_loud = record.levelno >= logging.getLevelName(least)
                return is_loud and not record.getMessage().startswith(NOISE)
        return True


def mask(text: str) -> str:
    """The text with every secret replaced that we know by its form or its name."""
    return masking.mask(SECRET.sub("[secret]", text))


def name_process(name: str) -> None:
    """From now on each line tells which of several processes says it."""

    def named(record: logging.LogRecord) -> bool:
        record.member = name
        return True

    for handler in logging.getLogger().handlers:
        handler.addFilter(named)


class JsonLines(logging.Formatter):
    """time, level, logger, event, and the fields given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD and name not in line}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return mask(json.dumps(line, default=str, ensure_ascii=False))


class Plain(logging.Formatter):
    """For somebody at a terminal: the time, the event and its fields, and the last line of a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        said = " ".join(f"{name}={value}" for name, value in vars(record).items() if name not in STANDARD)
        why = f": {record.exc_info[0].__name__}: {record.exc_info[1]}" if record.exc_info and record.exc_info[0] else ""
        at = datetime.fromtimestamp(record.created).astimezone()
        return mask(f"{at:%H:%M:%S} {record.levelname.lower()}: {record.getMessage()}{why} {said}".rstrip())


def configure(level: str, stream: TextIO | None = None, form: Literal["auto", "json", "plain"] = "auto") -> None:
    """Send everything to the stream (standard error), as JSON lines or, at a terminal, plainly and from warnings on unless DEBUG is
    asked for; the SDKs speak up from their warnings on."""
    stream = stream or sys.stderr
    is_plain = form == "plain" or (form == "auto" and stream.isatty())
    if is_plain and level == "INFO":
        level = "WARNING"
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Plain() if is_plain else JsonLines())
    if level != "DEBUG":
        handler.addFilter(Calm())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(logging.getLevelName(least), logging.getLevelName(level)))
