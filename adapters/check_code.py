"""`plumbline check-code`: the blocks of files, or of lines of JSON, held against a lock file or a repository."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from bot.capabilities.checks.verdicts import Block, Verdict
from bot.errors import ConfigError
from bot.settings import Settings
from bot.writing.dialect import parser
from storage.checks import grounds, house, pins, source
from storage.checks.pins import Pins
from storage.checks.python.environment.index import PUBLIC, Index
from storage.checks.room import Stand
from storage.checks.rooms import Rooms
from storage.checks.scripts.packages import npmrc

NO_PROBLEMS, PROBLEMS, NOT_CHECKED = 0, 1, 2
MARKDOWN = (".md", ".markdown", ".mdx", ".rst.md")
LARGEST_FILE_BYTES = 20_000_000
FETCH_SECONDS = 300.0
"""How long a terminal waits for what a format's publishers say."""

READ_AHEAD = 500
VERSION = re.compile(r"3\.\d{1,2}")
WORDS = {
    "none": "no problems found",
    "partial": "no problems found in what could be looked at",
    "unchecked": "not checked",
    "problems": "problems",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A block of a file, with the line before its first one."""

    block: Block
    file: str
    above: int


@asynccontextmanager
async def rooms(settings: Settings, default_index: str = "") -> AsyncIterator[Rooms]:
    """The checker of this process, on its own in the data directory. `default_index` counts where the settings name none."""
    index = Index(settings.plumbline_python_index or default_index, settings.plumbline_python_index_credentials)
    built = house.build(
        settings.plumbline_data_dir.resolve() / "checks",
        index,
        lambda ground: Stand(Pins(pins.running_python())),
        npmrc.read(settings.plumbline_npm_registry)
        if not default_index
        else npmrc.or_public(settings.plumbline_npm_registry),
        settings.plumbline_check_postgres,
        settings.plumbline_check_go,
        settings.plumbline_check_rust,
        patience_seconds=FETCH_SECONDS,
    )
    try:
        yield built.checker
    finally:
        await built.stop()


async def check_files(
    settings: Settings, names: Sequence[str], repository: Path | None, locks: Sequence[Path], python: str, as_json: bool
) -> int:
    """Raises ConfigError for files that cannot be read."""
    blocks = [one for name in names for one in _blocks(name)]
    stand = _stand(settings, repository, locks, python)
    async with rooms(settings, PUBLIC) as checker:
        verdicts: list[Verdict] = []
        for name in names:  # the blocks of one file belong together, as those of one answer do
            mine = [one.block for one in blocks if one.file == name]
            verdicts += await checker.against(mine, stand) if mine else []
    for asked, verdict in zip(blocks, verdicts, strict=True):
        _say(asked, verdict, as_json)
    if any(one.state == "problems" for one in verdicts):
        return PROBLEMS
    return NOT_CHECKED if verdicts and all(one.state == "unchecked" for one in verdicts) else NO_PROBLEMS


def _blocks(name: str) -> Iterator[Asked]:
    text = _text(name)
    if name.lower().endswith(MARKDOWN) or (
        name == "-" and any(line.lstrip().startswith(("```", "~~~")) for line in text.split("\n"))
    ):
        yield from (replace(one, file=name) for one in fenced(text))
    elif language := "python" if name == "-" else source.LANGUAGES.get(Path(name).suffix):
        yield Asked(Block(language, text), name, 0)
    else:
        raise ConfigError(f"{name}: only Markdown and files of {', '.join(sorted(source.LANGUAGES))} are looked at")


def fenced(text: str) -> Iterator[Asked]:
    """The fenced blocks of a Markdown text."""
    for token in parser().parse(text):
        if token.type == "fence" and token.map:
            language = token.info.strip().split(" ")[0]
            yield Asked(
                Block(language, token.content.removesuffix("\n"), diff=language == "diff"), "", token.map[0] + 1
            )


def _text(name: str) -> str:
    try:
        if name == "-":
            return sys.stdin.read(LARGEST_FILE_BYTES)
        if Path(name).stat().st_size > LARGEST_FILE_BYTES:
            raise ConfigError(f"{name} is larger than {LARGEST_FILE_BYTES // 1_000_000} MB")
        return Path(name).read_text("utf-8", "replace")
    except OSError as fault:
        raise ConfigError(f"{name} cannot be read: {fault.strerror}") from fault


def _stand(settings: Settings, repository: Path | None, locks: Sequence[Path], python: str) -> Stand:
    files: dict[str, str] = {}
    for lock in locks:
        name = lock.name if source.is_lock(lock.name) else f"requirements-{lock.name}.txt"
        files[name] = _text(str(lock))
    if repository is None:
        return Stand(pins.of_files(files, python))
    if not repository.is_dir():
        raise ConfigError(f"there is no folder {repository}")
    tree = source.export(repository, "", repository.resolve().name, _sources(settings))
    return Stand(pins.of_files(files, python), tree) if files else grounds.stand_of(tree, python)


def _sources(settings: Settings) -> Path:
    return settings.plumbline_data_dir.resolve() / "checks" / house.TREES


def _say(asked: Asked, verdict: Verdict, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"file": asked.file, "line": asked.above + 1, **_told(verdict, asked.above)}))
        return
    for finding in verdict.findings:
        print(f"{asked.file}:{asked.above + finding.line}: {finding.kind}: {finding.message}")
    versions = ", ".join(f"{name} {version}".strip() for name, version in verdict.versions.items())
    parts = [WORDS[verdict.state]] if verdict.state != "problems" else [f"{len(verdict.findings)} found"]
    parts += [f"held against {versions}"] if versions else []
    parts += [f"assumes your {', '.join(verdict.assumed)}"] if verdict.assumed else []
    parts += list(verdict.reasons)
    print(f"{asked.file}:{asked.above + 1}: {' - '.join(parts)}")
    for warning in verdict.warnings:
        print(f"{asked.file}:{asked.above + 1}: note: {warning}")


def _told(verdict: Verdict, above: int = 0) -> dict[str, Any]:
    findings = [
        {
            "line": one.line + above,
            "kind": one.kind,
            "message": one.message,
            "package": one.package,
            "version": one.version,
        }
        for one in verdict.findings
    ]
    return {
        "state": verdict.state,
        "versions": dict(verdict.versions),
        "assumed": list(verdict.assumed),
        "findings": findings,
        "reasons": list(verdict.reasons),
        "warnings": list(verdict.warnings),
    }


async def check_batch(settings: Settings, python: str, lines: TextIO) -> int:
    """A line of JSON out for each in, in their order; a line that is none ends it with exit code 2."""
    async with rooms(settings, PUBLIC) as checker:
        return await Batch(checker, lambda asked: _batch_stand(settings, asked, python)).run(lines)


class Batch:
    """Lines are read ahead; of what has been read, those of one lock are taken after each other: their checkers are warm."""

    def __init__(self, checker: Rooms, stand_of: Callable[[Mapping[str, Any]], Stand]) -> None:
        self._checker, self._stand_of = checker, stand_of
        self._stands: dict[str, Stand] = {}
        self._waiting: list[tuple[str, Mapping[str, Any], asyncio.Future[dict[str, Any]]]] = []
        self._order: asyncio.Queue[asyncio.Future[dict[str, Any]] | None] = asyncio.Queue()
        self._came, self._room = asyncio.Event(), asyncio.Semaphore(READ_AHEAD)

    async def run(self, lines: TextIO) -> int:
        working, writing = asyncio.create_task(self._work()), asyncio.create_task(self._write())
        try:
            code = await self._read(lines)
            self._order.put_nowait(None)
            await writing
        finally:
            working.cancel()
        return code

    async def _read(self, lines: TextIO) -> int:
        while line := await asyncio.to_thread(lines.readline):
            if not line.strip():
                continue
            if (asked := _object(line)) is None:
                print("a line is no JSON object", file=sys.stderr)
                return NOT_CHECKED
            await self._room.acquire()
            said = asyncio.get_running_loop().create_future()
            key = json.dumps([asked.get("lock"), asked.get("repo"), asked.get("python")])
            self._waiting.append((key, asked, said))
            self._order.put_nowait(said)
            self._came.set()
        return NO_PROBLEMS

    async def _work(self) -> None:
        last = ""
        while True:
            while not self._waiting:
                self._came.clear()
                await self._came.wait()
            place = next((at for at, (key, _, _) in enumerate(self._waiting) if key == last), 0)
            last, asked, said = self._waiting.pop(place)
            try:
                said.set_result({"id": asked.get("id"), **_told(await self._answered(last, asked))})
            except Exception as fault:
                said.set_exception(fault)  # whoever writes ends with it, instead of waiting for ever
                raise
            self._room.release()

    async def _answered(self, key: str, asked: Mapping[str, Any]) -> Verdict:
        try:
            tree = self._stands[key].tree if key in self._stands else None
            if key not in self._stands or (tree is not None and not source.is_kept(tree)):  # cleared away meanwhile
                self._stands[key] = await asyncio.to_thread(self._stand_of, asked)
        except (ConfigError, source.NotExported, ValueError, OSError, RecursionError) as fault:
            return Verdict("unchecked", reasons=(str(fault),))
        block = Block(
            str(asked.get("language") or "python"),
            str(asked.get("code") or ""),
            asked.get("path"),
            bool(asked.get("diff")),
        )
        return (await self._checker.against([block], self._stands[key]))[0]

    async def _write(self) -> None:
        while (said := await self._order.get()) is not None:
            print(json.dumps(await said), flush=True)


def _object(line: str) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _batch_stand(settings: Settings, asked: Mapping[str, Any], python: str) -> Stand:
    version = str(asked.get("python") or python)
    if asked.get("repo"):
        return _stand(settings, Path(str(asked["repo"])), [], version)
    lock = asked.get("lock") or []
    if not isinstance(lock, list):
        lock = str(lock).split("\n")
    return Stand(pins.of_lines([str(line) for line in lock], version))


def check(settings: Settings, options: Any) -> int:
    """What the command line asks for. Raises ConfigError for wrong use."""
    if options.python and not VERSION.fullmatch(options.python):
        raise ConfigError(f"--python takes a version such as 3.12, not {options.python[:40]!r}")
    try:
        if options.batch:
            return asyncio.run(check_batch(settings, options.python, sys.stdin))
        if not options.files:
            raise ConfigError("name a file to check, or - for standard input")
        return asyncio.run(
            check_files(settings, options.files, options.repo_folder, options.lock, options.python, options.json)
        )
    except source.NotExported as fault:
        raise ConfigError(str(fault)) from fault
