"""Packages by the names that people use: with a version or extras behind, without separators, by the last part, or nearly."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.capabilities.team_code.dependencies.ecosystems import BY_NAME, last, plain, run_together, squeezed
from bot.capabilities.team_code.dependencies.facts import Declared, Locked
from bot.capabilities.team_code.dependencies.nicknames import NICKNAMES
from bot.capabilities.team_code.dependencies.places import aside

Package = tuple[str, str]
"""Its ecosystem and its own name."""

MOST_NEAR = 3
MOST_BY_LAST_PART = 3
LEAST_LETTERS = 3
MAX_CHARS = 200
COORDINATES = re.compile(r"([\w.-]+:[\w.-]+):[\w.+-]+$")
BEHIND = re.compile(r"(?<=.)(?:\[[^]]*\]?|\s*[<>=!~^(;,].*|@[^/]*)$")
SELECTOR = re.compile(r"(?:[^>]*>\s*|\*\*/)(?=[@A-Za-z])")
"""What an override of npm, pnpm or Yarn writes before the package that it is of: `parent>semver`, `**/semver`."""

ADDRESS = re.compile(r"https?://[^/\s]+/([\w.-]+)/")
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
    """What a name stands for: `packages` by this name, `near` ones where there is none, or where that is a guess.

    `how` says so where the name was read freely.
    """

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
    text = SELECTOR.sub("", text)
    while (bare := BEHIND.sub("", text).strip()) and bare != text:
        text = bare
    return Asked(written, text or written.strip()[:MAX_CHARS], ecosystem)


@dataclass(slots=True)
class Register:
    """All names of a repository's facts, in the forms in which they are looked for."""

    direct: set[Package] = field(default_factory=set)
    _aside: set[Package] = field(default_factory=set)
    """Those that only tests and examples use."""
    _plain: dict[str, set[Package]] = field(default_factory=lambda: defaultdict(set))
    _squeezed: dict[str, set[Package]] = field(default_factory=lambda: defaultdict(set))
    _last: dict[str, set[Package]] = field(default_factory=lambda: defaultdict(set))
    _whole: dict[str, set[Package]] = field(default_factory=lambda: defaultdict(set))
    _owned: dict[str, set[Package]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, facts: Iterable[Declared | Locked]) -> Register:
        register = cls()
        ours: set[Package] = set()
        for fact in facts:
            package = (fact.ecosystem, fact.name)
            (register._aside if aside(fact.path) else ours).add(package)
            if isinstance(fact, Declared) or fact.direct:
                register.direct.add(package)
            for name in filter(None, (fact.name, fact.alias)):
                register._plain[plain(name)].add(package)
                register._squeezed[squeezed(name)].add(package)
            register._last[squeezed(last(fact.name))].add(package)
            for owner in _owners(fact):
                register._owned[squeezed(owner)].add(package)
            register._whole[run_together(fact.name)].add(package)
        register._aside -= ours
        return register

    def match(self, wanted: Asked) -> Match:
        name = wanted.name
        if exact := self._plain.get(plain(name)):
            return Match(_sorted(exact), self._rather(name, exact))
        if alike := self._squeezed.get(squeezed(name)):
            return _read_as(alike)
        is_in_parts = "/" in name or ":" in name or len(name.split()) > 1
        if is_in_parts and (alike := self._whole.get(run_together(name))):
            return _read_as(alike)
        ending: set[Package] = set()
        for form in (name, "/".join(name.split())):
            ending = ending or {one for one in self._named_alike(form) if one[0] in BY_LAST_PART and _ends(one, form)}
        scripts = {one for form in (JS.sub("", name), f"{name}js") for one in self._squeezed.get(squeezed(form), ())}
        if 0 < len(ending) <= MOST_BY_LAST_PART:
            return _read_as(ending | scripts)
        if scripts:
            return _read_as(scripts, tuple(one for one in self.near(name) if one not in scripts))
        if called := self._called(name):
            return _read_as(called)
        if held := {one for one in self._plain.get(plain(_held_by(name)), ()) if one[0] == "node"}:
            return _read_as(held, tuple(one for one in self.near(name, ending) if one not in held)[:MOST_NEAR])
        return Match((), self.near(NICKNAMES.get(run_together(name), (name,))[0], ending))

    def _called(self, name: str) -> set[Package]:
        """Those that people call so though they bear another name."""
        return {one for each in NICKNAMES.get(run_together(name), ()) for one in self._plain.get(plain(each), ())}

    def _rather(self, name: str, exact: set[Package]) -> tuple[Package, ...]:
        """Where only something that others brought along, or that tests use, is called so: what the repository itself asks for."""
        if not exact <= (self._aside | exact - self.direct):
            return ()
        others = {*self._named_alike(name), *self._called(name)} & self.direct - self._aside - exact
        return tuple(sorted(others, key=self._worth))[:MOST_NEAR]

    def near(self, name: str, ending: Iterable[Package] = ()) -> tuple[Package, ...]:
        """Up to three: those of the same last part, those that begin with the name or hold it, and those hardly misspelt."""
        found: list[Package] = [*sorted(ending, key=self._worth), *self._main_of(name), *self._named_alike(name)]
        form = squeezed(name)
        if len(form) >= LEAST_LETTERS:
            holding = sorted(
                (form not in key, not key.startswith(form), self.direct.isdisjoint(ones), len(key), key)
                for key, ones in self._squeezed.items()
                if form in key or (len(key) > 3 and key in form)
            )
            for *_, key in holding[:20]:
                found += sorted(self._squeezed[key], key=self._worth)
            for names, wanted in ((self._plain, plain(name)), (self._last, form)):
                if len(found) < MOST_NEAR:
                    for close in difflib.get_close_matches(wanted, names, MOST_NEAR, 0.8):
                        found += sorted(names[close], key=self._worth)
        found += sorted(self._owned.get(form, ()), key=self._worth)
        return tuple(dict.fromkeys(found))[:MOST_NEAR]

    def _main_of(self, owner: str) -> list[Package]:
        """The package that an owner is known for: laravel/framework, @angular/core; for a family on the JVM its list of versions."""
        form = squeezed(owner).lstrip("@")
        keys = [f"{form}/{end}" for end in (form, "framework", "core")] + [f"@{form}/{end}" for end in (form, "core")]
        found = [one for key in keys for one in sorted(self._squeezed.get(key, ()), key=self._worth)]
        for end in ("dependencies", "bom", "starterparent"):
            found += sorted(self._last.get(form + end, ()), key=self._worth)
        return found

    def _named_alike(self, name: str) -> list[Package]:
        return sorted(self._last.get(squeezed(last(name)), ()), key=self._worth)

    def _worth(self, package: Package) -> tuple[bool, int, Package]:
        return package not in self.direct, len(package[1]), package


