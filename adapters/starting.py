"""What is said at the start, to whoever started us."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from adapters.doors import Around, Entrance
from bot.answering import phrases
from bot.capabilities.team_code import phrases as repository_phrases
from bot.ports.model import Model

log = logging.getLogger(__name__)

Say = Callable[[str], None]


def announce(around: Around, open_doors: Sequence[Entrance], warned: Iterable[str], file: Path | None = None) -> None:
    """What is connected, and what is missing. `file`: that declares repositories."""
    chats = [door.name for door in open_doors if door.is_chat]
    around.say(f"Plumbline starts, with {' and '.join(chats) or 'no chat platform (no tokens are set)'}.")
    declared = around.repositories.declared()
    if around.is_rehearsal:
        around.say(phrases.search_only_notice() if declared else phrases.rehearsal_notice())
    if declared:
        around.say(f"Repositories: {', '.join(one.name for one in declared)}.")
    elif file:
        around.say(repository_phrases.nothing_declared(file))
    for line in warned:
        around.say(line)


async def look_at(model: Model, say: Say) -> None:
    """What is wrong with the way to Claude is said at the start, before somebody asks."""
    try:
        faults = await model.check()
    except Exception:
        log.exception("Claude not checked")  # only a check: the bot goes on, and its answers say what is wrong
        return
    for fault in faults:
        log.warning("Claude is not well", extra={"reason": fault})
        say(f"Claude: {fault}")
