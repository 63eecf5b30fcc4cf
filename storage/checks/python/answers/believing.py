"""What of the words of both checkers about one document is believed, and told."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.capabilities.checks.python import demonstrations, wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.answers import answer, concluding
from storage.checks.python.answers.answer import Document
from storage.checks.python.gates.gate_arguments import UNION
from storage.checks.python.gates.gates import Gates
from storage.checks.python.meaning.sight import Sight
from storage.checks.servers import Diagnostic, Server

SECOND = ("unexpected-keyword", "missing-module-attribute", "missing-attribute", "unused-coroutine", "deprecated")
"""What the second checker is believed about where the first one says nothing."""

UNSEEN = ("bad-argument-count", "missing-argument")
"""And where the first one does not know what is called, or takes it for one of several, besides."""


@dataclass(frozen=True, slots=True)
class Said:
    """By the first checker and by the others; attributes of which nothing else has to be said, by their nodes; and about the block: the
    words of the team's tree, whether it is an excerpt, the names that the answer makes."""

    first: Sequence[Diagnostic]
    second: Sequence[Diagnostic]
    settled: Collection[int]
    about: tuple[str, bool, Collection[str]]


async def believed(
    document: Document, sight: Sight, others: Sequence[Server], said: Said
) -> tuple[list[Finding], Mapping[str, str]]:
    """The findings, and what is missing by a checker's word that the sources neither confirm nor refute."""
    words, is_excerpt, makes = said.about
    gates = Gates(sight, words, is_excerpt, makes, settled=said.settled)
    found: list[Finding] = []
    lines = set()
    for one in said.first:
        if document.line_of(one.line) and not _is_refuted(one, said.first):
            if one.code == "invalid-syntax":
                found += concluding.unread(one, sight.library.environment.python)
            elif made := await gates.finding(one):
                found.append(made if _is_told_there(document, one, made) else replace(made, line=one.line))
                lines.add(one.line)
    last = document.first + document.snippet.text.count("\n") + 2
    every = range(document.first + 1, last)
    found += await gates.uncalled(every)
    found += await gates.unawaited_names(every)
    told = {one.line for one in found if one.kind == "await"}
    found += [one for one in await gates.awaited_values(every) if one.line not in told]
    found += [one for one in await gates.unawaited_values(every) if one.line not in told]
    some = {
        (one.end_line, one.end) for one in said.first if one.code == "missing-union-attribute"
    }  # one of several has it
    unsure = {(one.code, one.line) for one in said.first if UNION in one.message}
    left = [one for one in said.second if one.line not in lines and document.line_of(one.line)]
    left = [
        one
        for one in left
        if (one.code in SECOND and (one.end_line, one.end) not in some)
        or (one.code in UNSEEN and (one.code, one.line) in unsure)
        or (one.code in UNSEEN and (call := sight.call_at(one)) is not None and await sight.defined(call.func) is None)
    ]
    for server in others if left else ():
        other = Gates(sight.through(server), words, is_excerpt, makes, is_alone=True, settled=said.settled)
        for one in left:
            if made := await gates.finding(one) or await other.finding(one):
                found.append(replace(made, precise=False))  # the word of one alone
    return found, gates.doubts


def _is_refuted(one: Diagnostic, every: Sequence[Diagnostic]) -> bool:
    """Whether something is missing of a type that a library's generic class has where nothing says more, and an argument that does not
    fit it says more: `connect(row_factory=class_row(User))`."""
    of = wording.ticked(one.message)[:1] if one.code == "missing-attribute" else []
    return (
        bool(of)
        and "[" in of[0]
        and any(
            each.code == "invalid-argument-type" and re.search(rf"Expected `[^`]*\[{re.escape(of[0])}\]", each.message)
            for each in every
        )
    )


def _is_told_there(document: Document, at: Diagnostic, made: Finding) -> bool:
    """Whether a finding stands where it says, and not at the line where the checker met it: it has to be in the block, and that line no
    demonstration of what goes wrong."""
    line = document.line_of(at.line)
    tree = document.snippet.tree
    caught = demonstrations.tolerated(tree) if tree is not None else {}
    is_shown = line in answer.wrong_lines(document) or concluding.is_tolerated(
        made, line + document.snippet.offset, caught
    )
    return at.line == made.line or (bool(document.line_of(made.line)) and not is_shown)
