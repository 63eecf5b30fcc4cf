"""What Discord is told of us: our commands and our message menu. What is done with them is the interactions' business."""

from __future__ import annotations

from typing import Any, Protocol

import discord
from discord import app_commands

MENU_CHARACTERS = 32
"""The longest name of a command: https://docs.discord.com/developers/interactions/application-commands."""


class Answers(Protocol):
    """Who answers what is declared here."""

    async def ask(
        self, interaction: discord.Interaction, question: str, private: bool, file: discord.Attachment | None
    ) -> None: ...

    async def word(self, interaction: discord.Interaction, word: str, rest: str) -> None: ...

    async def about(self, interaction: discord.Interaction, target: discord.Message) -> None: ...


def declare(tree: app_commands.CommandTree[discord.Client], answers: Answers, menu: str) -> None:
    tree.command(name="ask", description="Ask a backend question")(_ask_command(answers))
    tree.command(name="plumbline", description="Settings and usage: help, repos, usage, model, on, off")(
        _word_command(answers)
    )
    tree.add_command(app_commands.ContextMenu(name=menu, callback=_menu_command(answers)))


def shape(command: Any) -> tuple[Any, ...]:
    """What Discord keeps of a command, however it is written."""
    kept = ("type", "name", "description", "required", "min_length", "max_length", "min_value", "max_value", "choices")
    options = tuple(tuple(str(one.get(key) or "") for key in kept) for one in command.get("options") or ())
    return command["type"], command["name"], command.get("description") or "", tuple(
        tuple("" if word in ("[]", "False") else word for word in option) for option in options
    )  # fmt: skip


def _ask_command(answers: Answers) -> Any:
    @app_commands.describe(
        question="What you want to know", private="Only you see the answer", file="A log, code, an image"
    )
    async def ask(
        interaction: discord.Interaction,
        question: app_commands.Range[str, 1, 6000],
        private: bool = False,
        file: discord.Attachment | None = None,
    ) -> None:
        await answers.ask(interaction, question, private, file)

    ask.__annotations__ = {
        "interaction": discord.Interaction,
        "question": app_commands.Range[str, 1, 6000],
        "private": bool,
        "file": discord.Attachment | None,
    }
    return ask


def _word_command(answers: Answers) -> Any:
    @app_commands.describe(
        word="help, repos, usage, model, effort, mode, prompt, budget, on, off", rest="What belongs to it"
    )
    async def plumbline(interaction: discord.Interaction, word: str = "help", rest: str = "") -> None:
        await answers.word(interaction, word, rest)

    return plumbline


def _menu_command(answers: Answers) -> Any:
    async def about(interaction: discord.Interaction, message: discord.Message) -> None:
        await answers.about(interaction, message)

    about.__annotations__ = {"interaction": discord.Interaction, "message": discord.Message}
    return about
