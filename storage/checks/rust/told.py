"""What Rust's compiler says, as findings: only of the block, and nothing that follows from what is not there.

Codes: https://doc.rust-lang.org/error_codes/error-index.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.capabilities.checks.verdicts import Finding, Kind
from storage.checks.rust.bodies import ATTRIBUTES, BUILT_IN
from storage.checks.rust.placing import MODULE, Placed

NAMES = frozenset(["E0405", "E0412", "E0422", "E0425", "E0432", "E0433", "E0531", "E0532", "E0574", "E0576", "E0407"])
KNOWN = frozenset(
    """
    E0004 E0023 E0026 E0027 E0040 E0046 E0061 E0308 E0381 E0382 E0384 E0407 E0425 E0432 E0433 E0434 E0499 E0502 E0503
    E0505 E0506 E0507 E0515 E0533 E0559 E0560 E0594 E0596 E0597 E0599 E0609 E0610 E0615 E0716
    """.split()
)
"""What is sure even where crates are missing: it is about what is there."""

FRAGMENT = frozenset(
    ["E0308", "E0063", "E0004", "E0046", "E0317", "E0106", "E0261", "E0282", "E0283", "E0384", "E0381", "E0023"]
)
"""What lacks in a part of a file may stand in the rest of it."""

WRAPPED = frozenset(["E0277", "E0308", "E0373", "E0728", "E0744", "E0434", "E0401"])
"""What a function's body says because we made it one: `?`, `return`, the last value."""

NEVER = frozenset(
    """
    E0463 E0583 E0584 E0554 E0601 E0602 E0666 E0658 E0635 E0460 E0786 E0133 E0428 E0255 E0252 E0119
    """.split()
)
"""Of crates and files, of what only a nightly compiler takes, and of names that the rest of an answer has, too."""

LIBRARY = frozenset(["std", "core", "alloc"])
PRIVATE = frozenset(["E0603", "E0616", "E0624", "E0451", "E0742"])
"""Whether it may see a thing depends on where the block stands."""

EDITION = re.compile(r"\bRust 20\d\d|edition")
PLACE = re.compile(r"@?/\S*\.rs:\d+:\d+(?:: \d+:\d+)?")
ARGUMENTS = frozenset(["E0061", "E0057", "E0107", "E0308", "E0277", "E0050", "E0053"])
MEMBERS = frozenset(
    """
    E0599 E0609 E0560 E0026 E0610 E0615 E0616 E0624 E0603 E0407 E0437 E0438 E0559
    """.split()
)
AWAITED = re.compile(r"unused .*(?:`Future`|future)")
MACROS = re.compile(
    r"^couldn't read|cannot find (?:derive macro|attribute|macro)|cannot determine resolution|expected (?:expression|item), found"
)
GLOB = re.compile(r"\buse\s+(?!std\b|core\b|super::\*)[^;]*\*")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of the block besides. `own` are the first words of paths to what is there; `lacks`: crates are missing;
    `may_add_methods`: and may give anything a method; `derived` are types with derivations of such crates; `words` are those of the
    team's crate; `scratch` our folder, which no message shows."""

    block: Placed
    own: frozenset[str]
    lacks: bool
    may_add_methods: bool
    derived: frozenset[str]
    words: frozenset[str]
    scratch: str


def findings(said: str, file: str, lines: int, setting: Setting) -> tuple[list[Finding], list[str]]:
    """And names that are taken for the reader's own."""
    found: list[Finding] = []
    assumed: list[str] = []
    for one in _told(said):
        line = _line(one, file)
        code = str((one.get("code") or {}).get("code") or "")
        if not line or line > lines + 1 or code in NEVER:
            continue
        line = min(line, lines)
        message = PLACE.sub("", " ".join(str(one["message"]).split()))
        if one["level"] == "warning":
            found += _warned(code, message, line)
        elif one["level"] != "error" or MACROS.search(message) or setting.scratch in message:
            continue
        elif code in NAMES and (name := _unknown(one, message, setting)) is not None:
            assumed += [name] if name else []
        elif _is_believed(code, message, one, setting):
            found.append(_finding(code, message, line, one))
    kept = {(one.line, one.message): one for one in found}
    return list(kept.values())[:20], list(dict.fromkeys(assumed))


def is_stopped(said: str, file: str) -> bool:
    """The compiler looks at no types where an import of the block leads nowhere."""
    return any(_line(one, file) and (one.get("code") or {}).get("code") == "E0432" for one in _told(said))


def unlinked(said: str, file: str) -> list[str]:
    """Crates that the block names and that are not there."""
    labels = (
        str(span.get("label") or "")
        for one in _told(said)
        if _line(one, file)
        for span in one.get("spans", ())
        if span.get("is_primary")
    )
    return list(dict.fromkeys(name for one in labels for name in re.findall(r"unlinked crate `(\w+)`", one)))


def _told(said: str) -> Iterator[Mapping[str, Any]]:
    for line in said.split("\n"):
        if line.startswith("{"):
            try:
                one = json.loads(line)
            except ValueError:
                continue
            if isinstance(one, dict) and "message" in one:
                yield one


def _line(one: Mapping[str, Any], file: str) -> int:
    """Of what it points at in the block, or of the macro there that brought it; 0 for elsewhere."""
    for span in (each for each in one.get("spans", ()) if each.get("is_primary")):
        at: Mapping[str, Any] | None = span
        while at is not None:
            if at.get("file_name") == file:
                return int(at["line_start"])
            at = (at.get("expansion") or {}).get("span")
    return 0


