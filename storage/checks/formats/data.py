"""YAML, and of it (and of JSON, which is YAML, too) the files whose schema their own people publish: workflows and pipelines, compose,
Kubernetes, OpenAPI.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from storage.checks.formats import kubernetes, nodes, openapi, references
from storage.checks.formats.said import Said, unread, wrong

EXCERPT = re.compile(r"(?<![.\w/])\.\.\.(?![.\w/])|…|<[\w -]+>")
TEMPLATE = re.compile(r"\{\{|\{%|<%|^\s*\$\{[^}]*\}\s*$", re.MULTILINE)
DEEPEST = 100
MOST_EVENTS = 50_000
DEEPEST_SCHEMA = 3


def deep(code: str, opening: str) -> bool:
    depth = most = 0
    for letter in code:
        depth += 1 if letter in opening else -1 if letter in "]}" else 0
        most = max(most, depth)
    return most > DEEPEST


class _Loader(yaml.SafeLoader):
    """`on` and `yes` are words, as in YAML 1.2 and in all that reads workflows."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false|True|False|TRUE|FALSE)$"), list("tTfF")
)


def _tagged(loader: Any, suffix: str, node: Any) -> object:
    """`!reference [a, b]`, `!Ref x`: what stands there is another program's business."""
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _tagged)


def read_yaml(code: str) -> Said:
    code = re.sub(r"[ \t]*\t[ \t]*$", "", code, flags=re.MULTILINE)
    if deep(code, "[{") or re.search(r"^(?:\s*- ){60}", code, re.MULTILINE):
        return unread("it is nested too deep")
    if code.count("*") > 200 or (len(re.findall(r"\*\w", code)) > 20 and len(re.findall(r"&\w", code)) > 5):
        return unread("it refers to itself too often")
    try:
        for count, _ in enumerate(yaml.parse(code, Loader=yaml.SafeLoader)):
            if count > MOST_EVENTS:
                return unread("it is too long")
    except yaml.YAMLError as fault:
        if EXCERPT.search(code) or TEMPLATE.search(code):
            return unread("parts of it are left out, or a template fills them in")
        mark = getattr(fault, "problem_mark", None)
        said = getattr(fault, "problem", None) or "it cannot be read"
        if isinstance(fault, yaml.composer.ComposerError):
            return unread("it refers to what stands elsewhere")
        return wrong(mark.line + 1 if mark else 1, f"this is no valid YAML: {said}", {"YAML": ""})
    except (RecursionError, ValueError):
        return unread("it could not be read")
    return by_schema(code)


def by_schema(code: str) -> Said:
    """JSON is YAML, too."""
    code = code.replace("\t", " ") if code.lstrip().startswith("{") else code
    try:
        documents = list(yaml.load_all(code, Loader=_Loader))
        parsed = nodes.documents(code)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        return Said({"YAML": ""})
    said = Said({"YAML": ""})
    if EXCERPT.search(code) or TEMPLATE.search(code):
        return said
    for one in parsed:
        if kubernetes.is_manifest(one):
            said.held = {kubernetes.HELD: ""}
            said.findings += kubernetes.read(one)
        elif openapi.is_description(one):
            said.held = {openapi.HELD: ""}
            said.findings += openapi.read(one)
    if len(documents) != 1 or not isinstance(documents[0], dict) or said.findings:
        return said
    document = documents[0]
    name = _schema_of(document)
    if not name:
        return said
    said.held = {WHAT[name]: ""}
    for path, message in _unknown(_filled(document, name), name):
        said.findings += wrong(_line(code, path), message, {}).findings
        said.findings[-1:] = [type(one)(one.line, "name", one.message) for one in said.findings[-1:]]
    told = {one.line for one in said.findings}
    said.findings += [one for one in OWN_NAMES[name](parsed[0]) if one.line not in told]
    return said


OWN_NAMES = {
    "github-workflows": references.workflow,
    "gitlab-ci": references.pipeline,
    "compose-spec": references.compose,
}
JOBS = frozenset(["script", "stage", "trigger", "extends", "image", "needs", "rules", "before_script", "artifacts"])
OF_PIPELINES = frozenset(
    [
        "stages",
        "variables",
        "default",
        "include",
        "workflow",
        "image",
        "services",
        "cache",
        "before_script",
        "after_script",
        "spec",
        "pages",
    ]
)


WHAT = {
    "github-workflows": "a workflow of GitHub",
    "gitlab-ci": "GitLab's pipelines",
    "compose-spec": "a compose file",
}


def _schema_of(document: dict[str, Any]) -> str:
    keys = set(document)
    if {"on", "jobs"} <= keys:
        return "github-workflows"
    if "services" in keys and keys <= {
        "version",
        "services",
        "volumes",
        "networks",
        "configs",
        "secrets",
        "name",
        "include",
    } | {one for one in keys if str(one).startswith("x-")}:
        return "compose-spec"
    rest = [value for key, value in document.items() if key not in OF_PIPELINES]
    is_job = [isinstance(one, dict) and not JOBS.isdisjoint(one) for one in rest]
    has_script = any(isinstance(one, dict) and ({"script", "trigger"} & set(one)) for one in rest)
    if rest and all(is_job) and has_script:
        return "gitlab-ci"
    return ""


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


def _unknown(document: dict[str, Any], name: str) -> Iterator[tuple[list[Any], str]]:
    """Only words that a schema does not know, and those that it cannot do without."""
    pending = list(_validator(name).iter_errors(document))
    for error in pending[:50]:
        leaves = [error]
        while leaves and leaves[0].context:
            best = max(leaves[0].context, key=lambda one: len(one.absolute_path))
            leaves = [best]
        leaf = leaves[0]
        found = re.findall(r"'([^']+)'", leaf.message)
        if leaf.validator in ("additionalProperties", "unevaluatedProperties") and found:
            word = found[0]
            known = _properties(leaf.schema, _validator(name).schema)
            near = _near(word, sorted(known))
            yield (
                [*leaf.absolute_path, word],
                f"{WHAT[name]} has no `{word}` here" + (f"; did you mean `{near}`?" if near else ""),
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


def _line(code: str, path: list[Any]) -> int:
    """Of the last name on the path, looked for after those before it."""
    place = 0
    for one in path:
        if isinstance(one, str) and (
            found := re.compile(rf"^[ \t]*(?:- )?[\"']?{re.escape(one)}[\"']?\s*:", re.MULTILINE).search(code, place)
        ):
            place = found.end()
    return code.count("\n", 0, place) + 1
