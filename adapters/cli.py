"""The front door: `plumbline run | setup | check | check-code | console | manifest | migrate`.

Edges catch here: a ConfigError becomes its sentences on standard error and exit code 2; anything unexpected is logged whole.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import cache_from_source
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.arguments import parser
from bot.errors import BotError, ConfigError, StoreUnavailable

if TYPE_CHECKING:
    from adapters.roles import Role
    from bot.settings import Settings

EXIT_CONFIG, EXIT_FAULT, EXIT_INTERRUPTED = 2, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without our signs is no reason to end
    options = parser().parse_args(arguments)
    options.is_named, options.env_file = options.env_file is not None, options.env_file or Path(".env")
    return _guarded(partial(_dispatch, options))


def _guarded(work: Callable[[], int]) -> int:
    """The exit code of a process; what an operator can mend is said in its sentences."""
    try:
        return work()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has left, as `head` does; what Python would flush at its end goes nowhere:
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAULT
    except (ConfigError, OSError, BaseExceptionGroup) as fault:
        if not (sentences := _ordinary(fault)):
            raise
        return _refuse(sentences)
    except StoreUnavailable as fault:
        return _refuse([str(fault)])
    except BotError as fault:
        print(f"Plumbline stopped: {fault}", file=sys.stderr)
        return EXIT_FAULT


def _refuse(faults: Sequence[str]) -> int:
    """One line for one mistake."""
    from bot.logs import mask

    lines = [f" {faults[0]}"] if len(faults) == 1 else ["", *(f"  - {line}" for line in faults)]
    print(mask("Plumbline cannot start:" + "\n".join(lines)), file=sys.stderr)
    return EXIT_CONFIG


def _ordinary(fault: BaseException) -> list[str]:
    """What an operator can mend, also of tasks that ended together; nothing where there is anything else among it."""
    match fault:
        case ConfigError():
            return [*fault.faults]
        case OSError() if fault.filename is not None:
            return [f"{fault.filename}: {fault.strerror}; it is needed, so make it usable for whoever runs Plumbline"]
        case BaseExceptionGroup():
            found = [_ordinary(one) for one in fault.exceptions]
            return [line for lines in found for line in lines] if all(found) else []
    return []


def _dispatch(options: argparse.Namespace) -> int:
    """Each word's own room is loaded for it alone: what is wrong with the settings is said before all that `run` needs is there."""
    if options.word == "manifest":
        return _manifest(options)
    if options.word == "setup":
        from adapters import setting_up

        if not sys.stdin.isatty():
            raise ConfigError(
                "setup asks for keys and tokens at a terminal; elsewhere they stand in the environment or in .env"
            )
        return setting_up.walk(options.env_file, _say)
    configured = _configured(options)
    match options.word:
        case "run":
            if not Path(cache_from_source(str(Path(__file__).with_name("running.py")))).exists():
                _say("Loading; the first time takes some seconds longer …")
            from adapters import running

            return running.start(configured, options.role, options.workers, options.env_file, _say, _guarded)
        case "repos":
            return _repos(configured, options)
        case "migrate":
            from adapters import database

            _say(asyncio.run(database.migrate(configured, options.to)))
            return 0
    logging.getLogger().setLevel(logging.ERROR)
    match options.word:
        case "check":
            from adapters import doctor

            return asyncio.run(doctor.check(configured, options.role, _say))
        case "console":
            from adapters import running

            return asyncio.run(running.console(configured))
        case "checks":
            from adapters import database

            asyncio.run(database.report_checks(configured, _say))
            return 0
        case "check-code":
            from adapters import check_code

            return check_code.check(configured, options)
    raise AssertionError(options.word)


def _configured(options: argparse.Namespace) -> Settings:
    """The settings, with what the command line adds, and logging as they say. Raises ConfigError."""
    from adapters.roles import needed_by
    from bot import environment, logs, settings

    if getattr(options, "workers", None) is not None and options.role != "all":
        raise ConfigError("--workers starts a gateway and workers; leave --role out")
    role: Role | None = options.role if options.word in ("run", "check") else None
    needs = partial(needed_by, role) if role else lambda _: ()
    configured = settings.load(options.env_file, needs, is_named=options.is_named)
    environment.hand_on(options.env_file, settings.Settings.model_fields)
    if getattr(options, "repo", None):
        named = [configured.plumbline_checkouts, *(str(path) for path in options.repo)]
        configured = configured.model_copy(update={"plumbline_checkouts": ",".join(filter(None, named))})
    for line in environment.slips(options.env_file, settings.Settings.model_fields) if role else ():
        _say(f"· {line}")
    logs.configure(configured.plumbline_log_level, form=configured.plumbline_log_format)
    return configured


def _manifest(options: argparse.Namespace) -> int:
    from bot import environment, settings, values

    environment.written(options.env_file, is_named=options.is_named)  # what is wrong with it is said of either
    if options.url and not (options.url.startswith("https://") and values.is_address(options.url)):
        raise ConfigError("--url is a public address that begins with https://, such as https://bot.example.org")
    if options.application and not options.application.isdigit():
        raise ConfigError(
            "--application is the application's number (portal: General Information), such as 80351110224678912"
        )
    if options.platform == "slack":
        from adapters.slack.manifest import manifest as slack_manifest

        print(json.dumps(slack_manifest(settings.own_name(options.env_file), options.url), indent=2))
        return 0
    from adapters.discord.invite import application_of, described

    token = settings.told(options.env_file, "DISCORD_BOT_TOKEN")
    _say("\n".join(described(options.application or application_of(token))))
    return 0


def _repos(configured: Settings, options: argparse.Namespace) -> int:
    from adapters import repositories

    logging.getLogger().setLevel(logging.ERROR)
    match options.deed:
        case "add":
            values = {"branch": options.branch, "description": options.description, "channels": options.channel}
            values |= {"token_file": options.token_file, "key_file": options.key_file}
            _say(repositories.declare(configured, options.name, options.where, values))
            return 0
        case "sync":
            return asyncio.run(repositories.sync(configured, options.names, _say))
        case _:
            return asyncio.run(repositories.show(configured, _say))


def _say(line: str) -> None:
    """A sentence for whoever started us; logs go to standard error. What somebody put in the wrong place may be a secret."""
    from bot.logs import mask

    print(mask(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
