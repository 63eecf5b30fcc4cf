"""Names of modules: whose a specifier is, what Node has itself, which modules a declaration names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

NODE_MODULES = """
    assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs http
    http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder sys timers
    tls trace_events tty url util v8 vm wasi worker_threads zlib
"""
BUILTINS = frozenset(NODE_MODULES.split())
"""Without their scheme, as Node has them (https://nodejs.org/api/module.html#modulebuiltinmodules); `node:test`, `node:sqlite` and
`node:sea` are there only with it."""
SCHEMED = frozenset({"test", "sqlite", "sea"})
SINCE = {"test": 18, "test/reporters": 20, "sea": 20, "sqlite": 22}
"""The first Node that has a module, of those that came after 16 (https://nodejs.org/api/)."""

SPECIFIER = re.compile(
    r"""(?:\bfrom\s*|\bimport\s*\(\s*|\brequire\s*\(\s*|\bimport\s+|<reference\s+types\s*=\s*|\bdeclare\s+module\s+)["']([^"'\n]{1,200})["']"""
)
LARGEST_BYTES = 3_000_000


def package_of(specifier: str) -> str:
    """The package of a bare specifier; "" for what is none: a path, an address, an alias like `@/x`, `~/x` or `#x`."""
    if specifier.startswith((".", "/", "#", "~", "@/")) or ":" in specifier:
        return ""
    parts = specifier.split("/")
    return "/".join(parts[:2]) if specifier.startswith("@") and len(parts) > 1 else parts[0]


def is_builtin(specifier: str) -> bool:
    bare = specifier.removeprefix("node:")
    return bare.partition("/")[0] in BUILTINS or (specifier.startswith("node:") and bare.partition("/")[0] in SCHEMED)


def mangled(name: str) -> str:
    """How DefinitelyTyped calls the declarations of a scoped package: `@babel/core` as `babel__core`."""
    return name[1:].replace("/", "__") if name.startswith("@") else name


@lru_cache(maxsize=2_000)
def knows(folder: Path, word: str, *, is_word: bool = False) -> bool:
    """Whether declarations below a folder have a key or a text of this name: a word in a comment, or a method's, tells nothing, unless
    any `is_word`."""
    name = re.escape(word)
    key = rf"^\s*(?:readonly\s+)?['\"]?{name}['\"]?\??\s*:|['\"]{name}['\"]"
    wanted = re.compile(rf"(?<![\w$]){name}(?![\w$])" if is_word else key, re.MULTILINE)
    for file in folder.rglob("*.*ts"):
        try:
            if file.stat().st_size < LARGEST_BYTES and wanted.search(file.read_text("utf-8", "replace")):
                return True
        except OSError:
            return True  # nobody can say that it is not there
    return False


def named_in(folder: Path) -> Iterator[str]:
    """The bare specifiers in the declarations below a folder."""
    for file in folder.rglob("*.*ts"):
        try:
            text = file.read_text("utf-8", "replace") if file.stat().st_size < LARGEST_BYTES else ""
        except OSError:
            continue
        for found in SPECIFIER.finditer(text):
            specifier = found[1]
            if package_of(specifier) and not is_builtin(specifier):
                yield specifier
