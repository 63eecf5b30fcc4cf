"""What commands install, held against the lock and the index; what they destroy."""

from __future__ import annotations

import difflib
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from bot.capabilities.checks import shell
from bot.capabilities.checks.python.known import MODULES, SAME
from bot.capabilities.checks.verdicts import Finding, Verdict
from storage.checks.pins import Pins, canonical, running_python
from storage.checks.python.environment.index import Index, IndexFailed

LOOK_SECONDS = 5.0
KNOWN = frozenset({*MODULES.values(), *(name.replace("_", "-") for name in SAME)})
LONGEST = 100_000


class Commands:
    """Remembers what the index has."""

    def __init__(self, index: Index, cache: Path) -> None:
        self._index = index
        self._cache = cache
        self._there: dict[str, bool] = {}

    async def verdict(self, code: str, pins: Pins) -> Verdict:
        if len(code) > LONGEST:
            return Verdict("unchecked", reasons=(f"it is longer than {LONGEST:,} characters",))
        asked = list(shell.installs(code))
        findings = [finding for one in asked if (finding := await self._finding(one, pins))]
        warnings = tuple(f"line {line}: {why}" for line, why in shell.destructive(code))
        versions = {name: pins.versions[name] for one in asked if (name := canonical(one.name)) in pins.versions}
        if findings:
            return Verdict("problems", versions, findings=tuple(findings), warnings=warnings)
        if asked:
            return Verdict("none", versions, warnings=warnings)
        return Verdict(
            "unchecked",
            reasons=("of commands only what they install and the options of well-known ones are looked at",),
            warnings=warnings,
        )

    async def _finding(self, asked: shell.Asked, pins: Pins) -> Finding | None:
        name = canonical(asked.name)
        if version := pins.versions.get(name):
            if asked.wanted and not _allows(asked.wanted, version):
                return Finding(
                    asked.line,
                    "install",
                    f"your lock has `{name}` at {version}, and this asks for {asked.wanted}",
                    name,
                    version,
                )
            return None
        if meant := shell.RETIRED.get(name):
            return Finding(
                asked.line, "install", f"the package `{name}` is not what it seems; `{meant}` is meant", name
            )
        if name in KNOWN or name in pins.unread or any(line.startswith(name) for line in pins.wanted):
            return None
        guess = next(iter(difflib.get_close_matches(name, [*pins.versions, *sorted(KNOWN)], n=1, cutoff=0.88)), "")
        if not await self._is_there(name):
            return Finding(
                asked.line,
                "install",
                f"the package index has no `{name}`" + (f"; did you mean `{guess}`?" if guess else ""),
                name,
            )
        if guess and abs(len(guess) - len(name)) <= 1:
            return Finding(
                asked.line, "install", f"`{name}` is one letter from `{guess}`; did you mean that?", name, precise=False
            )
        return None

    async def _is_there(self, name: str) -> bool:
        """Only a clear no counts."""
        if name not in self._there:
            if not self._index.is_known:
                return True
            try:
                await self._index.resolve([name], running_python(), self._cache, LOOK_SECONDS)
                self._there[name] = True
            except IndexFailed as fault:
                said = " ".join(fault.said.split())
                self._there[name] = f"{name} was not found" not in said
        return self._there[name]


def _allows(wanted: str, version: str) -> bool:
    bare = _bounded(wanted.removeprefix("@").strip())
    try:
        return SpecifierSet(bare).contains(version, prereleases=True)
    except InvalidSpecifier:
        return True


def _bounded(wanted: str) -> str:
    """Poetry's `^1.2` and `~1.2`, and a bare version behind `@`, as specifiers: https://python-poetry.org/docs/dependency-specification/."""
    sign, numbers = wanted[:1], wanted[1:].strip().split(".")
    if wanted.startswith("~=") or sign not in ("^", "~") or not all(map(str.isdigit, numbers)):
        return wanted
    parts = [int(one) for one in numbers]
    kept = next((at for at, one in enumerate(parts) if one), len(parts) - 1) if sign == "^" else min(1, len(parts) - 1)
    end = [*parts[:kept], parts[kept] + 1]
    return f">={'.'.join(numbers)},<{'.'.join(map(str, end))}"
