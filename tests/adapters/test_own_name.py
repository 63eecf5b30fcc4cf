"""The bot is called as its platform calls it, or as PLUMBLINE_NAME says: no sentence that people read holds a name of ours."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from adapters import phrases
from adapters.discord import phrases as discord_phrases
from adapters.slack import phrases as slack_phrases
from adapters.slack.manifest import manifest
from adapters.web import phrases as web_phrases
from bot import settings
from bot.answering import phrases as answering_phrases
from bot.front_desk import phrases as front_desk_phrases
from tests.adapters.discord_support import NotingDesk, door
from tests.adapters.slack_bench import answer, lease, platform_on
from tests.servers.discord import BOT, DiscordServer
from tests.servers.discord import state as discord_state
from tests.servers.slack import SlackServer, texts_of

HOMES = (phrases, discord_phrases, slack_phrases, web_phrases, answering_phrases, front_desk_phrases)
OPERATORS = {"cli.py", "wiring.py", "starting.py", "doctor.py"}
"""What these say is read by whoever runs the product."""

ADAPTERS = Path(phrases.__file__).parent


def sentences(home: ModuleType) -> Iterator[tuple[str, str]]:
    """Each literal of a phrase book, with where it stands."""
    for node in ast.walk(ast.parse(inspect.getsource(home))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield f"{home.__name__}:{node.lineno}", node.value


@pytest.mark.parametrize("home", HOMES, ids=lambda home: home.__name__)
def test_no_sentence_holds_the_product_s_name(home: ModuleType) -> None:
    assert [found for found in sentences(home) if "Plumbline" in found[1]] == []


def test_no_room_of_the_doors_names_the_bot_by_itself() -> None:
    """Docstrings and what operators read may name the product; what is drawn, posted or registered may not."""
    named = []
    for path in sorted(ADAPTERS.rglob("*.py")):
        if path.name in OPERATORS:
            continue
        tree = ast.parse(path.read_text())
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                named += [f"{path.name}:{node.lineno}"] if "Plumbline" in node.value else []
    templates = [path for path in ADAPTERS.rglob("*.html") if "Plumbline" in path.read_text()]

    assert (named, templates) == ([], [])


def test_slack_s_app_is_registered_under_its_name_within_slack_s_limits() -> None:
    shown, long = json.dumps(manifest("Lot")), manifest("An uncommonly long name")

    assert '"display_name": "Lot"' in shown
    assert '"Ask Lot about this"' in shown
    assert "Plumbline" not in shown
    assert long["features"]["shortcuts"][0]["name"] == "Ask about this"


async def test_slack_s_invitation_names_us_as_the_workspace_does(slack: SlackServer) -> None:
    slack.bot_name = "lot"
    root = await slack.user_says("C1", "q")
    slack.absent.add("C1")
    async with platform_on(slack) as platform:
        await answer(platform, lease(root), ["use ", "an index"], 0.01)

    (post,) = slack.at_root("DU1")
    assert "`/invite @lot`" in "".join(texts_of(post))


async def test_discord_s_menu_names_us_as_discord_does(discord: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(discord_state.PEOPLE, BOT, "Lot")
    async with door(discord, NotingDesk()):
        assert {one["name"] for one in discord.commands} == {"ask", "plumbline", "Ask Lot about this"}


def test_the_name_can_be_read_before_everything_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLUMBLINE_NAME", raising=False)
    file = tmp_path / ".env"
    file.write_text("PLUMBLINE_NAME=Lot\nSLACK_BOT_TOKEN=xoxb-half-set\n")

    assert settings.own_name(file) == "Lot"
