"""Names that a module does not export, in the compiler's words and in ours."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts import wording
from storage.checks.scripts.documents import Document
from storage.checks.scripts.imports import GENERATED, Imports
from storage.checks.scripts.reading import Imported
from storage.checks.scripts.specifiers import is_builtin
from storage.checks.servers import Diagnostic

QUOTED = re.compile(r"['\"]+([^'\"]+)['\"]+")


def lacking(document: Document, said: Sequence[Diagnostic], read: Imports, node: str) -> list[Finding]:
    found = []
    for one in said:
        line = document.line_of(one.line)
        asking = _asking(document, line) if line and one.code in wording.EXPORTS else None
        if asking is None or asking.specifier.startswith("."):
            continue
        package = read.bound.get(asking.bound[0], "") if asking.bound else ""
        if package in GENERATED or package in read.unresolved:
            continue
        owner = ("node", node) if is_builtin(asking.specifier) else (package, read.used.get(package, ""))
        found.append(Finding(line, "import", _sentence(one, asking), *owner))
    return found


def _asking(document: Document, line: int) -> Imported | None:
    for one in document.snippet.imports:
        if any(at == line for _, at in one.names) or (one.kind == "require" and one.line == line):
            return one
    return None


def _sentence(one: Diagnostic, asking: Imported) -> str:
    if one.code == "1192":
        return f"`{asking.specifier}` has no default export"
    quoted = QUOTED.findall(one.message)
    named = next((each for each in quoted if any(each == word for word, _ in asking.names)), "")
    name = named or next((each for each in quoted if asking.specifier not in each), "")
    said = f"`{asking.specifier}` exports no `{name}`"
    if one.code == "2614":
        return f"{said}; it is the default export: `import {name} from '{asking.specifier}'`"
    guess = re.search(r"Did you mean '([^']+)'", one.message)
    return f"{said}; did you mean `{guess[1]}`?" if guess else said


def is_whole_module(one: Diagnostic) -> bool:
    """A module is called or built as if it were its own default export, as CommonJS lets it."""
    return one.code in ("2351", "2349") and "typeof import(" in one.message
