"""Templates of CloudFormation and SAM: properties by the types of troposphere, which are generated from Amazon's published
specification, and names that nothing in a template makes. Troposphere's sources are read, not run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.shell.flags import slip
from storage.checks.formats.yaml.typed import Typed

HELD = "CloudFormation's resource types"
PLAIN = {"str": "s", "integer": "i", "positive_integer": "i", "network_port": "i", "double": "n", "boolean": "b"}
PARTS = """
AWSTemplateFormatVersion Description Metadata Parameters Rules Mappings Conditions Transform Resources Outputs Hooks Globals
""".split()
OF_RESOURCES = """
Type Properties DependsOn Condition CreationPolicy DeletionPolicy UpdatePolicy UpdateReplacePolicy Metadata Connectors
IgnoreGlobals
""".split()
NAMED = re.compile(r"\$\{([A-Za-z]\w*)(?:\.[\w.]+)?\}")
DEEPEST = 60

Fields = Mapping[str, str]


def is_template(document: Node) -> bool:
    resources = nodes.pairs(nodes.at(document, "Resources"))
    return any(nodes.text(nodes.at(one, "Type")).startswith("AWS::") for _, one, _ in resources)


def read(document: Node) -> Iterator[Finding]:
    transform = nodes.at(document, "Transform")
    asked = nodes.items(transform) or ([transform] if transform else [])
    if any(not nodes.text(one).startswith("AWS::Serverless") for one in asked):
        return  # macros of the account's own, or of others, make what they please of it
    is_whole = "AWSTemplateFormatVersion" in nodes.keys(document)
    for key, _, line in nodes.pairs(document):
        if key not in PARTS and (is_whole or slip(key, PARTS)):
            yield Finding(line, "name", f"a template of CloudFormation has no `{key[:60]}`{nodes.near(key, PARTS)}")
    for name, resource, line in nodes.pairs(nodes.at(document, "Resources")):
        if not name.startswith("Fn::"):
            yield from _resource(resource, line)
    if transform is None and is_whole:
        yield from _names(document)


def _resource(resource: Node, line: int) -> Iterator[Finding]:
    told = nodes.at(resource, "Type")
    name = nodes.text(told)
    if told is None or not name.startswith("AWS::"):
        return
    for key, _, at in nodes.pairs(resource):
        if key not in OF_RESOURCES and not key.startswith("Fn::"):
            yield Finding(at, "name", f"a resource has no `{key[:60]}`{nodes.near(key, OF_RESOURCES)}")
    _, service, *_ = [*name.split("::"), ""]
    known = _resources().get(service)
    if known is None or name not in known:
        near = slip(name, [one for each in _resources().values() for one in each])
        if near:
            yield Finding(nodes.line(told), "name", f"CloudFormation has no `{name[:80]}`; did you mean `{near}`?")
        return
    properties = nodes.at(resource, "Properties")
    typed = Typed(fields, needed, "CloudFormation", lenient=True)
    if properties is not None:
        yield from typed.object(properties, known[name], name)
    elif "Properties" not in nodes.keys(resource) and (lacking := needed(known[name])):
        yield Finding(line, "argument", f"`{name}` needs `{lacking[0]}`")


def _names(document: Node) -> Iterator[Finding]:
    made = {part: nodes.keys(nodes.at(document, part)) for part in ("Resources", "Parameters", "Conditions")}
    if any(name.startswith("Fn::") for names in made.values() for name in names):
        return
    for name, line, is_condition, beside in _used(document, frozenset(), 0):
        known = made["Conditions"] if is_condition else made["Resources"] | made["Parameters"] | beside
        if re.fullmatch(r"[A-Za-z0-9]+", name) and name not in known:
            kind = "condition" if is_condition else "resource or parameter"
            yield Finding(line, "name", f"nothing here makes the {kind} `{name[:60]}`{nodes.near(name, known)}")


def _used(node: Node, beside: frozenset[str], depth: int) -> Iterator[tuple[str, int, bool, frozenset[str]]]:
    """Each name that is asked for, its line, whether it is of a condition, and names that are made on the spot."""
    if depth > DEEPEST:
        return
    tag, inner = node.tag, node
    if isinstance(node, MappingNode) and len(node.value) == 1 and isinstance(node.value[0][0], ScalarNode):
        key = node.value[0][0].value
        if key.startswith("Fn::") or key == "Ref":
            tag, inner = f"!{key.removeprefix('Fn::')}", node.value[0][1]
    text, line = nodes.text(inner), nodes.line(inner)
    first = nodes.items(inner)[0] if nodes.items(inner) else inner
    if tag in ("!Ref", "!Condition") and text:
        yield text, line, tag == "!Condition", beside
    elif tag == "!GetAtt":
        yield nodes.text(first).partition(".")[0], nodes.line(first), False, beside
    elif tag == "!If" and nodes.text(first):
        yield nodes.text(first), nodes.line(first), True, beside
    elif tag == "!Sub" and nodes.text(first):
        own = beside | (nodes.keys(nodes.items(inner)[1]) if len(nodes.items(inner)) > 1 else set())
        yield from ((one, nodes.line(first), False, own) for one in NAMED.findall(nodes.text(first)))
    if isinstance(inner, MappingNode):
        for key, value, _ in nodes.pairs(inner):
            if key == "DependsOn":
                listed = nodes.items(value) or [value]
                yield from ((nodes.text(one), nodes.line(one), False, beside) for one in listed)
            elif key == "Condition" and nodes.text(value):
                yield nodes.text(value), nodes.line(value), True, beside
            yield from _used(value, beside, depth + 1)
    elif isinstance(inner, SequenceNode):
        for one in inner.value:
            yield from _used(one, beside, depth + 1)


@cache
def _resources() -> Mapping[str, Mapping[str, str]]:
    """By service (`Lambda`) each type of resource, with the name of its class."""
    found: dict[str, dict[str, str]] = {}
    told = re.compile(r"^class (\w+)\(|^    resource_type = \"(AWS::(\w+)::[\w:]+)\"", re.MULTILINE)
    for one in files("troposphere").iterdir():
        if not one.name.endswith(".py") or one.name.startswith("_"):
            continue
        own = ""
        for name, kind, service in told.findall(one.read_text("utf-8")):
            own = name or own
            if kind:
                found.setdefault(service, {})[kind] = f"{one.name.removesuffix('.py')}.{own}"
    return found


def fields(type_name: str) -> Fields:
    return _types(type_name.partition(".")[0]).get(type_name, ({}, ()))[0]


def needed(type_name: str) -> tuple[str, ...]:
    return _types(type_name.partition(".")[0]).get(type_name, ({}, ()))[1]


@cache
def _types(module: str) -> Mapping[str, tuple[Fields, tuple[str, ...]]]:
    tree = ast.parse((files("troposphere") / f"{module}.py").read_text("utf-8"))
    classes = [one for one in tree.body if isinstance(one, ast.ClassDef)]
    own = {one.name for one in classes}
    return {f"{module}.{one.name}": _fields(one, module, own) for one in classes}


def _fields(told: ast.ClassDef, module: str, own: set[str]) -> tuple[Fields, tuple[str, ...]]:
    """A class that has no table of its own declares nothing."""
    table = next(
        (one.value for one in told.body if isinstance(one, ast.AnnAssign) and ast.unparse(one.target) == "props"), None
    )
    found, wanted = dict[str, str](), list[str]()
    for key, value in zip(table.keys, table.values, strict=True) if isinstance(table, ast.Dict) else ():
        if isinstance(key, ast.Constant) and isinstance(value, ast.Tuple):
            found[str(key.value)] = _code(value.elts[0], module, own)
            wanted += [str(key.value)] if ast.unparse(value.elts[1]) == "True" else []
    return found, tuple(wanted)


def _code(told: ast.expr, module: str, own: set[str]) -> str:
    if isinstance(told, ast.List):
        return f"[{_code(told.elts[0], module, own)}" if told.elts else "x"
    name = ast.unparse(told)
    return f"@{module}.{name}" if name in own else PLAIN.get(name, "x")
