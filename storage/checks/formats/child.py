"""The process of formats: it reaches no network, writes in one folder, and may start ShellCheck only."""

from __future__ import annotations

import asyncio
import gc
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.capabilities.checks import shell
from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.confined import confine
from storage.checks.formats import code, commands, data, dockerfile, flags, graphql, nginx, plain, proto, shells
from storage.checks.formats.said import Said
from storage.checks.serving import Answering, begin, serve, told

MEMORY_BYTES = 1_500_000_000
LONGEST = 100_000

COMMENTED = re.compile(
    r"(?:^|/)(?:\.vscode/[^/]+|[tj]sconfig[\w.-]*|\.eslintrc|devcontainer|\.?wrangler|deno|turbo|renovate)\.jsonc?$"
)
"""Files of JSON that may hold comments."""

COMMENTED_WORDS = re.compile(
    r"^\s*\{\s*(?:\"(?:compilerOptions|extends)\"\s*:\s*(?:\{|\"[^\"]*tsconfig)|\"(?:editor|files|workbench)\.)"
)
"""How TypeScript's and an editor's settings begin, which may."""

Reader = Callable[[str, Path | None, str], Said]
"""Of a text, the folder of the repository and the path that the block has in it."""

READERS: Mapping[str, Reader] = {
    **dict.fromkeys(("json", "geojson", "webmanifest"), lambda text, _, path: plain.read_json(text, path)),
    **dict.fromkeys(
        ("yaml", "yml", "docker-compose", "compose", "github-actions", "gitlab-ci"),
        lambda text, _, path: data.read_yaml(text),
    ),
    "toml": lambda text, _, path: plain.read_toml(text, path),
    **dict.fromkeys(("dockerfile", "docker", "containerfile"), lambda text, _, path: dockerfile.read(text)),
    **dict.fromkeys(("go", "golang"), lambda text, tree, path: code.go(text, tree)),
    **dict.fromkeys(("rust", "rs"), lambda text, tree, path: code.rust(text, tree)),
    **dict.fromkeys(("terraform", "tf", "hcl", "opentofu"), lambda text, _, path: code.terraform(text)),
    **dict.fromkeys(("graphql", "gql"), lambda text, tree, path: graphql.read(text, tree)),
    **dict.fromkeys(("jsonc", "json-with-comments"), lambda text, _, path: plain.read_jsonc(text, path)),
    "json5": lambda text, _, path: plain.read_json5(text),
    **dict.fromkeys(("kubernetes", "k8s", "openapi", "swagger", "helm"), lambda text, _, path: data.read_yaml(text)),
    **dict.fromkeys(("proto", "protobuf", "proto3", "proto2"), lambda text, _, path: proto.read(text)),
    **dict.fromkeys(("nginx", "nginxconf"), lambda text, _, path: nginx.read(text)),
}


class Keeper(Answering):
    async def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        tree = Path(asked["tree"]) if asked["tree"] else None
        return told([await asyncio.to_thread(verdict, Block(**one), tree) for one in asked["blocks"]])


def verdict(block: Block, tree: Path | None) -> Verdict:
    word = block.language.lower().partition(" ")[0]
    if len(block.code) > LONGEST:
        return Verdict("unchecked", reasons=(f"it is longer than {LONGEST:,} characters",))
    if word in shell.SHELLS:
        lines = shells.lines_of(block.code)
        found = shells.syntax(word, block.code) + commands.findings(lines, tree) + flags.findings(lines)
        versions = commands.versions(lines, tree)
        if found:
            return Verdict("problems", versions, findings=tuple(sorted(found, key=lambda one: one.line)))
        return Verdict("none" if versions else "unchecked", versions)
    if block.diff or word not in READERS:
        return Verdict("unchecked", reasons=("a change of a file is not read by itself",))
    if word == "json" and (COMMENTED.search(block.path or "") or COMMENTED_WORDS.search(block.code)):
        word = "jsonc"
    try:
        return READERS[word](block.code.removeprefix("\ufeff").replace("\r\n", "\n"), tree, block.path or "").verdict()
    except (RecursionError, MemoryError):
        return Verdict("unchecked", reasons=("it is nested too deep",))


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    begin([folder], MEMORY_BYTES)
    found = shells.program()
    confine([folder], [found] if found else [])
    gc.freeze()
    asyncio.run(serve(Keeper()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
