"""GraphQL by its own grammar, and operations against the schema that the repository has."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats.said import Said, unread, wrong

MOST_BYTES = 2_000_000
HELD = {"GraphQL's grammar": ""}


def read(code: str, tree: Path | None) -> Said:
    import graphql

    from storage.checks.formats.apis import sdl

    if re.search(r"(?<!\.)\.\.\.\s*(?:$|\})", code, re.MULTILINE) or "…" in code:
        return unread("parts of it are left out")
    try:
        document = graphql.parse(code, max_tokens=20_000)
    except graphql.GraphQLSyntaxError as fault:
        if _is_part(code):
            return Said(dict(HELD), reasons=["it is a part of an operation"])
        line = fault.locations[0].line if fault.locations else 1
        return wrong(line, f"this is no valid GraphQL: {fault.message.removeprefix('Syntax Error: ')}", dict(HELD))
    except RecursionError:
        return unread("it is nested too deep")
    parts = _parts(tree, tree.stat().st_mtime) if tree else ()
    said = Said(dict(HELD))
    if any(not isinstance(one, graphql.ExecutableDefinitionNode) for one in document.definitions):
        said.findings, reason, schema = sdl.read(document, code, parts)
        said.reasons += [reason] if reason else []
    else:
        schema = _schema(tree, tree.stat().st_mtime) if tree else None
    if not any(isinstance(one, graphql.OperationDefinitionNode) for one in document.definitions):
        said.reasons += ["types and fields are not looked at"] if _only_fragments(document) else []
        return said
    if schema is None or schema.query_type is None:
        said.reasons.append("types and fields are not looked at")
        return said
    said.held = {"your GraphQL schema" if parts else "the block's GraphQL schema": ""}
    rules = [one for one in graphql.specified_rules if one.__name__ not in UNASKED]
    operations = graphql.DocumentNode(
        definitions=tuple(one for one in document.definitions if isinstance(one, graphql.ExecutableDefinitionNode))
    )
    said.findings += [
        Finding(one.locations[0].line if one.locations else 1, "name", one.message.rstrip("."))
        for one in graphql.validate(schema, operations, rules, max_errors=20)
    ]
    return said


def _only_fragments(document: Any) -> bool:
    import graphql

    return all(isinstance(one, graphql.ExecutableDefinitionNode) for one in document.definitions)


def _is_part(code: str) -> bool:
    import graphql

    try:
        graphql.parse("{" + code + "}", max_tokens=20_000)
    except (graphql.GraphQLError, RecursionError):
        return False
    return True


UNASKED = (
    "KnownFragmentNamesRule",
    "NoUnusedFragmentsRule",
    "NoUnusedVariablesRule",
    "LoneAnonymousOperationRule",
    "UniqueOperationNamesRule",
)
"""What an excerpt of several documents breaks without being wrong."""


@lru_cache(maxsize=8)
def _parts(tree: Path, stamp: float) -> tuple[Any, ...] | None:
    """The definitions of the repository; None where one of its files cannot be read."""
    import graphql

    parts: list[Any] = []
    for path in sorted([*tree.rglob("*.graphql"), *tree.rglob("*.graphqls"), *tree.rglob("*.gql")]):
        if path.stat().st_size > MOST_BYTES:
            continue
        try:
            document = graphql.parse(path.read_text("utf-8", "replace"), no_location=True)
        except (graphql.GraphQLError, RecursionError):
            return None
        parts += [
            one
            for one in document.definitions
            if isinstance(one, graphql.TypeSystemDefinitionNode | graphql.TypeSystemExtensionNode)
        ]
    return tuple(parts)


@lru_cache(maxsize=8)
def _schema(tree: Path, stamp: float) -> Any:
    import graphql

    if not (parts := _parts(tree, stamp)):
        return None
    try:
        schema = graphql.build_ast_schema(graphql.DocumentNode(definitions=tuple(parts)), assume_valid_sdl=True)
        extended = graphql.extend_schema(schema, graphql.DocumentNode(definitions=()), assume_valid_sdl=True)
    except (graphql.GraphQLError, TypeError, RecursionError):
        return None
    return extended if extended.query_type else None
