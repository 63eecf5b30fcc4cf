"""Words that a type of the team's own does not hold: handed over, or compared with."""

from __future__ import annotations

import re
from collections.abc import Callable

from storage.checks.scripts.findings import wording
from storage.checks.servers import Diagnostic

LITERAL = r"\"[^\"]*\"|-?[\d.]+"
UNION = re.compile(rf"(?:{LITERAL})(?: \| (?:{LITERAL}))*")
EMPTY = re.compile(r" \| (?:undefined|null)\b")
LAST = re.compile(rf"(?:Argument of type|Type) '({LITERAL})' is not assignable to (?:parameter of )?type '(.+)'\.")
FIRST = re.compile(r"(?:Argument of type|Type) '(.+?)' is not assignable to (?:parameter of )?type '(.+?)'\.")
COMPARED = re.compile(r"the types '(.+?)' and '(.+?)' have no overlap|Type '(.+?)' is not comparable to type '(.+?)'\.")


def misfit(one: Diagnostic, is_own: Callable[[str], bool], text: str, *, is_nobodys: bool) -> str:
    """A word that the wanted type lacks; "" for none. `is_own` knows types that the team exports, `is_nobodys` says that no package
    wants it."""
    lines = [line.strip() for line in one.message.split("\n") if line.strip()]
    if one.code in ("2367", "2678"):
        return _compared(lines[0], is_own)
    if one.code not in ("2345", "2322", "2820"):
        return ""
    first, last = FIRST.match(lines[0]), LAST.match(lines[-1])
    if not first or not last:
        return ""
    given, wanted = EMPTY.sub("", first[1]), EMPTY.sub("", last[2])
    if not UNION.fullmatch(re.sub(r"^\((.*)\)\[\]$|\[\]$", r"\1", given)) and not re.fullmatch(
        r"[A-Z]\w*(?:\[\])?", given
    ):
        return ""
    if UNION.fullmatch(wanted):
        words = re.findall(r"\"([^\"]*)\"", wanted)
        if not is_nobodys or all(re.search(rf"[\"'`]{re.escape(each)}[\"'`]", text) for each in words):
            return ""  # what is allowed may be taken from the block itself
    elif not re.fullmatch(r"\w+", wanted) or not is_own(wanted):
        return ""
    return f"`{last[1]}` does not fit: `{wording.spoken(chr(39) + wanted + chr(39)).strip('`')}` is wanted"


def _compared(line: str, is_own: Callable[[str], bool]) -> str:
    """Only with the whole of a type by its name: what is left of it at one place the compiler may take for too little."""
    found = COMPARED.search(line)
    if found is None:
        return ""
    one, other = (found[1], found[2]) if found[1] else (found[4], found[3])
    word, kind = (one, other) if UNION.fullmatch(one) else (other, one)
    if not UNION.fullmatch(word) or " | " in word or not re.fullmatch(r"[A-Z]\w*", kind) or not is_own(kind):
        return ""
    return f"`{word}` is none of `{kind}`: this is never so"
