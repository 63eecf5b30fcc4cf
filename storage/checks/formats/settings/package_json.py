"""package.json: kinds of what npm reads, and ranges of versions (https://docs.npmjs.com/cli/configuring-npm/package-json)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.shell.flags import slip

HELD = "package.json"
DEPENDENCIES = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
TABLE, LIST, TEXT = "map", "list", "text"
KINDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*DEPENDENCIES, "scripts", "engines"), (TABLE,)),
    **dict.fromkeys(("files", "keywords"), (LIST,)),
    **dict.fromkeys(("name", "version", "description", "main", "packageManager"), (TEXT,)),
    "workspaces": (LIST, TABLE),
    "bin": (TEXT, TABLE),
}
SAID = {TABLE: "an object", LIST: "a list", TEXT: "a text"}
RANGE = re.compile(r"[\s\d.xX*^~<>=|v-]*\d+(?:\.\d+){3,}[\s\d.xX*^~<>=|v-]*")
"""Nothing but numbers and signs, and of one version more than three."""


def is_one(document: Node, path: str) -> bool:
    keys = nodes.keys(document)
    if path:
        return path.rpartition("/")[2] == "package.json"
    is_other = keys & {"lockfileVersion", "ignore", "_resolution", "_release"}  # npm's lock, and what Bower has
    return {"name", "version"} <= keys and bool(keys & {*DEPENDENCIES, "scripts"}) and not is_other


def read(document: Node) -> Iterator[Finding]:
    for key, value, line in nodes.pairs(document):
        if near := slip(key, sorted(KINDS.keys() - nodes.keys(document))):
            yield Finding(line, "name", f"npm reads no `{key[:40]}`; did you mean `{near}`?")
        kind = nodes.kind(value)
        if key in KINDS and kind and kind not in KINDS[key]:
            yield Finding(line, "argument", f"`{key}` is {' or '.join(SAID[one] for one in KINDS[key])}")
        for name, wanted, at in nodes.pairs(value) if key in (*DEPENDENCIES, "scripts", "engines") else ():
            if nodes.kind(wanted) not in (TEXT, ""):
                yield Finding(at, "argument", f"`{name[:40]}` in `{key}` is a text")
            elif key in DEPENDENCIES and RANGE.fullmatch(nodes.text(wanted)):
                yield Finding(at, "argument", f"`{nodes.text(wanted)[:40]}` is no range of versions")
