"""Claude's key, asked for where it is missed: at the first start in a terminal. It is tried at once, and kept in the settings file."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Callable
from pathlib import Path

from adapters.engines import open_model
from adapters.kept import keep
from adapters.stores import clock
from bot.errors import ConfigError
from bot.settings import Settings, with_key

NAME = "ANTHROPIC_API_KEY"
QUESTION = "Claude's key (sk-ant-..., from console.anthropic.com; Enter to try without one): "
TRIES = 3

Say = Callable[[str], None]


def somebody_sits_here() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(
    settings: Settings,
    env_file: Path,
    say: Say,
    read: Callable[[str], str] = getpass.getpass,
    is_attended: Callable[[], bool] = somebody_sits_here,
) -> Settings:
    """The settings with a key where somebody sits at the terminal, there is none yet, and one is given that works.

    Only the first start asks. What is typed is never shown. A file that is there keeps its other lines; it is for its owner alone from
    then on.
    """
    asked = settings.plumbline_data_dir / "asked-for-key"
    if settings.can_ask_claude or not is_attended() or asked.exists():
        return settings
    for _ in range(TRIES):
        try:
            key = read(QUESTION).strip()
        except EOFError:
            break
        if not key:
            break
        try:
            tried = with_key(settings, NAME, key)
            faults = asyncio.run(faults_of(tried))
        except ConfigError as fault:
            faults = [*fault.faults]
        if faults:
            say(f"Claude: {'; '.join(faults)}")
            continue
        try:
            keep(env_file, NAME, key)
        except OSError as fault:
            say(f"The key works, for this start alone: {env_file} cannot be written ({fault.strerror}).")
        else:
            say(f"The key works; it is kept in {env_file}, for you alone.")
        return tried
    asked.touch()
    return settings


def may_be_given(settings: Settings, env_file: Path, *, is_alone: bool) -> bool:
    """Whether the page asks for a key: where one is missed, this process alone uses it, and there is a place to keep it."""
    is_missed = not settings.can_ask_claude and not settings.plumbline_rehearsal
    return is_alone and is_missed and (env_file.is_file() or not env_file.exists())


async def give(settings: Settings, env_file: Path, key: str) -> tuple[Settings | None, list[str]]:
    """The settings with a key that somebody gave, once it was tried and kept; or what is wrong with it."""
    try:
        tried = with_key(settings, NAME, key)
        if faults := await faults_of(tried):
            return None, faults
        await asyncio.to_thread(keep, env_file, NAME, key)
    except ConfigError as refused:
        return None, [*refused.faults]
    except OSError as fault:
        return None, [f"{env_file} cannot be written ({fault.strerror})"]
    return tried, []


async def faults_of(settings: Settings) -> list[str]:
    """What is wrong with the key that these settings hold."""
    async with open_model(settings, clock) as model:
        return list(await model.check())
