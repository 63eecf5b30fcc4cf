"""Options and subcommands that a well-known program does not have.

`options.json` holds for each the options of its subcommands, as its own help tells them (git, Docker 28, kubectl, curl, those of
PostgreSQL and GNU, Terraform, Go, apt-get, pnpm 10, Yarn 1 and others) or its manual (apk), joined with the published completion
data of `@withfig/autocomplete`; "=" where a value follows, "?" where the list may not be whole: there only what is nearly a known one
is a finding; "!" where it has every short one.
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
from storage.checks.formats.shell import jq_programs, option_values

BEFORE = frozenset(["sudo", "time", "nohup", "command", "exec", "doas", "then", "do", "else", "!", "if", "while"])
INNER = frozenset(
    """
    docker run, docker exec, docker container run, docker container exec, docker compose run, docker compose exec, kubectl exec,
    kubectl run, kubectl debug, cargo run, cargo test, cargo bench, cargo clippy, poetry run, uv run, uv tool run, pnpm run, pnpm exec,
    pnpm dlx, xargs, git bisect, pnpm test, pnpm start, git submodule, make, npx, go run, go tool, go generate, npm run, npm exec,
    npm x, npm test, npm start, npm create, npm init, yarn run, yarn exec, yarn dlx, yarn workspace,
    yarn workspaces, yarn node, node, env, timeout, nice, nsenter, flock, setsid, watch, strace, celery multi
    """.replace("\n", " ")
    .strip()
    .split(", ")
)
"""What stands behind their first word is another program's."""

EXACT = frozenset(["docker", "kubectl", "cargo", "helm", "gh", "pnpm", "uv", "poetry"])
"""Those that take no option cut short."""

ONE_DASH = frozenset(["find", "terraform", "go"])
"""Those whose long options have one dash."""

CALLED = {"pip3": "pip", "docker-compose": "docker", "mariadb": "mysql"}
SCRIPTED = frozenset(["pnpm", "yarn"])
"""Those that take the names of a package's scripts for commands."""

UNIVERSAL = frozenset(["--help", "--version"])
FILLED = re.compile(r"[<>$`{}*…]|\.\.\.|\[|\]")
QUOTED_COMMAND = re.compile(r"\"[^\"$]*\$\(([^()\"]+)\)[^\"]*\"")
"""A command in a text, whose own text is short."""

LONGEST_LINE, MOST_LINES = 4_000, 60


@dataclass(frozen=True, slots=True)
class Table:
    """`values` are options that take the next word; `is_whole`: a long option that is not in it does not exist, `has_every_letter`: nor
    does a short one.
    """

    known: frozenset[str]
    values: frozenset[str]
    is_whole: bool
    has_every_letter: bool = False


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
    known = frozenset(one.rstrip("=") for one in words if one not in "?!")
    values = frozenset(one.rstrip("=") for one in words if one.endswith("="))
    return Table(known, values, "?" not in words, bool(subcommand or not _is_divided(program)) and "!" in told.split())


def _is_divided(program: str) -> bool:
    """It has commands of its own."""
    return len(_tables()[program].keys() - {"", "*"}) > 0


def findings(lines: list[tuple[int, str]]) -> list[Finding]:
    quoted = "\n".join(line for _, line in lines)
    return [found for number, command in _commands(lines) for found in _of_command(number, command, quoted)]


BUILTINS = frozenset(
    """
    cd echo export set source . exit return test [ [[ read printf shift local declare typeset unset true false :
    eval trap wait alias unalias pwd pushd popd type let mapfile readarray shopt umask ulimit getopts break
    continue if then else elif fi for while until do done case esac in function select coproc { } (( )) history
    bg fg jobs disown hash help builtin sleep time
    """.split()
)


def programs(lines: list[tuple[int, str]]) -> tuple[list[str], list[str]]:
    """What the lines call: programs whose options are known, and others. Neither Bash's own words, nor functions of the block."""
    made = {found[1] for _, line in lines if (found := re.match(r"\s*(?:function\s+)?([\w-]+)\s*\(\)", line))}
    known: dict[str, None] = {}
    others: dict[str, None] = {}
    for _, words in _commands(lines):
        called = _called([word for _, word in words])
        if called in _tables():
            known[called] = None
        elif re.fullmatch(r"[A-Za-z][\w.+-]*", called) and called not in BUILTINS | made:
            others[called] = None
    return list(known), list(others)


