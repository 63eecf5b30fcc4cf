"""The terminal as a door: what is printed is never taken back."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest

from adapters.console import Console, ConsolePlatform, ConsolePost
from bot.conversation import Author, Message, ThreadId
from bot.errors import FileUnreadable
from bot.ports.doors import Received, Reply
from bot.ports.inbox import Accepted, Lease, Stop
from bot.views import Press, View
from storage.memory import MemoryOutbox
from tests.fakes import PlainDesk


class AnsweringDesk(PlainDesk):
    """Answers each question at once, through the platform."""

    def __init__(self, platform: ConsolePlatform) -> None:
        self.platform = platform
        self.messages: list[Message] = []

    async def receive(self, message: Message) -> Received:
        if message.text.startswith("!"):
            return Received(Accepted.NEW, Reply(f"obeyed {message.text}"))
        self.messages.append(message)
        lease = Lease(message.thread, "t", (message,), (), 1, 1, False, False, Stop())
        post = await self.platform.open(lease, MemoryOutbox())
        await post.draw(View(text="first line\nsec"))
        await post.draw(View(text="first line\nsecond line\n", notices=("noted.",), final=True))
        return Received(Accepted.NEW)

    async def press(self, press: Press) -> Reply | None:
        return None

    async def command(self, thread: ThreadId, author: Author, word: str, rest: str) -> Reply:
        return Reply(word)


async def talk(typed: str) -> tuple[str, AnsweringDesk]:
    out = io.StringIO()
    platform = ConsolePlatform(out)
    desk = AnsweringDesk(platform)
    console = Console(
        desk, platform, name="ana", own_name="Plumbline", rehearsal=True, source=io.StringIO(typed), out=out
    )
    async with asyncio.timeout(60):
        await console.run()
    return out.getvalue(), desk


async def test_a_question_ends_with_an_empty_line_and_is_answered_once() -> None:
    printed, desk = await talk("how do I\npage?\n\nand then?\n")

    assert [message.text for message in desk.messages] == ["how do I\npage?", "and then?"]
    assert printed.count("first line\nsecond line\n") == 2
    assert "(noted.)" in printed
    assert "ANTHROPIC_API_KEY" in printed


async def test_a_word_is_obeyed_at_once() -> None:
    printed, desk = await talk("!usage\nhi\n\n")

    assert "obeyed !usage" in printed
    assert [message.text for message in desk.messages] == ["hi"]


async def test_a_file_goes_with_the_next_question(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"boom")

    printed, desk = await talk(f":file {tmp_path / 'none'}\n:file {log}\nwhy?\n\n")

    assert "There is no file" in printed
    (file,) = desk.messages[0].attachments
    assert await desk.platform.read(file, 2) == b"bo"
    log.unlink()
    with pytest.raises(FileUnreadable):
        await desk.platform.read(file, 2)


async def test_a_text_that_is_told_anew_says_so() -> None:
    out = io.StringIO()
    post = ConsolePost(out, asyncio.Event())

    await post.draw(View(text="wrong\n"))
    await post.draw(View(text="right\n", final=True))

    assert (
        out.getvalue().index("wrong")
        < out.getvalue().index("again, from the beginning")
        < out.getvalue().index("right")
    )


def test_a_console_thread_has_an_address_of_its_own() -> None:
    platform = ConsolePlatform(io.StringIO())
    first, second = (Console(AnsweringDesk(platform), platform, name="a", own_name="Plumbline") for _ in range(2))

    assert first._thread != second._thread


async def test_a_text_that_was_mended_is_printed_from_the_line_that_changed() -> None:
    out = io.StringIO()
    post = ConsolePost(out, asyncio.Event())

    for text in ("one\n", "one\ntwo teh\n", "one\ntwo the\nth"):
        await post.draw(View(text=text))
    await post.draw(View(text="one\ntwo the\nthree\n", final=True))

    assert out.getvalue() == "one\ntwo teh\n\n--- from here on it reads like this ---\ntwo the\nthree\n\n\n"


async def test_nothing_that_a_terminal_would_obey_is_printed_and_all_else_is_as_written() -> None:
    out = io.StringIO()
    post = ConsolePost(out, asyncio.Event())
    text = "\x1b[2J\x1b[31mred\x1b[0m\r\nover\rwritten\x07 \u202eback\u200b 漢字 👩\u200d👩\u200d👧\n\n```\r\n\tx = 1\r\n```\r\n"

    for end in range(0, len(text), 3):
        await post.draw(View(text=text[:end], status="reading \x1b]0;title\x07"))
    await post.draw(View(text=text, notices=("\x1b[1mnoted.",), final=True))

    printed = out.getvalue()
    assert not set(printed) & set("\x1b\r\x07\u202e\u200b")
    assert "[2J[31mred[0m\nover\nwritten back 漢字 👩\u200d👩\u200d👧\n\n```\n\tx = 1\n```\n" in printed
    assert "again, from the beginning" not in printed
