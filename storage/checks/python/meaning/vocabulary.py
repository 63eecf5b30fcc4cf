"""The words of a team's tree by what they do there: read once, for questions that are asked of every block."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

OPEN = re.compile(r"contribute_to_class|add_to_class|contribute_to_related_class")
"""Words of a team that gives its models names which no class shows."""

METHOD = r"^    def {}\(self\b[^\n]*\n((?:(?:        [^\n]*)?\n)+)"
RELATION = re.compile(r"^class (\w+)|(?:ForeignKey|ManyToManyField)\([^()]*\brelated_name\s*=\s*['\"](\w+)['\"]", re.M)


class Vocabulary:
    def __init__(self, text: str) -> None:
        self._text = text
        self._bodies: dict[str, Sequence[str]] = {}

    @cached_property
    def is_open(self) -> bool:
        """Whether models may have names that no class shows."""
        return bool(OPEN.search(self._text))

    @cached_property
    def functions(self) -> frozenset[str]:
        return frozenset(re.findall(r"\bdef (\w+)\(", self._text))

    @cached_property
    def classes(self) -> frozenset[str]:
        return frozenset(re.findall(r"^\s*class (\w+)", self._text, re.M))

    @cached_property
    def given(self) -> frozenset[str]:
        """What stands in quotes, or is given a value, as an argument or otherwise."""
        return frozenset(re.findall(r"['\"](\w+)['\"]", self._text)) | frozenset(
            re.findall(r"\b(\w+)\s*=(?!=)", self._text)
        )

    @cached_property
    def is_setting(self) -> bool:
        """Whether names are computed that are put on objects, or on the classes that relations lead to."""
        return "setattr(" in self._text or bool(re.search(r"\brelated_name\s*=\s*f?['\"][^'\"]*%\(", self._text))

    @cached_property
    def relations(self) -> Mapping[str, Sequence[str]]:
        """By the names that relations give their other ends, the classes that have them."""
        found: dict[str, list[str]] = {}
        owner = ""
        for one in RELATION.finditer(self._text):
            owner = one[1] or owner
            if one[2]:
                found.setdefault(one[2], []).append(owner)
        return found

    def headings(self, name: str) -> Sequence[str]:
        """The first lines of the functions of this name, up to the colon; "" of one that is decorated."""
        found: list[str] = []
        if name not in self.functions:
            return found
        for one in re.finditer(rf"(?:^([^\n]*)\n)?^\s*(?:async )?(def {re.escape(name)}\()", self._text, re.M):
            end = re.compile(r"\)\s*(?:->[^\n]+)?:[ \t]*(?:#[^\n]*|\.\.\.)?$", re.M).search(self._text, one.end())
            is_bare = not (one[1] or "").lstrip().startswith(("@", ")"))
            found.append(self._text[one.start(2) : end.end()].rstrip(". \t") if end is not None and is_bare else "")
        return found

    def bodies(self, name: str) -> Sequence[str]:
        """What the methods of this name do."""
        if name not in self.functions:
            return ()
        if name not in self._bodies:
            self._bodies[name] = re.findall(METHOD.format(re.escape(name)), f"{self._text}\n", re.M)
        return self._bodies[name]
