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
from storage.checks.formats.yaml.typed import Typed

HELD = "Kubernetes"
RETIRED = "extensions/v1beta1"
"""The group that is gone as a whole (https://kubernetes.io/docs/reference/using-api/deprecation-guide/)."""
VERSION = re.compile(r"v\d\w*")
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
    yield from (one for one in _held(document, type_name, name) if not (is_patch and NEEDS.search(one.message)))
    if name in WORKLOADS:
        yield from _selected(document, name)


def _held(document: Node, type_name: str, name: str) -> Iterator[Finding]:
    """All but `status`, which the cluster writes, of whatever version it is."""
    return Typed(types.fields, types.needed, HELD, left=("status", "sops")).object(document, type_name, name)


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
