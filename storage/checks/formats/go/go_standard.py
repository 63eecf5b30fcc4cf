"""What packages of Go's standard library declare: functions, types, their fields and methods, with what they take and give.

`go_standard.json` was read from the library's own sources (Go 1.27) as `go_packages` reads any package's; packages that backend code
hardly names (`debug`, `go/...`, most of `crypto` and `hash`) are left out. "?" stands for a type that is not kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from storage.checks.formats.go.go_packages import Call, Package, Type


@cache
def _told() -> Mapping[str, Any]:
    told: dict[str, Any] = json.loads(Path(__file__).with_name("go_standard.json").read_text())
    return dict(told["packages"])


@cache
def package(path: str) -> Package | None:
    told = _told().get(path)
    if told is None:
        return None
    names = _names().get(path, frozenset())
    types = {name: _type(*one) for name, one in told["types"].items()}
    functions = {name: _call(one) for name, one in told["functions"].items()}
    imports = dict(one.split("=") for one in told["imports"].split())
    return Package(told["name"], {*names, *types, *functions}, functions, types, imports, path=path)


@cache
def _members() -> Mapping[str, Mapping[str, int]]:
    told = json.loads(Path(__file__).with_name("go_names.json").read_text())["members"]
    return {
        path: {one.partition(":")[0]: int(one.partition(":")[2]) for one in names.split()}
        for path, names in told.items()
    }


def since(path: str, kind: str, member: str) -> int:
    """The minor version of Go 1 that brought a type's method or field; 0 for one that came before Go 1.17."""
    return _members().get(path, {}).get(f"{kind}.{member}", 0)


@cache
def _names() -> Mapping[str, frozenset[str]]:
    """With constants and variables, and what only other systems have."""
    told = json.loads(Path(__file__).with_name("go_names.json").read_text())["packages"]
    return {path: frozenset(one.partition(":")[0] for one in names.split()) for path, names in told.items()}


def _type(kind: str, fields: str, methods: Mapping[str, str]) -> Type:
    told = {name: text.replace("_", " ") for name, _, text in (one.partition(":") for one in fields.split())}
    calls = {name: _call(one) for name, one in methods.items()}
    return Type(told, calls, [], "o" in kind, "s" in kind, "i" in kind)


def _call(text: str) -> Call:
    given, _, results = text.partition(" ")
    takes = tuple(one.replace("_", " ") for one in given.removesuffix("+").split(",") if one)
    return Call(
        len(takes), given.endswith("+"), tuple(one.replace("_", " ") for one in results.split(",") if one), takes
    )
