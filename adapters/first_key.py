"""Claude's key, asked for where it is missed: at the first start in a terminal. It is tried at once, and kept in the settings file."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

from dotenv import set_key
from pydantic import SecretStr

from adapters import wiring
from adapters.engines import open_model
from bot.settings import Settings

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

    What is typed is never shown. A file that is there keeps its other lines; it is for its owner alone from then on.
    """
    has_another = bool(settings.anthropic_api_key) or settings.engines != ("anthropic",)
    if has_another or not is_attended() or _was_asked(settings):
        return settings
    for _ in range(TRIES):
        key = _typed(read)
        if not key:
            break
        tried = settings.model_copy(update={"anthropic_api_key": SecretStr(key)})
        if faults := asyncio.run(_faults(tried)):
            say(f"Claude: {'; '.join(faults)}")
            continue
        _keep(env_file, key)
        say(f"The key works; it is kept in {env_file}, for you alone.")
        return tried
    _note(settings)
    return settings


def _typed(read: Callable[[str], str]) -> str:
    try:
        return read(QUESTION).strip()
    except EOFError:
        return ""


async def _faults(settings: Settings) -> list[str]:
    async with open_model(settings, wiring.clock) as model:
        return list(await model.check())


def _keep(env_file: Path, key: str) -> None:
    """Made for its owner alone before anything stands in it."""
    os.close(os.open(env_file, os.O_CREAT | os.O_APPEND, 0o600))
    env_file.chmod(0o600)
    set_key(env_file, NAME, key, quote_mode="never")
    env_file.chmod(0o600)


def _asked_file(settings: Settings) -> Path:
    return settings.plumbline_data_dir / "asked-for-key"


def _was_asked(settings: Settings) -> bool:
    """Only the first start asks."""
    return _asked_file(settings).exists()


def _note(settings: Settings) -> None:
    from adapters.folders import data_folder

    data_folder(settings.plumbline_data_dir)
    _asked_file(settings).touch()
