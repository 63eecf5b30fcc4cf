"""Objects that answer to any name, so that no type checker objects: what they give for a made-up one cannot be called, or is not there.

What they really have is read from their source, or from the service descriptions that they are made of.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
from pathlib import Path

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks import forwarding
from storage.checks.calls import forms, is_elided, is_wrapped, short
from storage.checks.library import Library, near
from storage.checks.lookup import find
from storage.checks.members import class_names
from storage.checks.sight import Defined, Sight

CLASSES = {
    "pymongo": ("Collection", "Database", "MongoClient", "AsyncCollection", "AsyncDatabase", "AsyncMongoClient"),
    "motor": ("AsyncIOMotorCollection", "AsyncIOMotorDatabase", "AsyncIOMotorClient"),
    "pandas": ("DataFrame", "Series", "Index"),
}
"""Classes whose `__getattr__` gives something for every name, and never something to call."""

PLAIN_BASES = (
    "object",
    "Generic",
    "Protocol",
    "ABC",
    "Mapping",
    "MutableMapping",
    "Sequence",
    "Iterable",
    "Hashable",
    "dict",
    "list",
)
MOST_BASES = 30
MOST_SERVICE_BYTES = 30_000_000
CLIENT_OWN = (
    "can_paginate",
    "generate_presigned_post",
    "generate_presigned_url",
    "get_paginator",
    "get_waiter",
    "waiter_names",
    "close",
    "meta",
    "exceptions",
    "upload_file",
    "upload_fileobj",
    "download_file",
    "download_fileobj",
    "copy",
)


class Fluid:
    def __init__(self, library: Library) -> None:
        self._library = library
        self._services: dict[str, frozenset[str]] = {}
        self._classes: dict[tuple[Path, str], frozenset[str] | None] = {}

    async def findings(self, sight: Sight, lines: range) -> list[Finding]:
        """Lines of the findings count from 0."""
        found = []
        clients = self._clients(sight) if "boto3" in self._library.environment.versions else {}
        for node in sight.nodes(ast.Call):
            if not isinstance(node, ast.Call) or node.lineno not in lines:
                continue
            if (
                isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and (service := clients.get(node.func.value.id))
            ):
                found += self._of_service(node, node.func, service)
            elif isinstance(node.func, ast.Attribute) and self._may_be_fluid():
                found += await self._of_class(sight, node.func)
            found += await self._handed_on(sight, node)
        return found + self._unanswered(sight, lines)

    def _unanswered(self, sight: Sight, lines: range) -> list[Finding]:
        """What is asked of a module that answers for some names of its own, and not for this one."""
        modules = {
            alias.asname or alias.name: alias.name
            for node in sight.nodes(ast.Import)
            if isinstance(node, ast.Import)
            for alias in node.names
            if alias.asname or "." not in alias.name
        }
        found = []
        for node in sight.nodes(ast.Attribute):
            if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name) or node.lineno not in lines:
                continue
            module = modules.get(node.value.id, "")
            package = self._library.owner(module) if module else ""
            if not package or not isinstance(node.ctx, ast.Load) or node.attr.startswith("__"):
                continue
            members = self._library.members(module)
            if (
                members.answers
                and not members.is_open
                and node.attr not in members.names
                and not self._library.file_of(f"{module}.{node.attr}")
            ):
                version = self._library.environment.versions.get(package, "")
                guess = near(node.attr, self._library.exports(module))
                said = wording.attribute(module, node.attr, f"{package} {version}", guess, True)
                found.append(Finding((node.end_lineno or node.lineno) - 1, "attribute", said, package, version))
        return found

    def _may_be_fluid(self) -> bool:
        return any(package in self._library.environment.versions for package in CLASSES)

    async def _of_class(self, sight: Sight, node: ast.Attribute) -> list[Finding]:
        home = await self._held(sight, node.value)
        if (
            home is None
            or not isinstance(home.node, ast.ClassDef)
            or home.node.name not in CLASSES.get(home.package, ())
        ):
            return []
        has = self._names(home, home.node.name)
        if has is None or node.attr in has or node.attr.startswith("_"):
            return []
        where = f"{home.package} {self._library.environment.versions[home.package]}"
        said = wording.attribute(home.node.name, node.attr, where, near(node.attr, has))
        return [
            Finding(
                (node.end_lineno or node.lineno) - 1,
                "attribute",
                said,
                home.package,
                self._library.environment.versions[home.package],
            )
        ]

    async def _held(self, sight: Sight, node: ast.expr) -> Defined | None:
        """The class of an expression; of `database["x"]` what asking that class by key is declared to give."""
        if not isinstance(node, ast.Subscript):
            return await sight.type_named(node, "")
        of = await self._held(sight, node.value)
        for one in of.node.body if of is not None and isinstance(of.node, ast.ClassDef) else ():
            if isinstance(one, ast.FunctionDef) and one.name == "__getitem__" and one.returns is not None and of:
                given = ast.unparse(one.returns).strip("'\"").partition("[")[0]
                found = find(self._library, self._library.module_of(of.path), given, MOST_BASES)
                path = self._library.file_of(found[0]) if found else None
                return Defined(path, self._library.owner(found[0]), found[1]) if found and path else None
        return None

    def _names(self, home: Defined, name: str) -> frozenset[str] | None:
        """What a class has, with all its bases, in the real source; None where it cannot be read whole."""
        key = (home.path, name)
        if key not in self._classes:
            self._classes[key] = self._gathered(home, name)
        return self._classes[key]

    def _gathered(self, home: Defined, name: str) -> frozenset[str] | None:
        module = self._library.module_of(home.path)
        path = self._library.file_of(module)
        if path is None:
            return None
        names: set[str] = set()
        waiting: list[tuple[str, str]] = [(module, name)]
        seen: set[tuple[str, str]] = set()
        while waiting and len(seen) < MOST_BASES:
            at = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            found = find(self._library, *at, MOST_BASES)
            if found is None or not isinstance(found[1], ast.ClassDef):
                return None
            tree = self._library.tree(self._library.file_of(found[0]) or path)
            own = class_names(tree, found[1].name) if tree else None
            if own is None:
                return None
            names |= own
            for base in found[1].bases:
                told = ast.unparse(base).partition("[")[0]
                inner, _, last = told.rpartition(".")
                module = forwarding.imported(self._library, found[0], inner) if inner else found[0]
                if last not in PLAIN_BASES:
                    waiting.append((module, last))
        return frozenset(names) or None

    # --- the clients of boto3 ---------------------------------------------------------------------------------------

    def _clients(self, sight: Sight) -> dict[str, str]:
        """Variables that hold `boto3.client("x")`, with the service."""
        clients: dict[str, str] = {}
        for node in sight.nodes(ast.Assign):
            if (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
                and isinstance(node.value, ast.Call)
            ):
                match node.value:
                    case ast.Call(func=ast.Attribute(attr="client"), args=[ast.Constant(value=str(service)), *_]):
                        if re.fullmatch(r"[a-z0-9-]+", service):
                            clients[node.targets[0].id] = service
                    case _:
                        clients.pop(node.targets[0].id, None)
        return clients

    def _of_service(self, call: ast.Call, node: ast.Attribute, service: str) -> list[Finding]:
        has = self._operations(service)
        version = self._library.environment.versions["boto3"]
        if not has or node.attr in has or node.attr in CLIENT_OWN or node.attr.startswith("_"):
            return []
        said = wording.attribute(
            f"{service} client", node.attr, f"boto3 {version}", near(node.attr, [*has, *CLIENT_OWN])
        )
        return [Finding((node.end_lineno or node.lineno) - 1, "attribute", said, "boto3", version)]

    def _operations(self, service: str) -> frozenset[str]:
        if service not in self._services:
            folders = sorted((self._library.environment.site / "botocore" / "data" / service).glob("*/service-2.json*"))
            try:
                content = folders[-1].read_bytes() if folders else b"{}"
                text = gzip.decompress(content) if folders and folders[-1].suffix == ".gz" else content
                self._services[service] = frozenset(
                    _snake(one) for one in json.loads(text[:MOST_SERVICE_BYTES]).get("operations", {})
                )
            except (OSError, ValueError, EOFError):
                self._services[service] = frozenset()
        return self._services[service]

    # --- arguments that are only handed on --------------------------------------------------------------------------

    async def _handed_on(self, sight: Sight, call: ast.Call) -> list[Finding]:
        words = [one.arg for one in call.keywords if one.arg]
        if not words or is_elided(call) or not isinstance(call.func, ast.Name | ast.Attribute):
            return []
        home = await sight.defined(call.func)
        if home is None or not home.package or home.node is None:
            return []
        names = self._accepted(sight, home)
        if names is None:
            return []  # what takes any word may hand it to anybody, or keep it
        version = self._library.environment.versions.get(home.package, "")
        called, where = short(call.func), f"{home.package} {version}"
        return [
            Finding(
                one.lineno - 1,
                "argument",
                wording.keyword(one.arg, called, where, near(one.arg, names)),
                home.package,
                version,
            )
            for one in call.keywords
            if one.arg and one.arg not in names
        ]

    def _accepted(self, sight: Sight, home: Defined) -> frozenset[str] | None:
        """The names that a call may give; None where that cannot be told."""
        real = self._library.beside_stub(home.path, home.node.name) if home.is_stub and home.node else home.node
        if real is None or home.node is None:
            return None
        all_forms = [] if home.is_stub else forms(sight, home)
        if all_forms and not any(is_open for _, is_open in all_forms) and not is_wrapped(real):
            return frozenset(name for names, _ in all_forms for name in names)
        if isinstance(real, ast.FunctionDef | ast.AsyncFunctionDef) and (not real.args.kwarg or real.decorator_list):
            return None
        return forwarding.accepted(self._library, home.path, real, home.package)


def _snake(name: str) -> str:
    """botocore's own way from `ListObjectsV2` to `list_objects_v2`."""
    partial = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"([a-z0-9])([A-Z]{2,}s?)(?=[A-Z]|$)", r"\1_\2", name))
    return re.sub(r"([a-z\d])([A-Z])", r"\1_\2", partial).lower()
