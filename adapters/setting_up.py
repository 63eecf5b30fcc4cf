"""`plumbline setup`: walks through keys and tokens. Each is tried as it is pasted, and kept for its owner alone; none is ever shown."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
import webbrowser
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from adapters import first_key, wiring
from adapters.discord.invite import application_of, described, invite
from adapters.doors import reached
from adapters.kept import keep
from adapters.slack.manifest import new_app
from bot import settings
from bot.errors import BotError
from bot.settings import Settings

TRIES = 5

Say = Callable[[str], None]
Read = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key or token: its setting, where people find it, and what says what is wrong with it."""

    name: str
    where: str
    faults: Callable[[Settings], Coroutine[Any, Any, Sequence[str]]]


async def _door_faults(name: str, configured: Settings) -> Sequence[str]:
    door = next((one for one in wiring.doors(configured) if one.name == name), None)
    return await reached(door) if door else [f"{name} is not switched on by it"]


async def _bot_token_faults(configured: Settings) -> Sequence[str]:
    """By itself: the socket's token comes next."""
    return await _door_faults("slack", configured.model_copy(update={"plumbline_slack_http_port": 1}))


CLAUDE = Wanted("ANTHROPIC_API_KEY", "console.anthropic.com, API keys; sk-ant-...", first_key.faults_of)
SLACK = (
    Wanted("SLACK_BOT_TOKEN", "OAuth & Permissions, after Install to Workspace; xoxb-...", _bot_token_faults),
    Wanted(
        "SLACK_APP_TOKEN", "Basic Information, App-Level Tokens, with connections:write; xapp-...",
        partial(_door_faults, "slack"),
    ),
)  # fmt: skip
DISCORD = Wanted("DISCORD_BOT_TOKEN", "Bot, Reset Token", partial(_door_faults, "discord"))


def browser(link: str) -> bool:
    """Whether it opens in a browser with windows; one in this very terminal would take it from us."""
    has_windows = sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return has_windows and webbrowser.open(link)


def walk(
    env_file: Path, say: Say, read: Read = getpass.getpass, ask: Read = input, visit: Callable[[str], bool] = browser
) -> int:
    """From nothing to a bot that can start; Enter passes a step over. What is set already is tried, and asked for where it fails.
    `visit`: opens a page, where there is a browser for it."""
    say(
        f"What you paste is tried at once and kept in {env_file}, for you alone; nothing of it is shown. Enter passes a step over."
    )
    try:
        _step(CLAUDE, "Claude", env_file, say, read)
        if _wants("Slack", SLACK[0].name, env_file, ask):
            if not settings.told(env_file, SLACK[0].name):
                page = new_app(settings.own_name(env_file))
                _show("The page that makes the Slack app, with all its rights", page, say, visit)
                say(
                    "Choose your workspace, Create, and install the app to it. (The same as text: `plumbline manifest slack`.)"
                )
            all(_step(one, "Slack", env_file, say, read) for one in SLACK)
        if _wants("Discord", DISCORD.name, env_file, ask):
            say(
                "Create an application on https://discord.com/developers/applications; under Bot, switch on Message Content Intent."
            )
            if _step(DISCORD, "Discord", env_file, say, read):
                application = application_of(settings.told(env_file, DISCORD.name))
                if application and visit(invite(application)):
                    say("The page that invites it into your server opens in your browser.")
                say("\n".join(described(application)))
    except (EOFError, KeyboardInterrupt):
        say("")
        return 1
    say("Start with `plumbline run` (in a checkout: `python3 dev.py run`); `plumbline check` reaches all of it.")
    return 0


def _show(what: str, link: str, say: Say, visit: Callable[[str], bool]) -> None:
    say(f"{what}, opens in your browser." if visit(link) else f"{what}:\n\n{link}\n")


def _wants(service: str, name: str, env_file: Path, ask: Read) -> bool:
    is_set = bool(settings.told(env_file, name))
    return is_set or ask(f"Set up {service}? [y/N] ").strip().lower() in ("y", "yes")


def _step(wanted: Wanted, service: str, env_file: Path, say: Say, read: Read) -> bool:
    """Whether there is one that works in the end."""
    if there := settings.told(env_file, wanted.name):
        faults = _tried(wanted, env_file, there, say)
        say(
            f"{service}: {wanted.name} is set"
            + (f", and does not work: {'; '.join(faults)}" if faults else " and works.")
        )
        if not faults:
            return True
    for _ in range(TRIES):
        value = read(f"{wanted.name} ({wanted.where}): ").strip()
        if not value:
            return False
        if faults := _tried(wanted, env_file, value, say):
            say(f"{service}: {'; '.join(faults)}")
            continue
        keep(env_file, wanted.name, value)
        say(f"{service}: it works, and is kept.")
        return True
    return False


def _tried(wanted: Wanted, env_file: Path, value: str, say: Say) -> Sequence[str]:
    configured = settings.load(env_file if env_file.is_file() else None)
    try:
        tried = settings.with_key(configured, wanted.name, value)
        say("Trying it …")
        return asyncio.run(wanted.faults(tried))
    except BotError as fault:
        return [str(fault)]