def _held_by(name: str) -> str:
    """`left/lodash`, as Yarn's resolutions write it, means the lodash that left brings along; "" for another form."""
    owner, _, rest = name.partition("/")
    if owner.startswith("@"):
        _, _, rest = rest.partition("/")
    return rest if rest and (rest.startswith("@") or "/" not in rest) and "." not in owner else ""


def _ends(package: Package, wanted: str) -> bool:
    """Of a name with an owner, the owner counts: uber-go/zap is no other's zap. Swift's names have none, only their addresses."""
    ecosystem, name = package
    if ("/" not in wanted and ":" not in wanted) or ecosystem == "swift":
        return True
    return bool(re.search(rf"(?:^|[/:]){re.escape(wanted.lower())}(?:/v\d+)?$", name.lower()))


def _owners(fact: Declared | Locked) -> Iterator[str]:
    """Who publishes a package, as its name or its address says: people know `revenue cat` and not `purchases-ios`."""
    if isinstance(fact, Locked) and (found := ADDRESS.match(fact.note)):
        yield found[1]
    if fact.ecosystem in ("go", "php"):
        yield fact.name.rpartition("/")[0].rpartition("/")[2]


def _read_as(packages: Iterable[Package], near: tuple[Package, ...] = ()) -> Match:
    found = _sorted(packages)
    return Match(found, near, f"read as {' or '.join(dict.fromkeys(name for _, name in found))}")


def _sorted(packages: Iterable[Package]) -> tuple[Package, ...]:
    return tuple(sorted(packages))
