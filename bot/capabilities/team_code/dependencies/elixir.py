"""mix.exs, as far as it can be read without running it, and mix.lock. Both are Elixir terms of one simple form.

A lock may serve the applications of an umbrella, so that what its own mix.exs does not ask for may be direct all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.capabilities.team_code.dependencies.facts import Declared, Entry, Locked, Runtime
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.scripts import arguments, constants, value
from bot.capabilities.team_code.dependencies.words import without_credentials

TEXT = r'"((?:[^"\\]|\\.)*)"'
HEX = re.compile(rf'\s*"?([\w.-]+)"?\s*(?:=>|:)\s*\{{\s*:hex,\s*:"?([\w.-]+)"?,\s*{TEXT}')
GIT = re.compile(rf'\s*"?([\w.-]+)"?\s*(?:=>|:)\s*\{{\s*:git,\s*{TEXT},\s*{TEXT}')
ENTRY = re.compile(r'\s*"([\w.-]+)"\s*(?:=>|:)\s*\{')
DEPENDENCY = re.compile(rf"\{{\s*:(\w+)\s*,\s*(?:{TEXT})?")
OPTION = re.compile(rf"\b(git|github|path|tag|branch|ref|hex):\s*(?:{TEXT}|:(\w+))")
ONLY = re.compile(r"\bonly:\s*(?::(\w+)|\[([^]]*)\])")
KEYWORD = re.compile(r"\[?\s*[a-z_]+[?!]?:\s")
ELIXIR = re.compile(rf"\belixir:\s*{TEXT}")
DEPS = re.compile(r"\s*defp?\s+\w*deps\w*\b")
END = re.compile(r"  end\b|end\b|  \]|\]")
RESULTS = ("ok", "error")
MAX_ITEM_LINES = 40
MAX_LINE_CHARS = 1_000


def read_mix_lock(page: Page) -> Iterator[Entry]:
    for number, line in enumerate(page.lines, 1):
        if found := HEX.match(line):
            note = f"installed as {found[1]}" if found[1] != found[2] else ""
            alias = found[1] if note else ""
            yield Locked("elixir", found[2], found[3], page.path, number, page.asks(found[1]) or None, note, alias)
        elif found := GIT.match(line):
            note = f"git+{without_credentials(found[2])} at {found[3]}"
            yield Locked("elixir", found[1], found[3], page.path, number, page.asks(found[1]) or None, note)
        elif ENTRY.match(line):
            page.wrong(f"line {number} is neither a package of Hex nor one of git")


def read_mix_exs(page: Page) -> Iterator[Entry]:
    """The tuples within functions whose name says `deps`; a range that is computed is said to be."""
    inside = False
    known = constants(page.lines)
    for number, line in enumerate(page.lines, 1):
        text = _code(line)
        if found := ELIXIR.search(text):
            yield Runtime("elixir", found[1], page.path, number)
        one_line = False
        if DEPS.match(text):
            inside = True
            one_line = ", do:" in text and text.count("[") == text.count("]")
        elif inside and END.match(line):
            inside = False
        for found in DEPENDENCY.finditer(text) if inside else ():
            if found[1] not in RESULTS:
                yield _dependency(page, found, number, known)
        inside = inside and not one_line


def _dependency(page: Page, found: re.Match[str], number: int, known: Mapping[str, str]) -> Declared:
    item = _item(page, number, found.start())
    options = {one[1]: one[2] or one[3] for one in OPTION.finditer(item)}
    parts = [found[2] or _computed(item, known)]
    for kind in ("git", "github", "path"):
        if place := options.get(kind):
            at = next((f"@{options[key]}" for key in ("ref", "tag", "branch") if options.get(key)), "")
            parts.append(f"{kind} {without_credentials(place)}{at}")
    only = ONLY.search(item)
    names = re.findall(r"\w+", (only[1] or only[2] or "")) if only else []
    group = "" if not only or "prod" in names else "dev"
    if re.search(r"\boptional:\s*true", item):
        group = group or "optional"
    name, alias = found[1], ""
    if real := options.get("hex"):
        name, alias = real, found[1]
    return Declared("elixir", name, ", ".join(filter(None, parts)), group, page.path, number, alias)


def _computed(item: str, known: Mapping[str, str]) -> str:
    """Where no text stands as the range: "" for none at all, else what does."""
    behind = arguments(item[1:])[1:2]
    return "" if not behind or KEYWORD.match(behind[0]) else value(behind[0], known)


def _item(page: Page, number: int, start: int) -> str:
    """The tuple from its brace to the one that closes it, over as many lines as it takes."""
    depth, out = 0, []
    for offset, line in enumerate(page.lines[number - 1 : number - 1 + MAX_ITEM_LINES]):
        for character in _code(line)[start if offset == 0 else 0 :]:
            depth += (character == "{") - (character == "}")
            out.append(character)
            if depth == 0:
                return "".join(out)
        out.append(" ")
    return "".join(out)


def _code(line: str) -> str:
    """The line without its comment; a # in a text is none."""
    line = line[:MAX_LINE_CHARS]
    found = re.match(rf"(?:{TEXT}|[^\"#])*", line)
    return found[0] if found and found.end() < len(line) and line[found.end()] == "#" else line
