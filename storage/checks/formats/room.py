"""Configuration, Go, Rust and the syntax of commands behind the port of a language, in a process that starts with the first block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from bot.capabilities.checks.verdicts import Block, Finding, Verdict
from storage.checks.process import Checkers, ProcessDied
from storage.checks.room import Room, Stand

LANGUAGES = frozenset(
    """
    json geojson webmanifest yaml yml docker-compose compose github-actions gitlab-ci toml dockerfile docker containerfile
    terraform tf hcl opentofu graphql gql jsonc json-with-comments json5 kubernetes k8s openapi swagger helm ansible
    proto protobuf proto3 proto2 promql systemd ini nginx nginxconf
    """.split()
)


class Published(Protocol):
    async def folders(self, blocks: Sequence[Block], stand: Stand) -> Mapping[str, str]:
        """Of what others publish of a format of theirs, by the name that blocks know it by; "" of what is not there yet."""

    async def stop(self) -> None: ...


class FormatRoom(Room):
    languages = LANGUAGES

    def __init__(self, folder: Path, trees: Path, published: Published | None = None) -> None:
        self._checkers = Checkers(folder, trees, module="storage.checks.formats.child")
        self._published = published

    async def check(self, blocks: Sequence[Block], stand: Stand) -> Sequence[Verdict]:
        tree = str(stand.tree.folder) if stand.tree else ""
        told = await self._published.folders(blocks, stand) if self._published else {}
        try:
            asked = {"tree": tree, "blocks": [asdict(one) for one in blocks], "published": dict(told)}
            said = await self._checkers.ask(asked)
        except ProcessDied as fault:
            return [Verdict("unchecked", reasons=(str(fault),)) for _ in blocks]
        if "verdicts" not in said:
            return [Verdict("unchecked", reasons=("the checker could not read it",)) for _ in blocks]
        return [_verdict(one) for one in said["verdicts"]]

    async def stop(self) -> None:
        if self._published:
            await self._published.stop()
        await self._checkers.stop()


def _verdict(told: Mapping[str, Any]) -> Verdict:
    findings = tuple(Finding(**one) for one in told["findings"])
    assumed, reasons, warnings = (tuple(told[name]) for name in ("assumed", "reasons", "warnings"))
    return Verdict(told["state"], told["versions"], assumed, findings, reasons, warnings)
