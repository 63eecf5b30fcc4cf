"""What the team's code has for plain words where there is no model to ask for it: the best places, and the first of them in full."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent

from bot.capabilities.team_code.code import Candidate
from bot.capabilities.team_code.repositories import BadQuery, Snapshot
from bot.capabilities.team_code.tools.access import Access
from bot.capabilities.team_code.tools.sheet import one_line
from bot.writing.text import fence_for

MOST_FOUND, MOST_SHOWN, SHOWN_LINES, SHOWN_COLUMNS = 8, 3, 14, 160


async def found_in(access: Access, question: str) -> str:
    """CommonMark, and why there is nothing where there is nothing."""
    try:
        found = await access.find(question, MOST_FOUND)
    except BadQuery as fault:
        return f"I could not search: {fault}"
    if not found:
        return "I searched the team's code for your words and found nothing."
    several = len({snapshot.repository.name for snapshot, _ in found}) > 1
    lines = ["These places in the code fit your words best:\n"]
    for place, (snapshot, passage) in enumerate(found):
        owner = f"{snapshot.repository.name}/" if several else ""
        title = passage.title.replace("`", "")
        path = one_line(passage.path).replace("`", "'")
        named = f"{place + 1}. `{owner}{path}:{passage.start}-{passage.end}`"
        lines.append(named + (f" `{title}`" if title else ""))
        if place < MOST_SHOWN:
            lines.append("\n".join(["", *await _fenced(snapshot, passage), ""]))
    return "\n".join(lines)


async def _fenced(snapshot: Snapshot, passage: Candidate) -> Iterator[str]:
    """The passage's first lines as a block of code within a list's item."""
    text = (await snapshot.text(passage.path) or "").split("\n")
    end = min(passage.end, passage.start - 1 + SHOWN_LINES)
    shown = dedent("\n".join(text[passage.start - 1 : end])).split("\n")
    fence = fence_for("\n".join(shown))
    ending = passage.path.rpartition(".")[2]
    extension = ending if ending.isalnum() and ending != passage.path else ""
    lines = [f"{fence}{extension}", *(line[:SHOWN_COLUMNS] for line in shown), fence]
    return (f"   {line}" for line in lines)
