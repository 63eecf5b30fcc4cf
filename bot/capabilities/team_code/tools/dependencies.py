"""The tool that tells which versions a repository runs: what its manifests ask for, and what its lock files hold, with the line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.capabilities.team_code.dependencies.ecosystems import NAMES, ecosystem
from bot.capabilities.team_code.dependencies.question import Row
from bot.capabilities.team_code.dependencies.selection import Selection
from bot.capabilities.team_code.repositories import Snapshot
from bot.capabilities.team_code.tools.access import Access
from bot.capabilities.team_code.tools.repository import shown_path
from bot.capabilities.team_code.tools.sheet import LONGEST_LINE, REPO, Sheet, schema, string, word
from bot.capabilities.team_code.versions import look_up
from bot.ports.model import Tool

MOST_NAMES = 40


class DependencyVersions(Tool):
    name = "dependency_versions"
    description = (
        "What a repository depends on: the exact version that a lock file pins and the range that a manifest declares, each with its"
        " line, and the versions of the runtimes. Ask before you write code that uses a library: write for the locked version. The"
        " result says first which files could not be read: what may stand in them is not known, and not absent."
    )
    schema: Mapping[str, object] = schema(
        repo=REPO,
        ecosystem=string(f'{", ".join(NAMES)}, or a name such as npm, pypi, maven, nuget, hex; "" for all.'),
        names={
            "type": "array",
            "items": {"type": "string"},
            "description": "Package names; [] for everything that is asked for directly.",
        },
        path_glob=string('A folder, or a glob such as "services/api/**", whose manifests and locks count; "" for all.'),
    )

    def __init__(self, access: Access) -> None:
        self._access = access

    def label(self, arguments: Mapping[str, object]) -> str:
        names = arguments.get("names")
        about = ", ".join(shown_path(word(one)) for one in names[:3]) if isinstance(names, list) and names else ""
        return f"looking up the versions of {about}" if about else "looking up the versions of dependencies"

    async def run(self, arguments: Mapping[str, object]) -> str:
        snapshot = await self._access.snapshot(word(arguments["repo"]))
        names = arguments["names"] if isinstance(arguments["names"], list) else []
        asked = [word(one).strip() for one in names if word(one).strip()]
        kind, glob = ecosystem(word(arguments["ecosystem"])), word(arguments["path_glob"])
        found = await look_up(snapshot, kind or "", asked[:MOST_NAMES], glob)
        sheet = Sheet(2_000)
        sheet.add(f"{snapshot.repository.name} at {snapshot.commit[:12]}{_looked_at(found.chosen, found.texts, glob)}")
        if kind is None:
            sheet.add(f"{word(arguments['ecosystem'])[:40]} is none of {', '.join(NAMES)}: all were looked at")
        if len(asked) > MOST_NAMES:
            sheet.add(f"not looked up: {len(asked) - MOST_NAMES} more names; ask again for them")
        self._fill(sheet, snapshot, fitting(found.rows, sheet.room))
        return sheet.text(hint="Ask for fewer names, one ecosystem or one folder.")

    def _fill(self, sheet: Sheet, snapshot: Snapshot, rows: Sequence[Row]) -> None:
        for row in rows:
            if sheet.add(row.text) and row.path:
                self._access.saw(snapshot.repository.name, row.path, row.line, row.line)


def fitting(rows: Sequence[Row], room: int) -> Sequence[Row]:
    """As many rows of each name as leave room for every other: the last name is not lost to the first. `room` in characters."""
    counts = Counter(row.name for row in rows if row.name)
    for most in range(max(counts.values(), default=0), 0, -1):
        some = list(_at_most(rows, most, counts))
        if most == 1 or sum(min(len(row.text), LONGEST_LINE) + 3 for row in some) <= room:
            return some
    return rows


def _at_most(rows: Sequence[Row], most: int, counts: Mapping[str, int]) -> Iterator[Row]:
    taken: Counter[str] = Counter()
    for row in rows:
        taken[row.name] += bool(row.name)
        is_last = taken[row.name] == most < counts.get(row.name, 0)
        if taken[row.name] <= most:
            yield replace(row, text=f"{row.text} (and {counts[row.name] - most} more lines)") if is_last else row


def _looked_at(chosen: Selection, texts: Mapping[str, str], glob: str) -> str:
    """How much an answer stands on, and where there is more."""
    own = sum(path not in chosen.outside for path in texts)
    said = f": {own:,} dependency file{'' if own == 1 else 's'} looked at"
    if not glob.strip():
        return said
    above = len(texts) - own
    said += f" in {glob.strip()[:80]}" + (f", and {above:,} above it" if above else "")
    return said + (f"; {chosen.elsewhere:,} elsewhere were not" if not texts and chosen.elsewhere else "")
