"""Manifests of kinds that are not Kubernetes' own, against the definitions of them (CRDs) that lie in the repository
(https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import Node

from storage.checks.formats import nodes
from storage.checks.formats.said import Said
from storage.checks.formats.yaml import schemas

MOST_FILES, MOST_BYTES = 4_000, 3_000_000
DEFINES = b"CustomResourceDefinition"
OPEN = "x-kubernetes-preserve-unknown-fields"
OF_ALL = frozenset(["apiVersion", "kind", "metadata", "status"])
"""What every manifest has, and what the cluster writes."""
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def named(document: Node) -> tuple[str, str]:
    """Its group with the version, and its kind."""
    group, kind = (nodes.text(nodes.at(document, name)) for name in ("apiVersion", "kind"))
    return group, kind


def schema(group: str, kind: str, tree: Path | None) -> dict[str, Any] | None:
    """What the repository's definition says of this kind in this version; None where it has none, or none that can be read."""
    where, _, version = group.partition("/")
    for text in _definitions(tree) if tree is not None else ():
        if re.search(rf"^\s+kind: [\"']?{re.escape(kind)}\b", text, re.MULTILINE) and where in text:
            told = _read(text)
            if told.get("group") != where or told.get("names", {}).get("kind") != kind:
                continue
            versions: list[dict[str, Any]] = told.get("versions") or []
            found = next((one["schema"] for one in versions if one.get("name") == version and "schema" in one), None)
            return (found or told.get("validation") or {}).get("openAPIV3Schema")
    return None


@lru_cache(maxsize=2)
def _definitions(tree: Path) -> tuple[str, ...]:
    """The text of each definition."""
    files = sorted(one for ending in ("yaml", "yml") for one in tree.rglob(f"*.{ending}"))[:MOST_FILES]
    texts = [one.read_bytes() for one in files if not one.is_symlink() and one.is_file() and _is_small(one)]
    return tuple(
        part
        for text in texts
        if DEFINES in text
        for part in re.split(r"^---\s*$", text.decode("utf-8", "replace"), flags=re.MULTILINE)
        if re.search(r"^kind: CustomResourceDefinition", part, re.MULTILINE)
    )


def _is_small(file: Path) -> bool:
    return file.stat().st_size < MOST_BYTES


@lru_cache(maxsize=8)
def _read(text: str) -> Mapping[str, Any]:
    """What it specifies; nothing where a template makes it."""
    try:
        told = yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return told.get("spec") or {} if isinstance(told, dict) else {}


def read(document: Any, node: Node, by: dict[str, Any], said: Said) -> None:
    """What is missing is told, too, unless it may be a patch: those hold little of what the whole one needs at its top."""
    told = {word: value for word, value in document.items() if word not in OF_ALL}
    needed, spec = by.get("properties", {}).get("spec", {}).get("required", []), told.get("spec")
    is_patch = isinstance(spec, dict) and bool(needed) and len([one for one in needed if one in spec]) < len(needed) - 1
    is_whole = not is_patch and (len(needed) != 1 or needed[0] in (spec or ()))
    schemas.of_repository(told, node, _closed(by), f"`{named(node)[1]}`", said, is_whole)


def _closed(by: Any) -> Any:
    """A table takes the words that are told of it and no others, unless it says otherwise."""
    if not isinstance(by, dict):
        return by
    told = {key: _closed(value) for key, value in by.items() if key != "properties"}
    if isinstance(fields := by.get("properties"), dict):
        told["properties"] = {name: _closed(one) for name, one in fields.items()}
        if not by.get(OPEN) and "additionalProperties" not in by:
            told["additionalProperties"] = False
    return told
