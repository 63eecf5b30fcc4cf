"""What Go's compiler and `go vet` say, as findings: only of the block, and nothing of what it leaves to the reader."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator

from bot.capabilities.checks.verdicts import Finding

LINE = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+)(?::\d+)?: (?P<said>.*(?:\n\t.*)*)", re.MULTILINE)
PLAIN = re.compile(r"undefined: (\w+)$")
OF_PACKAGE = re.compile(r"undefined: (\w+)\.(\w+)")
NO_MEMBER = re.compile(
    r"(\S+) undefined \(type (.+?) has no (?:field or method|method|field) (\w+)(?:, but does have (?:field|method) (\w+))?"
)
BELONGS_ELSEWHERE = re.compile(
    r"redeclared in this block|other declaration of|previous declaration|could not import|is not in std|main redeclared|"
    r"method .* already declared|function main is undeclared|missing function body|duplicate method|too many errors|"
    r"import .* redeclared|case .* in switch|have \(unknown type\)|invalid type|go:embed"
)
UNFINISHED = re.compile(
    r"declared and not used|imported and not used|missing return|return values|is not used$|label .* defined and not used"
)
WORDS = (
    "argument",
    (
        "argument",
        "in call to",
        "cannot use",
        "assignment mismatch",
        "unknown field",
        "too few values",
        "too many values",
        "not enough return",
    ),
)


def findings(
    text: str, file: str, code: str, names: Collection[str], *, is_whole: bool
) -> tuple[list[Finding], list[str]]:
    """And names that are taken for the reader's own. `names` are those that the block declares."""
    found: list[Finding] = []
    assumed: list[str] = []
    lines = code.count("\n") + 1
    for one in LINE.finditer(text):
        if one["file"].rpartition("/")[2] != file or int(one["line"]) > lines + 1:
            continue
        said = " ".join(one["said"].split())
        line = min(int(one["line"]), lines)
        if BELONGS_ELSEWHERE.search(said) or (not is_whole and UNFINISHED.search(said)):
            continue
        if plain := PLAIN.search(said):
            near = _slip(plain[1], names) if is_whole else ""
            if near:
                found.append(Finding(line, "name", f"`{plain[1]}` is defined nowhere; did you mean `{near}`?"))
            else:
                assumed.append(plain[1])
            continue
        found.append(_finding(line, said))
    kept = {(one.line, one.message): one for one in found}
    return list(kept.values())[:20], list(dict.fromkeys(assumed))


def _slip(name: str, names: Collection[str]) -> str:
    """A name of the block's own that begins and ends like this one and is a letter from it; a form of many is a name of its own."""
    like = [one for one in names if len(one) > 4 and one[0] == name[0] and one[-1] == name[-1]]
    near = difflib.get_close_matches(name, sorted(like), n=1, cutoff=0.87)
    return near[0] if near and len(name) > 4 and abs(len(near[0]) - len(name)) < 2 else ""


def _finding(line: int, said: str) -> Finding:
    if member := NO_MEMBER.search(said):
        meant = f"; did you mean `{member[4]}`?" if member[4] else ""
        return Finding(line, "attribute", f"`{member[2]}` has no `{member[3]}`{meant}")
    if name := OF_PACKAGE.search(said):
        return Finding(line, "attribute", f"Go's `{name[1]}` has no `{name[2]}`", name[1])
    kind = "argument" if any(word in said for word in WORDS[1]) else "name" if "undefined" in said else "syntax"
    return Finding(line, kind, f"Go does not compile this: {said[:300]}")  # type: ignore[arg-type]


def of_vet(text: str, file: str, code: str) -> Iterator[Finding]:
    lines = code.count("\n") + 1
    for one in LINE.finditer(text):
        said = " ".join(one["said"].split())
        if one["file"].rpartition("/")[2] == file and int(one["line"]) <= lines:
            kind = "await" if "never used" in said else "argument"
            yield Finding(int(one["line"]), kind, said[:300])  # type: ignore[arg-type]
