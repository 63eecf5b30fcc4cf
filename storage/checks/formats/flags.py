"""Options and subcommands that a well-known program does not have.

`options.json` holds for each the long options of its subcommands, as its own help tells them (git, Docker 28, kubectl, curl, those of
PostgreSQL and GNU and others), joined with the published completion data of `@withfig/autocomplete`; "=" where a value follows, "?"
where the list may not be whole: there only what is nearly a known one is a finding.
"""

from __future__ import annotations

import difflib
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.capabilities.checks.verdicts import Finding

BEFORE = frozenset(["sudo", "time", "nohup", "command", "exec", "doas", "then", "do", "else", "!", "if", "while"])
INNER = frozenset(
    """
    docker run, docker exec, docker container run, docker container exec, docker compose run, docker compose exec, kubectl exec,
    kubectl run, kubectl debug, cargo run, cargo test, cargo bench, cargo clippy, poetry run, uv run, uv tool run, pnpm run, pnpm exec,
    pnpm dlx, xargs, git bisect, pnpm test, pnpm start, git submodule, make, npx
    """.replace("\n", " ")
    .strip()
    .split(", ")
)
"""What stands behind their first word is another program's."""

EXACT = frozenset(["docker", "kubectl", "cargo", "helm", "gh", "pnpm", "uv", "poetry"])
"""Those that take no option cut short."""

SCRIPTED = frozenset(["pnpm"])
"""Those that take the names of a package's scripts for commands."""

UNIVERSAL = frozenset(["--help", "--version"])
FILLED = re.compile(r"[<>$`{}*…]|\.\.\.|\[|\]")
LONGEST_LINE = 4_000


@dataclass(frozen=True, slots=True)
class Table:
    """`values` are options that take the next word; `is_whole`: what is not in it does not exist."""

    known: frozenset[str]
    values: frozenset[str]
    is_whole: bool


@cache
def _tables() -> Mapping[str, Mapping[str, str | None]]:
    told: dict[str, dict[str, str | None]] = json.loads(Path(__file__).with_name("options.json").read_text())
    return told


@cache
def _table(program: str, subcommand: str) -> Table | None:
    of_program = _tables()[program]
    told = of_program.get(subcommand)
    if told is None:
        return None
    if not subcommand:  # what stands before a command may be one of its own
        told = " ".join(one or "" for one in of_program.values())
    words = f"{told} {of_program.get('*') or ''}".split()
    known = frozenset(one.rstrip("=") for one in words if one != "?")
    return Table(known, frozenset(one.rstrip("=") for one in words if one.endswith("=")), "?" not in words)


def findings(lines: list[tuple[int, str]]) -> list[Finding]:
    return [found for number, command in _commands(lines) for found in _of_command(number, command)]


def _commands(lines: list[tuple[int, str]]) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """Each command's words, each with its line; lines that go on in the next one are joined."""
    joined: list[tuple[int, str]] = []
    for number, line in lines:
        if len(line) > LONGEST_LINE:
            joined = []
            continue
        joined.append((number, line.rstrip().removesuffix("\\")))
        if line.rstrip().endswith("\\") and len(joined) < 60:
            continue
        yield from _split(joined)
        joined = []
    yield from _split(joined)


def _split(joined: list[tuple[int, str]]) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    words: list[tuple[int, str]] = []
    try:
        for number, line in joined:
            reader = shlex.shlex(line, posix=True, punctuation_chars="|&;()<>")
            reader.whitespace_split = True
            reader.commenters = "#" if re.search(r"(?:^|\s)#", line) else ""
            for word in reader:
                if word and set(word) <= set("|&;()<>"):
                    if words:
                        yield words[0][0], words
                    words = []
                else:
                    words.append((number, word))
    except ValueError:
        return
    if words:
        yield words[0][0], words


def _of_command(number: int, words: list[tuple[int, str]]) -> Iterator[Finding]:
    while words and (words[0][1] in BEFORE or re.fullmatch(r"\w+=.*", words[0][1])):
        words = words[1:]
    program = words[0][1].rpartition("/")[2] if words else ""
    program = {"pip3": "pip", "docker-compose": "docker"}.get(program, program)
    if program not in _tables():
        return
    given = words[1:]
    if words[0][1] == "docker-compose":
        given = [(number, "compose"), *given]
    subcommand = ""
    has_subcommands = len(_tables()[program].keys() - {"", "*"}) > 0
    place = 0
    while place < len(given):
        line, word = given[place]
        place += 1
        if word == "--" or FILLED.search(word):
            if word == "--":
                return
            continue
        table = _table(program, subcommand)
        if word.startswith("--") and len(word) > 3:
            name, _, value = word.partition("=")
            if table is not None and (fault := _unknown(program, subcommand, name, table)):
                yield Finding(line, "argument", fault)
            if table is not None and name in table.values and not value and "=" not in word:
                place += 1
        elif word.startswith("-"):
            continue
        elif has_subcommands and f"{subcommand} {word}".strip() in _tables()[program]:
            subcommand = f"{subcommand} {word}".strip()
        elif has_subcommands and not subcommand and program in SCRIPTED:
            return
        elif has_subcommands and not subcommand:
            if near := slip(word, [one for one in _tables()[program] if one and " " not in one and one != "*"]):
                yield Finding(line, "argument", f"`{program}` has no command `{word}`; did you mean `{near}`?")
            return
        elif f"{program} {subcommand}".strip() in INNER:
            return


def _unknown(program: str, subcommand: str, name: str, table: Table) -> str:
    if name in table.known or name in UNIVERSAL or not re.fullmatch(r"--[A-Za-z][\w-]*", name) or not table.known:
        return ""
    bare = name.removeprefix("--no-") if name.startswith("--no-") else ""
    if (bare and f"--{bare}" in table.known) or f"--no-{name[2:]}" in table.known:
        return ""
    if program not in EXACT and len(name) > 4 and any(one.startswith(name) for one in table.known):
        return ""  # cut short, as most programs take it
    near = next(iter(difflib.get_close_matches(name, sorted(table.known), n=1, cutoff=0.8)), "")
    if not table.is_whole and not (near and slip(name, [near])):
        return ""
    called = f"{program} {subcommand}".strip()
    return f"`{called}` has no option `{name}`" + (f"; did you mean `{near}`?" if near else "")


def slip(word: str, known: list[str]) -> str:
    """A known word that is a letter or two from this one, or has its letters in another order; "" for none."""
    if len(word) < 4 or word in known:
        return ""
    near = next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.75)), "")
    if not near or (word.startswith(near) and len(word) > len(near) + 2):
        return ""
    plain = (word.replace("-", ""), near.replace("-", ""))
    return near if plain[0] == plain[1] or _distance(word, near) <= (1 if len(word) < 6 else 2) else ""


def _distance(one: str, other: str) -> int:
    """Of Levenshtein's, two letters that changed places counting as one."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, last, row = row, before, [at]
        for place, theirs in enumerate(other, 1):
            cost = min(before[place] + 1, row[-1] + 1, before[place - 1] + (letter != theirs))
            if at > 1 and place > 1 and letter == other[place - 2] and one[at - 2] == theirs:
                cost = min(cost, last[place - 2] + 1)
            row.append(cost)
    return row[-1]
