"""The syntax of shell commands, by ShellCheck's parser. Of its advice only one thing is asked for: variables that a pipe loses."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.capabilities.checks.verdicts import Finding

SECONDS = 5.0
PROMPT = re.compile(r"^\s*(?:\$|>|[\w.-]+@[\w.-]+[:~][^$#]*[$#]|PS [^>]*>|%|➜|❯)\s")
PLACE = re.compile(
    r"<[\w /|.:-]+>|\[[\w -]+\.\.\.\]|(?<![\w./{])\.\.\.(?![\w./}])|…|^\s*(?:\[--?\w|usage:)",
    re.MULTILINE | re.IGNORECASE,
)
HERE = ("sh", "bash", "shell", "zsh", "console", "shell-session", "terminal")
UNENDED = frozenset((1044, 1046, 1047, 1048, 1049, 1050, 1051, 1053, 1057, 1058, 1061, 1062, 1063))
"""What is begun and not ended: `if` without `fi`, `for` without `do` (https://www.shellcheck.net/wiki/). The rest of what it cannot
read is mostly output that stands in a block of commands."""

WHERE_IT_ENDS = frozenset((1047, 1062))
"""Of the place where `fi` or `done` is missing, as the shell itself says it."""

UNPARSED = re.compile(
    r"Couldn't parse this (?:double quoted string|if expression|for loop|while loop|case|command expansion)"
)
ANY_UNPARSED = frozenset((1072, 1073))
ELSE_IF = 1075
MEANINGLESS = frozenset((2071, 2074, 2077, 2173, 2242, 2281))
"""What is read and cannot do what is meant: `[ a > 1 ]`, `[ "$a"=="b" ]`, `$a=b`, `exit 300`."""

MEANINGLESS_IN_SCRIPTS = MEANINGLESS | {2105, 2151, 2152, 2168, 2170, 2218, 2283}
"""Besides: `a = b`, `local` outside a function, a function that is called before it is defined. A part of a script may have them."""

LOST, SET_INSIDE = 2031, 2030
"""A variable is read that was set in a shell of its own, and where that was."""

LOOP = re.compile(r"(?<!\|)\|&?\s*(?:\\?\n\s*)?(?:while|until|for)\b")
MOST_LOOPS, MOST_VARIABLES = 10, 50
LASTING = re.compile(r"\A#!.*\b(?:zsh|ksh)\b|lastpipe|\A\n")
"""Where the last command of a pipe runs in the shell itself; and commands out of a workflow, whose steps are shells of their own."""

SET = re.compile(r"^[ \t]*set[ \t][^#\n]*", re.MULTILINE)
NAMED_OPTION = re.compile(r"(?<=[ \t])-(\w*)o[ \t]+\w+")
"""Of `set`: ShellCheck 0.11 takes each for `lastpipe`, and reads `-E` instead, which changes nothing of what is asked."""

SCRIPT = re.compile(r"\A#!.*\b(?:ba|da|k)?sh\b|^set -[euo]", re.MULTILINE)


def program() -> Path | None:
    beside = Path(sys.executable).parent / "shellcheck"
    found = str(beside) if beside.exists() else shutil.which("shellcheck")
    return Path(found) if found else None


def lines_of(code: str) -> list[tuple[int, str]]:
    """Commands with their numbers: of a session only what was typed."""
    lines = code.split("\n")
    if any(PROMPT.match(line) for line in lines):
        return [(number, PROMPT.sub("", line, count=1)) for number, line in enumerate(lines, 1) if PROMPT.match(line)]
    return list(_outside_texts(lines))


HERE_TEXT = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_]\w*)\1")


def _outside_texts(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Without what stands in a here document."""
    end = ""
    for number, line in enumerate(lines, 1):
        if end:
            end = "" if line.strip() == end else end
            continue
        yield number, line
        if found := HERE_TEXT.search(line):
            end = found[2]


def is_readable(language: str, code: str) -> bool:
    """Whether the syntax can be looked at: it is no session, and nothing is left to be filled in."""
    is_session = any(PROMPT.match(line) for line in code.split("\n"))
    return program() is not None and language in HERE and not PLACE.search(code) and not is_session


def syntax(language: str, code: str) -> list[Finding]:
    """None of a session, or where something stands for what is to be filled in."""
    where = program()
    if where is None or not is_readable(language, code):
        return []
    asked = SET.sub(lambda line: NAMED_OPTION.sub(r"-\1E", line[0]), code)
    try:
        done = subprocess.run(  # noqa: S603
            [where, "--severity=info", "--format=json1", "--shell=bash", "--norc", "-"],
            input=asked.encode("utf-8", "replace"), capture_output=True, timeout=SECONDS, check=False, env={}, cwd="/",
        )  # fmt: skip
        comments = json.loads(done.stdout or b'{"comments": []}')["comments"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError):
        return []
    lost = [] if language == "zsh" or LASTING.search(code) else list(_lost(code, comments))
    comments = [one for one in comments if one["level"] == "error"]
    is_script = bool(SCRIPT.search(code))
    found = [
        one
        for one in comments
        if one["code"] in UNENDED or UNPARSED.match(one["message"]) or (is_script and one["code"] in ANY_UNPARSED)
    ]
    meaningless = MEANINGLESS_IN_SCRIPTS if is_script else MEANINGLESS
    meant = [one for one in comments if one["code"] in meaningless]
    if not found:
        return [Finding(one["line"], "syntax", one["message"].rstrip(".")) for one in meant[:5]] + lost
    elses = [one for one in comments if one["code"] == ELSE_IF]
    if elses:
        return [
            Finding(
                elses[0]["line"], "syntax", "`else if` begins an `if` that needs a `fi` of its own; `elif` does not"
            )
        ]
    first = min(found, key=lambda one: (one["code"] not in UNENDED, one["code"] == 1072, one["line"]))
    ends = [one for one in found if one["code"] in WHERE_IT_ENDS and one["line"] > first["line"]]
    if first["code"] in UNENDED and ends:
        begun = f"{first['message'].split('.')[0].rstrip()} (line {first['line']})"
        last = len(code.rstrip().split("\n"))
        return [Finding(min(last, *(one["line"] for one in ends)), "syntax", f"the shell cannot read this: {begun}")]
    return [Finding(first["line"], "syntax", f"the shell cannot read this: {first['message'].split('.')[0]}")]


def _lost(code: str, comments: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Variables that a loop behind a pipe sets and that are read after it; told where the loop begins."""
    read = {one["message"].split()[0]: one["line"] for one in reversed(comments) if one["code"] == LOST}
    told: set[str] = set()
    inside = [one for one in comments if one["code"] == SET_INSIDE and "pipeline" in one["message"]]
    for one in inside[:MOST_VARIABLES]:
        name = one["message"].removeprefix("Modification of ").split()[0]
        if name in told or read.get(name, 0) <= one["line"]:
            continue
        if begins := _loop(code, one["line"]):
            told.add(name)
            said = f"the loop behind the pipe runs in a shell of its own: `{name}` is as before where line {read[name]} reads it"
            yield Finding(begins, "argument", f"{said}; `done < <(...)` keeps it")


def _loop(code: str, line: int) -> int:
    """The line of the loop behind a pipe that the line stands in; 0 where there is none."""
    lines = code.split("\n")
    above = "\n".join(lines[:line])
    for found in reversed(list(LOOP.finditer(above))[-MOST_LOOPS:]):
        inside = re.sub(r"#.*", "", above[found.start() :])
        if len(re.findall(r"\bdo\b", inside)) > len(re.findall(r"\bdone\b", "\n".join(inside.split("\n")[:-1]))):
            return above.count("\n", 0, found.end()) + 1
    return 0
