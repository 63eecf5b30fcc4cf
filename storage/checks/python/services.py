"""What boto3's clients and resources have, and what their calls take: they are made of the service descriptions that botocore and boto3
bring, which no type tells of.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.calls import is_elided, short
from storage.checks.python.library import Library, near
from storage.checks.python.sight import Sight

MOST_SERVICE_BYTES = 30_000_000
CLIENT_WORDS = """
    can_paginate generate_presigned_post generate_presigned_url get_paginator get_waiter waiter_names close meta exceptions
    upload_file upload_fileobj download_file download_fileobj copy
"""
RESOURCE_WORDS = """
    meta load reload get_available_subresources upload_file upload_fileobj download_file download_fileobj copy batch_writer
    create_tags delete_tags
"""
CLIENT_OWN, RESOURCE_OWN = CLIENT_WORDS.split(), RESOURCE_WORDS.split()
"""What boto3 adds by hand."""


@dataclass(frozen=True, slots=True)
class Held:
    """A client of a service; with `kind` a resource of it, "" for the service's own."""

    service: str
    kind: str | None = None

    @property
    def called(self) -> str:
        return f"{self.service} client" if self.kind is None else f"{self.service} {self.kind or 'resource'}"


class Services:
    def __init__(self, library: Library) -> None:
        self._library = library
        self._read: dict[tuple[str, str], Mapping[str, Any]] = {}

    def findings(self, sight: Sight, lines: range) -> Iterator[Finding]:
        """Lines of the findings count from 0."""
        version = self._library.environment.versions.get("boto3", "")
        if not version:
            return
        names = self._names(sight)
        yield from self._unknown(sight, lines, version)
        for node in sight.nodes(ast.Attribute):
            if not isinstance(node, ast.Attribute) or node.lineno not in lines or node.attr.startswith("_"):
                continue
            held = self._of(node.value, names)
            has = self._has(held) if held else frozenset()
            if held is None or not has:
                continue
            line = (node.end_lineno or node.lineno) - 1
            call = sight.parents.get(id(node))
            if node.attr not in has:
                if held.kind is None and not (isinstance(call, ast.Call) and call.func is node):
                    continue
                said = wording.attribute(held.called, node.attr, f"boto3 {version}", near(node.attr, has))
                yield Finding(line, "attribute", said, "boto3", version)
            elif isinstance(call, ast.Call) and call.func is node and not is_elided(call):
                takes = self._takes(held, node.attr)
                for word in call.keywords if takes else ():
                    if word.arg and word.arg not in takes:
                        said = wording.keyword(word.arg, short(node), f"boto3 {version}", near(word.arg, takes))
                        yield Finding(word.lineno - 1, "argument", said, "boto3", version)

    def _unknown(self, sight: Sight, lines: range, version: str) -> Iterator[Finding]:
        """Services that have no description at this version: `boto3.client("name")` fails for those."""
        data = self._library.environment.site / "botocore" / "data"
        has = [one.name for one in data.iterdir() if one.is_dir()] if data.is_dir() else []
        for node in sight.nodes(ast.Call):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="boto3"), attr="client" | "resource"),
                    args=[ast.Constant(value=str(name)), *_],
                ) if has and node.lineno in lines and name not in has:
                    guess = near(name, has)
                    said = f"boto3 {version} has no service `{name}`" + (f"; did you mean `{guess}`?" if guess else "")
                    yield Finding(node.lineno - 1, "argument", said, "boto3", version)
                case _:
                    continue

    def _names(self, sight: Sight) -> dict[str, Held]:
        """Variables that hold a client or a resource; a name that is given two kinds of them counts for none."""
        found: dict[str, Held | None] = {}
        for node in sight.nodes(ast.Assign):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                held = self._of(node.value, {one: kind for one, kind in found.items() if kind})
                found[name] = held if found.get(name, held) == held else None
        return {name: held for name, held in found.items() if held}

    def _of(self, node: ast.expr, names: Mapping[str, Held]) -> Held | None:
        match node:
            case ast.Name(id=name):
                return names.get(name)
            case ast.Call(
                func=ast.Attribute(attr="client" | "resource" as made), args=[ast.Constant(value=str(service)), *_]
            ):
                return Held(service, None if made == "client" else "") if re.fullmatch(r"[a-z0-9-]+", service) else None
            case ast.Call(func=ast.Attribute(value=value, attr=name)):
                held = self._of(value, names)
                inner = self._described(held).get("has", {}).get(name) if held and held.kind is not None else None
                return Held(held.service, str(inner["resource"]["type"])) if held and inner else None
            case _:
                return None

    def _has(self, held: Held) -> frozenset[str]:
        service = self._file(held.service, "botocore", "service-2")
        if held.kind is None:
            return frozenset([*map(snake, service.get("operations", ())), *CLIENT_OWN]) if service else frozenset()
        told = self._described(held)
        if not told:
            return frozenset()
        shape = service.get("shapes", {}).get(told.get("shape", ""), {}).get("members", ())
        words = [*told.get("actions", ()), *told.get("hasMany", ()), *shape]
        words += [str(one["name"]) for one in told.get("identifiers", ())]
        waits = [f"wait_until_{snake(one)}" for one in told.get("waiters", ())]
        batch = ["batch_actions"] if told.get("batchActions") else []
        return frozenset(
            [*map(snake, words), *told.get("has", ()), *map(snake, told.get("has", ())), *waits, *batch, *RESOURCE_OWN]
        )

    def _takes(self, held: Held, name: str) -> frozenset[str]:
        """The arguments of an operation; none where that is not known."""
        service = self._file(held.service, "botocore", "service-2")
        if held.kind is None:
            operation = next((one for one in service.get("operations", ()) if snake(one) == name), "")
        else:
            actions: Mapping[str, Any] = self._described(held).get("actions", {})
            action: Mapping[str, Any] = next((told for one, told in actions.items() if snake(one) == name), {})
            operation = action.get("request", {}).get("operation", "") if not action.get("resource") else ""
        asked = service.get("operations", {}).get(operation, {}).get("input", {}).get("shape", "")
        return frozenset(service.get("shapes", {}).get(asked, {}).get("members", ()))

    def _described(self, held: Held) -> Mapping[str, Any]:
        file = self._file(held.service, "boto3", "resources-1")
        made: Mapping[str, Any] = file.get("resources", {})
        if held.kind:
            found: Mapping[str, Any] = made.get(held.kind, {})
            return found
        told: Mapping[str, Any] = file.get("service", {})  # which has each kind of its resources, told or not
        every = {name: {"resource": {"type": name}} for name in made}
        return {**told, "has": {**every, **told.get("has", {})}} if told else {}

    def _file(self, service: str, package: str, name: str) -> Mapping[str, Any]:
        key = (service, name)
        if key not in self._read:
            folder = self._library.environment.site / package / "data" / service
            self._read[key] = _read(sorted(folder.glob(f"*/{name}.json*")))
        return self._read[key]


def _read(files: list[Path]) -> Mapping[str, Any]:
    """Of the newest description what is asked for: the names of operations, and of what their shapes have."""
    try:
        content = files[-1].read_bytes() if files else b"{}"
        text = gzip.decompress(content) if files and files[-1].suffix == ".gz" else content
        told = json.loads(text[:MOST_SERVICE_BYTES])
    except (OSError, ValueError, EOFError):
        return {}
    if "shapes" not in told:
        return dict(told)
    operations = {name: {"input": one.get("input", {})} for name, one in told.get("operations", {}).items()}
    shapes = {name: {"members": list(one["members"])} for name, one in told["shapes"].items() if "members" in one}
    return {"operations": operations, "shapes": shapes}


def snake(name: str) -> str:
    """botocore's own way from `ListObjectsV2` to `list_objects_v2`."""
    partial = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"([a-z0-9])([A-Z]{2,}s?)(?=[A-Z]|$)", r"\1_\2", name))
    return re.sub(r"([a-z\d])([A-Z])", r"\1_\2", partial).lower()
