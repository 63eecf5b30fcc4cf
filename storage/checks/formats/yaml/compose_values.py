"""Values in compose files (https://docs.docker.com/reference/compose-file/): ports, spans of time, images, what does not go
together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes, values

RESTART = re.compile(r"no|always|unless-stopped|on-failure(?::\d+)?")
SPANS = frozenset(["interval", "timeout", "start_period", "start_interval"])
TESTS = frozenset(["CMD", "CMD-SHELL", "NONE"])
SIZE = re.compile(r"\d+(?:\.\d+)?\s*(?:[bkmgtBKMGT]i?[bB]?)?")
FEW = 2
SIZES = frozenset(["mem_limit", "mem_reservation", "shm_size", "memswap_limit"])


def whole(document: Node) -> Iterator[Finding]:
    """What each service of a file needs that goes on with no other."""
    services = nodes.at(document, "services")
    whole = [bool({"image", "build"} & nodes.keys(one)) for _, one, _ in nodes.pairs(services)]
    is_overlay = whole.count(True) < FEW or whole.count(False) > 1
    for name, service, line in nodes.pairs(services):
        keys = nodes.keys(service)
        if nodes.is_open(service) or nodes.kind(service) != "map":
            continue
        if not keys & {"image", "build", "extends", "provider", "profiles"} and not is_overlay:
            yield Finding(line, "argument", f"`{name}` has neither `image` nor `build`")


def read(document: Node) -> Iterator[Finding]:
    for name, service, line in nodes.pairs(nodes.at(document, "services")):
        if {"networks", "network_mode"} <= nodes.keys(service):
            yield Finding(line, "argument", f"`{name}` has `networks` or `network_mode`, not both")
        yield from _service(service)


def _text(node: Node | None) -> str:
    text = nodes.text(node)
    return "" if "$" in text or nodes.FILLED.search(text) else text


def _service(service: Node) -> Iterator[Finding]:
    image = nodes.at(service, "image")
    if image is not None and (fault := values.image_fault(_text(image))):
        yield Finding(nodes.line(image), "argument", fault)
    restart = nodes.at(service, "restart")
    if restart is not None and (text := _text(restart)) and text not in ("false",) and not RESTART.fullmatch(text):
        near = nodes.near(text, ["no", "always", "unless-stopped", "on-failure"])
        yield Finding(
            nodes.line(restart),
            "argument",
            f"`restart` is no, always, unless-stopped or on-failure, not `{text[:40]}`{near}",
        )
    for one in nodes.items(nodes.at(service, "ports")):
        for port in _ports(one):
            if not values.is_port(port) and port != "0":
                yield Finding(nodes.line(one), "argument", f"there is no port {port[:12]}")
    for key, value, _ in nodes.pairs(service):
        if key in SIZES and (text := _text(value)) and not SIZE.fullmatch(text) and text != "-1":
            yield Finding(nodes.line(value), "argument", f"`{key}` takes a size, as 512m or 1g, not `{text[:40]}`")
    yield from _health(nodes.at(service, "healthcheck"))


def _ports(node: Node) -> Iterator[str]:
    text = _text(node)
    for part in re.split(r"[:/-]", re.sub(r"^\[[^\]]*\]:|^\d+\.\d+\.\d+\.\d+:|/\w+$", "", text)):
        if part.isdigit():
            yield part
    for key in ("target", "published"):
        for part in _text(nodes.at(node, key)).split("-"):
            if part.isdigit():
                yield part


def _health(check: Node | None) -> Iterator[Finding]:
    for key, value, _ in nodes.pairs(check):
        text = _text(value)
        if key in SPANS and text and not values.SPAN.fullmatch(text) and text != "0":
            yield Finding(
                nodes.line(value), "argument", f"`{key}` takes a span of time, as 30s or 1m30s, not `{text[:40]}`"
            )
        if key == "retries" and text and not text.isdigit():
            yield Finding(nodes.line(value), "argument", f"`retries` takes a whole number, not `{text[:40]}`")
        first = next(iter(nodes.items(value)), None) if key == "test" else None
        if first is not None and _text(first) and _text(first) not in TESTS:
            yield Finding(
                nodes.line(value),
                "argument",
                f"a list in `test` begins with CMD, CMD-SHELL or NONE, not `{_text(first)[:40]}`",
            )
