"""What boto3's clients and resources have, and what their calls take: they are made of the service descriptions that botocore and boto3
bring, which no type tells of.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import Library, near
from storage.checks.python.library.lookup import find
from storage.checks.python.meaning.calls import is_elided, is_wrapped, short
from storage.checks.python.meaning.sight import Sight

MOST_SERVICE_BYTES = 30_000_000
CLIENT_WORDS = "can_paginate generate_presigned_url get_paginator get_waiter waiter_names close meta exceptions"
RESOURCE_WORDS = """
    meta load reload get_available_subresources upload_file upload_fileobj download_file download_fileobj copy batch_writer
    create_tags delete_tags
"""
BOTO3 = ("boto3", "boto3.session")
CLIENT_OWN, RESOURCE_OWN = CLIENT_WORDS.split(), RESOURCE_WORDS.split()
"""What boto3 adds by hand."""

INJECTED = {
    "s3": "generate_presigned_post upload_file upload_fileobj download_file download_fileobj copy".split(),
    "rds": ["generate_db_auth_token"],
    "dsql": ["generate_db_connect_auth_token", "generate_db_connect_admin_auth_token"],
}
"""What botocore's and boto3's handlers add to the clients of one service."""


ADDING = ("botocore.signers", "boto3.s3.inject")


@dataclass(frozen=True, slots=True)
class Held:
    """A client of a service; with `kind` a resource of it, "" for the service's own."""

    service: str
    kind: str | None = None

    @property
    def called(self) -> str:
        return f"{self.service} client" if self.kind is None else f"{self.service} {self.kind or 'resource'}"


SESSION = Held("", "Session")
"""What makes clients; it is no service's."""


