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
    schema = _schema(tree, tree.stat().st_mtime) if tree else None
    is_operation = any(isinstance(one, graphql.OperationDefinitionNode) for one in document.definitions)
    if schema is None or not is_operation:
        return Said(dict(HELD), reasons=["types and fields are not looked at"])
    if any(not isinstance(one, graphql.ExecutableDefinitionNode) for one in document.definitions):
        return Said(dict(HELD), reasons=["types and fields are not looked at: the block holds its own schema"])
    rules = [one for one in graphql.specified_rules if one.__name__ not in UNASKED]
    errors = graphql.validate(schema, document, rules, max_errors=20)
    said = Said({"your GraphQL schema": ""})
    said.findings += [
        Finding(one.locations[0].line if one.locations else 1, "name", one.message.rstrip(".")) for one in errors
    ]
    return said


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
def _schema(tree: Path, stamp: float) -> Any:
    import graphql

    parts = []
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
    if not parts:
        return None
    try:
        schema = graphql.build_ast_schema(graphql.DocumentNode(definitions=tuple(parts)), assume_valid_sdl=True)
        extended = graphql.extend_schema(schema, graphql.DocumentNode(definitions=()), assume_valid_sdl=True)
    except (graphql.GraphQLError, TypeError, RecursionError):
        return None
    return extended if extended.query_type else None
