"""Where a slip stands of which a parser tells the place where it stumbled, a line below, mostly. Each is put right for a try, and told
where that lets the parser go on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import yaml

LONGEST = 15_000
"""Characters beyond which nothing is tried."""

PAIR = re.compile(r"(\s*(?:- )?[\w.-]+)[ \t]+(\S.*)")


def of_json(code: str, error: json.JSONDecodeError) -> tuple[int, str]:
    """The line and what is said of it."""
    before = code[: error.pos].rstrip()
    if "delimiter" in error.msg and before and len(code) <= LONGEST:
        try:
            json.loads(f"{before},{code[len(before) :]}")
            is_better = True
        except json.JSONDecodeError as again:
            is_better = again.pos > error.pos + 1
        except (RecursionError, ValueError):
            is_better = False
        if is_better:
            return before.count("\n") + 1, "a comma is missing"
    return error.lineno, f"{error.msg[0].lower()}{error.msg[1:]}"


def of_yaml(code: str, fault: yaml.YAMLError) -> tuple[int, str]:
    """The line and what is said of it."""
    mark = getattr(fault, "problem_mark", None)
    at = mark.line if mark else 0
    lines = code.split("\n")
    told = [number for number in range(min(at, len(lines) - 1), -1, -1) if lines[number].strip()][:3]
    tried = [
        (_place("\n".join([*lines[:number], line, *lines[number + 1 :]])), said.startswith("`"), number, said)
        for number in (told if len(code) <= LONGEST else [])
        for line, said in _tries(lines, number)
    ]
    furthest, _, number, said = max(tried, default=(0, False, 0, ""))
    if furthest > at + 1:
        return number + 1, said
    return at + 1, str(getattr(fault, "problem", None) or "it cannot be read")


def _tries(lines: list[str], number: int) -> Iterator[tuple[str, str]]:
    here = lines[number]
    pair = PAIR.fullmatch(here)
    if pair and ":" not in pair[1]:
        yield f"{pair[1]}: {pair[2]}", f"`:` is missing behind `{pair[1].strip(' -')[:40]}`"
    own = len(here) - len(here.lstrip())
    beside = [*reversed(lines[:number][-40:]), *lines[number + 1 :][:1]]
    depths = dict.fromkeys(len(one) - len(one.lstrip()) for one in beside if one.strip())
    for depth in [one for one in depths if 0 < abs(one - own) <= 2][:3]:
        yield " " * depth + here.lstrip(), f"it begins {own} blanks in, and what is beside it {depth}"


def _place(code: str) -> int:
    """Of the next fault, its line from 0; a line beyond all where there is none."""
    try:
        for _ in yaml.parse(code, Loader=yaml.SafeLoader):
            pass
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        return mark.line if mark else 0
    except (RecursionError, ValueError):
        return 0
    return code.count("\n") + 9
