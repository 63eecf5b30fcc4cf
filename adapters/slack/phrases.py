"""Slack's own sentences."""

from __future__ import annotations

from bot.writing import titles

TITLE_CHARACTERS = 80


def away() -> str:
    return "Slack did not confirm your question just now, so nothing was asked. Please send it again."


def ask_usage() -> str:
    return "Type your question behind `/ask`; `/ask private ...` is answered to you alone."


def private_thinking() -> str:
    return "Thinking… only you will see the answer."


def not_here(own_name: str) -> str:
    return f"I am not in this channel. Type `/invite @{own_name}` first, then ask again."


def file_refused() -> str:
    return "Slack did not give it to me; whoever runs this bot can check the files:read scope."


def file_hidden() -> str:
    return "Slack keeps it back: it is older than what this workspace's plan shows."


def no_canvas() -> str:
    return "I cannot read Slack's canvases and lists; paste the text, or attach it as a file."


def writing() -> str:
    """A status line, behind the bot's name."""
    return "is writing an answer…"


def ask_about(speaker: str) -> str:
    """The question that the message menu asks in somebody's name."""
    return f"What does this message by {speaker} mean, what is behind it, and what should we do?"


def alert() -> str:
    return "another app"


def invite_for_thread(own_name: str) -> str:
    return f"I am not in this channel, so only you see this; after `/invite @{own_name}` I answer in the thread."


def no_upload() -> str:
    return "I may not upload files here (`files:write` is missing), so the code stands in the thread."


def uploads_off() -> str:
    return "Uploads are switched off here, so the code stands in the thread."


def taken_back() -> str:
    """What is left of a message that may not be deleted here."""
    return "This message was taken back."


def no_history(code: str) -> str:
    why = "a `history` scope is missing" if code == "missing_scope" else f"Slack says `{code}`"
    return f"I may not read what was said in this thread before ({why}), so I know only what was said since."


def refused(code: str) -> str:
    """Why an answer is not shown."""
    return f"Slack refuses to show my answer ({code}). Whoever runs me finds more in the log."


def elsewhere(code: str, own_name: str) -> str:
    """Why a public answer came as a direct message."""
    reasons = {
        "is_archived": "That channel is archived",
        "not_in_channel": f"I am not in that channel (`/invite @{own_name}` lets me in)",
        "channel_not_found": f"I am not in that channel (`/invite @{own_name}` lets me in)",
    }
    return f"{reasons.get(code, 'I may not post in that channel')}, so the answer comes here."


def prompts() -> tuple[tuple[str, str], ...]:
    """What an empty conversation suggests: a short title, and the question it asks."""
    return (
        ("Review a query", "How do I find out why a query is slow, and which index would help it?"),
        ("Design an endpoint", "How should I page, filter and version a new REST endpoint?"),
        ("Explain an error", "I will paste a stack trace. Tell me what is behind it and what to look at first."),
        ("Plan a migration", "How do I change a large table's column without downtime?"),
    )


def title(question: str) -> str:
    """A thread's title, from its first question."""
    return titles.title(question, TITLE_CHARACTERS)


def no_place() -> str:
    """For the log."""
    return "Slack has no place for this socket, standing by"


def another_process() -> str:
    """For the log: two bots with stores of their own would each know half of a thread."""
    return (
        "another process listens to Slack with this app, and this one keeps questions in a store of its own: it does not listen; "
        "stop one of the two, or set REDIS_URL to a Redis that both share"
    )


def clock_differs() -> str:
    """For the log; as those below."""
    return (
        "signed more than five minutes from now: an old request that somebody repeats, or, where Slack was not reached yet, "
        "this machine's clock is wrong: set it (NTP)"
    )


def secret_differs() -> str:
    return "SLACK_SIGNING_SECRET is not this app's (Basic Information), or it was not Slack who asked"


def token_is_shut() -> str:
    return (
        "SLACK_BOT_TOKEN was revoked or has run out: install the app again, copy the token anew (OAuth & Permissions), leave token "
        "rotation off, and start again"
    )


def app_token_is_shut() -> str:
    return "SLACK_APP_TOKEN was revoked: make one with connections:write (Basic Information, App-Level Tokens), and start again"
