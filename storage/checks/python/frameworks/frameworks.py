"""What frameworks refuse and no declaration tells of: of models, queries, tasks, validators."""

from __future__ import annotations

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.frameworks import (
    actors,
    decorated,
    djangos,
    frames,
    listed,
    mapped,
    operators,
    plugins,
    queries,
    routes,
    tasks,
    validators,
)
from storage.checks.python.frameworks.mapped_texts import MappedTexts
from storage.checks.python.meaning import answering, handed
from storage.checks.python.meaning.sight import Sight


async def findings(sight: Sight, lines: range, words: str) -> list[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0. `words` are those of the team's tree."""
    found = [
        *djangos.findings(sight, lines),
        *validators.findings(sight, lines),
        *frames.unknown(sight, lines),
        *answering.unknown(sight, lines),
    ]
    found += [*actors.refused(sight, lines, words), *MappedTexts(sight, words).unknown(lines)]
    found += operators.misplaced(sight, lines)
    found += await tasks.defined(sight, lines, words)
    found += routes.unknown(sight, lines, words)
    found += await mapped.refused(sight, lines, words)
    found += await queries.unknown(sight, lines, words)
    found += await listed.unknown(sight, lines, words)
    found += await tasks.misfits(sight, lines)
    found += await decorated.misfits(sight, lines)
    found += await handed.lacking(sight, lines)
    found += await plugins.misfits(sight, lines)
    return found
