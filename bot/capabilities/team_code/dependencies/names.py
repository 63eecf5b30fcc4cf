"""Packages by the names that people use: with a version or extras behind, without separators, by the last part, or nearly."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.capabilities.team_code.dependencies.ecosystems import BY_NAME, last, plain, run_together, squeezed
from bot.capabilities.team_code.dependencies.facts import Declared, Locked

Package = tuple[str, str]
"""Its ecosystem and its own name."""

MOST_NEAR = 3
MOST_BY_LAST_PART = 3
LEAST_LETTERS = 3
MAX_CHARS = 200
COORDINATES = re.compile(r"([\w.-]+:[\w.-]+):[\w.+-]+$")
BEHIND = re.compile(r"(?<=.)(?:\[[^]]*\]?|\s*[<>=!~^(;,].*|@[^/]*)$")
JS = re.compile(r"[-.]?js$", re.I)
BY_LAST_PART = frozenset({"go", "java", "php", "swift", "deno"})
"""Here people leave out the owner. Not so on npm: @nestjs/core and @babel/core are strangers."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One name as it was asked for: what it is called, and the ecosystem where the name said one (`npm:express`)."""

    written: str
    name: str
    ecosystem: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """What a name stands for: `packages` by this name, or else `near` ones; `how` says so where it was read freely."""

    packages: tuple[Package, ...]
    near: tuple[Package, ...] = ()
    how: str = ""


def asked(written: str) -> Asked:
    text = written.strip()[:MAX_CHARS].strip("`'\"")
    prefix, colon, rest = text.partition(":")
    ecosystem = BY_NAME.get(prefix.lower(), "") if colon and rest else ""
    text = rest if ecosystem else text.lstrip(":")
    if found := COORDINATES.match(text):
        return Asked(written, found[1], ecosystem)
    text = re.sub(r"^(?:git\+)?(?:https?|ssh)://(?:[^@/]*@)?|\.git$", "", text)
    while (bare := BEHIND.sub("", text).strip()) and bare != text:
        text = bare
    return Asked(written, text or written.strip()[:MAX_CHARS], ecosystem)


@dataclass(slots=True)
class Register:
    """All names of a repository's facts, in the forms in which they are looked for."""

    direct: set[Package] = field(default_factory=set)
    _plain: dict[str, set[Package]] = field(default_factory=lambda: defaultdict(set))
    _squeezed: dict[str, set[Package]] = field(default_factory=lambda: defaultdict(set))
    _last: dict[str, set[Package]] = field(default_factory=lambda: defaultdict(set))
    _whole: dict[str, set[Package]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, facts: Iterable[Declared | Locked]) -> Register:
        register = cls()
        for fact in facts:
            package = (fact.ecosystem, fact.name)
            if isinstance(fact, Declared) or fact.direct:
                register.direct.add(package)
            for name in filter(None, (fact.name, fact.alias)):
                register._plain[plain(name)].add(package)
                register._squeezed[squeezed(name)].add(package)
            register._last[last(fact.name)].add(package)
            register._whole[run_together(fact.name)].add(package)
        return register

    def match(self, wanted: Asked) -> Match:
        name = wanted.name
        if exact := self._plain.get(plain(name)):
            return Match(_sorted(exact))
        forms = [squeezed(name), squeezed(JS.sub("", name)), squeezed(name) + "js"]
        if alike := next((found for form in forms if form and (found := self._squeezed.get(form))), None):
            return Match(_sorted(alike), how=f"read as {_sorted(alike)[0][1]}")
        is_in_parts = "/" in name or ":" in name or len(name.split()) > 1
        if is_in_parts and (alike := self._whole.get(run_together(name))):
            return Match(_sorted(alike), how=f"read as {_sorted(alike)[0][1]}")
        ending = {one for one in self._last.get(last(name), ()) if one[0] in BY_LAST_PART and _ends(one, name)}
        if 0 < len(ending) <= MOST_BY_LAST_PART:
            return Match(_sorted(ending), how=f"read as {' or '.join(one for _, one in _sorted(ending))}")
        return Match((), self._near(name, ending))

    def _near(self, name: str, ending: set[Package]) -> tuple[Package, ...]:
        """Up to three: those of the same last part, those that begin with the name or hold it, and those hardly misspelt."""
        found: list[Package] = [*sorted(ending, key=self._worth), *self._main_of(name), *self._named_alike(name)]
        form = squeezed(name)
        if len(form) >= LEAST_LETTERS:
            holding = [
                (key, ones) for key, ones in self._squeezed.items() if form in key or (len(key) > 3 and key in form)
            ]
            holding.sort(
                key=lambda one: (
                    form not in one[0],
                    not one[0].startswith(form),
                    self._is_transitive(one[1]),
                    len(one[0]),
                    one[0],
                )
            )
            for _, ones in holding[:20]:
                found += sorted(ones, key=self._worth)
            for names in (self._plain, self._last):
                if len(found) < MOST_NEAR:
                    for close in difflib.get_close_matches(plain(name), names, MOST_NEAR, 0.8):
                        found += sorted(names[close], key=self._worth)
        return tuple(dict.fromkeys(found))[:MOST_NEAR]

    def _main_of(self, owner: str) -> list[Package]:
        """The package that an owner is known for: laravel/framework, @angular/core."""
        form = squeezed(owner).lstrip("@")
        keys = [f"{form}/{end}" for end in (form, "framework", "core")] + [f"@{form}/{end}" for end in (form, "core")]
        return [one for key in keys for one in sorted(self._squeezed.get(key, ()), key=self._worth)]

    def _is_transitive(self, packages: set[Package]) -> bool:
        return packages.isdisjoint(self.direct)

    def _named_alike(self, name: str) -> list[Package]:
        return sorted(self._last.get(last(name), ()), key=self._worth)

    def _worth(self, package: Package) -> tuple[bool, int, Package]:
        return package not in self.direct, len(package[1]), package


def _ends(package: Package, wanted: str) -> bool:
    """Of a name with an owner, the owner counts: uber-go/zap is no other's zap. Swift's names have none, only their addresses."""
    ecosystem, name = package
    if ("/" not in wanted and ":" not in wanted) or ecosystem == "swift":
        return True
    return bool(re.search(rf"(?:^|[/:]){re.escape(wanted.lower())}(?:/v\d+)?$", name.lower()))


def _sorted(packages: Iterable[Package]) -> tuple[Package, ...]:
    return tuple(sorted(packages))
