"""What commands install from npm's registry: packages that it does not have, and versions that a package never had."""

from __future__ import annotations

import re

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats.code import commands
from storage.checks.formats.shell import shells
from storage.checks.scripts.packages.registry import NotThere, Registry, RegistryFailed

MOST_NAMES = 20
LONGEST = 100_000
PUBLIC = frozenset([
    "@types", "@babel", "@angular", "@nestjs", "@aws-sdk", "@prisma", "@fastify", "@tanstack", "@typescript-eslint", "@vitejs",
    "@testing-library",
])  # fmt: skip
"""Scopes that are nobody's own."""

EXACT = re.compile(r"\d+\.\d+\.\d+(?:-[\w.]+)?")


class NpmCommands:
    """Remembers what the registry has. Where it does not answer, nothing is said."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._versions: dict[str, frozenset[str] | None] = {}

    async def findings(self, code: str) -> list[Finding]:
        if not self._registry.is_known or len(code) > LONGEST:
            return []
        asked = [one for one in commands.installs(shells.lines_of(code)) if one.ecosystem == "node"]
        found = []
        for one in asked[:MOST_NAMES]:
            versions = await self._of(one.name)
            if versions is not None and not versions:
                found.append(Finding(one.line, "install", f"the npm registry has no `{one.name}`", one.name))
            elif versions and EXACT.fullmatch(one.version) and one.version not in versions:
                said = f"`{one.name}` has no version {one.version} in the npm registry"
                found.append(Finding(one.line, "install", said, one.name))
        return found

    async def _of(self, name: str) -> frozenset[str] | None:
        """The versions; none for a package that is not there, None where nobody can tell: a scope may be the team's own."""
        if name not in self._versions:
            try:
                async with self._registry.session() as session:
                    releases, _ = await self._registry.releases(session, name)
                self._versions[name] = frozenset(one.version for one in releases)
            except NotThere:
                is_own = name.startswith("@") and name.partition("/")[0] not in PUBLIC
                self._versions[name] = None if is_own else frozenset()
            except RegistryFailed:
                return None
        return self._versions[name]
