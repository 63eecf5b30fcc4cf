"""What the expressions of a GitHub workflow name of the workflow itself: the matrix, needed jobs and their outputs, steps, inputs.

What is not defined is empty there, never an error of the run (https://docs.github.com/actions/reference/workflows-and-actions/contexts).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yaml.nodes import MappingNode, Node, ScalarNode

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes

EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
NAMED = re.compile(r"(?<![\w.'\-\])])([A-Za-z_][\w-]*)\.([A-Za-z_][\w-]*)(?:\.outputs\.([A-Za-z_][\w-]*))?")
CONTEXTS = frozenset("github env vars job jobs steps runner secrets strategy matrix needs inputs".split())
"""https://docs.github.com/actions/reference/workflows-and-actions/contexts"""

QUOTED = re.compile(r"'(?:[^']|'')*'")


def read(document: Node) -> Iterator[Finding]:
    jobs = nodes.at(document, "jobs")
    inputs = _inputs(document)
    for kind, _, _, line in _named(document):
        if kind.lower() not in CONTEXTS:
            yield Finding(line, "name", f"an expression has no `{kind[:40]}` to ask{nodes.near(kind, CONTEXTS)}")
    for name, job, _ in nodes.pairs(jobs):
        if nodes.is_open(job) or nodes.kind(job) != "map":
            continue
        matrix = _matrix(job)
        needed = {nodes.text(one) for one in _many(nodes.at(job, "needs"))}
        steps = nodes.items(nodes.at(job, "steps"))
        ids = {told for one in steps for told in _ids(one)}
        for kind, word, output, line in _named(job):
            known = {"matrix": matrix, "needs": needed, "steps": ids, "inputs": inputs}.get(kind)
            if known is None or (kind == "steps" and any(nodes.is_open(one) for one in steps)):
                continue
            if word.lower() not in {one.lower() for one in known}:
                yield Finding(
                    line,
                    "name",
                    f"`{kind}.{word[:40]}` is defined nowhere for the job `{name}`{nodes.near(word, known)}",
                )
            elif kind == "needs" and output:
                told = _outputs(nodes.at(jobs, word))
                if told is not None and output.lower() not in {one.lower() for one in told}:
                    yield Finding(
                        line, "name", f"the job `{word}` has no output `{output[:40]}`{nodes.near(output, told)}"
                    )


def _ids(step: Node) -> Iterator[str]:
    """Of a step, and of those that it holds."""
    if told := nodes.text(nodes.at(step, "id")):
        yield told
    for _, value, _ in nodes.pairs(step):
        for one in nodes.items(value):
            yield from _ids(one)


def _named(node: Node) -> Iterator[tuple[str, str, str, int]]:
    """Each name of a context in an expression, with its line; in a condition also without the braces."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if (
                isinstance(key, ScalarNode)
                and key.value == "if"
                and isinstance(value, ScalarNode)
                and "${{" not in value.value
            ):
                yield from _of(value, value.value, 0)
            else:
                yield from _named(value)
    for one in nodes.items(node):
        yield from _named(one)
    if isinstance(node, ScalarNode):
        for found in EXPRESSION.finditer(node.value):
            yield from _of(node, found[1], node.value.count("\n", 0, found.start()))


def _of(node: ScalarNode, text: str, below: int) -> Iterator[tuple[str, str, str, int]]:
    start = nodes.line(node) + (1 if node.style == "|" else 0)
    for found in NAMED.finditer(QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)):
        yield found[1], found[2], found[3] or "", start + (below if node.style == "|" else 0)


def _matrix(job: Node) -> set[str] | None:
    """None where an expression makes it."""
    matrix = nodes.at(job, "strategy", "matrix")
    if matrix is None:
        return set() if nodes.at(job, "strategy") is None else None
    if nodes.kind(matrix) != "map" or nodes.is_open(matrix):
        return None
    found = nodes.keys(matrix) - {"include", "exclude"}
    included = nodes.at(matrix, "include")
    if included is not None and nodes.kind(included) != "list":
        return None
    for one in nodes.items(included):
        if nodes.kind(one) != "map" or nodes.is_open(one):
            return None
        found |= nodes.keys(one)
    return found


def _inputs(document: Node) -> set[str] | None:
    """None where the workflow is not called or started by hand, or what it takes is not told."""
    on = nodes.at(document, "on")
    found: set[str] = set()
    ways = [nodes.at(on, one) for one in ("workflow_dispatch", "workflow_call") if one in nodes.keys(on)]
    for way in ways:
        told = nodes.at(way, "inputs")
        if told is None or nodes.is_open(told):
            return None
        found |= nodes.keys(told)
    return found if ways else None


def _outputs(job: Node | None) -> set[str] | None:
    if job is None or nodes.is_open(job) or "uses" in nodes.keys(job):
        return None
    return nodes.keys(nodes.at(job, "outputs"))


def _many(node: Node | None) -> list[Node]:
    return nodes.items(node) or ([node] if node is not None else [])
