"""The process of formats: it reaches no network, writes in one folder, and may start ShellCheck only."""

from __future__ import annotations

import asyncio
import gc
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.capabilities.checks import shell
from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.confined import confine
from storage.checks.formats.apis import graphql, proto
from storage.checks.formats.code import code, commands
from storage.checks.formats.said import Said, unread
from storage.checks.formats.settings import nginx, plain, systemd
from storage.checks.formats.shell import dockerfile, flags, shells
from storage.checks.formats.terraform import terraform
from storage.checks.formats.yaml import data, prometheus
from storage.checks.serving import Answering, begin, serve, told

MEMORY_BYTES = 1_500_000_000
LONGEST = 100_000

COMMENTED = re.compile(
    r"(?:^|/)(?:\.vscode/[^/]+|[tj]sconfig[\w.-]*|\.eslintrc|devcontainer|\.?wrangler|deno|turbo|renovate)\.jsonc?$"
)
"""Files of JSON that may hold comments."""

COMMENTED_WORDS = re.compile(
    r"^\s*\{\s*(?:\"(?:compilerOptions|extends|\$schema)\"\s*:\s*(?:\{|\"[^\"]*tsconfig)|\"(?:editor|files|workbench)\.)"
)
"""How TypeScript's and an editor's settings begin, which may."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A block's text, the folder of the repository, its path in it, the answer's other blocks of its language, and the folders of what
    others publish of it."""

    text: str
    tree: Path | None = None
    path: str = ""
    beside: tuple[str, ...] = ()
    published: Mapping[str, str] = field(default_factory=dict)


Reader = Callable[[Asked], Said]

READERS: Mapping[str, Reader] = {
    **dict.fromkeys(("json", "geojson", "webmanifest"), lambda one: plain.read_json(one.text, one.path)),
    **dict.fromkeys(
        (
            *("yaml", "yml", "docker-compose", "compose", "github-actions", "gitlab-ci"),
            *("kubernetes", "k8s", "openapi", "swagger", "helm", "ansible"),
        ),
        lambda one: data.read_yaml(one.text, one.path, one.tree, one.published),
    ),
    "toml": lambda one: plain.read_toml(one.text, one.path),
    **dict.fromkeys(("dockerfile", "docker", "containerfile"), lambda one: dockerfile.read(one.text)),
    **dict.fromkeys(("go", "golang"), lambda one: code.go(one.text, one.tree, one.path, one.beside)),
    **dict.fromkeys(("rust", "rs"), lambda one: code.rust(one.text, one.tree)),
    **dict.fromkeys(
        ("terraform", "tf", "hcl", "opentofu"),
        lambda one: terraform.read(one.text, one.tree, one.path, one.beside, one.published),
    ),
    **dict.fromkeys(("graphql", "gql"), lambda one: graphql.read(one.text, one.tree)),
    **dict.fromkeys(("jsonc", "json-with-comments"), lambda one: plain.read_jsonc(one.text, one.path)),
    "json5": lambda one: plain.read_json5(one.text),
    **dict.fromkeys(("proto", "protobuf", "proto3", "proto2"), lambda one: proto.read(one.text, one.tree)),
    "systemd": lambda one: systemd.read(one.text),
    "ini": lambda one: systemd.read(one.text) if systemd.is_one(one.text) else unread("what reads it is not known"),
    "promql": lambda one: prometheus.read_queries(one.text),
    **dict.fromkeys(("nginx", "nginxconf"), lambda one: nginx.read(one.text, one.tree)),
}


class Keeper(Answering):
    async def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        tree = Path(asked["tree"]) if asked["tree"] else None
        blocks = [Block(**one) for one in asked["blocks"]]
        published = asked.get("published", {})
        return told([await asyncio.to_thread(verdict, one, tree, blocks, published) for one in blocks])


def verdict(
    block: Block, tree: Path | None, answer: Sequence[Block] = (), published: Mapping[str, str] = MappingProxyType({})
) -> Verdict:
    """`answer` are all blocks of the answer that this room reads."""
    word = block.language.lower().partition(" ")[0]
    if len(block.code) > LONGEST:
        return Verdict("unchecked", reasons=(f"it is longer than {LONGEST:,} characters",))
    if word in shell.SHELLS:
        return _of_shell(word, block.code, tree)
    if block.diff or word not in READERS:
        return Verdict("unchecked", reasons=("a change of a file is not read by itself",))
    if word == "json" and (COMMENTED.search(block.path or "") or COMMENTED_WORDS.search(block.code)):
        word = "jsonc"
    if word == "json" and (block.path or "").endswith(".json5"):
        word = "json5"
    beside = [one.code for one in answer if one is not block and one.language.lower() == block.language.lower()]
    text = block.code.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        return READERS[word](Asked(text, tree, block.path or "", tuple(beside), published)).verdict()
    except (RecursionError, MemoryError):
        return Verdict("unchecked", reasons=("it is nested too deep",))


def _of_shell(word: str, code: str, tree: Path | None) -> Verdict:
    """Commands: their syntax, what they install, and the options of those that are known; the others are named."""
    lines = shells.lines_of(code)
    found = shells.syntax(word, code) + commands.findings(lines, tree) + flags.findings(lines)
    known, others = flags.programs(lines)
    held = {"the shell's grammar": ""} if shells.is_readable(word, code) else {}
    held |= {f"options of {', '.join(known[:6])}": ""} if known else {}
    held |= commands.versions(lines, tree)
    if not held and not found:
        return Verdict("unchecked", reasons=("none of its commands is one whose options are known",))
    named = ", ".join(f"`{one}`" for one in others[:4])
    reasons = [f"what {named} {'is' if len(others) == 1 else 'are'} given is not looked at"] if others else []
    return Said(held, found, reasons).verdict()


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    tempfile.tempdir = str(folder)
    begin([folder], MEMORY_BYTES)
    found = shells.program()
    confine([folder], [found] if found else [])
    gc.freeze()
    asyncio.run(serve(Keeper()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
