"""What the messages of an answer hold besides words: buttons under the last, files; and the name of the thread that they stand in."""

from __future__ import annotations

import io
from collections.abc import Sequence

import discord

from adapters.discord.formatting import DiscordPart
from adapters.discord.presses import custom_id
from adapters.phrases import BUTTONS
from bot.conversation import ThreadId
from bot.views import Button
from bot.writing import titles

TITLE_CHARACTERS = 90


def view_of(buttons: Sequence[Button], thread: ThreadId) -> discord.ui.View | None:
    if not buttons:
        return None
    view = discord.ui.View(timeout=None)
    for button in buttons:
        style = discord.ButtonStyle.danger if button.action == "stop" else discord.ButtonStyle.secondary
        view.add_item(discord.ui.Button(style=style, label=BUTTONS[button.action], custom_id=custom_id(button, thread)))
    view.stop()  # the library keeps every living view for good, and presses are heard without it
    return view


def files_of(part: DiscordPart) -> list[discord.File]:
    file = part.file
    return [discord.File(io.BytesIO(file.text.encode()), filename=file.name)] if file else []


def title(text: str) -> str:
    """A thread's name from its question."""
    return titles.title(text, TITLE_CHARACTERS, otherwise="Question")
