"""Descriptions of OpenAPI 3: words that its objects do not have, what they need, references and parameters that lead nowhere
(https://spec.openapis.org/oas/v3.1.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes

HELD = "OpenAPI"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
FIELDS = {
    "openapi": "openapi info jsonSchemaDialect servers paths webhooks components security tags externalDocs $self",
    "info": "title summary description termsOfService contact license version",
    "path": f"$ref summary description servers parameters additionalOperations {' '.join(METHODS)}",
    "operation": "tags summary description externalDocs operationId parameters requestBody responses callbacks deprecated security"
    " servers",
    "parameter": "name in description required deprecated allowEmptyValue style explode allowReserved schema example examples content"
    " $ref summary",
    "requestBody": "description content required $ref summary",
    "response": "description headers content links $ref summary",
    "media": "schema example examples encoding itemSchema itemEncoding prefixEncoding",
    "components": "schemas responses parameters examples requestBodies headers securitySchemes links callbacks pathItems mediaTypes",
    "securityScheme": "type description name in scheme bearerFormat flows openIdConnectUrl $ref summary deprecated oauth2MetadataUrl",
    "server": "url description variables name",
}
NEEDED = {
    "openapi": ("info",),
    "info": ("title", "version"),
    "parameter": ("name", "in"),
    "response": ("description",),
    "server": ("url",),
}
TYPES = ("string", "number", "integer", "boolean", "array", "object", "null", "file")
NUMBERS = frozenset(
    "minimum maximum minLength maxLength minItems maxItems multipleOf minProperties maxProperties".split()
)
PLACES = ("path", "query", "header", "cookie", "querystring")
SCHEMES = ("apiKey", "http", "mutualTLS", "oauth2", "openIdConnect")
DEEPEST = 60


def is_description(document: Node) -> bool:
    return nodes.text(nodes.at(document, "openapi")).startswith("3.") and bool(
        {"paths", "components", "webhooks"} & nodes.keys(document)
    )


def read(document: Node) -> Iterator[Finding]:
    yield from _object(document, "openapi", nodes.line(document))
    yield from _at(document, "info", "info")
    components = nodes.at(document, "components")
    if components is not None:
        yield from _object(components, "components", nodes.line(components))
        for place, name in (("parameters", "parameter"), ("responses", "response"), ("requestBodies", "requestBody")):
            for _, value, line in nodes.pairs(nodes.at(components, place)):
                yield from {"parameter": _parameter, "response": _response, "requestBody": _body}[name](value, line)
        for _, value, line in nodes.pairs(nodes.at(components, "securitySchemes")):
            yield from _object(value, "securityScheme", line)
            kind = nodes.text(nodes.at(value, "type"))
            if kind and kind not in SCHEMES:
                where = _line_at(value, "type", line)
                yield Finding(where, "argument", f"no security is of type `{kind[:40]}`{nodes.near(kind, SCHEMES)}")
    seen: dict[str, int] = {}
    for path, value, line in nodes.pairs(nodes.at(document, "paths")):
        if path.startswith("x-"):
            continue
        if not path.startswith("/"):
            yield Finding(line, "argument", f"a path begins with `/`: `{path[:60]}`")
        yield from _path(path, value, line, seen)
    for _, value, line in nodes.pairs(nodes.at(document, "webhooks")):
        yield from _path("", value, line, seen)
    yield from _references(document, document)
    yield from _schemas(document)
    yield from _securities(document, components)


def _securities(document: Node, components: Node | None) -> Iterator[Finding]:
    """Names in `security` are those of `components.securitySchemes`, where the whole description stands here."""
    schemes = nodes.at(components, "securitySchemes")
    if schemes is None or "$ref" in nodes.keys(schemes) or nodes.is_open(schemes):
        return
    known = nodes.keys(schemes)
    operations = [one for _, path, _ in nodes.pairs(nodes.at(document, "paths")) for _, one, _ in nodes.pairs(path)]
    for one in (document, *operations):
        for asked in nodes.items(nodes.at(one, "security")):
            for name, _, line in nodes.pairs(asked):
                if name not in known:
                    yield Finding(line, "name", f"no security scheme is named `{name[:40]}`{nodes.near(name, known)}")


def _path(path: str, node: Node, line: int, seen: dict[str, int]) -> Iterator[Finding]:
    yield from _object(node, "path", line)
    shared = list(nodes.items(nodes.at(node, "parameters")))
    for one in shared:
        yield from _parameter(one, nodes.line(one))
    for method, operation, at in nodes.pairs(node):
        if method not in METHODS:
            continue
        yield from _object(operation, "operation", at)
        own = nodes.items(nodes.at(operation, "parameters"))
        for one in own:
            yield from _parameter(one, nodes.line(one))
        yield from _parameters_of(path, [*shared, *own], at)
        if (body := nodes.at(operation, "requestBody")) is not None:
            yield from _body(body, nodes.line(body))
        for status, response, where in nodes.pairs(nodes.at(operation, "responses")):
            if not re.fullmatch(r"[1-5](?:\d\d|XX)|default|x-.*", status):
                yield Finding(where, "name", f"`{status}` is no status of a response")
            yield from _response(response, where)
        name = nodes.text(nodes.at(operation, "operationId"))
        if name and name in seen:
            yield Finding(at, "name", f"the operationId `{name}` stands for line {seen[name]}, too")
        elif name:
            seen[name] = at


def _parameters_of(path: str, given: list[Node], line: int) -> Iterator[Finding]:
    if any("$ref" in nodes.keys(one) or nodes.is_open(one) for one in given):
        return
    told = {nodes.text(nodes.at(one, "name")) for one in given if nodes.text(nodes.at(one, "in")) == "path"}
    wanted = set(re.findall(r"\{([^{}]+)\}", path))
    for one in sorted(wanted - told):
        yield Finding(line, "argument", f"the path parameter `{one}` is not described")
    for one in sorted(told - wanted):
        yield Finding(line, "argument", f"the path has no `{{{one}}}`")


def _parameter(node: Node, line: int) -> Iterator[Finding]:
    yield from _object(node, "parameter", line)
    where = nodes.text(nodes.at(node, "in"))
    if where and where not in PLACES:
        yield Finding(
            _line_at(node, "in", line),
            "argument",
            f"a parameter is in {', '.join(PLACES[:4])}, not in `{where[:40]}`{nodes.near(where, PLACES)}",
        )
    if (
        where == "path"
        and nodes.text(nodes.at(node, "required")) not in ("true", "True")
        and "$ref" not in nodes.keys(node)
    ):
        yield Finding(_line_at(node, "required", line), "argument", "a parameter in the path is `required: true`")


def _line_at(node: Node, key: str, otherwise: int) -> int:
    value = nodes.at(node, key)
    return nodes.line(value) if value is not None else otherwise


def _response(node: Node, line: int) -> Iterator[Finding]:
    yield from _object(node, "response", line)
    yield from _content(node)


def _body(node: Node, line: int) -> Iterator[Finding]:
    yield from _object(node, "requestBody", line)
    yield from _content(node)


def _content(node: Node) -> Iterator[Finding]:
    for _, value, line in nodes.pairs(nodes.at(node, "content")):
        yield from _object(value, "media", line)


def _at(node: Node, name: str, kind: str) -> Iterator[Finding]:
    for key, value, line in nodes.pairs(node):
        if key == name:
            yield from _object(value, kind, line)


def _object(node: Node, kind: str, line: int) -> Iterator[Finding]:
    if nodes.kind(node) != "map":
        return
    known = FIELDS[kind].split()
    found = nodes.keys(node)
    for key, _, where in nodes.pairs(node):
        if key not in known and not key.startswith(("x-", "<<")):
            yield Finding(where, "name", f"OpenAPI has no `{key}` here{nodes.near(key, known)}")
    if "$ref" in found or nodes.is_open(node):
        return
    for one in NEEDED.get(kind, ()):
        if one not in found:
            yield Finding(line, "argument", f"`{one}` is missing here; OpenAPI needs it")


def _references(node: Node, document: Node, depth: int = 0) -> Iterator[Finding]:
    for key, value, line in nodes.pairs(node):
        target = nodes.text(value)
        if key == "$ref" and target.startswith("#/"):
            path = [
                part.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
                for part in target[2:].split("/")
            ]
            if path[0] == "components" and not _leads(document, path):
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


def _schemas(node: Node, depth: int = 0, *, is_schema: bool = False) -> Iterator[Finding]:
    """Types that JSON Schema does not know, where a schema surely stands."""
    for key, value, line in nodes.pairs(node):
        if is_schema and key == "type" and nodes.kind(value) == "text" and nodes.text(value) not in TYPES:
            yield Finding(
                line,
                "argument",
                f"a schema has no type `{nodes.text(value)[:40]}`{nodes.near(nodes.text(value), TYPES)}",
            )
        if is_schema and key in NUMBERS and nodes.kind(value) == "text":
            yield Finding(line, "argument", f"`{key}` takes a number, not `{nodes.text(value)[:40]}`")
        if (
            is_schema
            and key == "required"
            and nodes.kind(value) in ("text", "truth")
            and "properties" in nodes.keys(node)
        ):
            yield Finding(line, "argument", "`required` of a schema is a list of its properties")
        if key in ("example", "examples", "default", "enum", "const", "x-examples") or depth > DEEPEST:
            continue
        if key in ("properties", "schemas", "patternProperties"):
            for _, inner, _ in nodes.pairs(value):
                yield from _schemas(inner, depth + 1, is_schema=True)
        else:
            yield from _schemas(value, depth + 1, is_schema=key in ("schema", "items", "additionalProperties", "not"))
    for one in nodes.items(node) if depth <= DEEPEST else ():
        yield from _schemas(one, depth + 1)
