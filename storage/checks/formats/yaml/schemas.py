"""Files that are held against the schema that their own people publish, as check-jsonschema brings it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes

DEEPEST_SCHEMA = 3
RETIRED = frozenset(["reviewers"])
"""Words that the publishers still take, and do nothing with."""
WHAT = {
    "github-workflows": "a workflow of GitHub",
    "gitlab-ci": "GitLab's pipelines",
    "compose-spec": "a compose file",
    "dependabot": "Dependabot",
    "renovate": "Renovate",
}


@lru_cache(maxsize=4)
def _validator(name: str) -> Any:
    import jsonschema

    text = (files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{name}.json").read_text("utf-8")
    schema = json.loads(text)
    return jsonschema.validators.validator_for(schema)(schema)


def _filled(document: dict[str, Any], name: str) -> dict[str, Any]:
    """A word of a service that is known and left empty counts as not there: compose takes it so."""
    services = document.get("services")
    if name != "compose-spec" or not isinstance(services, dict):
        return document
    known = _properties({"$ref": "#/$defs/service"}, _validator(name).schema)
    kept = {
        service: {key: value for key, value in told.items() if value is not None or key not in known}
        if isinstance(told, dict)
        else told
        for service, told in services.items()
    }
    return document | {"services": kept}


def read(document: dict[str, Any], node: Node, name: str) -> Iterator[Finding]:
    """Words that a schema does not know, values outside its sets, and those of a wrong kind, each at its own line."""
    for error in list(_validator(name).iter_errors(_filled(document, name)))[:50]:
        leaf, beside = _leaf(error)
        path, found = list(leaf.absolute_path), re.findall(r"'([^']+)'", leaf.message)
        if leaf.validator in ("additionalProperties", "unevaluatedProperties") and found:
            if name == "renovate" or found[0] in RETIRED:
                continue
            known = sorted(_properties(leaf.schema, _validator(name).schema))
            if found[0] in known:
                continue  # it counts as unknown only because its value does not fit, which is told by itself
            near = _near(found[0], known)
            line = _line(node, path, found[0])
            yield Finding(
                line, "name", f"{WHAT[name]} has no `{found[0]}` here" + (f"; did you mean `{near}`?" if near else "")
            )
        elif (
            leaf.validator in ("enum", "type")
            and (message := _value(leaf, beside, name))
            and (line := _line(node, path))
        ):
            yield Finding(
                line, "argument", f"`{next((one for one in reversed(path) if isinstance(one, str)), '')}` {message}"
            )


def _leaf(error: Any) -> tuple[Any, list[Any]]:
    """The error that got furthest, and those of the other ways that ended at the same place."""
    leaf, beside = error, [error]
    while leaf.context:
        deepest = max(len(one.absolute_path) for one in leaf.context)
        beside = [one for one in leaf.context if len(one.absolute_path) == deepest]
        leaf = next((one for one in beside if one.validator in ("additionalProperties", "enum")), beside[0])
    return leaf, [one for one in beside if one.absolute_path == leaf.absolute_path]


def _value(leaf: Any, beside: list[Any], name: str) -> str:
    """What it may be; nothing where a program fills it in, or another way leaves it open."""
    value = leaf.instance
    if value is None or (isinstance(value, str) and re.search(r"\$|\{\{|<|%", value)):
        return ""
    if any(one.validator not in ("enum", "type", "const") for one in beside):
        return ""
    values = [str(told) for one in beside if one.validator == "enum" for told in one.validator_value]
    types = [one.validator_value for one in beside if one.validator == "type"]
    kinds = sorted(
        {KINDS[kind] for told in types for kind in ([told] if isinstance(told, str) else told) if kind in KINDS}
    )
    if values and isinstance(value, str):
        return f"is {', '.join(values[:12])}, not `{value[:40]}`" + (
            f"; did you mean `{near}`?" if (near := _near(value, values)) else ""
        )
    if kinds == [KINDS["array"]] and name == "github-workflows" and isinstance(value, str):
        return ""  # GitHub takes one text for a list of one
    return f"is {' or '.join(kinds)}" if kinds and not values else ""


KINDS = {
    "string": "a text",
    "array": "a list",
    "object": "a table of words",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}


def _line(node: Node, path: list[Any], word: str = "") -> int:
    """Of the value at the path, or of a word in it; 0 where a tag of another program's stands on the way."""
    here: Node | None = node
    for one in path:
        if here is None or here.tag.startswith("!"):
            return 0
        listed = nodes.items(here)
        here = listed[one] if isinstance(one, int) and one < len(listed) else nodes.at(here, str(one))
    if here is None or here.tag.startswith("!"):
        return 0
    return (
        next((line for key, _, line in nodes.pairs(here) if key == word), nodes.line(here))
        if word
        else nodes.line(here)
    )


def _properties(schema: dict[str, Any], root: dict[str, Any], depth: int = 0) -> set[str]:
    """Words that a schema knows, with those that it takes in from its own parts."""
    found = set(schema.get("properties", {}))
    parts = [part for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word, []) if isinstance(part, dict)]
    if isinstance(where := schema.get("$ref"), str) and where.startswith("#/"):
        inner: Any = root
        for name in where[2:].split("/"):
            inner = inner.get(name, {}) if isinstance(inner, dict) else {}
        parts.append(inner)
    for one in parts if depth < DEEPEST_SCHEMA else []:
        found |= _properties(one, root, depth + 1)
    return found


def _near(word: str, words: list[str]) -> str:
    import difflib

    return next(iter(difflib.get_close_matches(word, words, n=1, cutoff=0.6)), "")
