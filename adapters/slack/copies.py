"""Slack's events that change what somebody's question has copied: a message that is quoted or forwarded, a file that was read.

https://docs.slack.dev/reference/events/file_deleted: a file may go while its message stays as it is. `file_change` comes for names,
previews and transcripts, too; only what people edit in Slack has other contents afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from adapters.slack.contents import Event, copies_in, files_of, people_in, source_of, text_of
from adapters.slack.incoming import Workspace
from adapters.slack.threads import PLATFORM
from bot.copies import Change, file_source
from bot.errors import FileUnreadable
from bot.ports.doors import Desk
from bot.writing.text import sanitise


async def requote(desk: Desk, workspace: Workspace, payload: Event) -> None:
    """Raises StoreUnavailable: then the event is not acknowledged, and Slack tells it again."""
    event = payload["event"]
    match event.get("type"), event.get("subtype"):
        case "file_deleted", _ if event.get("file_id"):
            await _tell(desk, Change(file_source(str(event["file_id"])), None))
        case "file_change", _ if event.get("file_id"):
            await _changed_file(desk, workspace, str(event["file_id"]))
        case "message", "message_deleted":
            await _tell(desk, Change(source_of(event.get("channel"), event.get("deleted_ts")), None))
        case "message", "message_changed":
            await _changed_message(desk, workspace, event)


async def _tell(desk: Desk, change: Change) -> None:
    if threads := await desk.copied(PLATFORM, change.source):
        await desk.requote(threads, change)


async def _changed_file(desk: Desk, workspace: Workspace, file_id: str) -> None:
    threads = await desk.copied(PLATFORM, file_source(file_id))
    if threads and await _is_edited_in_slack(workspace, file_id):
        await desk.forget_text(threads, file_id)


async def _is_edited_in_slack(workspace: Workspace, file_id: str) -> bool:
    """A snippet, a post, a canvas; where Slack does not tell, it may be one."""
    try:
        return bool((await workspace.file_facts(file_id)).get("editable", False))
    except FileUnreadable:
        return True


async def _changed_message(desk: Desk, workspace: Workspace, event: Event) -> None:
    """The message itself may be copied somewhere, and what it copies may have changed: Slack shows a forward as what is forwarded reads
    now, and takes it away with it."""
    place = {"channel": event.get("channel")}
    now, before = {**(event.get("message") or {}), **place}, {**(event.get("previous_message") or {}), **place}
    source, at = source_of(event.get("channel"), now.get("ts")), str(event.get("event_ts") or "")
    if now.get("subtype") == "tombstone":
        await _tell(desk, Change(source, None))
        return
    if threads := await desk.copied(PLATFORM, source):
        ours, names = await workspace.ourselves(), await workspace.names(people_in(now))
        words, was = (sanitise(text_of(one, ours, names)) for one in (now, before))
        files = tuple(files_of(now))
        if "ts" not in before or words != was or files != tuple(files_of(before)):
            await desk.requote(threads, Change(source, words, files, at))
    for changed in _changed_within(now, before):
        if threads := await desk.copied(PLATFORM, changed):
            names = await workspace.names(people_in(now))
            said = {quote.source: words for quote, words in copies_in(now, names)}
            await desk.requote(threads, Change(changed, said.get(changed), tuple(files_of(now)), at))


def _changed_within(now: Event, before: Event) -> Iterator[str]:
    """The sources of what it brought before and does not any more, or in other words."""
    stands = {quote.source: words for quote, words in copies_in(now, {})}
    yield from (quote.source for quote, words in copies_in(before, {}) if stands.get(quote.source) != words)
