"""Manifests of Kubernetes against what its own API declares: fields, what they need, plain types. Kinds of others are left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.shell.flags import slip
from storage.checks.formats.yaml import kubernetes_types as types

HELD = "Kubernetes"
RETIRED = "extensions/v1beta1"
"""The group that is gone as a whole (https://kubernetes.io/docs/reference/using-api/deprecation-guide/)."""
WANTED = {"s": "text", "i": "integer", "n": "number", "b": "truth"}
CALLED = {
    "map": "an object", "list": "a list", "text": "a text", "integer": "a number", "number": "a number",
    "truth": "true or false", "nothing": "nothing",
}  # fmt: skip
VERSION = re.compile(r"v\d\w*")
DEEPEST = 40
WORKLOADS = frozenset(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"])
NEEDS = re.compile(r"^`\w+` needs `")


def is_manifest(document: Node) -> bool:
    group, kind = (nodes.text(nodes.at(document, name)) for name in ("apiVersion", "kind"))
    if group and kind:
        where, _, version = group.rpartition("/")
        is_own = bool(VERSION.fullmatch(version)) and where in _groups()
        return is_own or (kind in _known()[1] and bool(slip(group, _known()[0])))
    return bool(_misspelt(document))


@cache
def _known() -> tuple[list[str], list[str]]:
    """Versions, and kinds."""
    pairs = [one.partition(" ") for one in types.kinds()]
    return sorted({one[0] for one in pairs}), sorted({one[2] for one in pairs})


@cache
def _groups() -> set[str]:
    return {one.rpartition("/")[0] for one in (*_known()[0], RETIRED)}


def _misspelt(document: Node) -> tuple[str, str, int] | None:
    """The word that stands for `apiVersion` or `kind` where only the other one is there; what is meant, and its line."""
    keys = nodes.keys(document)
    missing = {"apiVersion", "kind"} - keys
    if len(missing) != 1 or "metadata" not in keys:
        return None
    (meant,) = missing
    for key, value, line in nodes.pairs(document):
        is_near = slip(key, [meant]) or (meant == "kind" and len(key) == 3 and nodes.near(key, [meant]))
        if is_near and nodes.text(value):
            return key, meant, line
    return None


def read(document: Node) -> Iterator[Finding]:
    if told := _misspelt(document):
        yield Finding(told[2], "name", f"a manifest of Kubernetes has no `{told[0][:40]}`; did you mean `{told[1]}`?")
    version, kind = (nodes.at(document, name) for name in ("apiVersion", "kind"))
    if version is None or kind is None:
        return
    name, group = nodes.text(kind), nodes.text(version)
    if name == "List":
        for one in nodes.items(nodes.at(document, "items")):
            yield from read(one)
        return
    kinds = types.kinds()
    type_name = kinds.get(f"{group} {name}")
    if type_name is None:
        yield from _unserved(group, name, nodes.line(version))
        here = [one.partition(" ")[2] for one in kinds if one.partition(" ")[0] == group]
        if name not in _known()[1] and (near := slip(name, here)):
            yield Finding(nodes.line(kind), "name", f"Kubernetes has no `{name}` in {group}; did you mean `{near}`?")
        return
    is_patch = _is_patch(document, name)
    yield from (one for one in _object(document, type_name, name) if not (is_patch and NEEDS.search(one.message)))
    if name in WORKLOADS:
        yield from _selected(document, name)


def _is_patch(document: Node, kind: str) -> bool:
    """What is laid over a manifest that stands elsewhere holds only what it changes: neither what it selects nor labels."""
    if any(key.startswith("$") for key in nodes.keys(document)):
        return True
    selector, labels = ("spec", "selector"), ("spec", "template", "metadata", "labels")
    return kind in WORKLOADS and all(nodes.at(document, *path) is None for path in (selector, labels))


def _unserved(group: str, kind: str, line: int) -> Iterator[Finding]:
    served = sorted(key.partition(" ")[0] for key in types.kinds() if key.partition(" ")[2] == kind)
    if served:
        yield Finding(line, "name", f"Kubernetes serves no `{kind}` in {group}; it is in {' and '.join(served)}")


def _object(node: Node, type_name: str, where: str, depth: int = 0) -> Iterator[Finding]:
    fields = types.fields(type_name)
    if nodes.kind(node) != "map" or not fields or depth > DEEPEST:
        return
    seen: set[str] = set()
    for key, value, line in nodes.pairs(node):
        if key in seen and key != "<<":
            yield Finding(line, "syntax", f"`{key}` stands here twice")
        seen.add(key)
        if key == "status" and not depth:
            continue  # which the cluster writes, of whatever version it is
        if key in fields:
            yield from _value(value, fields[key], key, line, depth + 1)
        elif key != "<<" and not nodes.FILLED.search(key):
            yield Finding(line, "name", f"`{where}` of Kubernetes has no `{key}`{nodes.near(key, fields)}")
    if not nodes.is_open(node):
        for one in types.needed(type_name):
            if one not in seen:
                yield Finding(nodes.line(node), "argument", f"`{where}` needs `{one}`")


def _value(node: Node, wanted: str, key: str, line: int, depth: int) -> Iterator[Finding]:
    kind = nodes.kind(node)
    if kind in ("", "nothing") or wanted == "x":
        return
    if wanted.startswith("@"):
        if kind == "map":
            yield from _object(node, wanted[1:], key, depth)
        else:
            yield Finding(line, "argument", f"`{key}` takes an object, not {CALLED[kind]}")
    elif wanted.startswith("["):
        if kind != "list":
            yield Finding(line, "argument", f"`{key}` takes a list, not {CALLED[kind]}")
        for one in nodes.items(node):
            yield from _value(one, wanted[1:], key, nodes.line(one), depth + 1)
    elif wanted.startswith("{"):
        if kind != "map":
            yield Finding(line, "argument", f"`{key}` takes an object, not {CALLED[kind]}")
        for name, value, at in nodes.pairs(node):
            if name != "<<":
                yield from _value(value, wanted[1:], f"{key}.{name}", at, depth + 1)
    elif kind != WANTED[wanted] and not (wanted == "n" and kind == "integer"):
        quotes = ", in quotes" if wanted == "s" and kind in ("integer", "number", "truth") else ""
        yield Finding(
            line,
            "argument",
            f"`{key}` takes {CALLED[WANTED[wanted]]}{quotes}, not {CALLED[kind]}: `{nodes.text(node)[:40]}`",
        )


def _selected(document: Node, kind: str) -> Iterator[Finding]:
    """Labels that are selected have to be those of the template."""
    wanted = nodes.at(document, "spec", "selector", "matchLabels")
    labels = {
        key: nodes.text(value)
        for key, value, _ in nodes.pairs(nodes.at(document, "spec", "template", "metadata", "labels"))
    }
    if nodes.at(document, "spec", "template") is None or nodes.is_open(
        nodes.at(document, "spec", "template", "metadata", "labels")
    ):
        return
    for key, value, line in nodes.pairs(wanted):
        if nodes.FILLED.search(nodes.text(value)) or nodes.FILLED.search(labels.get(key, "")):
            continue
        if labels.get(key) != nodes.text(value):
            yield Finding(
                line,
                "argument",
                f"the template of this {kind} has no label `{key}: {nodes.text(value)[:60]}`, which it selects",
            )
            return
