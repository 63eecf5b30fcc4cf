"""Names that a module does not export, in the compiler's words and in ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts.blocks.paths import ENDINGS
from storage.checks.scripts.blocks.reading import Imported
from storage.checks.scripts.blocks.written import Document, Written
from storage.checks.scripts.findings import wording
from storage.checks.scripts.findings.imports import GENERATED, Imports
from storage.checks.scripts.packages.graph import Held
from storage.checks.scripts.packages.specifiers import is_builtin, knows
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team import module_exports, own_texts
from storage.checks.servers import Diagnostic

NEARLY = "2724"
"""It exports nearly this name."""
NO_DEFAULT = ("1192", "2613")
OF_TYPES = re.compile(r"(?<!\.d)\.[cm]?tsx?$")
COMPUTED = re.compile(r"\]\s*=(?![=>])|\.\.\.|Object\.(?:assign|defineProperty)")
QUOTED = re.compile(r"['\"]+([^'\"]+)['\"]+")


def lacking(
    document: Document,
    said: Sequence[Diagnostic],
    read: Imports,
    types: Types,
    written: Written,
    hands_on: Callable[[str], bool] = bool,
    *,
    is_generated: bool = False,
) -> list[Finding]:
    """`hands_on` knows files of the team's that export all of something which nobody can read; `is_generated`: what is generated out
    of the team's files is known."""
    found: list[Finding] = []
    for one in said:
        line = document.line_of(one.line)
        asking = _asking(document, line) if line and one.code in wording.EXPORTS else None
        if asking is None:
            continue
        if asking.specifier.startswith(".") or asking.specifier in document.place.resolved:
            if not hands_on(document.place.resolved.get(asking.specifier, "")):
                found += _of_own(document, one, asking, written)
            continue
        package = read.bound.get(asking.bound[0], "") if asking.bound else ""
        is_built = asking.kind == "require" and package not in read.used and not is_builtin(asking.specifier)
        is_unread = package in read.unresolved or (package in GENERATED and not (is_generated and one.code == NEARLY))
        if is_unread or is_built:
            continue  # what a package of the team's own gives to CommonJS is made of its sources in a way of its own
        if asking.kind == "require" and _is_elsewhere(one, types.held(document.folder, package), types.folder):
            continue
        owner = ("node", types.node) if is_builtin(asking.specifier) else (package, read.used.get(package, ""))
        found.append(Finding(line, "import", _sentence(one, asking), *owner))
    return found


def _is_elsewhere(one: Diagnostic, held: Held | None, folder: Path) -> bool:
    """The package declares the name for ES modules: what it gives to CommonJS may have it, whatever its declarations for that say."""
    name = next((each for each in QUOTED.findall(one.message) if held is None or each != held.name), "")
    return not name or (held is not None and bool(held.place) and knows(folder / held.place, name, is_word=True))


def says_all(document: Document, root: Path, name: str, is_asked: bool) -> bool:
    """A name is taken out of JavaScript of the team's whose exports are known, and in which nothing is given members by a key that is
    computed, unless it is the whole module that a member `is_asked` of. Blocks."""
    for one in document.snippet.imports:
        file = document.place.resolved.get(one.specifier, "")
        if name in one.bound and module_exports.ENDING.search(file) and one.specifier not in document.answered:
            whole = rf"(?:\*\s+as|\b(?:const|let|var))\s+{re.escape(name)}\s*(?:=\s*require\b|from\b)"
            is_whole = is_asked and re.search(whole, document.snippet.text)
            is_known = module_exports.of_file(root / file) is not None
            return is_known and (bool(is_whole) or not COMPUTED.search(own_texts.text_of(root / file)))
    return False


def _of_own(document: Document, one: Diagnostic, asking: Imported, written: Written) -> list[Finding]:
    """Of the team's own file: in or of TypeScript, and where no other block of the answer writes that file, or the name for any."""
    last = re.sub(ENDINGS, "", asking.specifier.rpartition("/")[2])
    names = {name for name, _ in asking.names} or set(QUOTED.findall(one.message)[1:2])
    is_typed = bool(OF_TYPES.search(document.place.resolved.get(asking.specifier, "")))
    is_default = one.code in NO_DEFAULT and is_typed
    named = next((each for each in QUOTED.findall(one.message) if each in names), "default" if is_default else "")
    is_written = last in written.files or not written.loose.isdisjoint({named, *asking.bound}) or named in written.names
    is_believed = is_default or one.code in ("2305", "2724", "2459", "2614")
    if not (document.snippet.is_typed or is_typed) or not named or is_written or not is_believed:
        return []
    line = document.line_of(one.line)
    said = re.sub(r"` (exports|has) no", r"` of yours \1 no", _sentence(one, asking), count=1)
    return [Finding(line, "import", said)]


def _asking(document: Document, line: int) -> Imported | None:
    for one in document.snippet.imports:
        if any(at == line for _, at in one.names) or (one.kind == "require" and one.line == line):
            return one
    return None


def _sentence(one: Diagnostic, asking: Imported) -> str:
    if one.code in NO_DEFAULT:
        other = re.search(r"'import (\{ \w+ \}) from", one.message)
        return f"`{asking.specifier}` has no default export" + (f"; it exports `{other[1]}`" if other else "")
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


def is_member_of_default(one: Diagnostic) -> bool:
    """A member is asked of a module that has none of this name, but a default export, which is what CommonJS gives of Node's modules
    and of many packages.
    """
    if one.code not in ("2339", "2551") or not (found := OF_MODULE.search(one.message)):
        return False
    return is_builtin(found[1]) or any(_has_default(found[1] + ending) for ending in ("", ".d.ts", ".d.cts", ".ts"))


OF_MODULE = re.compile(r"on type 'typeof import\(\"([^\"]+)\"\)'")
DEFAULT = re.compile(r"^\s*export\s+default\b|\bas\s+default\b", re.MULTILINE)
LARGEST_BYTES = 2_000_000


@lru_cache(maxsize=500)
def _has_default(path: str) -> bool:
    return bool(DEFAULT.search(own_texts.text_of(Path(path), LARGEST_BYTES)))
