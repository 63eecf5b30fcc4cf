"""What an operator does with repositories from the command line, and how the library is opened from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os.path import expanduser  # where pathlib raises for an unknown home, this leaves it as it is
from pathlib import Path

from adapters.checks import folder_of
from adapters.folders import data_folder
from bot.capabilities.team_code import phrases
from bot.errors import ConfigError
from bot.settings import Settings
from storage.checks import keeper
from storage.repos import catalogue
from storage.repos.library import Library, is_repository

Say = Callable[[str], None]


def open_library(settings: Settings) -> Library:
    """The declared repositories. Raises ConfigError with every fault of their file."""
    checkouts = [Path(expanduser(one.strip())) for one in settings.plumbline_checkouts.split(",") if one.strip()]
    faults = [f"--repo or PLUMBLINE_CHECKOUTS: {fault}" for one in checkouts if (fault := _fault_of(one))]
    if faults:
        raise ConfigError(*faults)
    folder = settings.plumbline_data_dir.resolve() / "repos"
    return Library(folder, settings.plumbline_repos, checkouts, settings.plumbline_history_days + 1)


def _fault_of(checkout: Path) -> str:
    if not checkout.is_dir():
        hint = "; for an address: plumbline repos add NAME ADDRESS" if ":" in str(checkout) else ""
        return f"{checkout} is no folder" if checkout.exists() else f"there is no folder {checkout}{hint}"
    return "" if is_repository(checkout) else f"{checkout} is not a git repository"


def declare(settings: Settings, name: str, where: str, values: Mapping[str, str | Sequence[str]]) -> str:
    """Add a repository to the operator's file; a sentence that says so. Raises ConfigError."""
    if settings.plumbline_repos is None:
        raise ConfigError(*["PLUMBLINE_REPOS is not set; it names the file that repositories are declared in"])
    folder = Path(expanduser(where))
    kind = {"path": str(folder.resolve())} if folder.is_dir() else {"url": where}
    files = {
        key: str(Path(expanduser(str(values[key]))).resolve()) for key in ("token_file", "key_file") if values.get(key)
    }
    catalogue.add(settings.plumbline_repos, name, {**kind, **values, **files})
    return f"{name} is declared in {settings.plumbline_repos}. A running bot takes it up by itself."


async def sync(settings: Settings, names: Sequence[str], say: Say) -> int:
    """Fetch and index, a line for every step; 0 when all went well."""
    data_folder(settings.plumbline_data_dir)
    library = open_library(settings)
    known = [one.name for one in library.declared()]
    if unknown := [name for name in names if name not in known]:
        raise ConfigError(
            *[f"there is no repository {name}; there are: {', '.join(known) or 'none'}" for name in unknown]
        )
    failed = 0
    for name in names or known:
        state = await library.sync(name, lambda progress, name=name: say(f"{name}: {progress}"))  # type: ignore[misc]
        failed += bool(state.fault)
        say(f"{name}: {state.fault}" if state.fault else f"{name}: ready at {state.commit[:12]}")
    return 1 if failed else 0


async def show(settings: Settings, say: Say) -> int:
    """Which are declared, and how they are."""
    library, environments = open_library(settings), keeper.states(folder_of(settings))
    states = await library.states()
    if not states:
        say("No repositories are declared: PLUMBLINE_REPOS names the file for it; see docs/repositories.md.")
    for state in states:
        how = phrases.repository_state(state.progress, state.fault, state.fetched_at)
        how += f"; {environments[state.name]}" if state.name in environments else ""
        say(f"{state.name:<20} {state.commit[:12] or '-':<14} {how}" + (f": {state.fault}" if state.fault else ""))
    return 0
