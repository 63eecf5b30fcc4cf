"""What a step gives an action of the same repository (`uses: ./.github/actions/build`), against the inputs that it tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import yaml
from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes, values

MOST_BYTES = 100_000


def read(document: Node, tree: Path) -> Iterator[Finding]:
    for step, path in values.mappings(document):
        where = nodes.text(nodes.at(step, "uses"))
        action = _action(tree, where) if path[-1:] == ("steps",) and where.startswith("./") else None
        inputs, given = nodes.at(action, "inputs"), nodes.at(step, "with")
        if action is None or nodes.is_open(inputs or action) or nodes.is_open(given or step):
            continue
        known, told = nodes.keys(inputs), {one.lower() for one in nodes.keys(given)}
        for key, _, line in nodes.pairs(given):
            if key.lower() not in {one.lower() for one in known}:
                yield Finding(line, "argument", f"`{where[:60]}` takes no `{key[:40]}`{nodes.near(key, known)}")
        for name, one, _ in nodes.pairs(inputs):
            is_needed = nodes.text(nodes.at(one, "required")) == "true" and nodes.at(one, "default") is None
            if is_needed and name.lower() not in told:
                yield Finding(nodes.line(step), "argument", f"`{where[:60]}` needs `{name[:40]}`")


def unseen(document: Node) -> list[str]:
    """What is given to actions of others."""
    called = {
        nodes.text(nodes.at(step, "uses")).partition("@")[0]: None
        for step, path in values.mappings(document)
        if path[-1:] == ("steps",) and "with" in nodes.keys(step)
    }
    named = [f"`{one[:60]}`" for one in sorted(called) if one and not one.startswith("./")]
    return [f"what {', '.join(named[:3])}{' and others' * (len(named) > 3)} take is not looked at"] if named else []


def _action(tree: Path, where: str) -> Node | None:
    """None where there is none, or none that can be read."""
    folder = PurePosixPath(where)
    for name in ("action.yml", "action.yaml") if ".." not in folder.parts else ():
        file = tree / folder / name
        if file.is_file() and not file.is_symlink():
            try:
                found = nodes.documents(file.read_bytes()[:MOST_BYTES].decode("utf-8", "replace"))
            except (yaml.YAMLError, RecursionError, ValueError):
                return None
            return found[0] if found and nodes.at(found[0], "runs") is not None else None
    return None
