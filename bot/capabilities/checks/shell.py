"""Commands in an answer: what they install, and what they destroy. Read as text, line by line; nothing is run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

INSTALL = re.compile(
    r"(?:sudo\s+)?(?:(?:python[\d.]*|py)\s+-m\s+)?(?:pip[\d.]*|uv\s+pip|pipx)\s+install\b(.*)|(?:uv|poetry|pdm|rye|hatch|pipenv)\s+(?:add|install)\b(.*)"
)
VALUED = frozenset(
    [
        "-r",
        "--requirement",
        "--requirements",
        "-c",
        "--constraint",
        "--constraints",
        "-e",
        "--editable",
        "-i",
        "--index-url",
        "--extra-index-url",
        "-t",
        "--target",
        "-f",
        "--find-links",
        "--python",
        "--group",
        "-G",
        "--extra",
        "-E",
        "--source",
        "--index",
        "-p",
        "--report",
        "--platform",
        "--python-version",
        "--python-platform",
        "--implementation",
        "--abi",
        "--only-binary",
        "--no-binary",
        "--prefix",
        "--root",
        "--src",
        "--upgrade-strategy",
        "--config-settings",
        "--config-setting",
        "-C",
        "--progress-bar",
        "--log",
        "--proxy",
        "--retries",
        "--timeout",
        "--exists-action",
        "--trusted-host",
        "--cert",
        "--client-cert",
        "--cache-dir",
        "--root-user-action",
        "--use-feature",
        "--use-deprecated",
        "--keyring-provider",
        "--build-constraint",
        "--override",
        "--overrides",
        "--link-mode",
        "--index-strategy",
        "--resolution",
        "--prerelease",
        "--exclude-newer",
        "--branch",
        "--tag",
        "--rev",
        "--marker",
        "-m",
        "--markers",
        "--optional",
        "--package",
        "--script",
        "--bounds",
        "--spec",
        "--pip-args",
        "--suffix",
        "--directory",
        "--project",
    ]
)
"""Options whose next word is not a package: of pip (25), uv, poetry, pdm and pipx."""

REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^]]*\])?\s*((?:===?|>=|<=|~=|!=|<|>|@|\^).*)?")
CONTINUED = re.compile(r"\\\n\s*")

PRINTED = re.compile(r"\s*(?:echo|printf)\s[^|;&`$]*")
"""A command that only says what it is given."""

DESTRUCTIVE = (
    (
        re.compile(r"\brm\s+(?:-\w*\s+)*-\w*(?:r\w*f|f\w*r)\w*\b|\brm\s+(?:-r|--recursive)\s+(?:-f|--force)\b"),
        "rm -rf deletes a folder and all in it, without asking",
    ),
    (
        re.compile(r"\bgit\s+(?:-[cC]\s+\S+\s+)*push\b(?=.*(?:\s--force(?!-with-lease)\b|\s-[a-z]*f[a-z]*\b|\s\+\w))"),
        "a forced push replaces what others have pushed",
    ),
    (
        re.compile(r"\bdropdb\b|\bmanage\.py\s+(?:flush|reset_db|sqlflush)\b"),
        "it removes the database with all its data",
    ),
    (re.compile(r"\baws\s+s3\s+(?:rm\b.*--recursive|rb\b.*--force)"), "it deletes all objects that lie there"),
    (re.compile(r"\bgit\s+reset\s+--hard\b"), "git reset --hard throws away what is not committed"),
    (re.compile(r"\bgit\s+clean\s+-\w*f"), "git clean -f deletes files that git does not know"),
    (
        re.compile(r"\bdrop\s+(?:table|database|schema|index|column|view|role|user|type)\b", re.I),
        "DROP removes it with all its data",
    ),
    (
        re.compile(r"\btruncate\s+(?:table\s+)?[\w.\"`]+\s*(?:;|$|cascade|restart)", re.I),
        "TRUNCATE empties the whole table",
    ),
    (re.compile(r"\bdelete\s+from\s+[\w.\"`]+\s*(?:;|$|\"|')", re.I), "DELETE without WHERE removes every row"),
    (
        re.compile(r"\bupdate\s+[\w.\"`]+\s+set\b(?:(?!\bwhere\b)[^;])*(?:;|\Z)", re.I),
        "UPDATE without WHERE changes every row",
    ),
    (re.compile(r"\bmkfs(?:\.\w+)?\s|\bdd\s+.*\bof=/dev/"), "it overwrites a whole disk"),
    (re.compile(r"\b(?:FLUSHALL|FLUSHDB)\b"), "it empties the whole Redis database"),
    (
        re.compile(r"\bdocker\s+(?:system|volume)\s+prune\b|\bdocker(?:-|\s+)compose\s+down\b.*(?:-v\b|--volumes)"),
        "it deletes data that containers keep",
    ),
    (re.compile(r"\bkubectl\s+delete\s+(?:ns|namespace|pvc|pv)\b"), "it deletes all that lives there"),
    (re.compile(r"\bterraform\s+destroy\b"), "it takes down what was built"),
    (re.compile(r"\bchmod\s+-R\s+777\b"), "everybody may write there from then on"),
)
SHELLS = ("sh", "bash", "shell", "console", "zsh", "shell-session", "terminal", "powershell", "cmd", "bat", "fish")
RETIRED = {
    "sklearn": "scikit-learn",
    "bs4": "beautifulsoup4",
    "pyyml": "pyyaml",
    "python-jwt": "pyjwt",
    "dotenv": "python-dotenv",
    "jwt": "pyjwt",
    "psycopg2-bin": "psycopg2-binary",
    "opencv": "opencv-python",
    "pil": "pillow",
    "yaml": "pyyaml",
    "dateutil": "python-dateutil",
    "crypto": "pycryptodome",
    "pycrypto": "pycryptodome",
    "django-rest-framework": "djangorestframework",
}
"""Names that people install by mistake, and what they mean."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A package that a command installs."""

    line: int
    name: str
    wanted: str = ""


