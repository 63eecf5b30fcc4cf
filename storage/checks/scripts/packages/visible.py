"""Names of a CommonJS package that an ES module may import by name: those that Node's lexer sees in the text of the file that it enters
by, without running it (https://nodejs.org/api/esm.html#commonjs-namespaces, https://github.com/nodejs/cjs-module-lexer).

Where more might be seen than is read here, nothing is said: what it hands on from other files, what a compiler or a bundler wrote.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from storage.checks.scripts.packages import archives, modules

NAMES = ".plumbline-names.json"
"""In the folder of a package: the names that are seen, where that is known."""
LARGEST_BYTES = 500_000
LONGEST_LINE = 3_000
CONDITIONS = ("import", "node", "module-sync", "default")
UNREADABLE = re.compile(
    r"__esModule|__export|__reExport|__createBinding|tslib|Object\.keys\(|typeof\s+(?:exports|module)\b|0\s*&&\s*\(|"
    r"exports\s*=(?!\s*\{)\s*[^;\n]*\brequire\s*\(|\bdefine\s*\(|\beval\s*\(|^\s*(?:import|export)\b",
    re.MULTILINE,
)
GIVEN = re.compile(r"exports(?:\s*\.\s*([A-Za-z_$][\w$]*)|\s*\[\s*[\"']([^\"'\n]+)[\"']\s*\])\s*=(?!=)")
DEFINED = re.compile(r"defineProperty\(\s*(?:module\.)?exports\s*,\s*[\"']([^\"'\n]+)[\"']")
WHOLE = re.compile(r"exports[\"'\]]*\s*=\s*\{")
BETWEEN = r"(?:\s|//[^\n]*|/\*.*?\*/)*"
KEY = re.compile(
    rf"{BETWEEN}(?:(?P<spread>\.\.\.){BETWEEN}[A-Za-z_$][\w$]*|(?P<bare>[A-Za-z_$][\w$]*)|[\"'](?P<quoted>[^\"'\n]+)[\"']){BETWEEN}",
    re.DOTALL,
)
VALUE = re.compile(rf":{BETWEEN}[A-Za-z_$][\w$]*{BETWEEN}", re.DOTALL)


def names_in(text: str) -> frozenset[str] | None:
    """All that could be seen; None where nobody can say."""
    if len(text) > LARGEST_BYTES or UNREADABLE.search(text) or max(map(len, text.split("\n"))) > LONGEST_LINE:
        return None
    found = {one or other for one, other in GIVEN.findall(text)} | set(DEFINED.findall(text))
    for whole in WHOLE.finditer(text):
        seen = _of_literal(text, whole.end())
        if seen is None:
            return None
        found |= seen
    return frozenset(found)


def _of_literal(text: str, at: int) -> set[str] | None:
    """The keys of an object up to the first value that is more than a name; None where it takes in another module."""
    found: set[str] = set()
    while key := KEY.match(text, at):
        at = key.end()
        if key["spread"]:
            if text[at : at + 1] == "(":
                return None
        else:
            found.add(key["bare"] or key["quoted"])
            if value := VALUE.match(text, at):
                at = value.end()
        if text[at : at + 1] != ",":
            break
        at += 1
    return found


def keep(content: bytes, folder: Path, files: Collection[str]) -> None:
    """Beside a package that is unpacked in a folder. Blocks."""
    told = modules.manifest(folder)
    entry = _entry(told, files)
    if not entry or (entry.endswith(".js") and modules.type_at(folder, entry) == "module"):
        return
    text = archives.text_in(content, entry, LARGEST_BYTES)
    names = names_in(text) if text else None
    if names is not None:
        (folder / NAMES).write_text(json.dumps(sorted(names)))


@lru_cache(maxsize=200)
def kept(folder: Path) -> frozenset[str] | None:
    try:
        told = json.loads((folder / NAMES).read_text())
    except (OSError, ValueError):
        return None
    return frozenset(str(one) for one in told)


def _entry(told: Mapping[str, Any], files: Collection[str]) -> str:
    """The file that `import` of the package itself is led to, where that is CommonJS."""
    is_named = told.get("exports") is not None
    target = modules.led(modules.named(told, ""), CONDITIONS) if is_named else str(told.get("main") or "index.js")
    path = posixpath.normpath(target) if target else ""
    tries = (path,) if is_named else (path, f"{path}.js", f"{path}/index.js")
    found = next((one for one in tries if one in files), "")
    return found if found.endswith((".cjs", ".js")) else ""