class Services:
    def __init__(self, library: Library) -> None:
        self._library = library
        self._renamed: dict[str, str] = {}
        self._read: dict[tuple[str, str], Mapping[str, Any]] = {}

    def findings(self, sight: Sight, lines: range) -> Iterator[Finding]:
        """Lines of the findings count from 0."""
        version = self._library.environment.versions.get("boto3", "")
        if not version:
            return
        names = self._names(sight)
        yield from self._unknown(sight, lines, version)
        where = f"boto3 {version}"
        for node in sight.nodes(ast.Attribute):
            if node.lineno not in lines or node.attr.startswith("_"):
                continue
            held = self._held(sight, node.value, names)
            has = self._has(held) if held else frozenset()
            if held is None or not has:
                continue
            line = (node.end_lineno or node.lineno) - 1
            call = sight.parents.get(id(node))
            if node.attr not in has:
                if held.kind is None and not (isinstance(call, ast.Call) and call.func is node):
                    continue
                said = wording.attribute(held.called, node.attr, where, near(node.attr, has))
                yield Finding(line, "attribute", said, "boto3", version)
            elif isinstance(call, ast.Call) and call.func is node and not is_elided(call):
                if any(not isinstance(one, ast.Starred) for one in call.args) and self._operation(held, node.attr):
                    yield Finding(line, "argument", wording.by_name(short(node), where), "boto3", version)
                takes = self._takes(held, node.attr)
                for word in call.keywords if takes else ():
                    if word.arg and word.arg not in takes:
                        said = wording.keyword(word.arg, short(node), where, near(word.arg, takes))
                        yield Finding(word.lineno - 1, "argument", said, "boto3", version)
                if lacking := self._lacking(held, node.attr, call):
                    yield Finding(line, "argument", wording.lacking(lacking, short(node), where), "boto3", version)
                yield from self._undescribed(held, node.attr, call, version)

    def _unknown(self, sight: Sight, lines: range, version: str) -> Iterator[Finding]:
        """Services that have no description at this version: `boto3.client("name")` fails for those."""
        for node in sight.nodes(ast.Call):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="boto3"), attr="client" | "resource"),
                    args=[ast.Constant(value=str(name)), *_],
                ) if node.lineno in lines and self._services and name not in self._services:
                    guess = near(name, self._services)
                    said = f"boto3 {version} has no service `{name}`" + (f"; did you mean `{guess}`?" if guess else "")
                    yield Finding(node.lineno - 1, "argument", said, "boto3", version)
                case _:
                    continue

    @cached_property
    def _services(self) -> frozenset[str]:
        data = self._library.environment.site / "botocore" / "data"
        return frozenset(one.name for one in data.iterdir() if one.is_dir()) if data.is_dir() else frozenset()

    def reasons(self, sight: Sight, lines: range) -> dict[str, str]:
        """By the names on these lines that hold a client of which the service is not told, or has no description."""
        found: dict[str, str] = {}
        names = self._names(sight) if self._library.environment.versions.get("boto3") else {}
        for node in sight.nodes(ast.Attribute) if names or "boto3" in sight.text else ():
            if node.lineno in lines:
                held = self._held(sight, node.value, names)
                if held is not None and held != SESSION and not self._has(held):
                    what = short(node.value)
                    found[what] = (
                        f"what `{what}` has cannot be told: which service of boto3 it is for is not written there"
                    )
        return found

    def _names(self, sight: Sight) -> dict[str, Held]:
        """Variables, attributes of `self` and functions (`name()`) that hold or give a client or a resource. What is given two kinds of
        them, or is a loop's or a `with`'s besides, counts for none."""
        found: dict[str, Held | None] = {}
        for node in sight.nodes(ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.For, ast.withitem):
            match node:
                case (
                    ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=ast.expr() as value)
                ):
                    name = ast.unparse(target) if isinstance(target, ast.Name | ast.Attribute) else ""
                case ast.FunctionDef(name=named):
                    returned = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
                    name = f"{named}()" if len(returned) == 1 and not is_wrapped(node) else ""
                    value = returned[0] or ast.Constant(None) if name else ast.Constant(None)
                case ast.For(target=target) | ast.withitem(optional_vars=ast.expr() as target):
                    name, value = ast.unparse(target), ast.Constant(None)
                case _:
                    continue
            if name and not isinstance(value, ast.Constant):
                held = self._of(value, {one: kind for one, kind in found.items() if kind})
                found[name] = held if found.get(name, held) == held else None
            elif name and not isinstance(node, ast.Assign | ast.AnnAssign):
                found[name] = None
        return {name: held for name, held in found.items() if held}

    def _held(self, sight: Sight, node: ast.expr, names: Mapping[str, Held]) -> Held | None:
        """What an expression holds where it stands: an argument of the function around it is anybody's."""
        if not isinstance(node, ast.Name):
            return self._of(node, names)
        at = sight.parents.get(id(node))
        while at is not None:
            if isinstance(at, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and any(
                one.arg == node.id for one in ast.walk(at.args) if isinstance(one, ast.arg)
            ):
                return None
            at = sight.parents.get(id(at))
        return self._of(node, names)

    def _of(self, node: ast.expr, names: Mapping[str, Held]) -> Held | None:
        match node:
            case ast.Name(id=name):
                return names.get(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                return names.get(ast.unparse(node))
            case ast.BoolOp(op=ast.Or(), values=[_, value]) | ast.IfExp(orelse=value, body=ast.Name()):
                return self._of(value, names)
            case ast.Call(func=ast.Attribute(value=value, attr="client" | "resource" as made)):
                return self._made(node, value, None if made == "client" else "", names)
            case ast.Call(func=ast.Attribute(value=value, attr="Session")) if ast.unparse(value) in BOTO3:
                return SESSION
            case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
                return names.get(f"{name}()")
            case ast.Call(func=ast.Attribute(value=value, attr=name)):
                held = self._of(value, names)
                inner = self._described(held).get("has", {}).get(name) if held and held.kind is not None else None
                return Held(held.service, str(inner["resource"]["type"])) if held and inner else None
            case _:
                return None

    def _made(self, call: ast.Call, by: ast.expr, kind: str | None, names: Mapping[str, Held]) -> Held | None:
        given = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "service_name")]
        match given:
            case [ast.Constant(value=str(service))]:
                return Held(service, kind) if re.fullmatch(r"[a-z0-9-]+", service) else None
            case [_]:
                is_boto3 = ast.unparse(by) in BOTO3 or self._of(by, names) == SESSION
                return Held("", kind) if is_boto3 else None
            case _:
                return None

    def _has(self, held: Held) -> frozenset[str]:
        if not held.service:
            return frozenset()
        service = self._file(held.service, "botocore", "service-2")
        if held.kind is None:
            added = [*CLIENT_OWN, *INJECTED.get(held.service, ())]
            return frozenset([*map(self._snake, service.get("operations", ())), *added]) if service else frozenset()
        told = self._described(held)
        if not told:
            return frozenset()
        shape = service.get("shapes", {}).get(told.get("shape", ""), {}).get("members", ())
        words = [*told.get("actions", ()), *told.get("hasMany", ()), *shape]
        words += [str(one["name"]) for one in told.get("identifiers", ())]
        waits = [f"wait_until_{self._snake(one)}" for one in told.get("waiters", ())]
        batch = ["batch_actions"] if told.get("batchActions") else []
        return frozenset(
            [
                *map(self._snake, words),
                *told.get("has", ()),
                *map(self._snake, told.get("has", ())),
                *waits,
                *batch,
                *RESOURCE_OWN,
            ]
        )

    def _takes(self, held: Held, name: str) -> frozenset[str]:
        """The arguments of an operation; none where that is not known."""
        service = self._file(held.service, "botocore", "service-2")
        asked = service.get("operations", {}).get(self._operation(held, name), {}).get("input", {}).get("shape", "")
        taken = frozenset(service.get("shapes", {}).get(asked, {}).get("members", ()))
        return taken or self._added(name) if held.kind is None else taken

    def _added(self, name: str) -> frozenset[str]:
        """The arguments of what botocore and boto3 add to clients by hand."""
        for module in ADDING:
            found = find(self._library, module, name, 1)
            if found is not None and isinstance(found[1], ast.FunctionDef):
                return frozenset(one.arg for one in found[1].args.args[1:])
        return frozenset()

    def _lacking(self, held: Held, name: str, call: ast.Call) -> list[str]:
        """What a client's operation cannot do without, and a call does not give; nothing where a word of it is wrong."""
        given = {one.arg for one in call.keywords}
        takes = self._takes(held, name)
        if held.kind is not None or call.args or not given <= takes:
            return []
        service = self._file(held.service, "botocore", "service-2")
        asked = service.get("operations", {}).get(self._operation(held, name), {}).get("input", {}).get("shape", "")
        required = service.get("shapes", {}).get(asked, {}).get("required", ())
        return [one for one in required if one not in given]

    def _undescribed(self, held: Held, name: str, call: ast.Call, version: str) -> Iterator[Finding]:
        """Paginators and waiters that a client's service does not have."""
        files = {"get_paginator": ("paginators-1", "pagination"), "get_waiter": ("waiters-2", "waiters")}
        given = [*call.args[:1], *(one.value for one in call.keywords)]
        match given:
            case [ast.Constant(value=str(wanted))] if held.kind is None and name in files:
                file, key = files[name]
                has = [self._snake(one) for one in self._file(held.service, "botocore", file).get(key, ())]
                if wanted in has or not has:
                    return
                what, guess = name.removeprefix("get_"), near(wanted, has)
                said = f"the {held.called} of boto3 {version} has no {what} `{wanted}`"
                said += f"; did you mean `{guess}`?" if guess else ""
                yield Finding((call.func.end_lineno or call.lineno) - 1, "argument", said, "boto3", version)
            case _:
                return

    def _operation(self, held: Held, name: str) -> str:
        """The operation that a method carries out; "" where it does something else, or more."""
        service = self._file(held.service, "botocore", "service-2")
        if held.kind is None:
            return next((one for one in service.get("operations", ()) if self._snake(one) == name), "")
        actions: Mapping[str, Any] = self._described(held).get("actions", {})
        action: Mapping[str, Any] = next((told for one, told in actions.items() if self._snake(one) == name), {})
        return str(action.get("request", {}).get("operation", "")) if not action.get("resource") else ""

    def _snake(self, name: str) -> str:
        if not self._renamed:
            self._renamed = {
                "": "",
                **dict(renamed(self._library.tree(self._library.environment.site / "botocore" / "__init__.py"))),
            }
        return self._renamed.get(name) or snake(name)

    def _described(self, held: Held) -> Mapping[str, Any]:
        file = self._file(held.service, "boto3", "resources-1")
        made: Mapping[str, Any] = file.get("resources", {})
        if held.kind:
            found: Mapping[str, Any] = made.get(held.kind, {})
            return found
        told: Mapping[str, Any] = file.get("service", {})  # which has each kind of its resources, told or not
        every = {name: {"resource": {"type": name}} for name in made}
        return {**told, "has": {**every, **told.get("has", {})}} if told else {}

    def _file(self, service: str, package: str, name: str) -> Mapping[str, Any]:
        key = (service, name)
        if key not in self._read:
            folder = self._library.environment.site / package / "data" / service
            self._read[key] = _read(sorted(folder.glob(f"*/{name}.json*")))
        return self._read[key]


