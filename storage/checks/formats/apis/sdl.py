"""Definitions of a GraphQL schema by the rules of its own people (graphql-core), with those of the repository.

A type that stands elsewhere counts as one that fits everywhere. It is told as unknown where the block is a whole schema: one that has
a Query or a `schema`, and most of what it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import graphql
from graphql.utilities.build_ast_schema import build_ast_schema
from graphql.validation.specified_rules import specified_sdl_rules
from graphql.validation.validate import validate_sdl

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes

LEFT_OUT = re.compile(
    r"(?:#|\")[^\n]*(?:\b(?:rest|existing|other|others|omitted|unchanged|same|before|after|elsewhere|generated|import|extends)\b|\.\.\.)",
    re.IGNORECASE,
)
FRAMEWORKS = frozenset(
    """
    key external requires provides extends shareable inaccessible override tag link interfaceObject composeDirective authenticated
    requiresScopes policy context fromContext cost listSize connect source contact model auth hasOne hasMany belongsTo manyToMany index
    primaryKey searchable function predictions mapsTo default connection versioned refersTo sql id search hasInverse secret custom
    lambda generate cascade relationship cypher node exclude readonly writeonly timestamp unique fulltext relationshipProperties
    all find paginate create update upsert delete guard can field hash rules where eq like method namespace inject cache middleware
    event
    goField goModel goTag goEnum constraint cacheControl rest client export computed stream defer mock rateLimit live entity derivedFrom
    subgraphId resolver scope hasura cached semanticNonNull catch throwOnFieldError refetchable argumentDefinitions
    """.split()
)
"""Directives that a server or its builder brings without their being defined: Apollo's federation and client, Amplify, Dgraph, Neo4j,
Lighthouse, gqlgen, The Graph, Relay."""
ROOTS = ("Query", "Mutation", "Subscription")
OWN = ("__Schema", "__Type", "__Field", "__InputValue", "__EnumValue", "__Directive")
SCALARS = ("Int", "Float", "String", "Boolean", "ID")
NAME_RULES = ("KnownTypeNamesRule", "KnownDirectivesRule", "PossibleTypeExtensionsRule")
MOST_UNKNOWN = 2
"""Types of its own for each that it does not have."""
UNTOLD = re.compile(r"can only implement|must define one or more|only one type named '(?:Query|Mutation|Subscription)'")
"""Short forms of examples, and files of several."""
ELSEWHERE = "types that it does not define are not looked at"


def read(document: Any, code: str, others: Sequence[Any] | None) -> tuple[list[Finding], str, Any]:
    """What is wrong, what was not looked at, and the schema where it could be built. `others` are definitions of the repository, None
    where they could not be read."""
    own = [one for one in document.definitions if not isinstance(one, graphql.ExecutableDefinitionNode)]
    named = {_name(one) for one in own if not isinstance(one, graphql.TypeSystemExtensionNode)}
    others = _of_one(others)
    kept = [one for one in others or () if _name(one) not in named]
    known = {_name(one) for one in [*own, *kept] if isinstance(one, graphql.TypeDefinitionNode)} | {*SCALARS, *OWN}
    unknown = {one.name.value: one for node in own for one in _types(node) if one.name.value not in known}
    is_whole = others is not None and _is_whole(own, set(unknown), code)
    rules = [one for one in specified_sdl_rules if one.__name__ not in NAME_RULES]
    merged = graphql.DocumentNode(definitions=(*kept, *own))
    found = list(
        _told([one for one in validate_sdl(merged, rules=rules) if all(node.loc for node in one.nodes or ())], ())
    )
    if is_whole or kept:
        found += _directives(own, kept, is_whole=is_whole)
        for node in [one for part in own for one in _types(part) if one.name.value in unknown]:
            near = nodes.near(node.name.value, known - set(OWN)) if len(node.name.value) > 3 else ""
            if is_whole:
                found.append(Finding(_line(node), "name", f"no type `{node.name.value}` is defined{near}"))
    schema = None
    if not found:
        schema = _built(merged, unknown)
        found += _told(graphql.validate_schema(schema), tuple(unknown)) if schema else ()
    reason = (
        ELSEWHERE if unknown and not is_whole else "directives of a framework are not looked at" if _framed(own) else ""
    )
    return found, reason, schema if not unknown else None


def _is_whole(own: Sequence[Any], unknown: set[str], code: str) -> bool:
    """With more names from elsewhere than of its own, it is a file of several."""
    if LEFT_OUT.search(code) or any(isinstance(one, graphql.TypeSystemExtensionNode) for one in own):
        return False
    if unknown and (_framed(own) or any(one.startswith("AWS") for one in unknown)):
        return False
    types = {_name(one) for one in own if isinstance(one, graphql.TypeDefinitionNode)}
    has_root = "Query" in types or any(isinstance(one, graphql.SchemaDefinitionNode) for one in own)
    return has_root and len(unknown) * MOST_UNKNOWN <= len(types - set(ROOTS)) > 0


def _of_one(others: Sequence[Any] | None) -> Sequence[Any] | None:
    """Definitions of several schemas, as those of a monorepo, are none to hold a block against."""
    names = [_name(one) for one in others or () if not isinstance(one, graphql.TypeSystemExtensionNode)]
    return others if len(set(names)) == len(names) else None


def _framed(own: Sequence[Any]) -> bool:
    defined = {_name(one) for one in own}
    return any(
        one.name.value in FRAMEWORKS and f"@{one.name.value}" not in defined for node in own for one in _used(node)
    )


def _directives(own: Sequence[Any], kept: Sequence[Any], *, is_whole: bool) -> Iterator[Finding]:
    known = {one.name for one in graphql.specified_directives} | {
        one.name.value for one in [*own, *kept] if isinstance(one, graphql.DirectiveDefinitionNode)
    }
    if _framed(own):
        return
    for one in [used for node in own for used in _used(node)]:
        name = one.name.value
        near = nodes.near(name, known)
        if name not in known and name not in FRAMEWORKS and not name.startswith("aws_") and (is_whole or near):
            yield Finding(_line(one), "name", f"no directive `@{name}` is defined{near}")


def _built(document: Any, unknown: dict[str, Any]) -> Any:
    stubs = [graphql.ScalarTypeDefinitionNode(name=graphql.NameNode(value=one), directives=()) for one in unknown]
    try:
        return build_ast_schema(
            graphql.DocumentNode(definitions=(*document.definitions, *stubs)), assume_valid_sdl=True
        )
    except (graphql.GraphQLError, TypeError, ValueError, KeyError, AttributeError, RecursionError):
        return None


def _told(errors: Sequence[Any], but: tuple[str, ...]) -> Iterator[Finding]:
    """Errors that have a place in the block and are not of what stands elsewhere."""
    for one in errors:
        places = [node for node in one.nodes or () if node.loc]
        if (
            places
            and not UNTOLD.search(one.message)
            and not any(re.search(rf"\b{re.escape(name)}\b", one.message) for name in but)
        ):
            yield Finding(_line(places[-1]), "name", one.message.rstrip("."))


def _line(node: Any) -> int:
    return int(node.loc.start_token.line) if node.loc else 1


def _name(node: Any) -> str:
    if isinstance(node, graphql.SchemaDefinitionNode):
        return "schema"
    name = node.name.value if getattr(node, "name", None) else ""
    return f"@{name}" if isinstance(node, graphql.DirectiveDefinitionNode) else name


def _walk(node: Any) -> Iterator[Any]:
    pending = [node]
    while pending:
        one = pending.pop()
        yield one
        for key in one.keys:
            value = getattr(one, key, None)
            if key != "loc":
                pending += [
                    part
                    for part in (value if isinstance(value, list | tuple) else [value])
                    if isinstance(part, graphql.Node)
                ]


def _types(node: Any) -> Iterator[Any]:
    yield from (one for one in _walk(node) if isinstance(one, graphql.NamedTypeNode))


def _used(node: Any) -> Iterator[Any]:
    yield from (one for one in _walk(node) if isinstance(one, graphql.DirectiveNode))
