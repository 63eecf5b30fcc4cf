"""One file being read: its text, what the manifests near it ask for, and a note of what in it was not as it should be.

The readers ask it for tables, lists and texts; a wrong type is noted and read as if nothing stood there, so that the rest of
the file still counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bot.capabilities.team_code.dependencies.events import read_yaml
from bot.capabilities.team_code.dependencies.facts import OVERRIDE, Declared, Entry, Own
from bot.capabilities.team_code.dependencies.marked import read_json, read_toml
from bot.capabilities.team_code.dependencies.markup import Element, read_xml
from bot.capabilities.team_code.dependencies.words import Word

Table = dict[str, object]

NO_WISHES = ("constraint", OVERRIDE)
"""What says which version there would be, and asks for nothing by itself."""


@dataclass
class Page:
    path: str
    text: str
    ecosystem: str = ""
    near: tuple[Entry, ...] | None = None
    """What the manifests of the same directory or workspace say; None when there are none."""
    problems: list[str] = field(default_factory=list)

    @property
    def directory(self) -> str:
        return self.path.rpartition("/")[0]

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    def toml(self) -> Table:
        return self._whole(read_toml(self.text))

    def json(self, *, loose: bool = False) -> Table:
        return self._whole(read_json(self.text, loose=loose))

    def yaml(self) -> Iterator[Table]:
        for document in read_yaml(self.text):
            yield self._whole(document)

    def xml(self) -> Element:
        return read_xml(self.text)

    def _whole(self, value: object) -> Table:
        return self.table({"the file": value}, "the file")

    def wrong(self, what: str) -> None:
        self.problems.append(what)

    def table(self, parent: Table, *keys: str) -> Table:
        """The table down there; an empty one where it is missing or something else stands in its place."""
        here: Table = parent
        for key in keys:
            inner: Any = here.get(key)
            if not isinstance(inner, dict):
                if inner is not None:
                    self.wrong(f"{key} is not a table")
                return {}
            here = inner
        return here

    def items(self, parent: Table, key: str) -> list[object]:
        value = parent.get(key)
        if isinstance(value, list):
            return value
        if value is not None:
            self.wrong(f"{key} is not a list")
        return []

    def tables(self, parent: Table, key: str) -> Iterator[Table]:
        for value in self.items(parent, key):
            yield self.table({key: value or []}, key)

    def words(self, parent: Table, key: str) -> Iterator[Word]:
        """The texts of a list."""
        for value in self.items(parent, key):
            if isinstance(value, Word):
                yield value
            else:
                self.wrong(f"{key} holds something else than text")

    def word(self, parent: Table, key: str) -> Word | None:
        value = parent.get(key)
        if value is None or isinstance(value, Word):
            return value
        self.wrong(f"{key} is not text")
        return None

    def own(self, table: Table, version: str | None = None) -> Iterator[Own]:
        """The package that this manifest is of, by the `name` and `version` of its table."""
        if isinstance(name := table.get("name"), Word) and name:
            stated = table.get("version") if version is None else version
            yield Own(self.ecosystem, str(name), str(stated) if isinstance(stated, str) else "", self.path, name.line)

    @cached_property
    def asked(self) -> frozenset[str] | None:
        """The names that the manifests nearby ask for."""
        if self.near is None:
            return None
        return frozenset(
            entry.name
            for entry in self.near
            if isinstance(entry, Declared) and entry.ecosystem == self.ecosystem and entry.group not in NO_WISHES
        )

    def asks(self, name: str) -> bool | None:
        return None if self.asked is None else name in self.asked
