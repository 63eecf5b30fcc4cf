"""The front door: `plumbline run | setup | check | check-code | console | manifest | migrate`.

Edges catch here: a ConfigError becomes its sentences on standard error and exit code 2; anything unexpected is logged whole.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from adapters import doctor, first_key, together, wiring
from adapters.house import House
from adapters.roles import Role, needed_by, release
from bot import environment, logs, settings
from bot.errors import BotError, ConfigError

log = logging.getLogger(__name__)

ANSWER_SECONDS = 0.5
"""From a key that was taken to the new start: the page is answered before."""

CLOSE_SECONDS = 3
"""For closing connections once nothing runs any more."""

EXIT_CONFIG, EXIT_FAULT, EXIT_INTERRUPTED = 2, 1, 130


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="plumbline", description="Answers backend questions in the thread.")
    root.add_argument("--version", action="version", version=f"plumbline {release()}")
    root.add_argument("--env-file", type=Path, help="settings file (default: .env)")
    words = root.add_subparsers(dest="word", required=True)
    console = words.add_parser("console", help="ask in this terminal")
    run = words.add_parser("run", help="start the bot: every platform whose token is set, and the local page")
    run.add_argument(
        "--role",
        choices=["all", "gateway", "worker"],
        default="all",
        help="gateway listens, worker answers; all does both in one process (default)",
    )
    run.add_argument(
        "--workers",
        metavar="N",
        help="one process that listens and N that answer, under one that starts them again; auto: one for each processor",
    )
    run.add_argument(
        "--repo", type=Path, action="append", default=[], help="answer about this checkout (may be repeated)"
    )
    console.add_argument("--repo", type=Path, action="append", default=[], help="answer about this checkout")
    repos = words.add_parser("repos", help="the team's repositories: list, sync, add").add_subparsers(
        dest="deed", required=True
    )
    repos.add_parser("list", help="which are declared, and how they are")
    sync = repos.add_parser("sync", help="fetch and index, showing progress")
    sync.add_argument("names", nargs="*", help="only these")
    add = repos.add_parser("add", help="declare one more in the file that PLUMBLINE_REPOS names")
    add.add_argument("name")
    add.add_argument("where", help="https:// or ssh:// address, git@host:team/name.git, or a folder")
    for option in ("branch", "description", "token-file", "key-file"):
        add.add_argument(f"--{option}", default="")
    add.add_argument(
        "--channel", action="append", default=[], help="who may see it, such as slack:T01:C07 (may be repeated)"
    )
    check = words.add_parser("check", help="reach every configured service and say what is wrong")
    check.add_argument("--role", choices=["all", "gateway", "worker"], default="all", help="what this host is to run")
    manifest = words.add_parser(
        "manifest", help="print Slack's app manifest, or the link that invites the bot into a Discord server"
    )
    manifest.add_argument("platform", choices=["slack", "discord"])
    manifest.add_argument("--url", default="", help="slack: for signed HTTP at this public address (https://...)")
    manifest.add_argument(
        "--application", default="", help="discord: the application's id; else the one of DISCORD_BOT_TOKEN"
    )
    words.add_parser(
        "setup", help="walk through keys and tokens; each is tried as it is pasted, and kept in the settings file"
    )
    code = words.add_parser(
        "check-code", help="hold the code of files against a lock file or a repository, without running it"
    )
    code.add_argument("files", nargs="*", help="Markdown, read block by block, or Python; - for standard input")
    code.add_argument("--repo", dest="repo_folder", type=Path, help="the repository whose code and lock files count")
    code.add_argument(
        "--lock", type=Path, action="append", default=[], help="a lock file or requirements (may be repeated)"
    )
    code.add_argument("--python", default="", metavar="X.Y", help="the version of Python that it runs on")
    code.add_argument("--json", action="store_true", help="a line of JSON for each block")
    code.add_argument("--batch", action="store_true", help="lines of JSON on standard input, one block each")
    checks = words.add_parser("checks", help="what became of the checks of code in answers")
    checks.add_argument(
        "--report", action="store_true", required=True, help="counts, and the findings that people called wrong"
    )
    migrate = words.add_parser("migrate", help="bring the SQL database to this version's schema")
    migrate.add_argument("--to", default="", metavar="REVISION", help="back to an older one, for an older release")
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    options.is_named, options.env_file = options.env_file is not None, options.env_file or Path(".env")
    return _guarded(partial(_dispatch, options))


def _guarded(work: Callable[[], int]) -> int:
    """The exit code of a process; what an operator can mend is said in its sentences."""
    try:
        return work()
    except ConfigError as fault:
        return _refuse(fault.faults)
    except BotError as fault:
        print(f"Plumbline stopped: {fault}", file=sys.stderr)
        return EXIT_FAULT
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BaseExceptionGroup as faults:
        if not (sentences := _ordinary(faults)):
            raise
        return _refuse(sentences)


def _refuse(faults: Sequence[str]) -> int:
    """One line for one mistake."""
    lines = [f" {faults[0]}"] if len(faults) == 1 else ["", *(f"  - {line}" for line in faults)]
    print("Plumbline cannot start:" + "\n".join(lines), file=sys.stderr)
    return EXIT_CONFIG


def _ordinary(faults: BaseExceptionGroup[BaseException]) -> list[str]:
    """What an operator can mend, of tasks that ended together; nothing where there is anything else among it."""
    found: list[str] = []
    for fault in faults.exceptions:
        match fault:
            case ConfigError():
                found += fault.faults
            case BaseExceptionGroup() if inner := _ordinary(fault):
                found += inner
            case _:
                return []
    return found


def _dispatch(options: argparse.Namespace) -> int:
    if options.word == "manifest":
        return _manifest(options)
    if options.word == "setup":
        from adapters import setting_up

        return setting_up.walk(options.env_file, _say)
    workers = _workers(options)
    role: Role | None = options.role if options.word in ("run", "check") else None
    needs = partial(needed_by, role) if role else lambda _: ()
    configured = settings.load(options.env_file, needs, is_named=options.is_named)
    environment.hand_on(options.env_file, settings.Settings.model_fields)
    if getattr(options, "repo", None):
        named = [configured.plumbline_checkouts, *(str(path) for path in options.repo)]
        configured = configured.model_copy(update={"plumbline_checkouts": ",".join(filter(None, named))})
    logs.configure(configured.plumbline_log_level, form=configured.plumbline_log_format)
    match options.word:
        case "run":
            configured = first_key.ask(configured, options.env_file, _say)
            if workers:
                return together.run(configured, workers, _run_one, _guarded)
            return _run_one(configured, options.role, env_file=options.env_file)
        case "check":
            logging.getLogger().setLevel(logging.ERROR)
            return asyncio.run(doctor.check(configured, options.role, _say))
        case "console":
            logging.getLogger().setLevel(logging.ERROR)
            return asyncio.run(_console(configured))
        case "migrate":
            return asyncio.run(_migrate(configured, options.to))
        case "checks":
            logging.getLogger().setLevel(logging.ERROR)
            asyncio.run(wiring.report_checks(configured, _say))
            return 0
        case "check-code":
            return _check_code(configured, options)
        case "repos":
            return _repos(configured, options)
    raise AssertionError(options.word)


def _run_one(
    configured: settings.Settings,
    role: Role,
    others: Callable[[], Awaitable[None]] | None = None,
    say: Callable[[str], None] | None = None,
    env_file: Path | None = None,
) -> int:
    """`others`: ends when those are gone that need our stores. `env_file`: where a key that is given on the page is kept."""
    return asyncio.run(_run(configured, role, others, say or _say, env_file))


async def _run(
    configured: settings.Settings,
    role: Role,
    others: Callable[[], Awaitable[None]] | None,
    say: Callable[[str], None],
    env_file: Path | None,
) -> int:
    """Until somebody stops it. With a key that was given on the page it begins anew, by itself."""
    while True:
        anew = _Anew(configured, env_file) if env_file else None
        may_be_given = env_file is not None and first_key.may_be_given(configured, env_file, is_alone=role == "all")
        take = anew.take if anew and may_be_given else None
        async with wiring.build(configured, role, say, take) as house:

            async def drain(house: House = house) -> None:
                await house.drain()
                if others:
                    await others()

            gc.collect()
            gc.freeze()  # what was loaded stays: looking through it again and again for garbage would let the real garbage pile up
            is_due = anew.is_due if anew else asyncio.Event()
            await _until_told_to_stop(house.run, drain, configured.plumbline_drain_seconds, is_due)
        if anew is None or anew.settings is None:
            return 0
        configured = anew.settings
        say("The key works and is kept; starting anew with it.")


class _Anew:
    """A key that is given on the page, and the settings that it makes."""

    def __init__(self, configured: settings.Settings, env_file: Path) -> None:
        self._configured = configured
        self._env_file = env_file
        self.is_due = asyncio.Event()
        self.settings: settings.Settings | None = None

    async def take(self, key: str) -> Sequence[str]:
        """What is wrong with it; nothing where we begin anew with it, in a moment."""
        self.settings, faults = await first_key.give(self._configured, self._env_file, key)
        if self.settings is not None:
            asyncio.get_running_loop().call_later(ANSWER_SECONDS, self.is_due.set)
        return faults


def _workers(options: argparse.Namespace) -> int:
    """How many processes answer beside the one that listens; 0 where one does all. Raises ConfigError."""
    if getattr(options, "workers", None) is None:
        return 0
    if options.role != "all":
        raise ConfigError("--workers starts a gateway and workers; leave --role out")
    return together.count_of(options.workers)


async def _console(configured: settings.Settings) -> int:
    async with wiring.build_console(configured) as (console, house):
        answering = asyncio.create_task(house.run())
        asking = asyncio.create_task(console.run())
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: asyncio.ensure_future(console.stop()))
        await asyncio.wait({answering, asking}, return_when=asyncio.FIRST_COMPLETED)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(configured.plumbline_drain_seconds):
                await house.drain()
        for task in (answering, asking):
            task.cancel()
        await asyncio.gather(answering, asking, return_exceptions=True)
    return 0


async def _migrate(configured: settings.Settings, to: str) -> int:
    _say(await wiring.migrate(configured, to))
    return 0


def _manifest(options: argparse.Namespace) -> int:
    if options.platform == "slack":
        from adapters.slack.manifest import manifest as slack_manifest

        print(json.dumps(slack_manifest(settings.own_name(options.env_file), options.url), indent=2))
        return 0
    from adapters.discord.invite import application_of, described

    token = settings.told(options.env_file, "DISCORD_BOT_TOKEN")
    _say("\n".join(described(options.application or application_of(token))))
    return 0


def _repos(configured: settings.Settings, options: argparse.Namespace) -> int:
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


def _check_code(configured: settings.Settings, options: argparse.Namespace) -> int:
    from adapters import check_code

    logging.getLogger().setLevel(logging.ERROR)
    return check_code.check(configured, options)


async def _until_told_to_stop(
    run: Callable[[], Coroutine[Any, Any, None]],
    drain: Callable[[], Awaitable[None]],
    drain_seconds: float,
    is_due: asyncio.Event,
) -> None:
    """Run until SIGINT or SIGTERM, or until a new start is due; then let answers end within `drain_seconds`, a second signal ends at
    once."""
    told = asyncio.Event()
    again = asyncio.Event()

    def on_signal() -> None:
        (again if told.is_set() else told).set()

    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, on_signal)
    running = asyncio.create_task(run())
    stopping, renewing = asyncio.create_task(told.wait()), asyncio.create_task(is_due.wait())
    await asyncio.wait({running, stopping, renewing}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    renewing.cancel()
    if not running.done():
        log.info("draining", extra={"seconds": drain_seconds})
        drained = asyncio.ensure_future(drain())
        impatient = asyncio.create_task(again.wait())
        await asyncio.wait({drained, impatient}, timeout=drain_seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in (drained, impatient):
            task.cancel()
        await asyncio.wait({running}, timeout=CLOSE_SECONDS)
        running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    log.info("stopped")


def _say(line: str) -> None:
    """A sentence for whoever started us; logs go to standard error."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