def _called(words: list[str]) -> str:
    while words and (words[0] in BEFORE or re.fullmatch(r"\w+=.*", words[0])):
        words = words[1:]
    name = words[0].rpartition("/")[2] if words else ""
    return "docker" if name == "docker-compose" else CALLED.get(name, name)


CALLS = re.compile(r"\b([\w-]{1,60})\s*\(\)\s*\{\s{0,40}((?:[^{}]|\$\{[^}\n]*\}){0,400}?)\"?\$[@*]")
"""A function that hands on what it is given, and what stands before that: a program, or nothing where it calls what it is given."""
SET = re.compile(
    r"^[ \t]*(?:(alias|export|readonly|local)\s+)?([\w-]+)=(?:\"([^\"$`\n]+)\"|'([^'\n]+)'|([\w./-]+))[ \t]*$",
    re.MULTILINE,
)


def _stood_for(lines: list[tuple[int, str]]) -> Mapping[str, list[str]]:
    """Words that stand for a command: `k` (alias), `render` (function), `$DC`; not those that are set to several."""
    text = "\n".join(line for _, line in lines)
    found: dict[str, set[str]] = {}
    for name, before in CALLS.findall(text):
        found.setdefault(name, set()).add(re.split(r"[\n;&|]", before)[-1].strip())
    for kind, name, *values in SET.findall(text):
        for called in [name] if kind == "alias" else [f"${name}", f"${{{name}}}"]:
            found.setdefault(called, set()).add("".join(values))
    told = {name: next(iter(one)).split() for name, one in found.items() if len(one) == 1}
    return {
        name: words for name, words in told.items() if _called(words) in {"", *_tables()} and name != _called(words)
    }


def _commands(lines: list[tuple[int, str]]) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    stood_for = _stood_for(lines)
    for number, words in _written(lines):
        if (meant := stood_for.get(words[0][1])) is not None:
            words = [*((words[0][0], one) for one in meant), *words[1:]]
        yield number, words


def _written(lines: list[tuple[int, str]]) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """Each command's words, each with its line; lines that go on in the next one are joined."""
    joined: list[tuple[int, str]] = []
    is_open = False
    for number, line in lines:
        if len(line) > LONGEST_LINE:
            joined, is_open = [], False
            continue
        for inner in QUOTED_COMMAND.findall(line):
            yield from _split([(number, inner)])
        if is_open:
            joined[-1] = (joined[-1][0], f"{joined[-1][1]}\n{line}")
        else:
            joined.append((number, line.rstrip().removesuffix("\\")))
        is_open = _is_open(joined[-1][1]) and joined[-1][1].count("\n") < MOST_LINES
        if is_open:  # a text that goes on in the next line
            continue
        if line.rstrip().endswith("\\") and len(joined) < 60:
            continue
        yield from _split(joined)
        joined = []
    yield from _split(joined)


def _reader(text: str) -> shlex.shlex:
    reader = shlex.shlex(text, posix=True, punctuation_chars="|&;()<>")
    reader.whitespace_split = True
    reader.commenters = "#" if re.search(r"(?:^|\s)#", text) else ""
    return reader


def _is_open(text: str) -> bool:
    """A quote begins in it that does not end."""
    try:
        list(_reader(text))
    except ValueError:
        return True
    return False


def _split(joined: list[tuple[int, str]]) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    words: list[tuple[int, str]] = []
    try:
        for number, line in joined:
            is_file = False
            for word in _reader(line):
                if word and set(word) <= set("&<>") and set(word) & set("<>"):
                    is_file = True
                    if words and words[-1][1] in ("0", "1", "2"):
                        words.pop()
                elif word and set(word) <= set("|&;()<>"):
                    if words:
                        yield words[0][0], words
                    words, is_file = [], False
                elif not is_file:
                    words.append((number, word))
                else:
                    is_file = False
    except ValueError:
        return
    if words:
        yield words[0][0], words


def _of_command(number: int, words: list[tuple[int, str]], quoted: str) -> Iterator[Finding]:
    while words and (words[0][1] in BEFORE or re.fullmatch(r"\w+=.*", words[0][1])):
        words = words[1:]
    given = words[1:]
    if words and words[0][1].endswith("docker-compose"):
        given = [(number, "compose"), *given]
    program = _called([word for _, word in words[:1]])
    if program == "jq" and (told := jq_programs.fault(given, quoted))[1]:
        yield Finding(told[0], "syntax", told[1])
    if program in _tables():
        yield from _of_program(program, given)