def installs(text: str) -> Iterator[Asked]:
    """Packages by their own names; files, addresses and options are passed over."""
    for number, line in _lines(text):
        for command in re.split(r"&&|\|\||;|\|", line):
            found = INSTALL.match(command.strip())
            if found:
                yield from (Asked(number, name, wanted) for name, wanted in _packages(found[1] or found[2] or ""))


def destructive(text: str) -> Iterator[tuple[int, str]]:
    """What cannot be undone, and why, by line."""
    for number, line in _lines(text):
        bare = re.sub(r"(?:^|\s)(?:#|--\s).*$", "", line)
        if PRINTED.fullmatch(bare):
            continue
        for pattern, why in DESTRUCTIVE:
            if pattern.search(bare):
                yield number, why
                break


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Commands with their continuations, without prompts."""
    number = 1
    for whole in re.split(r"(?<!\\)\n", text):
        yield (
            number,
            re.sub(
                r"^\s*(?:\$|>|#(?= (?:pip|uv|poetry|apt)\b)|\w+@[\w.-]+:\S*[$#]|PS [^>]*>)\s*",
                "",
                CONTINUED.sub(" ", whole),
            ),
        )
        number += whole.count("\n") + 1


def _packages(rest: str) -> Iterator[tuple[str, str]]:
    try:
        words = shlex.split(rest, comments=True)
    except ValueError:
        return
    passed = False
    for word in words:
        if passed:
            passed = False
        elif word in VALUED:
            passed = True
        elif word.startswith(("-", ".")) or "/" in word or word.endswith((".whl", ".txt", ".gz", ".json", ".toml")):
            continue
        elif found := REQUIREMENT.fullmatch(word):
            yield found[1], (found[3] or "").strip()
