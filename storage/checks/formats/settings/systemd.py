"""Units of systemd: options that stand in the wrong section, or are nearly one that it has, spans of time, names of units.

`systemd.json` is what systemd 252 itself says (`systemd --dump-configuration-items`): by section its options, ":s" for a span of time,
":u" for names of units. What came later is not in it, so a name that is like none is left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.said import Said, unread
from storage.checks.formats.shell.flags import slip

HELD = "systemd's options"
LINE = re.compile(r"\s*(?:\[(?P<section>[^\]\n]+)\]|(?P<name>[A-Za-z][\w-]*)\s*=\s*(?P<value>.*))\s*")
OPEN = re.compile(r"[%$<{@…]|\.\.\.")
"""Something is filled in, or left out."""
UNIT = re.compile(
    r"\S+\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)", re.IGNORECASE
)  # https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html
SPAN = re.compile(
    r"infinity|(?:\d+(?:\.\d+)?\s*(?:us|usec|µs|ms|msec|s|sec|seconds?|m|min|minutes?|h|hr|hours?|d|days?|w|weeks?|M|months?|y|years?)?\s*)+"
)  # https://www.freedesktop.org/software/systemd/man/latest/systemd.time.html
VALUES = {
    ("Service", "Type"): "simple exec forking oneshot dbus notify notify-reload idle",
    ("Service", "Restart"): "no on-success on-failure on-abnormal on-watchdog on-abort always",
    ("Service", "KillMode"): "control-group mixed process none",
}  # https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html


@cache
def _sections() -> Mapping[str, Mapping[str, str]]:
    told = json.loads(Path(__file__).with_name("systemd.json").read_text())
    executed = _names(told["executed"])
    return {
        name: _names(listed) | (executed if name in ("Service", "Socket", "Mount", "Swap") else {})
        for name, listed in told["sections"].items()
    }


def _names(listed: str) -> dict[str, str]:
    return {name: kind for name, _, kind in (one.partition(":") for one in listed.split())}


def is_one(code: str) -> bool:
    """A file of settings that is a unit, by its sections."""
    found = set(re.findall(r"^\[(\w+)\]\s*$", code, re.MULTILINE))
    return bool(found) and found <= _sections().keys()


def read(code: str) -> Said:
    said = Said({HELD: ""})
    section = ""
    is_continued = False
    for number, line in enumerate(code.split("\n"), 1):
        was_continued, is_continued = is_continued, line.endswith("\\")
        if was_continued or not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        found = LINE.fullmatch(line)
        if found is None:
            if not OPEN.search(line):
                said.findings.append(
                    Finding(number, "syntax", "this is neither a section nor an option with its value")
                )
        elif found["section"]:
            section = found["section"]
            if section not in _sections() and (near := slip(section, [*_sections()])):
                said.findings.append(
                    Finding(number, "name", f"systemd has no section `{section[:40]}`; did you mean `{near}`?")
                )
                section = near
        elif section in _sections():
            said.findings += _option(number, section, found["name"], found["value"].strip())
        elif section and not section.startswith("X-"):
            return unread(f"options of [{section[:40]}] are not known")
    return said


def _option(line: int, section: str, name: str, value: str) -> Iterator[Finding]:
    known = _sections()[section]
    if name not in known:
        others = [f"[{one}]" for one, names in _sections().items() if name in names]
        near = slip(name, [*known]) or next((one for one in known if one.lower() == name.lower()), "")
        if near or others:
            hint = f"; did you mean `{near}`?" if near else f"; it belongs into {' or '.join(others[:3])}"
            yield Finding(line, "name", f"[{section}] of systemd has no `{name[:60]}`{hint}")
        return
    if not value or OPEN.search(value):
        return
    allowed = VALUES.get((section, name), "").split()
    if allowed and value not in allowed:
        yield Finding(
            line, "argument", f"`{name}` is {', '.join(allowed)}, not `{value[:40]}`{nodes.near(value, allowed)}"
        )
    elif known[name] == "s" and not SPAN.fullmatch(value):
        yield Finding(line, "argument", f"`{name}` takes a span of time, as 30s, not `{value[:40]}`")
    elif known[name] == "u" and (odd := next((one for one in value.split() if not UNIT.fullmatch(one)), "")):
        yield Finding(line, "argument", f"`{name}` takes names of units, as `{odd[:40]}.service`, not `{odd[:40]}`")
