"""What no type and no note in a library's source tells of, and what is written often: by hand, each for its versions."""

from __future__ import annotations

import ast

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library import Library

RENAMED = {
    "orm_mode": "from_attributes", "allow_population_by_field_name": "populate_by_name", "schema_extra": "json_schema_extra",
    "anystr_strip_whitespace": "str_strip_whitespace", "validate_all": "validate_default", "allow_mutation": "frozen",
}  # fmt: skip
"""Of pydantic's settings, by https://docs.pydantic.dev/latest/migration/."""


def trapped(tree: ast.Module, library: Library) -> list[Finding]:
    """Lines count from 0, in this tree."""
    version = library.environment.versions.get("pydantic", "")
    if not version.startswith("2."):
        return []
    models = {"BaseModel", "BaseSettings", "SQLModel"}
    found = []
    for node in tree.body:
        if not isinstance(node, ast.ClassDef) or not models & {
            ast.unparse(base).rpartition(".")[2] for base in node.bases
        }:
            continue
        models.add(node.name)
        for inner in node.body:
            if isinstance(inner, ast.ClassDef) and inner.name == "Config":
                said = f"`class Config` is deprecated in pydantic {version}: use `model_config = ConfigDict(...)`"
                found.append(Finding(inner.lineno - 1, "deprecated", said, "pydantic", version))
                found += [_renamed(name, inner, version) for name in _set(inner) if name in RENAMED]
    return found


def _set(node: ast.ClassDef) -> list[str]:
    return [
        one.targets[0].id for one in node.body if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
    ]


def _renamed(name: str, node: ast.ClassDef, version: str) -> Finding:
    line = next(one.lineno for one in node.body if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == name)
    said = f"pydantic {version} has no setting `{name}`; did you mean `{RENAMED[name]}`?"
    return Finding(line - 1, "argument", said, "pydantic", version)
