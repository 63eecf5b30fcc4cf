"""Names that everybody gives to the same module, so that one who uses them without an import has left it out."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from storage.checks.scripts.packages.specifiers import BUILTINS

_TABLES = json.loads(Path(__file__).with_name("known.json").read_text())

DEFAULTS: Mapping[str, str] = _TABLES["defaults"]
"""Called as a function or used as an object: by name its package."""
NAMED: Mapping[str, str] = _TABLES["named"]
AMBIGUOUS = frozenset(_TABLES["ambiguous"])
"""Modules of Node whose names are anybody's."""
COMMON = frozenset(_TABLES["common"])
"""Words that anybody's variable may be called by."""
GLOBALS = frozenset(_TABLES["globals"])
"""Of the language's or a browser's own, and names that people give to things of theirs."""
OF_NODE = frozenset(_TABLES["of_node"])
"""Single words that Node exports, and that are called by nobody for a thing of theirs."""
MODULES_OF_NODE: tuple[str, ...] = tuple(f"node:{one}" for one in _TABLES["modules_of_node"])
"""Whose exports are looked through for a name that nothing defines, the likelier home first."""
OF_TESTS = frozenset(
    {"describe", "it", "suite", "expect", "test", "beforeEach", "afterEach", "beforeAll", "afterAll", "jest", "vitest"}
)
"""What a test's framework puts there for all."""
TEST_TOOLS = frozenset(_TABLES["test_tools"])
"""What tests and builds are written with: a lock of what runs need not have it."""


def slip(name: str, declared: Collection[str]) -> str:
    """The declared name that was meant: a letter or two away, and not another thing's name; "" for none."""
    if len(name) < 4 or name in OF_TESTS:
        return ""
    most = 1 if len(name) < 8 else 2
    for other in sorted(declared):
        if other == name or abs(len(other) - len(name)) > most or min(len(other), len(name)) < 4:
            continue
        if other.rstrip("s0123456789_") == name.rstrip("s0123456789_"):
            continue  # `user` and `users`, `item1` and `item2`
        if other[0].isupper() != name[0].isupper():
            continue  # a value of a type
        if _distance(name, other, most) <= most:
            return other
    return ""


def _distance(one: str, other: str, most: int) -> int:
    """How many letters are wrong, missing, too many or swapped (https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance); no further
    than `most` and one."""
    rows = [list(range(len(other) + 1))]
    for at, letter in enumerate(one, 1):
        row = [at]
        for to, against in enumerate(other, 1):
            cost = min(rows[-1][to] + 1, row[-1] + 1, rows[-1][to - 1] + (letter != against))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == against:
                cost = min(cost, rows[-2][to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        rows.append(row)
    return rows[-1][-1]


def is_telling(name: str, text: str) -> bool:
    """Whether a name is likely to be the module's rather than the reader's own: it is called as a function, and no everyday word, or
    it is written as types are."""
    if name in COMMON:
        return False
    if name[:1].isupper() or not name.islower():
        return len(name) > 3
    return bool(re.search(rf"(?<![.\w$]){re.escape(name)}(?:\s*\(|`)", text))


def home_of(name: str, text: str, packages: Collection[str]) -> str:
    """The import that is missing, in ticks; "" where nobody can tell."""
    if name in BUILTINS and name not in AMBIGUOUS and re.search(rf"\b{re.escape(name)}\.\w", text):
        return f"`import {name} from 'node:{name}'`"
    if (
        (package := DEFAULTS.get(name))
        and package in packages
        and re.search(rf"\b{re.escape(name)}\s*{'[(]' if name in COMMON else '[.(]'}|new {re.escape(name)}\b", text)
    ):
        return f"`import {name} from '{package}'`"
    if (package := NAMED.get(name)) and package in packages:
        return f"`import {{ {name} }} from '{package}'`"
    if (
        name in packages
        and name not in COMMON
        and name not in TEST_TOOLS
        and re.search(rf"(?<![.\w$]){re.escape(name)}\s*[.(]", text)
    ):
        return f"`import {name} from '{name}'`"
    return ""


def is_node_s(name: str) -> bool:
    """Whether what Node exports under this name is likely meant: two words in one, or a word that hardly anybody calls a thing of
    theirs. `Server`, `Hash` and `join` may be anybody's."""
    return name in OF_NODE or (bool(re.search(r"[a-z][A-Z]", name)) and len(name) > 5)