def _read(files: list[Path]) -> Mapping[str, Any]:
    """Of the newest description what is asked for: the names of operations, and of what their shapes have."""
    try:
        content = files[-1].read_bytes() if files else b"{}"
        text = gzip.decompress(content) if files and files[-1].suffix == ".gz" else content
        told = json.loads(text[:MOST_SERVICE_BYTES])
    except (OSError, ValueError, EOFError):
        return {}
    if "shapes" not in told:
        return dict(told)
    operations = {name: {"input": one.get("input", {})} for name, one in told.get("operations", {}).items()}
    shapes = {
        name: {
            "members": list(one["members"]),
            "required": [
                each for each in one.get("required", ()) if "idempotencyToken" not in one["members"].get(each, ())
            ],
        }
        for name, one in told["shapes"].items()
        if "members" in one
    }
    return {"operations": operations, "shapes": shapes}


def snake(name: str) -> str:
    """botocore's own way from `ListObjectsV2` to `list_objects_v2`: `xform_name`."""
    if found := re.search(r"[A-Z]{2,}s$", name):
        name = f"{name[: found.start()]}_{found[0].lower()}"
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


def renamed(tree: ast.Module | None) -> Iterator[tuple[str, str]]:
    """Names that botocore's module has a table of because the rule would spell them badly: `_xform_cache`."""
    for node in tree.body if tree else ():
        match node:
            case ast.Assign(targets=[ast.Name(id="_xform_cache")], value=ast.Dict(keys=keys, values=values)):
                for key, value in zip(keys, values, strict=True):
                    match key, value:
                        case ast.Tuple(elts=[ast.Constant(value=name), ast.Constant(value="_")]), ast.Constant(
                            value=to
                        ):
                            yield str(name), str(to)
