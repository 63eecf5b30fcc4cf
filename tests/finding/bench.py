"""How well a question in plain words leads to its place: `python3 dev.py bench finding`.

The packages of cases.toml are fetched from their registries, each becomes a repository, and the real tools are asked. For each way:
the share of cases whose file is among the first five and ten files named, and what its result costs. Beside it, plain grep of the
question's three rarest words, files with most hits first.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.capabilities.team_code.tools.sheet import CHARACTERS_PER_TOKEN
from bot.conversation import ThreadId, ToolCall
from storage.memory import MemoryPins
from storage.repos.library import Library
from storage.repos.questions import STOP_WORDS, question_words
from tests.bot.team_code.tools.conftest import Toolbox, open_session
from tests.repositories import MadeRepository

NOTHING: dict[str, object] = {"path_glob": "", "context_lines": 0, "offset": 0}
WAYS = ("search_code words", "repo_overview focus", "search_docs", "find_symbol of words", "grep of rarest words")
CASES = Path(__file__).with_name("cases.toml")
PAGE = ThreadId("web", "local", "page", "finding")
PLACE = re.compile(r"^(?:## .*|(?P<path>[^\s:]+)(?::\d.*)?)$")


@dataclass(slots=True)
class Score:
    ranks: list[int] = field(default_factory=list)
    symbols: int = 0
    tokens: list[int] = field(default_factory=list)

    def line(self, name: str) -> str:
        count = len(self.ranks)
        five, ten = (sum(0 < rank <= top for rank in self.ranks) / count for top in (5, 10))
        named = self.symbols / count
        return f"{name:<28} {five:>8.2f} {ten:>8.2f} {named:>8.2f} {statistics.mean(self.tokens):>8.0f} {max(self.tokens):>6}"


def fetch(package: Mapping[str, Any], folder: Path) -> Path:
    """The package's files, unpacked under `folder` unless they are there."""
    names = (f"{package['name']}-{package['version']}", package["name"])
    for name in names:
        if (folder / name).is_dir():
            return folder / name / str(package["root"])
    target = folder / names[0]
    with tempfile.TemporaryDirectory() as scratch:
        match package["artefact"]:
            case "wheel" | "sdist":
                wanted = f"{package['name']}=={package['version']}"
                subprocess.run(
                    [
                        sys.executable,
                        "-m",
                        "pip",
                        "download",
                        "-q",
                        "--no-deps",
                        "--only-binary=:all:",
                        "-d",
                        scratch,
                        wanted,
                    ],
                    check=True,
                )
            case "npm":
                subprocess.run(
                    ["npm", "pack", "--silent", f"{package['name']}@{package['version']}"], cwd=scratch, check=True
                )
            case _:
                subprocess.run(
                    ["apt-get", "download", f"{package['name']}={package['version']}"], cwd=scratch, check=True
                )
        (archive,) = Path(scratch).iterdir()
        if archive.suffix == ".deb":
            subprocess.run(["dpkg", "-x", archive, target], check=True)
        elif archive.suffix == ".whl":
            zipfile.ZipFile(archive).extractall(target)
        else:
            shutil.unpack_archive(archive, target, "gztar", filter="data")
    return target / str(package["root"])


def repository_of(package: Mapping[str, Any], files: Path, folder: Path) -> MadeRepository:
    made = MadeRepository(folder / re.sub(r"[^a-z0-9.-]", "-", package["name"].lower()))
    made.commit(
        {
            str(path.relative_to(files)): path.read_bytes()
            for path in sorted(files.rglob("*"))
            if path.is_file() and not path.is_symlink()
        }
    )
    return made


