"""The address of a conversation from a place in Slack. A thread is named by the ts of the message that it hangs on."""

from __future__ import annotations

from bot.conversation import ThreadId

PLATFORM = "slack"


def thread_at(team: str, channel: str, root: str) -> ThreadId:
    return ThreadId(PLATFORM, team, channel, root)


def private_thread(team: str, channel: str, interaction: str) -> ThreadId:
    """Of a question whose answer one person sees: it has no message, and is named by its interaction."""
    return thread_at(team, channel, f"private-{interaction}")


def is_root(thread: ThreadId) -> bool:
    """A thread of Slack's own, named by the time of its first message; not one that we made up for a private question."""
    return thread.thread.replace(".", "", 1).isdigit()


def whole_channel(team: str, channel: str) -> ThreadId:
    """Where a command about the channel itself is given."""
    return thread_at(team, channel, "channel")
