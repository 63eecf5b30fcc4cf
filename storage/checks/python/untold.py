"""Objects of which nobody can tell what they are: what a library without types gives back."""

from __future__ import annotations

import ast

from storage.checks.python.inferred import Inferred
from storage.checks.python.sight import Sight

UNKNOWN = "Unknown"
"""What the checker calls the type of such an object."""


async def untold(sight: Sight, inferred: Inferred, lines: range) -> dict[str, str]:
    """Names on these lines, from 1, that hold such an object and are asked for something, each with the reason."""
    asked = {
        node.value.id
        for node in sight.nodes(ast.Attribute)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    found: dict[str, str] = {}
    for node in sight.nodes(ast.Assign):
        match node:
            case ast.Assign(targets=[ast.Name(id=name) as target], value=ast.Call(func=called)) if (
                name in asked and node.lineno in lines
            ):
                home = await sight.defined(called)
                is_client = isinstance(called, ast.Attribute) and called.attr in ("client", "resource")
                if home is not None and home.package == "boto3" and is_client:
                    continue  # its services are described
                if home is None or not home.package or home.is_stub or sight.library.is_typed(home.package):
                    continue
                if not isinstance(home.node, ast.FunctionDef | ast.AsyncFunctionDef) or home.node.returns is not None:
                    continue
                if await inferred.is_told(target):
                    continue
                if UNKNOWN in (await sight.hover(target)).split():
                    found[name] = f"what `{name}` is cannot be told: {home.package} declares no types"
            case _:
                continue
    return found
