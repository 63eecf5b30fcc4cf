"""What the bot says at once, for a command or a press: best effort, for the thing itself has been done."""

from __future__ import annotations

import logging
from typing import Any

from adapters.slack import mrkdwn
from adapters.slack.calls import SlackCalls, SlackRefused
from adapters.slack.threads import is_root
from bot.conversation import Author, Message, ThreadId
from bot.errors import PlatformUnavailable
from bot.ports.doors import Received, Reply

log = logging.getLogger(__name__)

REPLY, QUESTION = "plumbline_reply", "plumbline_question"
METADATA: dict[str, Any] = {"event_type": REPLY, "event_payload": {}}
"""Tells a reply from an answer: from one whose confirmation was lost, and where a thread is read back."""


def asked_by(author: Author) -> dict[str, Any]:
    """Goes with a question that we post in somebody's name, so that it is theirs when the thread is read back."""
    return {
        "event_type": QUESTION,
        "event_payload": {"user": author.id.removeprefix("slack:"), "name": author.name},
    }


def words(reply: Reply) -> list[str]:
    """In parts of a message each; who is named in a message for one alone is not called."""
    *parts, last = mrkdwn.mrkdwn(reply.text)
    people = ", ".join(f"<@{one.removeprefix('slack:')}>" for one in reply.people)
    return [*parts, f"{last} {people}".rstrip() or " "]


async def answer_received(calls: SlackCalls, message: Message, received: Received) -> None:
    """What the desk says to a message: its reply, and what is for its author alone."""
    user = message.author.id.removeprefix("slack:")
    if received.reply:
        await say(calls, message.thread, user, received.reply)
    if received.aside:
        await whisper(calls, message, user, received.aside)


async def whisper(calls: SlackCalls, message: Message, user: str, reply: Reply) -> bool:
    """To one person, beside their message. What begins a thread has none yet, and Slack shows nothing in threads that are not there:
    https://docs.slack.dev/reference/methods/chat.postEphemeral."""
    thread = message.thread
    follows = is_root(thread) and thread.thread != message.id
    place: dict[str, Any] = {"channel": thread.channel, "user": user, "link_names": False}
    place |= {"thread_ts": thread.thread} if follows else {}
    try:
        for text in words(reply):
            await calls.post("chat.postEphemeral", **place, text=text)
    except (SlackRefused, PlatformUnavailable) as fault:
        log.warning("not whispered", extra={"thread_id": str(thread), "reason": str(fault)})
        return False
    return True


async def say(calls: SlackCalls, thread: ThreadId, user: str, reply: Reply) -> None:
    """In the thread, for all or for one alone; never in the channel itself, where Slack puts replies to what was deleted."""
    try:
        for text in words(reply):
            place: dict[str, Any] = {
                "channel": thread.channel,
                "thread_ts": thread.thread,
                "text": text,
                "link_names": False,
            }
            if reply.private:
                await calls.post("chat.postEphemeral", **place, user=user)
                continue
            await calls.look("chat.getPermalink", channel=thread.channel, message_ts=thread.thread)
            flags: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False, "metadata": METADATA}
            answer = await calls.post("chat.postMessage", **place, **flags)
            if not answer["message"].get("thread_ts"):
                await calls.repeatable("chat.delete", channel=thread.channel, ts=answer["ts"])
                return
    except (SlackRefused, PlatformUnavailable) as fault:
        log.warning("reply not posted", extra={"thread_id": str(thread), "reason": str(fault)})