async def measure(half: str, folder: Path, show: bool) -> None:
    told = tomllib.loads(CASES.read_text())
    scores = {
        name: Score()
        for name in (
            "search_code words",
            "repo_overview focus",
            "search_docs",
            "find_symbol of words",
            "grep of rarest words",
        )
    }
    with tempfile.TemporaryDirectory() as scratch:
        sources = {one["name"]: fetch(one, folder) for one in told["package"]}
        repositories = {
            one["name"]: repository_of(one, sources[one["name"]], Path(scratch) / "git") for one in told["package"]
        }
        library = Library(Path(scratch) / "index", None, [one.folder for one in repositories.values()])
        names = dict(zip(repositories, (one.name for one in library.declared()), strict=True))
        for case in told["case"]:
            if case["half"] != half:
                continue
            name = names[case["package"]]
            toolbox = Toolbox(open_session(library, MemoryPins(), PAGE))
            wanted = {case["path"], *case["also"]}
            last = re.split(r"[.#]", case["symbol"])[-1]
            for tool, text in (await asked(toolbox, name, case["question"])).items():
                files = named_files(text)
                note(scores[tool], files, wanted, text, last)
                if show and tool == "search_code words" and not wanted & set(files[:10]):
                    print(
                        f"missed: {case['package']}: {case['question']}\n   wanted {case['path']} {case['symbol']}\n   got {files[:5]}"
                    )
            text, files = grep(sources[case["package"]], case["question"])
            note(scores["grep of rarest words"], files, wanted, text, last)
    print(f"{half}: {len(scores['grep of rarest words'].ranks)} cases")
    print(f"{'':<28} {'file@5':>8} {'file@10':>8} {'symbol':>8} {'tokens':>8} {'most':>6}")
    for name, score in scores.items():
        print(score.line(name))


async def asked(toolbox: Any, name: str, question: str) -> dict[str, str]:
    words = question_words(question)
    symbol = max(words, key=len, default="x")
    calls: dict[str, tuple[str, dict[str, object]]] = {
        "search_code words": ("search_code", {"pattern": question, "mode": "words", "max_results": 20, **NOTHING}),
        "repo_overview focus": ("repo_overview", {"focus": question}),
        "search_docs": ("search_docs", {"query": question, "path_glob": "", "top_k": 8}),
        "find_symbol of words": ("find_symbol", {"name": symbol, "kind": "definition", "path_glob": ""}),
    }  # fmt: skip

    results = await toolbox.run(
        [ToolCall(one, call, json.dumps({"repo": name, **arguments}), "") for one, (call, arguments) in calls.items()]
    )
    return {result.call_id: result.text for result in results}


def named_files(text: str) -> list[str]:
    """The files that a result names, in order."""
    found = (PLACE.match(line) for line in text.splitlines()[1:])
    return list(dict.fromkeys(one["path"] for one in found if one and one["path"]))


def note(score: Score, files: list[str], wanted: set[str], text: str, symbol: str) -> None:
    score.ranks.append(next((place for place, path in enumerate(files, 1) if path in wanted), 0))
    score.symbols += symbol in text
    score.tokens.append(len(text) // CHARACTERS_PER_TOKEN)


def grep(folder: Path, question: str) -> tuple[str, list[str]]:
    """Plain grep of the question's three rarest words."""
    words = [word for word in re.findall(r"[A-Za-z_]{3,}", question) if word.lower() not in STOP_WORDS]
    hits = {}
    for word in dict.fromkeys(words):
        ran = subprocess.run(["grep", "-rniI", "-e", word, "."], cwd=folder, capture_output=True, check=False)
        lines = ran.stdout.decode("utf-8", "replace").splitlines()
        if lines:
            hits[word] = lines
    rarest = sorted(hits, key=lambda word: len(hits[word]))[:3]
    lines = [line for word in rarest for line in hits[word]]
    counted = Counter(line.removeprefix("./").split(":", 1)[0] for line in lines)
    return "\n".join(lines), [path for path, _ in counted.most_common()]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench finding")
    parser.add_argument("--half", choices=["tuning", "held-back"], default="tuning")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "plumbline-finding", help="where packages are kept"
    )
    parser.add_argument("--missed", action="store_true", help="show what was not found")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(measure(options.half, options.folder, options.missed))


if __name__ == "__main__":
    main(sys.argv[1:])
