"""What a name of a library is at the version in use, for whoever writes code: signature, first words, deprecation, where it stands."""

from __future__ import annotations

import ast

from bot.capabilities.checks.python import deprecations
from storage.checks.python.library.library import Library, near
from storage.checks.python.library.lookup import Callable_, find
from storage.checks.python.meaning import homes

MOST_DOC_LINES = 4
MOST_STEPS = 8
MOST_NEAR = 8


def described(library: Library, package: str, name: str) -> str:
    """`name` is dotted, with or without the module: `Session.execute`, `sqlalchemy.orm.Session`."""
    package = package.strip().lower().replace("_", "-")
    version = library.environment.versions.get(package)
    if version is None:
        why = library.environment.missing.get(package)
        return f"{package} was not looked at: {why}." if why else f"{package} is not in the lock."
    modules = sorted((one for one, owners in library.environment.modules.items() if package in owners), key=len)
    parts = [part for part in name.strip().strip("()").split(".") if part]
    for module in modules:
        begins = parts if parts[:1] == [module.partition(".")[0]] else [*module.split("."), *parts]
        if text := _walk(library, begins, f"{package} {version}"):
            return text
    for module in modules:
        if (
            parts
            and (home := homes.home_of(library, parts[0], [module]))
            and (text := _walk(library, [*home.split("."), *parts], f"{package} {version}"))
        ):
            return text
    known = [one for module in modules for one in library.exports(module)]
    guess = near(parts[-1] if parts else name, known)
    return f"{package} {version} has no {name}." + (f" Nearest: {guess}." if guess else "")


def _walk(library: Library, parts: list[str], where: str) -> str:
    """Through modules as far as they go, then through classes."""
    module = parts[0]
    rest = parts[1:]
    while rest and library.file_of(f"{module}.{rest[0]}"):
        module, rest = f"{module}.{rest[0]}", rest[1:]
    if not rest:
        names = [one for one in library.exports(module) if not one.startswith("_")] if library.file_of(module) else []
        return f"{module} ({where}) is a module with: {', '.join(names[:60])}." if names else ""
    found = find(library, module, rest[0], MOST_STEPS)
    if found is None:
        return ""
    home, node = found
    for name in rest[1:]:
        inner = _member(node, name)
        if inner is None:
            names = [
                one.name
                for one in getattr(node, "body", ())
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            ]
            guess = near(name, names)
            bases = [ast.unparse(one) for one in node.bases] if isinstance(node, ast.ClassDef) else []
            above = f" It may come from {', '.join(bases)}." if bases else ""
            return f"{'.'.join(rest[: rest.index(name)])} of {where} defines no {name}.{above}" + (
                f" Nearest: {guess}." if guess else ""
            )
        node = inner
    return _text(node, ".".join(rest), home, where)


def _member(node: Callable_, name: str) -> Callable_ | None:
    return next(
        (
            one
            for one in node.body
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and one.name == name
        ),
        None,
    )


def _text(node: Callable_, name: str, module: str, where: str) -> str:
    if isinstance(node, ast.ClassDef):
        init = _member(node, "__init__")
        bases = ", ".join(ast.unparse(one) for one in node.bases)
        head = f"class {name}({ast.unparse(init.args) if isinstance(init, ast.FunctionDef) else ''})" + (
            f", from {bases}" if bases else ""
        )
        listed = [
            one.name
            for one in node.body
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not one.name.startswith("_")
        ]
    else:
        kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
        gives = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        head, listed = f"{kind} {name}({ast.unparse(node.args)}){gives}", []
    said = deprecations.said(node)
    lines = [f"{head[:1_500]}", f"in {module} of {where}, line {node.lineno}"]
    if said:
        lines.append(f"Deprecated: {said}")
    if doc := ast.get_docstring(node):
        lines += doc.split("\n\n")[0].split("\n")[:MOST_DOC_LINES]
    if listed:
        lines.append("methods: " + ", ".join(listed[:60]))
    return "\n".join(lines)
