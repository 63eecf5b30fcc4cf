"""The tool that tells a repository's past: who changed what, when, and in which pull request. Names, never e-mail addresses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.capabilities.team_code.code import Change, Commit, Log
from bot.capabilities.team_code.permalinks import permalink
from bot.capabilities.team_code.repositories import Snapshot
from bot.capabilities.team_code.tools.access import Access
from bot.capabilities.team_code.tools.repository import existing, shown_path, unread
from bot.capabilities.team_code.tools.sheet import REPO, Sheet, choice, integer, number, one_line, schema, string, word
from bot.ports.model import Tool, ToolFailed
from bot.writing.masking import mask

BLAME_LINES = 200
SHOWN_FILES = 60


class GitHistory(Tool):
    name = "git_history"
    description = (
        "A repository's past up to the commit you look at. log: the newest commits, of one path if given (a file is followed through"
        " its renames); blame: who last changed"
        " start_line to end_line of a path; show: one commit with its message and patch (say which as commit)."
    )
    schema: Mapping[str, object] = schema(
        repo=REPO,
        mode=choice("log", "blame", "show"),
        path=string('A file or folder; "" for all (log, show).'),
        commit=string(
            'For show: the commit or its beginning, HEAD~2, a branch, a tag, or a pull request as #42; "" for the newest.'
        ),
        start_line=integer("For blame, from 1."),
        end_line=integer("For blame, included."),
        since=string('For log: not before this day, YYYY-MM-DD; "" for any.'),
        max_results=integer("For log: 1-30."),
    )

    def __init__(self, access: Access) -> None:
        self._access = access

    def label(self, arguments: Mapping[str, object]) -> str:
        what = word(arguments["path"]) or word(arguments["commit"])[:12]
        return f"looking into the history of {shown_path(what)}" if what else "looking into the history"

    async def run(self, arguments: Mapping[str, object]) -> str:
        snapshot = await self._access.snapshot(word(arguments["repo"]))
        path = word(arguments["path"]).strip().removeprefix("./").strip("/")
        match arguments["mode"]:
            case "log":
                limit = number(arguments["max_results"], 1, 30)
                return await self._log(snapshot, path, word(arguments["since"]), limit)
            case "blame":
                return await self._blame(snapshot, path, arguments)
            case _:
                return await self._show(snapshot, path, word(arguments["commit"]))

    async def _log(self, snapshot: Snapshot, path: str, since: str, limit: int) -> str:
        log = await snapshot.log(path, _day(since), limit)
        sheet = Sheet(4_000)
        if not log.commits:
            sheet.add(await _nothing(snapshot, log, path, since))
            return sheet.text()
        is_file = await snapshot.entry(path) is not None
        followed = (", renames followed" if is_file else ", renames into it not followed") if path else ""
        of = f" of {path}" if path else ""
        sheet.add(f"{len(log.commits)} commits{of}, the newest first{followed}")
        older = {sha: old for sha, old, _ in log.renames}
        for commit in log.commits:
            sheet.add(_line(commit))
            if commit.sha in older:
                sheet.add(f"  before this commit it was {older[commit.sha]}")
        if len(log.commits) < limit and not log.is_whole:
            sheet.add(f"Nothing more in {_walked(log)}.")
        return sheet.text()

    async def _blame(self, snapshot: Snapshot, path: str, arguments: Mapping[str, object]) -> str:
        entry = await existing(snapshot, path)
        if entry.kind != "text":
            raise ToolFailed(f"{one_line(entry.path)} {unread(entry)}: who last changed its lines is not known here.")
        first = number(arguments["start_line"], 1, max(1, entry.lines))
        last = min(
            number(arguments["end_line"] or entry.lines, first, max(first, entry.lines)), first + BLAME_LINES - 1
        )
        sheet = Sheet(4_000)
        sheet.add(f"{entry.path}, lines {first}-{last}, last changed by")
        for span in await snapshot.blame(entry.path, first, last):
            before = "" if span.is_sure else "; or before it: what these lines were then is not in this clone"
            sheet.add(f"{span.start}-{span.end}: {_line(span.commit)}{before}")
        self._access.saw(snapshot.repository.name, entry.path, first, last)
        return sheet.text()

    async def _show(self, snapshot: Snapshot, path: str, sha: str) -> str:
        change = await snapshot.change(sha, path)
        sheet = Sheet(4_000)
        sheet.add(_line(change.commit))
        for line in mask(change.message, is_typed=True).split("\n")[1:20]:
            sheet.add(line)
        for name, added, removed in change.files[:SHOWN_FILES]:
            link = permalink(snapshot.repository, change.commit.sha, name)
            sheet.add(f"{name} +{added} -{removed}{' ' + link if link and len(change.files) <= 5 else ''}")
        for name, why in change.uncompared[:SHOWN_FILES]:
            sheet.add(f"{name}: {why}")
        if left := _left_out(change):
            sheet.add(left)
        for line in mask(change.patch, is_piece=True).split("\n"):
            sheet.add(line)
        return sheet.text()


async def _nothing(snapshot: Snapshot, log: Log, path: str, since: str) -> str:
    """Why there is no commit to show: not found is not the same as not there."""
    if not log.is_whole:
        return f"{path or 'A commit'} was not found in {_walked(log)}; what is older was not looked at."
    if since.strip():
        return f"No commit{f' of {path}' if path else ''} since {since.strip()[:10]}."
    if not path:
        return "There is no commit."
    name = snapshot.repository.name
    return (
        f"None: no commit that led to {snapshot.commit[:12]} has {path} in it; {name} never had it. Is the path right?"
    )


def _walked(log: Log) -> str:
    back = f" (back to {log.back_to:%Y-%m-%d})" if log.back_to else ""
    return f"the newest {log.walked:,} commits{back}"


def _left_out(change: Change) -> str:
    if change.left_out is None:
        return "… and many more files, which were not counted; ask for a path."
    hidden = change.left_out + max(0, len(change.files) - SHOWN_FILES) + max(0, len(change.uncompared) - SHOWN_FILES)
    return f"… and {hidden:,} more files; ask for a path." if hidden else ""


def _line(commit: Commit) -> str:
    request = f" (pull request {commit.pull_request})" if commit.pull_request else ""
    return f"{commit.sha[:12]} {commit.at:%Y-%m-%d} {mask(commit.author)[:60]}: {mask(commit.subject, is_typed=True)}{request}"


def _day(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()[:10]).replace(tzinfo=UTC)
    except ValueError as fault:
        raise ToolFailed("since is a day such as 2026-01-31.") from fault
