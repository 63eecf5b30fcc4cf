"""How well a question in plain words leads to its file: `python3 dev.py bench finding`.

The real tools are asked: over the packages of cases.toml, or, with `--repositories FOLDER --cases FILE`, over real histories, each
looked at as it was at the named commit. Both halves are told, for each repository too: the share of questions whose file is among the
first 1, 5, 10 and 40 that the result names, and what the result costs; beside it grep of the rarest words and plain BM25. A case with a
second wording is asked with both, and the better place counts for `either of two wordings`; one with names is asked with these, too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.capabilities.team_code.tools.sheet import CHARACTERS_PER_TOKEN
from bot.conversation import ThreadId
from bot.events import ToolCall
from storage.memory import MemoryPins
from storage.repos.library import Library
from tests.bot.team_code.tools.conftest import Toolbox, open_session
from tests.finding.beside import PlainBM25, grep
from tests.finding.sources import Case, from_histories, from_packages, write_out

NOTHING: dict[str, object] = {"path_glob": "", "context_lines": 0, "offset": 0}
PAGE = ThreadId("web", "local", "page", "finding")
PLACE = re.compile(r"^(?P<path>\S.*?)(?::\d+-\d+)?(?:  .*)?$")
TOPS = (1, 5, 10, 40)
WAYS = (
    "search_code words", "either of two wordings", "words and names", "search_docs", "grep of rarest words", "plain BM25"
)  # fmt: skip
SHOWN, EITHER, NAMED = WAYS[:3]


@dataclass(slots=True)
class Score:
    ranks: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)

    def line(self, name: str) -> str:
        shares = (sum(0 < rank <= top for rank in self.ranks) / len(self.ranks) for top in TOPS)
        cost = f"{statistics.mean(self.tokens):>8.0f} {max(self.tokens):>6}" if self.tokens else ""
        return f"{name:<28} {len(self.ranks):>5} " + " ".join(f"{share:>6.2f}" for share in shares) + cost


@dataclass(slots=True)
class Table:
    """Each way's scores, of all questions and of each repository's."""

    scores: dict[tuple[str, str], Score] = field(default_factory=lambda: defaultdict(Score))

    def note(self, way: str, case: Case, files: Sequence[str], tokens: int = 0) -> int:
        return self.note_rank(way, case, rank_of(case, files), tokens)

    def note_rank(self, way: str, case: Case, rank: int, tokens: int = 0) -> int:
        for repository in ("", case.repository):
            score = self.scores[way, repository]
            score.ranks.append(rank)
            score.tokens += [tokens] if tokens else []
        return rank

    def show(self, half: str) -> None:
        print(
            f"\n{half:<28} {'n':>5} " + " ".join(f"{'@' + str(top):>6}" for top in TOPS) + f"{'tokens':>8} {'most':>6}"
        )
        for way in WAYS:
            if self.scores[way, ""].ranks:
                print(self.scores[way, ""].line(way))
        for way, repository in list(self.scores):
            if way == SHOWN and repository:
                print(self.scores[way, repository].line(f"  {repository}"))


async def measure(cases: Sequence[Case], folder: Path, index: Path, *, missed: bool) -> dict[str, Table]:
    names = list(dict.fromkeys(case.repository for case in cases))
    library = Library(index, None, [folder / name for name in names])
    declared = dict(zip(names, (one.name for one in library.declared()), strict=True))
    tables: dict[str, Table] = defaultdict(Table)
    for name in names:
        await library.sync(declared[name])
        with tempfile.TemporaryDirectory() as tree:
            write_out(folder / name, Path(tree))
            plain = PlainBM25(Path(tree))
            for case in (case for case in cases if case.repository == name):
                table = tables[case.half]
                for way, text in (await asked(library, declared[name], case.question)).items():
                    files = named_files(text)
                    rank = table.note(way, case, files, len(text) // CHARACTERS_PER_TOKEN)
                    if way == SHOWN and case.second:
                        again = await asked(library, declared[name], case.second)
                        other = rank_of(case, named_files(again[SHOWN]))
                        table.note_rank(EITHER, case, min(rank or other, other or rank))
                    if way == SHOWN and case.names:
                        named = (await asked(library, declared[name], case.question, case.names))[SHOWN]
                        table.note(NAMED, case, named_files(named), len(named) // CHARACTERS_PER_TOKEN)
                    if missed and way == SHOWN and not 0 < rank <= 10:
                        print(f"{name} ({case.half}) {rank}: {case.question}\n   {sorted(case.wanted)}\n   {files[:5]}")
                table.note("grep of rarest words", case, grep(Path(tree), case.question))
                table.note("plain BM25", case, plain.best(case.question))
    return tables


async def asked(library: Library, name: str, question: str, names: str = "") -> Mapping[str, str]:
    toolbox = Toolbox(open_session(library, MemoryPins(), PAGE))
    calls: dict[str, tuple[str, dict[str, object]]] = {
        "search_code words": (
            "search_code",
            {"pattern": question, "mode": "words", "max_results": 40, "names": names, **NOTHING},
        ),
        "search_docs": ("search_docs", {"query": question, "path_glob": "", "top_k": 8}),
    }
    results = await toolbox.run(
        [ToolCall(way, tool, json.dumps({"repo": name, **given}), "") for way, (tool, given) in calls.items()]
    )
    return {result.call_id: result.text for result in results}


def rank_of(case: Case, files: Sequence[str]) -> int:
    """0 where no right file is among them."""
    return next((place for place, path in enumerate(files, 1) if path in case.wanted), 0)


def named_files(text: str) -> list[str]:
    """The files that a result lists, in order; what follows a list as text is no list."""
    lines = text.split("\n## ")[0].splitlines()[1:]
    found = (PLACE.match(line) for line in lines if not line.startswith(("“", "If the list", "No history")))
    return list(dict.fromkeys(one["path"] for one in found if one))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench finding")
    parser.add_argument("--repositories", type=Path, help="a folder of git directories or checkouts")
    parser.add_argument(
        "--cases",
        type=Path,
        help="their questions: a JSON object a line with folder, commit, question, files, and perhaps second and names",
    )
    parser.add_argument("--half", choices=["tuning", "held-back", "both"], default="both")
    parser.add_argument("--index", type=Path, help="where indexes are kept from one run to the next")
    kept = Path(tempfile.gettempdir()) / "plumbline-finding"
    parser.add_argument("--folder", type=Path, default=kept, help="where packages are kept")
    parser.add_argument("--missed", action="store_true", help="show what is not among the first ten")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "git"
        if options.repositories and options.cases:
            cases = from_histories(options.cases, options.repositories, folder)
        else:
            options.folder.mkdir(parents=True, exist_ok=True)
            cases = from_packages(options.folder, folder)
        chosen = [case for case in cases if options.half in (case.half, "both")]
        tables = asyncio.run(measure(chosen, folder, options.index or Path(scratch) / "index", missed=options.missed))
    for half, table in tables.items():
        table.show(half)


if __name__ == "__main__":
    main(sys.argv[1:])
