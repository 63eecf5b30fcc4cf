"""What a question is asked with when all of it does not fit the model: less of the thread, less of its files, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.answering import phrases
from bot.answering.attachments import ReadFiles
from bot.answering.files import FileContent, TextFile, UnreadFile
from bot.ports.model import FoldedTurn, Prompt, TextPart
from bot.writing.text import excerpt


@dataclass(frozen=True, slots=True)
class Space:
    """How many characters there are for folded turns, for what was heard, and for one file; at 0 for files that were only heard of,
    these are named and not given."""

    folded: int = 120_000
    heard: int = 60_000
    file: int = 0
    """0: as it was read."""


SPACES = (Space(), Space(30_000, 12_000, 20_000), Space(6_000, 2_000, 4_000))
"""From all there is, about 60,000 tokens of a thread, to what goes into a model with 8,000."""

SMALLER = 0.8
"""A request that was refused is not sent again before it is at least so much smaller."""


def fitted(files: ReadFiles, space: Space, own: int) -> ReadFiles:
    """The files within a space; the first `own` of them belong to the question itself."""
    if not space.file:
        return files
    parts: list[FileContent] = []
    notices = list(files.notices)
    for place, part in enumerate(files.parts):
        if place >= own and not isinstance(part, UnreadFile):
            part = UnreadFile(part.name, phrases.no_room_for_file())
        elif isinstance(part, TextFile):
            shown, cut = excerpt(part.text, space.file)
            part = replace(part, text=shown)
            notices += [phrases.file_cut(part.name, cut.kept, cut.total)] if cut else []
        parts.append(part)
    return replace(files, parts=tuple(parts), notices=tuple(notices))


def size(prompt: Prompt) -> int:
    """Roughly, in characters."""
    texts: Sequence[str] = [part.text for part in prompt.question if isinstance(part, TextPart)]
    history = sum(
        len(one.question) + len(one.answer) if isinstance(one, FoldedTurn) else sum(map(len, one.answer.transcript))
        for one in prompt.history
    )
    return history + sum(map(len, texts)) + len(prompt.course)
