"""Facts as the rows of an answer: the same said in several places is one row, at its best place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from bot.capabilities.team_code.dependencies.ecosystems import exact
from bot.capabilities.team_code.dependencies.facts import Declared, Locked, Runtime
from bot.capabilities.team_code.dependencies.places import aside, order
from bot.capabilities.team_code.dependencies.question import Row

MOST_RUNTIMES = 6
MOST_PATHS = 3
SET_ELSEWHERE = frozenset({"java", "dotnet"})
"""Platforms, parents and central files give versions to what names none."""

Fact = TypeVar("Fact", Declared, Locked)


def groups(facts: Iterable[Fact], key: Callable[[Fact], object]) -> list[list[Fact]]:
    """The same said in several places is one group, its best place first; the groups by their best places."""
    groups: dict[object, list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[key(fact)].append(fact)
    for group in groups.values():
        group.sort(key=_worth)
    return sorted(groups.values(), key=lambda group: _worth(group[0]))


def _worth(fact: Declared | Locked) -> tuple[object, ...]:
    if isinstance(fact, Locked):
        return aside(fact.path), fact.direct is not True, fact.direct is False, order(fact.path), fact.line
    return aside(fact.path), fact.group != "", fact.group.startswith("managed"), order(fact.path), fact.line


def same_lock(lock: Locked) -> object:
    return lock.ecosystem, lock.name, lock.version, lock.alias


def same_ask(asks: Declared) -> object:
    return asks.ecosystem, asks.name, asks.range, asks.group


def capped(groups: Sequence[list[Fact]], most: int, row: Callable[[list[Fact]], Row], what: str) -> Iterator[Row]:
    for group in groups[:most]:
        yield row(group)
    if len(groups) > most:
        yield Row(f"{len(groups) - most:,} {what}")


def once(rows: Iterable[Row]) -> list[Row]:
    """The first of those that say the same."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.text, row)
    return list(first.values())


def locked_row(group: Sequence[Locked]) -> Row:
    paths = dict.fromkeys(one.path for one in group)
    more = f"; the same in {len(paths) - 1:,} more files" if len(paths) > 1 else ""
    return placed(locked_text(group[0]), group[0], more)


def declared_row(group: Sequence[Declared]) -> Row:
    paths = dict.fromkeys(one.path for one in group)
    more = f"; same range in {len(paths) - 1:,} more manifests" if len(paths) > 1 else ""
    return placed(declared_text(group[0]), group[0], more)


def placed(text: str, fact: Declared | Locked, more: str = "") -> Row:
    return Row(f"{text}  ({fact.path}:{fact.line}){more}", fact.path, fact.line)


def locked_text(lock: Locked) -> str:
    how = {True: ", direct", False: ", transitive", None: ""}[lock.direct]
    note = f" [{lock.note}]" if lock.note else ""
    return f"{lock.ecosystem} {lock.name} locked at {lock.version or 'no version'}{how}{note}"


def declared_text(asks: Declared) -> str:
    group = f" [{asks.group}]" if asks.group else ""
    alias = f" as {asks.alias}" if asks.alias else ""
    pin = ", an exact pin" if exact(asks.ecosystem, asks.range) else ""
    return f"{asks.ecosystem} {asks.name}{alias}{group} asks for {asks.range or _open(asks.ecosystem)}{pin}"


def _open(ecosystem: str) -> str:
    """What no version means: where others set it, that is not any."""
    return "no version of its own" if ecosystem in SET_ELSEWHERE else "any version"


def runtime_rows(own: Sequence[Runtime], *, only_nearest: bool) -> Iterator[Row]:
    """Each once, the nearest to the root first, or those alone."""
    if not own:
        return
    own = sorted(own, key=lambda one: order(one.path))
    nearest = order(own[0].path)[:2]
    said: dict[tuple[str, str], list[Runtime]] = defaultdict(list)
    for one in own:
        said[one.name, one.version].append(one)
    here = [ones for ones in said.values() if not only_nearest or order(ones[0].path)[:2] == nearest]
    for ones in here[:MOST_RUNTIMES]:
        first, more = ones[0], f"; the same in {len(ones) - 1:,} more files" if len(ones) > 1 else ""
        text = f"runtime {first.name} {first.version}  ({first.path}:{first.line}){more}"
        yield Row(text, first.path, first.line)
    if others := len(said) - min(len(here), MOST_RUNTIMES):
        yield Row(f"{others:,} more runtimes in other places; ask with path_glob")


def bare(reason: str) -> str:
    return reason.removeprefix("not read: ")


def listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - MOST_PATHS:,} more" if len(paths) > MOST_PATHS else ""
    return ", ".join(paths[:MOST_PATHS]) + more
