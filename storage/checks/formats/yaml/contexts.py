"""What the expressions of a GitHub workflow name of the workflow itself: the matrix, needed jobs and their outputs, steps, inputs.

What is not defined is empty there, never an error of the run (https://docs.github.com/actions/reference/workflows-and-actions/contexts).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from yaml.nodes import MappingNode, Node, ScalarNode

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.shell.flags import distance
from storage.checks.formats.values import mappings

OFTEN, SHORTEST = 2, 3
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
NAMED = re.compile(
    r"(?<![\w.'\-\])])([A-Za-z_][\w-]*)\.([A-Za-z_][\w-]*)(?:\.([A-Za-z_][\w-]*)(?:\.([A-Za-z_][\w-]*))?)?"
)
PROPERTIES = {
    "steps": ("outputs", "outcome", "conclusion"),
    "needs": ("outputs", "result"),
    "jobs": ("outputs", "result"),
}
CONTEXTS = frozenset("github env vars job jobs steps runner secrets strategy matrix needs inputs".split())
"""https://docs.github.com/actions/reference/workflows-and-actions/contexts"""

QUOTED = re.compile(r"'(?:[^']|'')*'")
Known = Mapping[str, Collection[str] | None]
"""What is defined, by context; None where that cannot be told."""

GIVEN = re.compile(r"(?<![\w.-])github\.event\.inputs\.")
"""Another way to ask for an input."""

GIVEN_SECRET = "GITHUB_TOKEN"  # noqa: S105 - a name
RESERVED = re.compile(r"GITHUB_\w*", re.IGNORECASE)
"""No secret of one's own begins so (https://docs.github.com/actions/reference/security/secrets)."""


def read(document: Node) -> Iterator[Finding]:
    jobs = nodes.at(document, "jobs")
    inputs = _inputs(document)
    yield from _contexts(document)
    for name, job, _ in nodes.pairs(jobs):
        if nodes.is_open(job) or nodes.kind(job) != "map":
            continue
        needed = {nodes.text(one) for one in _many(nodes.at(job, "needs"))}
        known = {"matrix": _matrix(job), "needs": needed, "steps": _steps(job), "inputs": inputs}
        yield from _undefined(job, known, f" for the job `{name}`")
        for kind, word, (part, output), line in _named(job):
            is_needed = kind == "needs" and part == "outputs" and output and word in needed
            told = _outputs(nodes.at(jobs, word)) if is_needed else None
            if told is not None and output.lower() not in {one.lower() for one in told}:
                near = nodes.near(output, told)
                yield Finding(line, "name", f"the job `{word}` has no output `{output[:40]}`{near}")


def action(document: Node) -> Iterator[Finding]:
    """Of an action that is made of steps."""
    runs, inputs = nodes.at(document, "runs"), nodes.at(document, "inputs")
    yield from _contexts(document)
    taken = None if inputs is not None and nodes.is_open(inputs) else nodes.keys(inputs)
    yield from _undefined(document, {"steps": _steps(runs) if runs is not None else None, "inputs": taken}, "")


def _undefined(node: Node, known: Known, where: str) -> Iterator[Finding]:
    for kind, word, _, line in _named(node):
        defined = known.get(kind)
        if defined is not None and word.lower() not in {one.lower() for one in defined}:
            near = nodes.near(word, defined)
            yield Finding(line, "name", f"`{kind}.{word[:40]}` is defined nowhere{where}{near}")


def _contexts(document: Node) -> Iterator[Finding]:
    """Contexts that there are not, secrets that nobody can make, and what is nearly a name that the file sets or asks for elsewhere."""
    named = list(_named(document))
    set_here = {key for one, path in mappings(document) if path[-1:] == ("env",) for key in nodes.keys(one)}
    asked = Counter((kind, word) for kind, word, _, _ in named if kind in ("secrets", "vars"))
    for kind, word, (part, _), line in named:
        if part and part.lower() not in PROPERTIES.get(kind, (part.lower(),)):
            yield Finding(
                line, "name", f"`{kind}.{word[:40]}` has no `{part[:40]}`{nodes.near(part, PROPERTIES[kind])}"
            )
        elif kind.lower() not in CONTEXTS:
            yield Finding(line, "name", f"an expression has no `{kind[:40]}` to ask{nodes.near(kind, CONTEXTS)}")
        elif (
            kind == "secrets"
            and word.upper() != GIVEN_SECRET
            and (RESERVED.fullmatch(word) or _meant(word.upper(), [GIVEN_SECRET]))
        ):
            yield Finding(line, "name", f"there is no secret `{word[:40]}`; did you mean `{GIVEN_SECRET}`?")
        elif kind == "env" and word not in set_here and not _is_written(document, word):
            if near := _meant(word, set_here):
                yield Finding(line, "name", f"`env.{word[:40]}` is set nowhere; did you mean `{near}`?")
        elif asked[kind, word] == 1 and (near := _usual(kind, word, asked)):
            yield Finding(line, "name", f"`{kind}.{word[:40]}` stands here once; did you mean `{near}`?")


def _usual(kind: str, word: str, asked: Mapping[tuple[str, str], int]) -> str:
    """A name that the file asks for again and again."""
    return _meant(word, [other for (theirs, other), times in asked.items() if theirs == kind and times >= OFTEN])


def _meant(word: str, names: Iterable[str]) -> str:
    """One that this word is a letter off, in one of its parts, no number: `TOKEN_A` is none of `TOKEN_B`."""
    for one in sorted(names):
        parts = [pair for pair in zip(word.split("_"), one.split("_"), strict=False) if pair[0] != pair[1]]
        is_alike = word.count("_") == one.count("_") and re.sub(r"\D", "", one) == re.sub(r"\D", "", word)
        if is_alike and len(parts) == 1 and min(map(len, parts[0])) >= SHORTEST and distance(*parts[0]) == 1:
            return one
    return ""


def _is_written(document: Node, word: str) -> bool:
    """A script, or something else, names it: it may set it for the steps that follow."""
    pattern = re.compile(rf"(?<!\benv\.)(?<!\w){re.escape(word)}(?!\w)")
    return any(pattern.search(one.value) for one in nodes.scalars(document))


def _steps(holder: Node) -> set[str] | None:
    """The ids of its steps."""
    steps = nodes.items(nodes.at(holder, "steps"))
    return None if any(nodes.is_open(one) for one in steps) else {told for one in steps for told in _ids(one)}


def _ids(step: Node) -> Iterator[str]:
    """Of a step, and of those that it holds."""
    if told := nodes.text(nodes.at(step, "id")):
        yield told
    for _, value, _ in nodes.pairs(step):
        for one in nodes.items(value):
            yield from _ids(one)


Asked = tuple[str, str, tuple[str, str], int]
"""A context, the word behind it, the two behind that, and the line."""


def _named(node: Node) -> Iterator[Asked]:
    """Each name of a context in an expression; in a condition also without the braces."""
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
            yield from _of(node, found[1], found.start())


def _of(node: ScalarNode, text: str, place: int) -> Iterator[Asked]:
    bare = QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
    for found in NAMED.finditer(GIVEN.sub(lambda given: given[0].replace("github.event.", " " * 13), bare)):
        yield found[1], found[2], (found[3] or "", found[4] or ""), nodes.line_in(node, place)


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
