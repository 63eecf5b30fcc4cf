"""Reads agent files: YAML front matter with `name`, `description`, `model`, then the instructions in prose.

The usual sub-agent format is often not quite YAML (a description with colons and example tags on one line), so a front matter
that YAML refuses is read line by line. Unknown keys are passed over.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from bot.errors import AgentFileError

FRONT_MATTER = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(?P<front>.*?)^---[ \t]*(?:\r?\n|\Z)(?P<prose>.*)\Z", re.DOTALL | re.MULTILINE
)
KEY = re.compile(r"^(?P<key>[A-Za-z][\w-]*):[ \t]*(?P<value>.*)$")


@dataclass(frozen=True, slots=True)
class AgentFile:
    """`model` is as written: sonnet, opus, haiku, inherit, an exact id, or ""."""

    name: str
    description: str
    model: str
    instructions: str


def load(path: Path | None = None) -> AgentFile:
    """The agent file at the path, or our own backend-engineer. Raises AgentFileError naming the file and the cure."""
    source = path or files("bot.answering.prompts").joinpath("backend-engineer.md")
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise AgentFileError(
            f"PLUMBLINE_AGENT: {path} cannot be read as UTF-8 text ({type(fault).__name__})"
        ) from fault
    return parse(text, str(path or "backend-engineer.md"))


def parse(text: str, source: str) -> AgentFile:
    parts = FRONT_MATTER.match(text)
    if not parts:
        raise AgentFileError(
            f"PLUMBLINE_AGENT: {source} has no front matter; begin it with a line ---, keys, and a line ---"
        )
    try:
        keys = _front(parts["front"])
    except (yaml.YAMLError, ValueError):
        raise AgentFileError(
            f"PLUMBLINE_AGENT: {source} has front matter that cannot be read, such as a list without its end; write name: helper"
        ) from None
    texts = {key: "" if isinstance(value, list | dict) else str(value or "") for key, value in keys.items()}
    name, instructions = texts.get("name", "").strip(), parts["prose"].strip()
    if not name:
        raise AgentFileError(
            f"PLUMBLINE_AGENT: {source} has no name in its front matter; add a line such as name: helper"
        )
    if not instructions:
        raise AgentFileError(f"PLUMBLINE_AGENT: {source} has no instructions below its front matter")
    return AgentFile(name, texts.get("description", ""), texts.get("model", "").strip(), instructions)


def _front(text: str) -> Mapping[str, Any]:
    """Of lines that are not quite YAML each is read by itself, prose as it is. Raises YAMLError and ValueError."""
    with contextlib.suppress(yaml.YAMLError, ValueError):
        if isinstance(keys := yaml.safe_load(text), dict):
            return keys
    exact = ("name", "model")
    return {
        key: yaml.safe_load(value) if key in exact or value[:1] in ("[", "{") else value
        for key, value in _lines(text).items()
    }


def _lines(text: str) -> Mapping[str, str]:
    keys: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if found := KEY.match(line):
            key = found["key"]
            keys[key] = found["value"].strip()
        elif key:
            keys[key] += "\n" + line.strip()
    return keys
