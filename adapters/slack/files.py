"""A file as Slack tells of it: one to be read, or one whose words stand in the event: an e-mail, a voice clip that was written down.

https://docs.slack.dev/reference/objects/file-object
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.conversation import Attachment
from bot.writing.text import sanitise

File = Mapping[str, Any]

CANVAS = "application/vnd.slack-docs"
"""What a canvas calls itself; fetched, it is a page that only Slack can show."""

HIDDEN = "application/vnd.slack-hidden"
"""Our name for a file that Slack keeps back, for the workspace's plan shows no file so old."""

SLACKS_OWN = ("quip", "canvas", "list")
CLIPS = {"slack_audio": "Voice clip", "slack_video": "Video clip"}


def attachment_of(file: File) -> Attachment | None:
    """None for a file that was taken away, and for one whose words are all in the event."""
    if file.get("mode") == "tombstone" or (words_of(file) and not _is_cut(file)):
        return None
    media_type = str(file.get("mimetype") or "application/octet-stream")
    return Attachment(
        id=str(file.get("id", "")),
        name=sanitise(str(file.get("name") or file.get("title") or "file")),
        media_type=CANVAS if is_slacks_own(file) else HIDDEN if file.get("mode") == "hidden_by_limit" else media_type,
        size_bytes=int(file.get("size") or 0),
        url=str(file.get("url_private_download") or file.get("url_private") or ""),
    )


def is_stub(file: File) -> bool:
    """One from another organisation, of which only the id is told: https://docs.slack.dev/reference/objects/file-object#slack_connect_files."""
    return file.get("file_access") == "check_file_info"


def is_slacks_own(file: File) -> bool:
    """A canvas or a list, which only Slack can show."""
    return file.get("mimetype") == CANVAS or file.get("filetype") in SLACKS_OWN or file.get("mode") in SLACKS_OWN


def words_of(file: File) -> str:
    """What a file says, where the event carries its words."""
    if file.get("mode") == "email" or file.get("filetype") == "email":
        return _email(file)
    clip, written = CLIPS.get(str(file.get("subtype"))), _transcript(file)
    if clip and written:
        return f"{clip}: {written}" + (" … (this is how it begins)" if _is_cut(file) else "")
    return ""


def _email(file: File) -> str:
    if not (said := str(file.get("plain_text") or "").strip()):
        return ""
    senders = ", ".join(str(one.get("original") or one.get("address") or "") for one in file.get("from") or ())
    subject = str(file.get("subject") or file.get("title") or "")
    brought = ", ".join(str(one.get("filename") or "") for one in file.get("attachments") or ())
    head = (
        f'E-mail "{subject}"' + (f" from {senders}" if senders else "") + (f", not shown: {brought}" if brought else "")
    )
    return f"{' '.join(sanitise(head).split())}:\n" + "\n".join(f"> {line}" for line in said.splitlines())


def _transcript(file: File) -> str:
    written = file.get("transcription") or {}
    return (
        str((written.get("preview") or {}).get("content") or "").strip() if written.get("status") == "complete" else ""
    )


def _is_cut(file: File) -> bool:
    return bool(((file.get("transcription") or {}).get("preview") or {}).get("has_more"))
