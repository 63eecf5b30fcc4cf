"""What no type and no note in a library's source tells of, and what is written often: by hand, each for its versions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import Library

RENAMED = {
    "orm_mode": "from_attributes", "allow_population_by_field_name": "populate_by_name", "schema_extra": "json_schema_extra",
    "anystr_strip_whitespace": "str_strip_whitespace", "validate_all": "validate_default", "allow_mutation": "frozen",
}  # fmt: skip
"""Of pydantic's settings, by https://docs.pydantic.dev/latest/migration/."""


NEWER = {
    "model_dump": "dict", "model_dump_json": "json", "model_copy": "copy", "model_validate": "parse_obj",
    "model_validate_json": "parse_raw", "model_json_schema": "schema", "model_construct": "construct",
    "model_rebuild": "update_forward_refs", "model_fields": "__fields__", "model_fields_set": "__fields_set__",
}  # fmt: skip
"""What models have since 2.0, and what it was before: a model that asks itself, no checker objects to."""

OLDER = {
    "pattern": "regex", "frozen": "allow_mutation=False", "validation_alias": "alias", "serialization_alias": "alias",
    "json_schema_extra": "", "alias_priority": "", "validate_default": "", "init_var": "", "kw_only": "",
}  # fmt: skip
"""Words of `Field` since 2.0 that 1.10 keeps as parts of the schema and does nothing with, and what they were called before."""

BEFORE_2 = {new: old for old, new in RENAMED.items() if new != "frozen"}


def trapped(tree: ast.Module, library: Library) -> list[Finding]:
    """Lines count from 0, in this tree."""
    return [
        *_of_pydantic(tree, library),
        *_of_old_pydantic(tree, library),
        *_of_pyjwt(tree, library),
        *_of_asyncio(tree),
    ]


def _major(library: Library, package: str) -> tuple[str, int]:
    version = library.environment.versions.get(package, "")
    first = version.partition(".")[0]
    return version, int(first) if first.isdigit() else 0


def _of_asyncio(tree: ast.Module) -> Iterator[Finding]:
    """`a, b = asyncio.gather(...)`: a future can be gone through, for `await` does, so no checker objects."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Tuple() | ast.List()], value=given) | ast.For(iter=given):
                if isinstance(given, ast.Call) and ast.unparse(given.func) == "asyncio.gather":
                    yield Finding(
                        given.lineno - 1, "await", "`asyncio.gather(...)` is not waited for: `await` is missing"
                    )
            case _:
                continue


def _of_pyjwt(tree: ast.Module, library: Library) -> Iterator[Finding]:
    """A token is only read with the names of the algorithms that are allowed, since 2.0."""
    version, major = _major(library, "pyjwt")
    named = any(
        isinstance(node, ast.Import) and any(one.name == "jwt" for one in node.names) for node in ast.walk(tree)
    )
    for node in ast.walk(tree) if named and major >= 2 else ():
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="jwt"), attr="decode"), args=args, keywords=words):
                given = {one.arg for one in words}
                is_open = None in given or any(isinstance(one, ast.Starred) for one in args)
                if len(args) < 3 and not is_open and not given & {"algorithms", "options", "verify"}:
                    said = f"`jwt.decode` also needs `algorithms` in pyjwt {version}"
                    yield Finding(node.lineno - 1, "argument", said, "pyjwt", version)
            case _:
                continue


def _of_pydantic(tree: ast.Module, library: Library) -> list[Finding]:
    version, major = _major(library, "pydantic")
    found = []
    for node in _models(tree) if major == 2 else ():
        for inner in node.body:
            if isinstance(inner, ast.ClassDef) and inner.name == "Config":
                said = f"`class Config` is deprecated in pydantic {version}: use `model_config = ConfigDict(...)`"
                found.append(Finding(inner.lineno - 1, "deprecated", said, "pydantic", version))
                found += [_renamed(name, inner, version) for name in _set(inner) if name in RENAMED]
    return found


def _models(tree: ast.Module) -> Iterator[ast.ClassDef]:
    """The classes at the top that are models of pydantic's own version, and not of the older one that it brings besides."""
    taken = [one.module for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)]
    models = {"BaseModel", "BaseSettings", "SQLModel"} if "pydantic.v1" not in taken else set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and models & {ast.unparse(one).rpartition(".")[2] for one in node.bases}:
            models.add(node.name)
            yield node


def _of_old_pydantic(tree: ast.Module, library: Library) -> Iterator[Finding]:
    version, major = _major(library, "pydantic")
    own = {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    for node in _models(tree) if major == 1 else ():
        yield from _newer_words(node, version)
        for one in ast.walk(node):
            match one:
                case ast.Attribute(value=ast.Name(id="self" | "cls" as of), attr=name, ctx=ast.Load()) if (
                    name in NEWER and name not in own
                ):
                    said = f"`{node.name}` has no `{name}` in pydantic {version}; did you mean `{of}.{NEWER[name]}`?"
                    yield Finding((one.end_lineno or one.lineno) - 1, "attribute", said, "pydantic", version)
                case _:
                    continue


def _newer_words(node: ast.ClassDef, version: str) -> Iterator[Finding]:
    """What a model says in the words of 2.0, which an older pydantic takes for something else."""
    for one in ast.walk(node):
        match one:
            case ast.Call(func=ast.Name(id="Field") | ast.Attribute(attr="Field"), keywords=words):
                for word in words:
                    if word.arg in OLDER:
                        old = OLDER[word.arg]
                        said = f"`Field` does nothing with `{word.arg}` in pydantic {version}"
                        said += f"; did you mean `{old}`?" if old else ""
                        yield Finding(word.lineno - 1, "argument", said, "pydantic", version)
            case _:
                continue
    for inner in node.body:
        match inner:
            case ast.ClassDef(name="Config"):
                for name in _set(inner):
                    if name in BEFORE_2:
                        line = next(each.lineno for each in inner.body if ast.unparse(each).startswith(f"{name} ="))
                        said = f"pydantic {version} has no setting `{name}`; did you mean `{BEFORE_2[name]}`?"
                        yield Finding(line - 1, "argument", said, "pydantic", version)
            case ast.Assign(targets=[ast.Name(id="model_config")]):
                said = f"`model_config` is a field like others in pydantic {version}; did you mean `class Config`?"
                yield Finding(inner.lineno - 1, "attribute", said, "pydantic", version)
            case _:
                continue


def _set(node: ast.ClassDef) -> list[str]:
    return [
        one.targets[0].id for one in node.body if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
    ]


def _renamed(name: str, node: ast.ClassDef, version: str) -> Finding:
    line = next(one.lineno for one in node.body if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == name)
    said = f"pydantic {version} has no setting `{name}`; did you mean `{RENAMED[name]}`?"
    return Finding(line - 1, "argument", said, "pydantic", version)
