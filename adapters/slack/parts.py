"""What the messages of an answer hold, one after the other: blocks and text, buttons under the last, files between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.phrases import BUTTONS
from adapters.slack import mrkdwn
from adapters.slack.blocks import NOTICE
from adapters.slack.formatting import SlackPart
from adapters.slack.live import StreamPart
from bot.conversation import ThreadId
from bot.views import Button, View
from bot.writing.markdown import CodeFile

AnswerPart = SlackPart | CodeFile | StreamPart


def with_buttons(
    drawn: Sequence[SlackPart], buttons: Sequence[Button], thread: ThreadId | None = None
) -> list[AnswerPart]:
    """Each message, and behind it the file that goes with it; `thread` as in `button_row`."""
    row = button_row(buttons, thread)
    if row and drawn:
        drawn = [*drawn[:-1], SlackPart((*drawn[-1].blocks, row), drawn[-1].text, drawn[-1].file)]
    elif row:
        drawn = [SlackPart((row,), " ")]
    parts: list[AnswerPart] = []
    for part in drawn:
        parts.append(SlackPart(part.blocks, part.text))
        if part.file:
            parts.append(part.file)
    return parts


def content(part: SlackPart) -> dict[str, Any]:
    """What a message says; names are never looked up in it."""
    return {"blocks": list(part.blocks), "text": part.text, "link_names": False}


def button_row(buttons: Sequence[Button], thread: ThreadId | None = None) -> dict[str, Any] | None:
    """`thread`: named in the buttons where they hang in no thread, or in another one."""
    if not buttons:
        return None
    named = f" {thread}" if thread else ""
    elements = [
        {
            "type": "button",
            "action_id": f"plumbline:{button.action}",
            "value": button.turn_id + named,
            "text": {"type": "plain_text", "text": BUTTONS[button.action], "emoji": True},
        }
        for button in buttons
    ]
    return {"type": "actions", "elements": elements}


def plain_parts(view: View) -> list[SlackPart]:
    """The same content in plain sections, for when the blocks were refused."""
    texts = mrkdwn.mrkdwn(view.text, limit=2_900, links=view.links, notes=view.notes) if view.text else []
    parts = [SlackPart((_section(text),), text[:3_000]) for text in texts]
    own = [mrkdwn.said(line)[:2_900] for line in (*view.notices, view.status) if line]
    sections = tuple(_section(line, block_id=f"{NOTICE}{place}") for place, line in enumerate(own))
    if not sections:
        return parts
    before = parts.pop() if parts else SlackPart((), "\n".join(own)[:3_000])
    return [*parts, SlackPart((*before.blocks, *sections), before.text)]


def _section(text: str, **more: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}
