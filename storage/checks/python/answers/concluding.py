"""What becomes of what was found in a block: in which words, which of it once only, which of it not at all."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from packaging.version import InvalidVersion, Version

from bot.capabilities.checks.python import names, wording
from bot.capabilities.checks.verdicts import Finding, State, Verdict
from storage.checks.python.answers.answer import Document
from storage.checks.servers import Diagnostic

UNRESOLVED = "unresolved-reference"
NOT_TOP_LEVEL = re.compile(
    r"outside (?:of )?a|must (?:occur|be) at the beginning|__future__|only be used inside|statement outside", re.I
)


def undefined(found: Sequence[Diagnostic], document: Document) -> dict[str, int]:
    """Names that nothing defines, with the line of the text where they are first used, from 0."""
    unresolved: dict[str, int] = {}
    for one in found:
        if one.code == UNRESOLVED and (said := wording.ticked(one.message)):
            unresolved.setdefault(said[0], one.line)
    return unresolved


def missing(one: names.Missing, unresolved: Mapping[str, int]) -> Finding:
    line = unresolved[one.name]
    if one.near:
        return Finding(line, "name", f"`{one.name}` is not defined; did you mean `{one.near}`?")
    if " as " in one.home:
        return Finding(line, "import", f"`{one.name}` is used, and not imported: `import {one.home}`")
    module, _, name = one.home.rpartition(".")
    wanted = f"from {module} import {name}" if module and one.home != one.name else f"import {one.home}"
    return Finding(line, "import", f"`{one.name}` is used, and not imported: `{wanted}`")


def unread(one: Diagnostic, python: str) -> list[Finding]:
    """What the grammar of the team's Python does not have; of what only stands in another place than a file's top nothing is said."""
    if NOT_TOP_LEVEL.search(one.message) or not re.search(r"on Python 3\.\d+|Python 3", one.message):
        return []
    return [Finding(one.line, "syntax", one.message.split("\n")[0].rstrip("."), "python", python)]


def once(findings: Sequence[Finding], document: Document) -> list[Finding]:
    """A package that is lacking, or a name that is deprecated where it is imported, is told of once, at the first line."""
    root = document.snippet.tree
    imported = {
        line - document.snippet.offset
        for node in (ast.walk(root) if root else ())
        if isinstance(node, ast.Import | ast.ImportFrom)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    found: list[Finding] = []
    told: set[str] = set()
    for one in causes(findings):
        what = one.message.partition(" in ")[0]
        if what in told:
            continue
        if one.kind == "package" or (one.kind == "deprecated" and one.line in imported):
            told.add(what)
        found.append(one)
    return found


NEAR_LINES = 6
"""A call's arguments stand on the lines below its name."""


def causes(findings: Sequence[Finding]) -> list[Finding]:
    """Without those that another one is the cause of."""
    return [one for one in findings if not any(_says_more(other, one) for other in findings)]


def _says_more(one: Finding, than: Finding) -> bool:
    """Whether one finding is the cause of the other: a call that has a wrong word in place of what it lacks, or a method that is not
    there and therefore cannot be awaited."""
    if one.kind == "attribute" and than.kind == "await" and one.line == than.line:
        name = re.search(r"has no `(\w+)`", one.message)
        return name is not None and f".{name[1]}(" in than.message
    called, _, wrong = one.message.partition("` takes no argument")
    return bool(wrong) and than.message.startswith(f"{called}` also needs") and 0 <= one.line - than.line < NEAR_LINES


SINCE = re.compile(r"\b(?:as of|since)(?: version)? v?(\d+\.\d+(?:\.\d+)*)")


def is_premature(one: Finding) -> bool:
    """Whether a stub that is newer than its library tells of what will be deprecated later than the version in use."""
    since = SINCE.search(one.message) if one.kind == "deprecated" and one.package else None
    try:
        return since is not None and Version(since[1]) > Version(one.version)
    except InvalidVersion:
        return False


def is_tolerated(one: Finding, line: int, tolerated: Mapping[str, frozenset[int]]) -> bool:
    ready = {
        "import": ("ImportError", "ModuleNotFoundError", "Exception"),
        "package": ("ImportError", "ModuleNotFoundError", "Exception"),
        "attribute": ("AttributeError",),
        "name": ("NameError",),
        "argument": ("TypeError",),
    }.get(one.kind, ())
    if "` cannot be made:" in one.message:
        ready = ("TypeError", "Exception")
    elif "` is used, and not imported" in one.message:  # nobody shows that by catching whatever may happen
        ready = ("NameError",)
    return any(line in tolerated.get(name, ()) for name in ready)


def left_open(one: Finding, line: int, root: ast.Module | None) -> dict[str, str]:
    """Of a package that is lacking, and that the block is ready to be without: why the block was not looked at whole. Nothing where
    another import gives the name: `import json` in place of `import ujson as json`."""
    if one.kind != "package" or root is None:
        return {}
    every = [node for node in ast.walk(root) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [(alias.asname or alias.name.partition(".")[0], node.lineno) for node in every for alias in node.names]
    here = {name for name, at in names if at == line}
    return {} if here <= {name for name, at in names if at != line} else {one.message: one.message}


def together(parts: Sequence[Verdict]) -> Verdict:
    """Of the parts of one block."""
    found = sorted((one for part in parts for one in part.findings), key=lambda one: one.line)
    states = {part.state for part in parts}
    state: State = "problems" if found else states.pop() if len(states) == 1 else "partial"
    return Verdict(
        state,
        {name: version for part in parts for name, version in part.versions.items()},
        tuple(dict.fromkeys(one for part in parts for one in part.assumed)),
        tuple(found),
        tuple(dict.fromkeys(one for part in parts for one in part.reasons)),
        tuple(dict.fromkeys(one for part in parts for one in part.warnings)),
    )
