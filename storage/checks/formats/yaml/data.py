"""YAML, and of it (and of JSON, which is YAML, too) the files whose schema their own people publish: workflows and pipelines, compose,
Kubernetes, OpenAPI.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes, slips
from storage.checks.formats import values as shared
from storage.checks.formats.said import UNKNOWN_READER, Said, grammar, unread, wrong
from storage.checks.formats.shell.flags import slip
from storage.checks.formats.yaml import (
    ansible,
    cloudformation,
    compose_values,
    contexts,
    custom_kinds,
    helm_values,
    injections,
    kubernetes,
    kubernetes_values,
    openapi,
    own_actions,
    prometheus,
    references,
    schemas,
    workflow_values,
)

EXCERPT = re.compile(r"(?<![.\w/])\.\.\.(?![.\w/])|…|<[\w -]+>")
FILLED_IN = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
"""An expression of GitHub's, which is no template: it stands in the file that GitHub reads."""

ENDED = re.compile(r"^\.\.\.\s*\Z", re.MULTILINE)
"""The end of a document, where nothing is left out."""

TEMPLATE = re.compile(r"\{\{|\{%|%\{ |<%|:\s*\{[A-Z][A-Z_]*\}\S|:\s*@[A-Z]\w*@|^\s*\$\{[^}]*\}\s*$", re.MULTILINE)
DEEPEST = 100
NOTHING: Mapping[str, str] = {}
MOST_EVENTS = 50_000


def deep(code: str, opening: str) -> bool:
    depth = most = 0
    for letter in code:
        depth += 1 if letter in opening else -1 if letter in "]}" else 0
        most = max(most, depth)
    return most > DEEPEST


class _Loader(yaml.SafeLoader):
    """`on` and `yes` are words, as in YAML 1.2 and in all that reads workflows; so are dates."""


