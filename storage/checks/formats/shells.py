"""The syntax of shell commands, by ShellCheck's parser. Its advice is not asked for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bot.capabilities.checks.verdicts import Finding

SECONDS = 5.0
PROMPT = re.compile(r"^\s*(?:\$|>|[\w.-]+@[\w.-]+[:~][^$#]*[$#]|PS [^>]*>|%|➜|❯)\s")
PLACE = re.compile(
    r"<[\w /|.:-]+>|\[[\w -]+\.\.\.\]|(?<![\w./{])\.\.\.(?![\w./}])|…|^\s*(?:\[--?\w|usage:)",
    re.MULTILINE | re.IGNORECASE,
)
HERE = ("sh", "bash", "shell", "zsh", "console", "shell-session", "terminal")
UNENDED = frozenset((1046, 1047, 1048, 1049, 1050, 1051, 1053, 1057, 1058, 1061, 1062, 1063))
"""What is begun and not ended: `if` without `fi`, `for` without `do` (https://www.shellcheck.net/wiki/). The rest of what it cannot
read is mostly output that stands in a block of commands."""

UNPARSED = re.compile(r"Couldn't parse this (?:double quoted string|if expression|for loop|while loop|case)")


def program() -> Path | None:
    beside = Path(sys.executable).parent / "shellcheck"
    found = str(beside) if beside.exists() else shutil.which("shellcheck")
    return Path(found) if found else None


def lines_of(code: str) -> list[tuple[int, str]]:
    """Commands with their numbers: of a session only what was typed."""
    lines = code.split("\n")
    if any(PROMPT.match(line) for line in lines):
        return [(number, PROMPT.sub("", line, count=1)) for number, line in enumerate(lines, 1) if PROMPT.match(line)]
    return list(enumerate(lines, 1))


def syntax(language: str, code: str) -> list[Finding]:
    """None of a session, or where something stands for what is to be filled in."""
    where = program()
    if (
        where is None
        or language not in HERE
        or PLACE.search(code)
        or any(PROMPT.match(line) for line in code.split("\n"))
    ):
        return []
    try:
        done = subprocess.run(  # noqa: S603
            [where, "--severity=error", "--format=json1", "--shell=bash", "--norc", "-"],
            input=code.encode("utf-8", "replace"), capture_output=True, timeout=SECONDS, check=False, env={}, cwd="/",
        )  # fmt: skip
        comments = json.loads(done.stdout or b'{"comments": []}')["comments"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError):
        return []
    found = [one for one in comments if one["code"] in UNENDED or UNPARSED.match(one["message"])]
    if not found:
        return []
    first = min(found, key=lambda one: (one["code"] not in UNENDED, one["line"]))
    return [Finding(first["line"], "syntax", f"the shell cannot read this: {first['message'].split('.')[0]}")]
