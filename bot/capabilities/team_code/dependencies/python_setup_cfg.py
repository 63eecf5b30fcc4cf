"""setup.cfg: what setuptools reads of it. The standard parser of this format gives no lines, so this scans for itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.capabilities.team_code.dependencies.facts import Entry, Runtime
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.python_asks import declared
from bot.capabilities.team_code.dependencies.words import Word, word

SECTION = re.compile(r"\[([^]]+)\]")
KEY = re.compile(r"([^\s=:][^=:]*)[=:](.*)$")


@dataclass(slots=True)
class Setting:
    section: str
    key: str
    values: list[Word] = field(default_factory=list)


def read_setup_cfg(page: Page) -> Iterator[Entry]:
    for setting in _settings(page.lines):
        match setting.section, setting.key:
            case "options", "python_requires":
                for value in setting.values:
                    yield Runtime("python", str(value), page.path, value.line)
            case "options", "install_requires":
                yield from _asks(page, setting, "")
            case "options", "setup_requires":
                yield from _asks(page, setting, "build")
            case "options.extras_require", extra:
                yield from _asks(page, setting, extra)


def _settings(lines: list[str]) -> Iterator[Setting]:
    section, setting = "", Setting("", "")
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if not bare or bare.startswith(("#", ";")):
            continue
        if line[0].isspace():
            setting.values.append(word(bare, number))
            continue
        yield setting
        setting = Setting(section, "")
        if found := SECTION.match(line):
            section = found[1].strip()
        elif found := KEY.match(line):
            setting.key = found[1].strip()
            setting.values = [word(part.strip(), number) for part in _on_the_line(setting, found[2]) if part.strip()]
    yield setting


def _on_the_line(setting: Setting, value: str) -> list[str]:
    """Beside its key, setuptools takes a semicolon for a separator; on lines of their own they lead to markers."""
    return value.split(";") if setting.key.endswith("_requires") or setting.section.endswith("_require") else [value]


def _asks(page: Page, setting: Setting, group: str) -> Iterator[Entry]:
    for value in setting.values:
        if not value.startswith("file:") and (asks := declared(page, value, value.line, group)):
            yield asks
