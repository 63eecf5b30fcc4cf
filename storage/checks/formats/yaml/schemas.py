"""Files that are held against the schema that their own people publish, as check-jsonschema brings it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.said import Said
from storage.checks.formats.shell.flags import distance, slip

DEEPEST_SCHEMA = 3
UNKNOWN = frozenset(["additionalProperties", "unevaluatedProperties", "slip"])
RETIRED = {"dependabot": "reviewers", "github-actions": "type"}
"""Words that are still taken, and nothing is done with them."""
BESIDE = frozenset(["oneOf", "anyOf", "allOf", "properties", "additionalProperties", "enum", "type", "items"])
FEW = 4
"""Schemas that are kept read: the largest has 2 MB."""

CALLED = {
    "github-workflows": "a workflow of GitHub",
    "github-actions": "an action of GitHub",
    "gitlab-ci": "GitLab's pipelines",
    "compose-spec": "a compose file",
    "dependabot": "Dependabot",
    "renovate": "Renovate",
}
"""Of these all that the schema says is believed; of the others what is nearly something that it names, for they are incomplete."""

NEEDED = {"compose-spec": ["services"]}
STRICT = frozenset(["compose-spec", "renovate"])
TRUTHS = frozenset(["true", "false", "yes", "no", "on", "off"])

Lines = Callable[[list[Any], str], int]
"""The line of the value at a path, or of a word in it; 0 where that cannot be told."""


def left_out(name: str) -> list[str]:
    return [] if name in CALLED else ["words that are like none of its published schema's are not looked at"]


def what(name: str) -> str:
    return CALLED.get(name) or re.sub(r"^Validate | \(.*\)$", "", _catalog()[name]["name"])


@cache
def _catalog() -> dict[str, dict[str, Any]]:
    from check_jsonschema.catalog import SCHEMA_CATALOG

    return {name: told["hook_config"] for name, told in SCHEMA_CATALOG.items()}


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Paths of files as the publishers name them, from the root of a repository or a folder on."""
    return [
        (re.compile(rf"(?:^|.*/)(?:{one.removeprefix('^').removesuffix('$')})"), name)
        for name, told in _catalog().items()
        for one in ([told["files"]] if isinstance(told["files"], str) else told["files"])
    ]


def by_path(path: str, document: dict[str, Any]) -> str:
    """The schema of a file by its name; "" for none, also where it lacks what each of its kind has: it is another program's."""
    name = next((one for pattern, one in _patterns() if pattern.fullmatch(path)), "") if path else ""
    words = [str(one) for one in document]
    needed = NEEDED.get(name) or (_validator(name).schema.get("required", []) if name else [])
    return name if all(one in words or any(slip(word, [one]) for word in words) for one in needed) else ""


