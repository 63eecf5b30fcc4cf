"""Rules of Prometheus: the words that its reader takes, and expressions by the published parser of PromQL, which knows its functions
and the types that they take (https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yaml.nodes import Node, ScalarNode

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.said import Said

HELD = "PromQL"
OF_GROUPS = "name interval query_offset limit labels rules".split()
OF_OTHERS = frozenset(
    ["partial_response_strategy", "source_tenants", "remote_write", "concurrency", "params", "type", "headers"]
)
"""What Thanos, Mimir, Loki and vmalert take besides."""
OF_RULES = "record alert expr for keep_firing_for labels annotations".split()
OPEN = re.compile(r"\{\{|\$(?!\d)|%\(|\[\[|…|\.\.\.|<[a-z][\w -]*>")
"""Something is left out, or filled in."""
LOGS = re.compile(r"\}\s*(?:\||!=\s*[\"`]|!~)|\bunwrap\b")
"""Loki's language, whose rules look alike."""
SPAN = re.compile(r"(?:\d+(?:ms|[smhdwy]))+|0")
LONGEST = 20_000
COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
MOST_LINES = 40


def rules(document: Node) -> list[Node]:
    """Groups of rules, as a file of their own or as a manifest of Prometheus' operator."""
    listed = nodes.items(nodes.at(document, "groups")) or nodes.items(nodes.at(document, "spec", "groups"))
    inner = [rule for one in listed for rule in nodes.items(nodes.at(one, "rules"))]
    return (
        listed
        if any({"alert", "record"} & nodes.keys(one) and nodes.text(nodes.at(one, "expr")) for one in inner)
        else []
    )


def read(groups: list[Node]) -> Iterator[Finding]:
    for group in groups:
        yield from _words(group, OF_GROUPS, "a group of rules")
        yield from _spans(group, ("interval", "query_offset"))
        for rule in nodes.items(nodes.at(group, "rules")):
            yield from _words(rule, OF_RULES, "a rule of Prometheus")
            yield from _spans(rule, ("for", "keep_firing_for"))
            expression = nodes.at(rule, "expr")
            if isinstance(expression, ScalarNode) and (fault := fault_of(expression.value)):
                yield Finding(_line(expression, fault), "argument", f"this is no valid PromQL: {fault}")


def _words(node: Node, known: list[str], called: str) -> Iterator[Finding]:
    for key, _, line in nodes.pairs(node):
        if key not in known and key not in OF_OTHERS and key != "<<":
            yield Finding(line, "name", f"{called} has no `{key[:40]}`{nodes.near(key, known)}")


def _spans(node: Node, names: tuple[str, ...]) -> Iterator[Finding]:
    for name in names:
        value = nodes.at(node, name)
        text = nodes.text(value)
        if value is None or not text or OPEN.search(text) or nodes.FILLED.search(text):
            continue
        if not SPAN.fullmatch(text):
            yield Finding(nodes.line(value), "argument", f"`{name}` takes a span of time, as 5m, not `{text[:40]}`")


def fault_of(expression: str) -> str:
    """What is wrong with an expression; "" for nothing, and where parts of it stand elsewhere."""
    import promql_parser

    if OPEN.search(expression) or LOGS.search(expression) or len(expression) > LONGEST or not expression.strip():
        return ""
    try:
        promql_parser.parse(expression)
    except ValueError as fault:
        return str(fault)[:200]
    return ""


def _line(node: ScalarNode, fault: str) -> int:
    """Of the word that the fault names, else of the first line of the expression."""
    first = nodes.line(node) + (node.style in ("|", ">"))
    return first + _offset(node.value if node.style in ("|", ">") else "", fault)


def _offset(expression: str, fault: str) -> int:
    named = re.search(r"'(\w+)'", fault)
    word = re.compile(rf"\b{named[1]}\b") if named else re.compile(r"$^")
    return next((at for at, line in enumerate(expression.split("\n")) if word.search(line)), 0)


def read_queries(code: str) -> Said:
    """A block of PromQL: one expression, or several, one below the other."""
    said = Said({HELD: ""})
    line = 1
    for part in re.split(r"(\n\s*\n)", COMMENT.sub("", code)):
        fault = fault_of(part)
        lines = [one for one in part.split("\n") if one.strip()]
        if fault and len(lines) <= MOST_LINES and not _are_several(lines):
            told = part.lstrip()
            at = line + part[: len(part) - len(told)].count("\n") + _offset(told, fault)
            said.findings.append(Finding(at, "argument", f"this is no valid PromQL: {fault}"))
        line += part.count("\n")
    return said


def _are_several(lines: list[str]) -> bool:
    ends = {0}
    for end in range(1, len(lines) + 1):
        if any(not fault_of("\n".join(lines[start:end])) for start in ends):
            ends.add(end)
    return len(lines) in ends