_Loader.yaml_implicit_resolvers = {
    first: [one for one in resolvers if one[0] not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
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


def read_yaml(code: str, path: str = "", tree: Path | None = None, published: Mapping[str, str] = NOTHING) -> Said:
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
        bare = ENDED.sub("", FILLED_IN.sub("", code))
        if EXCERPT.search(bare) or TEMPLATE.search(bare):
            return unread("parts of it are left out, or a template fills them in")
        if isinstance(fault, yaml.composer.ComposerError):
            return unread("it refers to what stands elsewhere")
        line, said = slips.of_yaml(code, fault)
        return wrong(line, f"this is no valid YAML: {said}", {"YAML": ""})
    except (RecursionError, ValueError):
        return unread("it could not be read")
    return by_schema(code, "YAML", path, tree, published)


def by_schema(
    code: str, called: str = "YAML", path: str = "", tree: Path | None = None, published: Mapping[str, str] = NOTHING
) -> Said:
    """JSON is YAML, too."""
    code = code.replace("\t", " ") if code.lstrip().startswith("{") else code
    try:
        documents = [one for one in yaml.load_all(code, Loader=_Loader) if one is not None]
        parsed = nodes.documents(code)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        documents, parsed = [], []
    bare = FILLED_IN.sub("", code)
    if (EXCERPT.search(bare) or TEMPLATE.search(bare)) and (not parsed or any(_is_template(one) for one in parsed)):
        return grammar(called, "only its syntax is looked at: parts are left out, or a template fills them in")
    if name := _name_of(documents, path):
        return _published(documents[0], parsed[0], name, path, tree)
    if len(documents) != len(parsed) or not parsed:
        return grammar(called)
    said = Said()
    root = Path(published["ansible"]) if published.get("ansible") else None
    if root and len(parsed) == 1 and isinstance(documents[0], list) and ansible.kind(parsed[0], root):
        ansible.read(documents[0], parsed[0], root, said)
        said.reasons = list(dict.fromkeys(said.reasons))
        return said
    for document, one in zip(documents, parsed, strict=True):
        _judge(document, one, path, tree, said)
    if not said.held:
        said.held = {called: ""}
    if not said.findings:
        said.findings += kubernetes_values.beside([one for one in parsed if kubernetes.is_manifest(one)])
    said.reasons = list(dict.fromkeys(said.reasons))
    return said


def _judge(document: Any, one: Node, path: str, tree: Path | None, said: Said) -> None:
    """One document of a file, by what it is."""
    group, kind = custom_kinds.named(one)
    if kubernetes.is_manifest(one):
        said.held[kubernetes.HELD] = ""
        said.findings += [*kubernetes.read(one), *kubernetes_values.read(one)]
    elif openapi.is_description(one):
        said.held[openapi.HELD] = ""
        said.findings += openapi.read(document, one)
    elif cloudformation.is_template(one):
        said.held[cloudformation.HELD] = ""
        said.findings += cloudformation.read(one)
    elif groups := prometheus.rules(one):
        said.held[prometheus.HELD] = ""
        said.findings += prometheus.read(groups)
    elif group and kind and (by := custom_kinds.schema(group, kind, tree)):
        said.held[f"the repository's {kind}"] = ""
        custom_kinds.read(document, one, by, said)
    elif group and kind:
        said.reasons.append(f"`{kind[:40]}` of {group[:60]} is not looked at, for nothing here defines it")
    elif chart := helm_values.chart(one, path, tree):
        said.held[f"the values of the chart {chart.name}"] = ""
        helm_values.read(document, one, chart, said)
    else:
        said.reasons.append(UNKNOWN_READER)


def _published(document: dict[str, Any], node: Node, name: str, path: str, tree: Path | None) -> Said:
    """A file whose schema its own people publish."""
    said = Said({schemas.what(name): ""}, list(schemas.read(document, node, name)), schemas.left_out(name))
    is_part = name == "compose-spec" and bool(OVERLAY.search(path))
    if name in references.OF and not is_part:
        references.tell(references.OF[name](node), said)
    for look in OWN_NAMES.get(name, (shared.twice,))[1 if is_part else 0 :]:
        told = {one.line for one in said.findings}
        said.findings += [one for one in look(node) if one.line not in told]
    if name in ("github-workflows", "github-actions"):
        said.findings += own_actions.read(node, tree) if tree is not None else ()
        said.reasons += own_actions.unseen(node)
    return said


OVERLAY = re.compile(r"(?:^|/)(?:docker-)?compose[.-](?!ya?ml$)[\w.-]+\.ya?ml$")
"""A file that is laid over another one, whose services it goes on with."""


def _is_template(document: Any) -> bool:
    """Something is left out, or filled in, where a key or a whole value stands; within a text it is that value's own business."""
    pending = [document]
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.MappingNode):
            if any(not isinstance(key, yaml.ScalarNode) or UNTOLD.search(key.value) for key, _ in node.value):
                return True
            pending += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            pending += node.value
        elif node.value.strip() in ("...", "…") or re.match(
            r"\s*\{\{-?\s*(?:if|range|with|end|include|else)\b", node.value
        ):
            return True
    return False


UNTOLD = re.compile(r"\{\{|\{%|<%|\.\.\.|…|^<.*>$|^\$\{")
Look = Callable[[Any], Iterable[Finding]]
OWN_NAMES: dict[str, tuple[Look, ...]] = {  # of compose the first looks at what only a whole file has
    "github-workflows": (references.jobs, workflow_values.workflow, injections.read, shared.twice),
    "github-actions": (
        contexts.action,
        workflow_values.expressions,
        workflow_values.shells,
        injections.action,
        shared.twice,
    ),
    "gitlab-ci": (workflow_values.pipeline, shared.twice),
    "compose-spec": (compose_values.whole, compose_values.read, shared.twice),
}
JOBS = frozenset(["script", "stage", "trigger", "extends", "image", "needs", "rules", "before_script", "artifacts"])
OF_PIPELINES = frozenset(
    """
    stages variables default include workflow image services cache before_script after_script spec pages
    """.split()
)


OF_COMPOSE = frozenset("version services volumes networks configs secrets name include".split())
OF_SERVICES = frozenset(["image", "build", "environment", "ports", "command", "volumes", "depends_on"])


def _meant(document: dict[str, Any], word: str, inner: Set[str]) -> str:
    """A word that is nearly this one, and holds tables with what this one's have."""
    return next(
        (
            str(key)
            for key, held in document.items()
            if slip(str(key), [word])
            and isinstance(held, dict)
            and any(isinstance(one, dict) and inner & one.keys() for one in held.values())
        ),
        "",
    )


def _name_of(documents: list[Any], path: str) -> str:
    if len(documents) != 1 or not isinstance(documents[0], dict):
        return ""
    return _schema_of(documents[0]) or schemas.by_path(path, documents[0])


def _schema_of(document: dict[str, Any]) -> str:
    keys = set(document)
    updates = document.get("updates")
    if (
        {"version", "updates"} <= keys
        and isinstance(updates, list)
        and any("package-ecosystem" in one for one in updates if one)
    ):
        return "dependabot"
    runs = document.get("runs")
    if isinstance(runs, dict) and "using" in runs and keys & {"name", "inputs", "description"}:
        return "github-actions"
    if {"on", "jobs"} <= keys or ("on" in keys and _meant(document, "jobs", {"runs-on", "steps"})):
        return "github-workflows"
    if "services" not in keys and (meant := _meant(document, "services", OF_SERVICES)):
        keys = keys - {meant} | {"services"}
    if "services" in keys and all(one in OF_COMPOSE or str(one).startswith("x-") for one in keys):
        return "compose-spec"
    rest = {str(key): value for key, value in document.items() if key not in OF_PIPELINES}
    # A name with a dot is of no job, and may hold a part of any.
    is_job = [isinstance(one, dict) and not JOBS.isdisjoint(one) for key, one in rest.items() if key[0:1] != "."]
    has_script = any(isinstance(one, dict) and ({"script", "scripts", "trigger"} & set(one)) for one in rest.values())
    if all(is_job) and has_script:
        return "gitlab-ci"
    return ""