def _unknown(one: Mapping[str, Any], message: str, setting: Setting) -> str | None:
    """A name that nothing here defines, "" for none worth naming; None for one that is missing where we can see the whole."""
    labels = " ".join(str(each.get("label") or "") for each in one.get("spans", ()) if each.get("is_primary"))
    said = f"{message} {labels}"
    name = re.search(r"cannot find \w+ `(\w+)`|no `(\w+)` in|could not find `(\w+)` in|`(\w+)`", said)
    word = next((each for each in (name.groups() if name else ()) if each), "")
    if "is not a member of trait" in message:
        return None
    path = re.search(r"unresolved import `([\w:]+)`|\bin (?:(?:module|crate|enum|trait|struct|type) )?`([\w:]+)`", said)
    head = (path[1] or path[2]).partition("::")[0] if path else ""
    if head in LIBRARY and "unlinked crate" not in labels:
        return None
    if head in setting.own and "unlinked crate" not in labels and word not in setting.words:
        return None
    is_open = bool(
        setting.lacks and GLOB.search(setting.block.text)
    )  # a crate that is missing, or a macro of its, may bring it
    if not is_open and setting.own and setting.block.is_whole and word not in setting.words and _is_slip(word, one):
        return None
    is_import = "unresolved import" in message or ("unlinked crate" in labels and setting.lacks)
    if not is_open and setting.block.shows_imports and not is_import and _offers(one, "consider importing"):
        return None
    return "" if "crate" in said else word


def _offers(one: Mapping[str, Any], words: str) -> bool:
    return any(words in str(each.get("message", "")) for each in one.get("children", ()))


def _is_slip(word: str, one: Mapping[str, Any]) -> bool:
    """The compiler knows a name with the same letters in another order, or with one letter more or less, and that is no plural."""
    offered = (
        str(span.get("suggested_replacement") or "")
        for each in one.get("children", ())
        if "similar name exists" in str(each.get("message", ""))
        for span in each.get("spans", ())
    )
    for each in offered:
        short, long = sorted((word, each), key=len)
        is_dropped = any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
        if each and (sorted(word) == sorted(each) or (is_dropped and long != f"{short}s")):
            return True
    return False


def _is_believed(code: str, message: str, one: Mapping[str, Any], setting: Setting) -> bool:
    is_of_arguments = "arguments to this" in message or "incorrect" in message
    if (not code and EDITION.search(message)) or (code == "E0107" and "enum takes 2" in message):
        return False  # of an edition that nobody told us, of a `Result` that is not Rust's own
    if setting.block.is_wrapped and not is_of_arguments and (code in WRAPPED or not code):
        return False
    if f"{MODULE}::" in message or any(f"{MODULE}::" in str(each.get("label")) for each in one.get("spans", ())):
        return False  # the block writes anew what the crate has
    if not setting.block.is_whole and code in FRAGMENT and not is_of_arguments:
        return False
    if setting.lacks and code not in KNOWN:
        return False
    if code == "E0599":
        return _lacks_member(message, one, setting)
    return not (code in PRIVATE and re.search(r"\b(?:crate|super)::", setting.block.text))


def _lacks_member(message: str, one: Mapping[str, Any], setting: Setting) -> bool:
    """Where no trait may bring it: not of a crate that is missing, nor of an import that the block leaves out."""
    if setting.may_add_methods or any(re.search(rf"`(?:\w+::)*{name}\b", message) for name in setting.derived):
        return False
    return setting.block.shows_imports or (_offers(one, "similar name") and not _offers(one, "trait"))


def _warned(code: str, message: str, line: int) -> Iterator[Finding]:
    if code == "deprecated":
        yield Finding(line, "deprecated", message[:LONGEST])
    elif code == "unused_must_use" and AWAITED.search(message):
        yield Finding(line, "await", "this is a future that nobody awaits: nothing runs")


def _finding(code: str, message: str, line: int, one: Mapping[str, Any]) -> Finding:
    labels = [str(each["label"]) for each in one.get("spans", ()) if each.get("is_primary") and each.get("label")]
    offered = [str(each["message"]) for each in one.get("children", ()) if "`" in str(each.get("message", ""))]
    more = next((each for each in labels if each not in message and len(each) < 120), "")
    more = more or next((each for each in offered if len(each) < 120 and "similar name" in each), "")
    words = f"Rust does not compile this: {message}{f' ({more})' if more else ''}"
    kind: Kind = (
        "attribute"
        if code in MEMBERS
        else "argument"
        if code in ARGUMENTS
        else "import"
        if code == "E0432"
        else "syntax"
    )
    if code in NAMES and kind == "syntax":
        kind = "name"
    return Finding(line, kind, " ".join(words.split())[:LONGEST])


def derived_elsewhere(text: str) -> frozenset[str]:
    """Types of a text that carry a derivation or an attribute that Rust does not have itself."""
    found: set[str] = set()
    pattern = re.compile(
        r"((?:#\[[^\]]*(?:\[[^\]]*\][^\]]*)*\]\s*)+)(?:pub(?:\([^)]*\))?\s+)?(?:struct|enum|union|fn|trait)\s+(\w+)"
    )
    for one in pattern.finditer(text):
        derived = {
            name
            for listed in re.findall(r"derive\s*\(([^)]*)\)", one[1])
            for name in re.findall(r"(\w+)\s*(?:,|$)", listed)
        }
        plain = set(re.findall(r"#\[\s*([\w:]+)", one[1]))
        if derived - BUILT_IN or plain - ATTRIBUTES:
            found.add(one[2])
    return frozenset(found)
