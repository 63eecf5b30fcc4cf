"""A stand-in for Claude while no key is set: an honest, labelled reply, streamed like a real one.

With repositories at hand it really searches them and shows what it found, and thinks nothing. Without, it lets threads, streaming,
rendering, buttons, files and history be tried at once. Nothing in it pretends to be Claude.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence

from bot.answering import phrases
from bot.conversation import Answer
from bot.errors import ModelUnreachable
from bot.events import AnswerEvent, Status, TextDelta, Thinking
from bot.ports.model import ImagePart, Model, PdfPart, Prompt, SideAnswer, SideQuestion, Tools

MODEL = "rehearsal"
PIECE_CHARACTERS = 12

SAMPLES = {
    "python": "from collections.abc import Iterator\n\n\ndef pages(total: int, size: int = 100) -> Iterator[range]:\n"
    '    """Ranges of at most `size` that cover `total` rows."""\n'
    "    for start in range(0, total, size):\n        yield range(start, min(start + size, total))\n",
    "typescript": "export function* pages(total: number, size = 100): Generator<[number, number]> {\n"
    "  for (let start = 0; start < total; start += size) {\n    yield [start, Math.min(start + size, total)];\n  }\n}\n",
    "javascript": "export function* pages(total, size = 100) {\n  for (let start = 0; start < total; start += size) {\n"
    "    yield [start, Math.min(start + size, total)];\n  }\n}\n",
    "go": "package pages\n\n// Bounds returns the half-open ranges of at most size that cover total rows.\n"
    "func Bounds(total, size int) [][2]int {\n\tvar out [][2]int\n\tfor start := 0; start < total; start += size {\n"
    "\t\tout = append(out, [2]int{start, min(start+size, total)})\n\t}\n\treturn out\n}\n",
    "rust": "pub fn pages(total: usize, size: usize) -> impl Iterator<Item = std::ops::Range<usize>> {\n"
    "    (0..total).step_by(size).map(move |start| start..total.min(start + size))\n}\n",
    "sql": "SELECT id, created_at\nFROM orders\n"
    "WHERE (created_at, id) < ($1, $2)\nORDER BY created_at DESC, id DESC\nLIMIT 100;\n",
    "bash": 'set -euo pipefail\nfor start in $(seq 0 100 "$total"); do\n  echo "rows from $start"\ndone\n',
}
WORDS = {
    "typescript": r"typescript|\bts\b|nestjs|supabase",
    "javascript": r"javascript|\bjs\b|node(\.?js)?\b|express",
    "go": r"\bgo\b|golang",
    "rust": r"\brust\b|cargo|tokio",
    "sql": r"\bsql\b|postgres|select |index|query",
    "bash": r"\bbash\b|shell",
}


class Rehearsal(Model):
    """`pause_seconds` stands between two pieces of the text."""

    is_rehearsal = True

    def __init__(self, pause_seconds: float = 0.02, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._pause_seconds = pause_seconds
        self._sleep = sleep

    async def stream(self, prompt: Prompt, tools: Tools) -> AsyncGenerator[AnswerEvent, None]:
        yield Thinking()
        question = prompt.messages[-1].text
        notice, text = phrases.rehearsal_notice(), "\n".join(_lines(prompt))
        if json.loads(prompt.pinned.tools):
            yield Status(phrases.searching())
            async with contextlib.aclosing(tools.prepare(())) as news:
                async for said in news:
                    yield Status(said)
            if found := await tools.look_up(question):
                notice, text = phrases.search_only_notice(), f"**Search only.** I am not Claude: no key is set. {found}"
        for start in range(0, len(text), PIECE_CHARACTERS):
            await self._sleep(self._pause_seconds)
            yield TextDelta(text[start : start + PIECE_CHARACTERS])
        yield Answer(text, MODEL, notices=(notice,))

    async def ask(self, question: SideQuestion) -> SideAnswer:
        """A stand-in thinks nothing."""
        raise ModelUnreachable("this is a rehearsal")

    async def check(self) -> Sequence[str]:
        return (phrases.rehearsal_notice(),)


def _lines(prompt: Prompt) -> Iterator[str]:
    """What the stand-in says."""
    question = prompt.messages[-1]
    language = _language(question.text)
    earlier = len(prompt.conversation.turns)
    yield "**Rehearsal.** I am a stand-in, not Claude: no key is set, so nobody has thought about your question.\n"
    for message in prompt.messages:
        yield f"{_quotable(message.author.name)} asked:\n"
        yield "\n".join(f"> {line}" for line in _quoted(message.text)) + "\n"
    yield f"- Earlier turns that I remember in this thread: **{earlier}**"
    yield f"- Files that I was given: {_files(prompt)}"
    yield f"- A fenced sample in {language}, so that you see how code looks here:\n"
    yield f"```{language}\n{SAMPLES[language]}```\n"
    yield "To get answers from Claude, put `ANTHROPIC_API_KEY=...` into `.env` and start me again."


def _language(text: str) -> str:
    return next((language for language, words in WORDS.items() if re.search(words, text, re.I)), "python")


def _files(prompt: Prompt) -> str:
    names = [attachment.name for message in prompt.messages for attachment in message.attachments]
    read = sum(
        isinstance(part, ImagePart | PdfPart)
        or (part.text.startswith("<file ") and ' held="0"' not in part.text.split("\n")[0])
        for part in prompt.question
    )
    if not names:
        return "none"
    return f"{', '.join(f'`{_quotable(name)}`' for name in names)} ({read} of {len(names)} read)"


def _quoted(text: str) -> list[str]:
    """The first lines of a question as inert Markdown: letters and digits stay, what could begin a construct is escaped."""
    lines = text.splitlines() or ["(no text)"]
    shown = [re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~&:@])", r"\\\1", line[:200]) for line in lines[:6]]
    return shown + (["…"] if len(lines) > 6 else [])


def _quotable(name: str) -> str:
    return re.sub(r"[`*_\[\]<>|\\\n]", "", name)[:60] or "Somebody"