def _of_program(program: str, given: list[tuple[int, str]]) -> Iterator[Finding]:
    subcommand = ""
    commands = _tables()[program].keys() - {"", "*"}
    place = 0
    while place < len(given):
        line, word = given[place]
        place += 1
        following = given[place][1] if place < len(given) else ""
        if word == "--" or "`" in word or (program == "find" and word in ("-exec", "-execdir", "-ok", "-okdir")):
            return
        name, equals, value = word.partition("=")
        if FILLED.search(name):
            if not word.startswith("-") and f"{program} {subcommand}".strip() in INNER:
                return
            continue
        table = _table(program, subcommand)
        is_long = (word.startswith("--") and len(word) > 3) or (program in ONE_DASH and re.match(r"-[a-z]{2}", word))
        if is_long:
            if program in ONE_DASH and name.startswith("--") and program != "find":
                name = name[1:]
            if table is not None and (fault := _unknown(program, subcommand, name, table)):
                yield Finding(line, "argument", fault)
                continue
            takes = option_values.takes(program, subcommand, name)
            is_next = program in EXACT and re.match(r"--(?:[a-z]|$)", following)
            if not equals and not is_next and (takes or (table is not None and name in table.values)):
                place += 1
                value = following
            if takes and (fault := option_values.fault(program, subcommand, name, value)):
                yield Finding(line, "argument", fault)
        elif word.startswith("-") and len(word) > 1:
            fault, took = _short(program, subcommand, word, following, table)
            place += took
            if fault:
                yield Finding(line, "argument", fault)
        elif commands and f"{subcommand} {word}".strip() in _tables()[program]:
            subcommand = f"{subcommand} {word}".strip()
        elif commands and not subcommand and program in SCRIPTED:
            return
        elif commands and not subcommand:
            near = slip(word, [one for one in commands if " " not in one])
            if near and word.rstrip("s") != near.rstrip("s"):
                yield Finding(line, "argument", f"`{program}` has no command `{word}`; did you mean `{near}`?")
            return
        elif f"{program} {subcommand}".strip() in INNER:
            return


def _short(program: str, subcommand: str, word: str, following: str, table: Table | None) -> tuple[str, int]:
    """What is wrong with letters behind one dash, and how many of the next words belong to them."""
    letters = word[1:]
    if re.match(r"\d", letters) or program in ONE_DASH:
        return "", 0
    for at, letter in enumerate(letters):
        option, rest = f"-{letter}", letters[at + 1 :]
        takes = option_values.takes(program, subcommand, option)
        if takes or (table is not None and option in table.values):
            value = rest.removeprefix("=") or following
            fault = option_values.fault(program, subcommand, option, value) if takes else ""
            return fault, 0 if rest else 1
        if table is None or not table.has_every_letter:
            return "", 0
        if not re.match(r"[A-Za-z0-9]", letter) or f"{option}={rest}" == word:
            return "", 0
        if option not in table.known:
            return f"`{f'{program} {subcommand}'.strip()}` has no option `{option}`", 0
    return "", 0


def _unknown(program: str, subcommand: str, name: str, table: Table) -> str:
    if name in table.known or name in UNIVERSAL or not re.fullmatch(r"--?[A-Za-z][\w-]*", name) or not table.known:
        return ""
    if program == "find" and re.match(r"-newer[aBcmt]?[aBcmt]?$|-O\d|-i?regex", name):
        return ""
    bare = name.removeprefix("--no-") if name.startswith("--no-") else ""
    if (bare and f"--{bare}" in table.known) or f"--no-{name[2:]}" in table.known:
        return ""
    if program not in EXACT | ONE_DASH and len(name) > 4 and any(one.startswith(name) for one in table.known):
        return ""  # cut short, as most programs take it
    turned_off = {f"--no-{one[2:]}" for one in table.known if bare}
    near = next(iter(difflib.get_close_matches(name, sorted(table.known | turned_off), n=1, cutoff=0.8)), "")
    is_alike = name.replace("-", "") == near.replace("-", "") and not table.is_whole
    if is_alike:
        return ""  # another way to write it
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
    return near if plain[0] == plain[1] or distance(word, near) <= (1 if len(word) < 6 else 2) else ""


def distance(one: str, other: str) -> int:
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
