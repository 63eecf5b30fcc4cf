"""Values that several formats share: schedules, ports, spans of time, names of images, keys that stand twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from yaml.nodes import MappingNode, Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes

HIGHEST_PORT = 65535
DEEPEST = 60
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()
FIELDS = (
    ("minute", 0, 59, ()), ("hour", 0, 23, ()), ("day", 1, 31, ()), ("month", 1, 12, MONTHS), ("day of the week", 0, 7, DAYS),
)  # fmt: skip
MACROS = frozenset("@yearly @annually @monthly @weekly @daily @midnight @hourly".split())
SPAN = re.compile(r"(?:\d+(?:\.\d+)?(?:us|µs|ms|s|m|h|d|w))+")
IMAGE = re.compile(
    r"(?:[a-zA-Z0-9][\w.-]*(?::\d+)?/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@\w+:[0-9a-f]+)?"
)
PLACE = re.compile(r"[A-Z]+(?:_[A-Z]+)*")
"""What a script puts something in for."""


def schedule(text: str, macros: bool = True) -> str:
    """What is wrong with five fields of cron; "" for nothing."""
    text = re.sub(r"^(?:CRON_)?TZ=\S+\s+", "", text.strip())
    if text.startswith("@"):
        known = MACROS if macros else frozenset[str]()
        return "" if text in known or (text.startswith("@every ") and macros) else f"is no schedule: `{text[:40]}`"
    parts = text.split()
    if len(parts) != len(FIELDS):
        return f"has {len(parts)} fields; a schedule has five: minute, hour, day, month, day of the week"
    for part, (name, least, most, words) in zip(parts, FIELDS, strict=True):
        for one in part.split(","):
            span, _, step = one.partition("/")
            ends = span.split("-") if span not in ("*", "?") else []
            for end in ends:
                value = (
                    words.index(end.lower()[:3]) if end.lower()[:3] in words else int(end) if end.isdigit() else None
                )
                if value is None and not re.fullmatch(r"\d*[LW#]\d*|H.*", end):
                    return f"has no {name} `{end[:20]}`"
                if value is not None and end.isdigit() and not least <= value <= most:
                    return f"has no {name} {end}: {least} to {most}"
            if step and (not step.isdigit() or int(step) == 0):
                return f"has no step `{step[:20]}`"
    return ""


def is_port(text: str) -> bool:
    return text.isdigit() and 0 < int(text) <= HIGHEST_PORT


def image_fault(text: str) -> str:
    """What is wrong with the name of an image; "" where something is filled in."""
    if not text or nodes.FILLED.search(text) or "$" in text or IMAGE.fullmatch(text) or PLACE.fullmatch(text):
        return ""
    rest = text.rpartition("/")[2]
    if rest.count(":") > 1 and "@" not in rest:
        return f"`{text[:60]}` has two tags"
    if re.search(r"[A-Z]", text.partition(":")[0].rpartition("/")[2]):
        return f"the name of an image has small letters only: `{text[:60]}`"
    return f"`{text[:60]}` is no name of an image" if re.search(r"\s|:$|^[/:]", text) else ""


def twice(node: Node, depth: int = 0) -> Iterator[Finding]:
    """Keys that a mapping has twice."""
    seen: set[str] = set()
    for key, value, line in nodes.pairs(node):
        if key in seen and key != "<<":
            yield Finding(line, "syntax", f"`{key[:40]}` stands here twice")
        seen.add(key)
        if depth < DEEPEST:
            yield from twice(value, depth + 1)
    for one in nodes.items(node) if depth < DEEPEST else []:
        yield from twice(one, depth + 1)


def mappings(node: Node | None, depth: int = 0) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Each mapping below, with the keys on the way."""
    pending: list[tuple[Node, tuple[str, ...]]] = [(node, ())] if node is not None else []
    while pending:
        one, path = pending.pop()
        if isinstance(one, MappingNode):
            yield one, path
            pending += [(value, (*path, key)) for key, value, _ in nodes.pairs(one) if len(path) < DEEPEST]
        pending += [(each, path) for each in nodes.items(one)]
