"""The words and options of `plumbline`. No library of ours or others' is imported for it, so that help comes at once."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from adapters.release import release

Words = Any
"""What argparse adds a word to; it has no public name for it."""

ROLES = ("all", "gateway", "worker")


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="plumbline", description="Answers backend questions in the thread.")
    root.add_argument("--version", action="version", version=f"plumbline {release()}")
    root.add_argument("--env-file", type=Path, help="settings file (default: .env)")
    words = root.add_subparsers(dest="word", required=True)
    for add in (_console, _run, _repos, _check, _manifest, _setup, _check_code, _checks, _migrate):
        add(words)
    return root


def _console(words: Words) -> None:
    console = words.add_parser("console", help="ask in this terminal")
    console.add_argument("--repo", type=Path, action="append", default=[], help="answer about this checkout")


def _run(words: Words) -> None:
    run = words.add_parser("run", help="start the bot: every platform whose token is set, and the local page")
    what = "gateway listens, worker answers; all does both in one process (default)"
    run.add_argument("--role", choices=ROLES, default="all", help=what)
    what = "one process that listens and N that answer, under one that starts them again; auto: one for each processor"
    run.add_argument("--workers", metavar="N", help=what)
    what = "answer about this checkout (may be repeated)"
    run.add_argument("--repo", type=Path, action="append", default=[], help=what)


def _repos(words: Words) -> None:
    repos = words.add_parser("repos", help="the team's repositories: list, sync, add")
    deeds = repos.add_subparsers(dest="deed", required=True)
    deeds.add_parser("list", help="which are declared, and how they are")
    sync = deeds.add_parser("sync", help="fetch and index, showing progress")
    sync.add_argument("names", nargs="*", help="only these")
    add = deeds.add_parser("add", help="declare one more in the file that PLUMBLINE_REPOS names")
    add.add_argument("name")
    add.add_argument("where", help="https:// or ssh:// address, git@host:team/name.git, or a folder")
    for option in ("branch", "description", "token-file", "key-file"):
        add.add_argument(f"--{option}", default="")
    what = "who may see it, such as slack:T01:C07 (may be repeated)"
    add.add_argument("--channel", action="append", default=[], help=what)


def _check(words: Words) -> None:
    check = words.add_parser("check", help="reach every configured service and say what is wrong")
    check.add_argument("--role", choices=ROLES, default="all", help="what this host is to run")


def _manifest(words: Words) -> None:
    what = "print Slack's app manifest, or the link that invites the bot into a Discord server"
    manifest = words.add_parser("manifest", help=what)
    manifest.add_argument("platform", choices=["slack", "discord"])
    manifest.add_argument("--url", default="", help="slack: for signed HTTP at this public address (https://...)")
    what = "discord: the application's id; else the one of DISCORD_BOT_TOKEN"
    manifest.add_argument("--application", default="", help=what)


def _setup(words: Words) -> None:
    what = "walk through keys and tokens; each is tried as it is pasted, and kept in the settings file"
    words.add_parser("setup", help=what)


def _check_code(words: Words) -> None:
    what = "hold the code of files against a lock file or a repository, without running it"
    code = words.add_parser("check-code", help=what)
    code.add_argument("files", nargs="*", help="Markdown, read block by block, or Python; - for standard input")
    code.add_argument("--repo", dest="repo_folder", type=Path, help="the repository whose code and lock files count")
    what = "a lock file or requirements (may be repeated)"
    code.add_argument("--lock", type=Path, action="append", default=[], help=what)
    code.add_argument("--python", default="", metavar="X.Y", help="the version of Python that it runs on")
    code.add_argument("--json", action="store_true", help="a line of JSON for each block")
    code.add_argument("--batch", action="store_true", help="lines of JSON on standard input, one block each")


def _checks(words: Words) -> None:
    checks = words.add_parser("checks", help="what became of the checks of code in answers")
    what = "counts, and the findings that people called wrong"
    checks.add_argument("--report", action="store_true", required=True, help=what)


def _migrate(words: Words) -> None:
    migrate = words.add_parser("migrate", help="bring the SQL database to this version's schema")
    migrate.add_argument("--to", default="", metavar="REVISION", help="back to an older one, for an older release")
