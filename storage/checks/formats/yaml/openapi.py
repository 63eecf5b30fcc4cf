"""Descriptions of OpenAPI 3 and Swagger 2 against their own people's schemas, as openapi-spec-validator brings them (read, not run);
besides, references and parameters that lead nowhere (https://spec.openapis.org/oas/).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.yaml import schemas

HELD = "OpenAPI"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
FROM_HERE = ("components", "definitions", "parameters", "responses")
OF_OPENAPI = ("discriminator", "xml", "externalDocs", "example", "nullable")
"""What a schema may have besides JSON Schema's own words; the last was taken away with 3.1, and is still read by many."""
DEEPEST = 60


def is_description(document: Node) -> bool:
    return _version(document) != "" and bool({"paths", "components", "webhooks"} & nodes.keys(document))


def _version(document: Node) -> str:
    told = nodes.text(nodes.at(document, "openapi")) or nodes.text(nodes.at(document, "swagger"))
    return next((one for one in ("2.0", "3.0", "3.1", "3.2") if told.startswith(one)), "")


@cache
def _validator(version: str) -> Any:
    place = find_spec("openapi_spec_validator")
    folder = Path(next(iter(place.submodule_search_locations or ()))) if place else Path()
    told = json.loads((folder / "resources" / "schemas" / f"v{version}" / "schema.json").read_text("utf-8"))
    if "$defs" in told:
        told["$defs"]["schema"] |= {"properties": _words()}
    return schemas.validator(told)


def _words() -> dict[str, Any]:
    """Of a schema within a description, which OpenAPI leaves to JSON Schema since 3.1."""
    from jsonschema_specifications import REGISTRY

    found: dict[str, Any] = {name: {} for name in OF_OPENAPI}
    for name in ("core", "applicator", "unevaluated", "validation", "meta-data", "format-annotation", "content"):
        told = REGISTRY.contents(f"https://json-schema.org/draft/2020-12/meta/{name}")
        found |= _placed(told["properties"], told.get("$defs", {}))
    return found


def _placed(told: Any, parts: dict[str, Any]) -> Any:
    """Parts that a vocabulary refers to stand where it does."""
    if isinstance(told, list):
        return [_placed(one, parts) for one in told]
    if not isinstance(told, dict):
        return told
    where = told.get("$ref")
    if isinstance(where, str) and where.startswith("#/$defs/"):
        return _placed(parts[where.rpartition("/")[2]], parts)
    return {key: _placed(one, parts) for key, one in told.items()}


def read(document: dict[str, Any], node: Node) -> Iterator[Finding]:
    by = _validator(_version(node))
    yield from schemas.held(schemas.worded(document), by, HELD, schemas.lines(node), is_strict=False, is_whole=True)
    yield from _operations(node)
    yield from _references(node, node)
    yield from _securities(node)


def _operations(document: Node) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for path, value, _ in nodes.pairs(nodes.at(document, "paths")):
        shared = nodes.items(nodes.at(value, "parameters"))
        for method, operation, line in nodes.pairs(value):
            if method not in METHODS or "$ref" in nodes.keys(operation):
                continue
            yield from _parameters_of(path, [*shared, *nodes.items(nodes.at(operation, "parameters"))], line)
            name = nodes.text(nodes.at(operation, "operationId"))
            if name and name in seen:
                yield Finding(line, "name", f"the operationId `{name}` stands for line {seen[name]}, too")
            elif name:
                seen[name] = line


def _securities(document: Node) -> Iterator[Finding]:
    """Names in `security` are those of the schemes, where the whole description stands here."""
    schemes = nodes.at(document, "components", "securitySchemes") or nodes.at(document, "securityDefinitions")
    if schemes is None or "$ref" in nodes.keys(schemes) or nodes.is_open(schemes):
        return
    known = nodes.keys(schemes)
    operations = [one for _, path, _ in nodes.pairs(nodes.at(document, "paths")) for _, one, _ in nodes.pairs(path)]
    for one in (document, *operations):
        for asked in nodes.items(nodes.at(one, "security")):
            for name, _, line in nodes.pairs(asked):
                if name not in known:
                    yield Finding(line, "name", f"no security scheme is named `{name[:40]}`{nodes.near(name, known)}")


def _parameters_of(path: str, given: list[Node], line: int) -> Iterator[Finding]:
    if any("$ref" in nodes.keys(one) or nodes.is_open(one) for one in given):
        return
    told = {nodes.text(nodes.at(one, "name")) for one in given if nodes.text(nodes.at(one, "in")) == "path"}
    wanted = set(re.findall(r"\{([^{}]+)\}", path))
    for one in sorted(wanted - told):
        yield Finding(line, "argument", f"the path parameter `{one}` is not described")
    for one in sorted(told - wanted):
        yield Finding(line, "argument", f"the path has no `{{{one}}}`")


def _references(node: Node, document: Node, depth: int = 0) -> Iterator[Finding]:
    for key, value, line in nodes.pairs(node):
        target = nodes.text(value)
        if key == "$ref" and target.startswith("#/"):
            path = [
                part.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
                for part in target[2:].split("/")
            ]
            if path[0] in FROM_HERE and not _leads(document, path):
                yield Finding(
                    line,
                    "name",
                    f"nothing stands at `{target[:100]}`{nodes.near(path[-1], nodes.keys(nodes.at(document, *path[:-1])))}",
                )
        elif depth < DEEPEST:
            yield from _references(value, document, depth + 1)
    for one in nodes.items(node) if depth < DEEPEST else ():
        yield from _references(one, document, depth + 1)


def _leads(document: Node, path: list[str]) -> bool:
    here: Node | None = document
    for name in path:
        if here is not None and nodes.is_open(here):
            return True
        listed = nodes.items(here)
        here = listed[int(name)] if listed and name.isdigit() and int(name) < len(listed) else nodes.at(here, name)
        if here is None:
            return False
    return True