@lru_cache(maxsize=FEW)
def _validator(name: str) -> Any:
    text = (files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{name}.json").read_text("utf-8")
    return validator(
        _joined(json.loads(text)), "nonunicode" if "nonunicode" in _catalog()[name].get("add_args", ()) else "default"
    )


def _joined(told: Any) -> Any:
    """What stands beside a `$ref` counts, too, as in the editors that these schemas are written for; before 2019 a reference hid it.
    A condition on a word asks that it is there.
    """
    if isinstance(told, list):
        return [_joined(one) for one in told]
    if not isinstance(told, dict):
        return told
    found = {key: _joined(one) for key, one in told.items()}
    if isinstance(found.get("$ref"), str) and BESIDE & found.keys():
        found["allOf"] = [*found.get("allOf", ()), {"$ref": found.pop("$ref")}]
    if isinstance(asked := found.get("if"), dict) and "properties" in asked:
        asked.setdefault("required", list(asked["properties"]))
    return found


def validator(schema: dict[str, Any], patterns: str = "default") -> Any:
    """Besides, a word that an object may have and that is nearly one of those which its schema names counts as an error, `slip`."""
    import jsonschema
    from check_jsonschema.regex_variants import RegexImplementation, RegexVariantName
    from jsonschema_specifications import REGISTRY

    plain = jsonschema.validators.validator_for(schema, jsonschema.validators.Draft7Validator)
    regex = RegexImplementation(RegexVariantName(patterns))

    def properties(holder: Any, known: dict[str, Any], instance: Any, inner: dict[str, Any]) -> Iterator[Any]:
        yield from plain.VALIDATORS["properties"](holder, known, instance, inner)
        if not isinstance(instance, dict) or inner.get("additionalProperties", True) is not True:
            return
        named = dict.fromkeys(inner.get("patternProperties", {}), False)
        for key in instance.keys() - known.keys():
            near = slip(key, [one for one in known if one not in instance])
            if near and not any(regex.patternProperties_keyword(holder, named, {key: None}, inner)):
                yield jsonschema.ValidationError(f"'{key}'", validator="slip")

    own = {
        "properties": properties,
        "pattern": regex.pattern_keyword,
        "patternProperties": regex.patternProperties_keyword,
    }
    return jsonschema.validators.extend(plain, own)(schema, registry=REGISTRY)


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
    is_sure = name in CALLED
    told = _filled(worded(document), name)
    for one in held(told, _validator(name), what(name), lines(node), is_sure, name in STRICT):
        is_retired = f"no `{RETIRED.get(name)}`" in one.message
        if not is_retired and (name != "renovate" or one.kind != "name"):
            yield one


def of_repository(document: Any, node: Node, schema: Any, called: str, said: Said, is_whole: bool = False) -> None:
    """A schema that a repository has: it may be none, or name one that lies elsewhere, which nobody fetches."""
    import jsonschema
    import referencing
    import regress

    faults = (TypeError, ValueError, AttributeError, KeyError, regress.RegressError)
    try:
        said.findings += held(worded(document), validator(schema), called, lines(node), is_whole=is_whole)
    except (*faults, jsonschema.exceptions.UnknownType, referencing.exceptions.Unresolvable):
        said.reasons.append(f"the repository's schema of {called} cannot be read")


def lines(node: Node) -> Lines:
    return lambda path, word: _line(node, path, word)


def held(
    document: Any,
    by: Any,
    called: str,
    line: Lines,
    is_sure: bool = True,
    is_strict: bool = True,
    is_whole: bool = False,
) -> Iterator[Finding]:
    """Words that a schema does not know, values outside its sets, and those of a wrong kind, each at its own line; where the schema is
    not sure to be complete, what is nearly something that it names. Most readers of YAML take a number or a truth for a text, and a
    text for what it says; a strict one does not. Of a whole one what is missing is told, too.
    """
    for error in list(by.iter_errors(document))[:50]:
        leaf, beside = _leaf(error)
        path = list(leaf.absolute_path)
        if path[-1:] == ["$ref"]:
            continue  # it stands in another file
        if leaf.validator in UNKNOWN:
            known = sorted({word for one in beside for word in _properties(one.schema, by.schema)})
            for word in re.findall(r"'([^']+)'", leaf.message):
                near = _near(word, [one for one in known if one not in leaf.instance])
                if word in known or nodes.FILLED.search(word) or not (is_sure or _is_letter_off(word, near)):
                    continue  # a known one counts as unknown only because its value does not fit, which is told by itself
                if at := line(path, word):
                    said = f"{called} has no `{word[:60]}` here" + (f"; did you mean `{near}`?" if near else "")
                    yield Finding(at, "name", said)
                break
        elif leaf.validator in ("enum", "type", *["const"] * is_whole) and (
            message := _value(leaf, beside, is_sure, is_strict)
        ):
            last = next((one for one in reversed(path) if isinstance(one, str)), "")
            if at := line(path, ""):
                yield Finding(at, "argument", f"`{last}` {message}")
        elif leaf.validator == "required" and is_whole and path:
            *above, last = path
            at = line(above, last) if isinstance(last, str) else line(path, "")
            missing = next((one for one in leaf.validator_value if one not in leaf.instance), "$ref")
            if at and missing != "$ref":
                yield Finding(at, "argument", f"`{missing}` is missing here; {called} needs it")


def worded(value: Any) -> Any:
    """Keys are words, as in JSON."""
    if isinstance(value, dict):
        return {str(key): worded(one) for key, one in value.items()}
    return [worded(one) for one in value] if isinstance(value, list) else value


def _leaf(error: Any) -> tuple[Any, list[Any]]:
    """The error that got furthest, and those of the other ways that ended at the same place."""
    leaf, beside = error, [error]
    while leaf.context:
        met = _meant(leaf.context)
        deepest = max(len(one.absolute_path) for one in met)
        beside = [one for one in met if len(one.absolute_path) == deepest]
        leaf = max(beside, key=lambda one: (one.validator in UNKNOWN, one.validator == "enum"))
    return leaf, [one for one in beside if one.absolute_path == leaf.absolute_path]


def _meant(errors: list[Any]) -> list[Any]:
    """Without the ways that are told by a word of theirs to be for something else: `type: http` where one wants `apiKey`; a reference
    where none stands; and of the others those that only lack a word."""
    others = {
        one.relative_schema_path[0]
        for one in errors
        if (len(one.relative_path) == 1 and (one.validator == "const" or len(one.schema.get("enum", ())) == 1))
        or (one.validator == "required" and one.validator_value == ["$ref"])
    }
    left = [one for one in errors if one.relative_schema_path[0] not in others] or errors
    wrong = {one.relative_schema_path[0] for one in left if one.validator != "required"}
    return [one for one in left if one.relative_schema_path[0] not in wrong] or left


def _value(leaf: Any, beside: list[Any], is_sure: bool, is_strict: bool) -> str:
    """What it may be; nothing where a program fills it in, or another way leaves it open."""
    value = leaf.instance
    if value is None or _is_filled_in(value):
        return ""
    if any(one.validator not in ("enum", "type", "const") and not _is_expression(one) for one in beside):
        return ""
    values = [
        json.dumps(told) if isinstance(told, bool) else str(told)
        for one in beside
        if one.validator in ("enum", "const")
        for told in (one.validator_value if one.validator == "enum" else [one.validator_value])
    ]
    types = [one.validator_value for one in beside if one.validator == "type"]
    kinds = sorted(
        {KINDS[kind] for told in types for kind in ([told] if isinstance(told, str) else told) if kind in KINDS}
    )
    if not is_strict and (str(value) in values or _is_read(value, kinds)):
        return ""
    if not is_sure and not (isinstance(value, str) and any(_is_letter_off(value, one) for one in values)):
        return ""
    if values and isinstance(value, str | bool):
        told = value[:40] if isinstance(value, str) else json.dumps(value)
        return f"is {', '.join(values[:12])}, not `{told}`" + (
            f"; did you mean `{near}`?" if (near := _near(told, values)) else ""
        )
    if kinds == [KINDS["array"]] and isinstance(value, str) and not is_strict:
        return ""  # GitHub takes one text for a list of one
    return f"is {' or '.join(kinds)}" if kinds and not values else ""


def _is_filled_in(value: Any) -> bool:
    """By a program, or by the reader: `[PROJECT_ID]`, `**your key**`."""
    if isinstance(value, list):
        return len(value) == 1 and bool(re.fullmatch(r"[A-Z][A-Z_]*", str(value[0])))
    return isinstance(value, str) and bool(re.search(r"\$|\{\{|<|%|\*\*", value))


def _is_letter_off(word: str, known: str) -> bool:
    """One letter; not what only parts its words otherwise, which many programs take."""
    return distance(word, known) == 1 and re.sub(r"\W|_", "", word) != re.sub(r"\W|_", "", known)


def _is_read(value: Any, kinds: list[str]) -> bool:
    if isinstance(value, str):
        is_truth = KINDS["boolean"] in kinds and value.lower() in TRUTHS
        return is_truth or (
            bool({KINDS["integer"], KINDS["number"]} & {*kinds}) and bool(nodes.NUMBER.fullmatch(value))
        )
    return KINDS["string"] in kinds and isinstance(value, int | float)


def _is_expression(error: Any) -> bool:
    """It wants an expression of GitHub's, which the value is not."""
    return error.validator == "pattern" and r"\$\{\{" in error.validator_value


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
    listed = [part for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word, [])]
    listed += [*schema.get("dependentSchemas", {}).values(), schema.get("then"), schema.get("else")]
    parts = [part for part in listed if isinstance(part, dict)]
    if isinstance(where := schema.get("$ref"), str) and where.startswith("#/"):
        inner: Any = root
        for name in where[2:].split("/"):
            inner = inner.get(name, {}) if isinstance(inner, dict) else {}
        parts.append(inner)
    for one in parts if depth < DEEPEST_SCHEMA else []:
        found |= _properties(one, root, depth + 1)
    return found


def _near(word: str, words: list[str]) -> str:
    return next(iter(difflib.get_close_matches(word, words, n=1, cutoff=0.6)), "")
