"""Every sentence the bot says in its own name. Calm, short, no blame: what happened, and what to do next.

A fault becomes a sentence here (`apology`); nothing else in the house writes words for people, except a command's own page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import errors
from bot.ports import UsageTotal

MOST_LABELS = 3


def thinking() -> str:
    return "Thinking…"


def looking(labels: Sequence[str]) -> str:
    """What a round of tools looks at: the first few, and how many more."""
    more = f" and {len(labels) - MOST_LABELS} more" if len(labels) > MOST_LABELS else ""
    return f"{', '.join(labels[:MOST_LABELS])}{more}…"


def restarted() -> str:
    return "The connection to Claude broke; starting this answer again…"


def picked_up() -> str:
    return "Picked up again after an interruption…"


def trying_again(seconds: float) -> str:
    return f"Claude is busy or the connection broke. Trying again in {max(1, round(seconds))} s…"


def overloaded() -> str:
    return "Claude is overloaded. Your question waits its turn…"


def excerpt_of(name: str) -> str:
    return f"The beginning of {name}; all of it is in the file."


def too_many_files(count: int, most: int) -> str:
    return f"You sent {count} files; I read the first {most}."


def file_not_read(name: str, reason: str) -> str:
    return f"I could not read {name}: {reason}"


def nothing_to_send() -> str:
    return "Please write something, or add a file."


def too_many_files_at_once(most: int) -> str:
    return f"Please send at most {most} files at once."


def too_much_at_once(most_megabytes: int) -> str:
    return f"That is more than {most_megabytes} MB; please send less."


def kept_not_shown() -> str:
    return "I have taken your message and will answer it, but I cannot show it right now. Please reload this page in a minute."


def file_elsewhere() -> str:
    return "it is not kept where this platform keeps its files."


def file_empty() -> str:
    return "it is empty."


def file_not_text() -> str:
    return "I read text, code, logs, images (PNG, JPEG, GIF, WebP) and PDFs, and this is none of them."


def image_too_large(most_bytes: int) -> str:
    return f"images may have up to {most_bytes / (1024 * 1024):.3g} MB."


def files_too_large_together(most_bytes: int) -> str:
    return (
        f"images and PDFs may have up to {most_bytes // (1024 * 1024)} MB together; please send it in another message."
    )


def file_begins_only(name: str, read_bytes: int, total_bytes: int) -> str:
    return f"Of {name} I read the first {read_bytes:,} of {total_bytes:,} bytes."


def file_cut(name: str, kept: int, total: int) -> str:
    return f"{name} is long: I read {kept:,} of its {total:,} characters (its beginning, its end, and what looks like errors)."


def message_cut(kept: int, total: int) -> str:
    return f"Your message is long: I read {kept:,} of its {total:,} characters (beginning, end, and what looks like errors)."


def file_took_too_long() -> str:
    return "fetching it took too long."


def file_not_fetched() -> str:
    return "it could not be fetched."


def merged(count: int) -> str:
    return f"Answers the last {count} messages together."


def stopped(by: str) -> str:
    return f"Stopped by {by}."


def cut_short() -> str:
    return "This answer reached its length limit. Ask me to go on."


def rehearsal_notice() -> str:
    return "Rehearsal: this is not Claude. Set ANTHROPIC_API_KEY and restart to get real answers."


def sources() -> str:
    return "**Sources**"


def reference_removed() -> str:
    return "(reference removed)"


def references_removed(count: int) -> str:
    what = "1 reference" if count == 1 else f"{count} references"
    return f"{what} to places that do not exist in the code {'was' if count == 1 else 'were'} removed from this answer."


def looked_at(places: Sequence[tuple[str, str, str]]) -> str:
    """Each place: repository, commit, branch or ""."""
    named = [f"{name} at {commit[:8]}" + (f" ({branch})" if branch else "") for name, commit, branch in places]
    return f"Looked at {', '.join(named)}. Type !refresh for the newest commit."


def refreshed() -> str:
    return "The next look in this thread is at the newest commits."


def no_repositories() -> str:
    return "No repository is shared with this channel. An admin can share one: `!repos allow NAME`."


def repository_table(rows: Sequence[tuple[str, str, str, str]]) -> str:
    """Each row: name, commit, how it is, description."""
    lines = ["| repository | commit | state | what it is |", "| --- | --- | --- | --- |"]
    lines += [f"| {name} | {commit or '-'} | {state} | {about or '-'} |" for name, commit, state, about in rows]
    return "\n".join(lines)


def repository_state(progress: str, fault: str, fetched_at: datetime | None) -> str:
    if progress:
        return progress
    if fault:
        return "the last update failed"
    return f"updated {fetched_at:%Y-%m-%d %H:%M} UTC" if fetched_at else "not fetched yet"


def repository_allowed(name: str) -> str:
    return f"{name} can be looked at in this channel now."


def repository_denied(name: str) -> str:
    return f"{name} is not shared with this channel by an admin any more."


def repository_default(name: str) -> str:
    return (
        f"Questions in this channel are about {name} unless they say otherwise."
        if name
        else "This channel has no default repository."
    )


def repository_unknown(name: str) -> str:
    return f"There is no repository {name[:80]!r}."


def repos_usage() -> str:
    return "`!repos` lists what can be looked at here. For admins: `!repos allow NAME`, `!repos deny NAME`, `!repos default NAME`."


def searching() -> str:
    return "searching the code"


def search_only_notice() -> str:
    return "Search only: this is not Claude. Set ANTHROPIC_API_KEY and restart to get real answers."


def inbox_full() -> str:
    return "Too many messages are waiting in this thread, so I did not take this one. Please send it again in a minute."


def stop_refused() -> str:
    return "Only the people who asked, or an admin, can stop this answer."


def retry_refused() -> str:
    return "There is nothing to retry here any more. Please ask again."


def retrying() -> str:
    return "Trying again."


def stopping() -> str:
    return "Stopping."


def nothing_to_stop() -> str:
    return "Nothing is being answered in this thread."


def thanks_for_feedback() -> str:
    return "Thanks, noted."


def slack_away() -> str:
    return "Slack did not confirm your question just now, so nothing was asked. Please send it again."


def store_away() -> str:
    return "I cannot reach my store right now, so I did not take this message. Please send it again in a minute."


def discord_file_gone() -> str:
    return "Discord does not keep it any more; please send it again."


def no_message_content() -> str:
    return (
        "the Message Content Intent is off, so replies without a mention are not heard; switch it on (developer portal, Bot), "
        "or set PLUMBLINE_DISCORD_MESSAGE_CONTENT=false"
    )


def old_button() -> str:
    return "This button is too old for me. Please ask again."


def command_failed() -> str:
    return "That did not work. Please try again; if it happens again, tell whoever runs this bot."


def ask_usage() -> str:
    return "Type your question behind `/ask`; `/ask private ...` is answered to you alone."


def private_thinking() -> str:
    return "Thinking… only you will see the answer."


def private_cut() -> str:
    return "The rest does not fit into a private answer. Ask without `private` to get all of it in a thread."


def slack_not_here() -> str:
    return "I am not in this channel. Type `/invite @Plumbline` first, then ask again."


def slack_file_refused() -> str:
    return "Slack did not give it to me; whoever runs this bot can check the files:read scope."


def unknown_command(word: str) -> str:
    return f"I do not know `{word}`. Try `help`."


def admins_only() -> str:
    return "Only an admin of this bot can do that. Admins are listed in PLUMBLINE_ADMINS."


def help_page() -> str:
    return """\
Ask me anything about your backend: mention me, write to me directly, or use `/ask`. In a thread that I take part in, \
just reply; everything said there is context for me. Edit your question and I answer it anew in the same place; delete it and I \
forget it.

| command | what it does |
| --- | --- |
| `!help` | this page |
| `!stop` | stops the answer being written |
| `!reset` | forgets this thread; the next question starts afresh |
| `!mute`, `!unmute` | in this thread I answer only when mentioned, or again every reply |
| `!aside ...` | a message between you; I read it as context and do not answer |
| `!repos` | the repositories that I can look at here; admins: `!repos allow`, `deny` or `default NAME` |
| `!refresh` | this thread's next look is at the newest commits |
| `!usage` | what you and this channel have used |
| `!model NAME`, `!effort LEVEL` | the model and how much it thinks, for this channel (admins) |
| `!mode thread` or `mention` | answer every reply in my threads, or mentions only (admins) |
| `!prompt TEXT` | something I should always keep in mind in this channel (admins; `-` clears it) |
| `!budget DOLLARS` | this channel's daily budget (admins) |
| `!on`, `!off` | switches me on or off in this channel (admins) |

The same words work behind `/plumbline`, where slash commands exist."""


def forgotten() -> str:
    return "I have forgotten this thread. The next question starts afresh."


def muted() -> str:
    return "Muted: in this thread I answer only when you mention me. `!unmute` ends that."


def unmuted() -> str:
    return "I answer every reply in this thread again."


def usage_table(rows: Sequence[tuple[int, UsageTotal, UsageTotal]]) -> str:
    """Each row: the last so many days, the asker's total, the channel's total."""
    lines = [
        "| last | you: answers | you: cost | this channel: answers | this channel: cost |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for days, yours, here in rows:
        label = "24 hours" if days == 1 else f"{days} days"
        lines.append(
            f"| {label} | {yours.turns} | {dollars(yours.cost_microdollars)} "
            f"| {here.turns} | {dollars(here.cost_microdollars)} |"
        )
    return "\n".join(lines)


def dollars(microdollars: int) -> str:
    return f"${microdollars / 1_000_000:.4f}"


def current_model(model: str, effort: str) -> str:
    return f"Model in this channel: `{model or 'as everywhere'}`, effort: `{effort or 'as everywhere'}`."


def model_set(model: str) -> str:
    return f"New threads in this channel are answered by `{model}`. Threads that run keep their model."


def effort_choices(effort: str, choices: Sequence[str]) -> str:
    return f"Effort in this channel: `{effort or 'as everywhere'}`. Choose one of: {', '.join(choices)}."


def effort_set(effort: str) -> str:
    return f"New threads in this channel are answered with `{effort}` effort."


def mode_choices(mode: str) -> str:
    return (
        f"Mode in this channel: `{mode}`. Choose `thread` (every reply in my threads), `mention`, or `every` "
        "(each new post of a forum, too)."
    )


def mode_set(mode: str) -> str:
    if mode == "mention":
        return "In this channel I answer only when you mention me."
    if mode == "every":
        return "In this channel I answer every reply in my threads, and each new post of a forum."
    return "In this channel I answer every reply in threads that I take part in."


def current_prompt(addition: str) -> str:
    return f"In this channel I keep in mind:\n\n> {addition}" if addition else "Nothing is set. Use `prompt TEXT`."


def prompt_set(addition: str) -> str:
    return "I will keep that in mind in new threads here." if addition else "Cleared."


def budget_usage(microdollars: int | None) -> str:
    now = "as everywhere" if microdollars is None else dollars(microdollars) if microdollars else "none"
    return f"Daily budget of this channel: {now}. Set one with `budget 5` (US dollars; 0 = none)."


def budget_set(amount: float) -> str:
    return f"This channel's daily budget is ${amount:.2f} now." if amount else "This channel has no daily budget now."


def switched_on() -> str:
    return "Switched on in this channel."


def switched_off() -> str:
    return "Switched off in this channel. `/plumbline on` or `!on` brings me back."


def clock_time(moment: datetime) -> str:
    return f"{moment:%H:%M} UTC"


def apology(fault: BaseException, reference: str) -> str:
    """One or two sentences for whatever went wrong, with the reference that finds it in the log and the ledger."""
    return f"{_reason(fault)} (reference {reference})"


def _duration(minutes: int) -> str:
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def _reason(fault: BaseException) -> str:
    match fault:
        case errors.ModelBusy(until=until) if until is not None:
            return f"Claude is busy until about {clock_time(until)}. Press Retry then, or ask again."
        case errors.ModelBusy():
            return "Claude is busy. Press Retry in a minute."
        case errors.ModelUnreachable():
            return "The connection to Claude broke more than once. Press Retry."
        case errors.ModelStalled():
            return "Claude went silent in the middle of the answer. Press Retry."
        case errors.ModelRefused(category=category) if category:
            return f"Claude declined to answer this (category: {category}). Rephrasing the question may help."
        case errors.ModelRefused():
            return "Claude declined to answer this. Rephrasing the question may help."
        case errors.SpendLimitReached():
            return "The Claude account has reached its spend limit. Please tell whoever runs this bot."
        case errors.ModelRejected():
            return "Claude's service does not accept this bot's request. Please tell whoever runs this bot."
        case errors.QuestionTooLong():
            return "This thread has grown too long for Claude. Please start a new thread, or use `!reset`."
        case errors.GivenUp():
            return (
                "I tried this several times and was cut off each time, so I set it aside. Press Retry to try once more."
            )
        case errors.ReasonLost():
            return "I could not answer this, and what I said of the reason is lost. Press Retry to try once more."
        case errors.TooLate(minutes=minutes):
            return f"I was away, and this waited for {_duration(minutes)}. Press Retry if you still want an answer."
        case errors.HistoryUnavailable():
            return "I cannot reach my store right now. Press Retry in a minute."
        case errors.OverBudget(scope=scope, until=until):
            return f"Today's budget for {scope} is used up. It starts again at {clock_time(until)}."
        case errors.SwitchedOff():
            return "I am switched off in this channel. An admin can change that with `on`."
        case errors.FileUnreadable():
            return f"I could not read a file: {fault}"
        case errors.PlatformUnavailable():
            return "The chat platform did not take my answer. Press Retry."
        case _:
            return "Something unexpected went wrong on my side. Press Retry; if it happens again, tell whoever runs this bot."


# --- Slack's own sentences ---------------------------------------------------------------------------------------------


def slack_writing() -> str:
    """A status line, behind the bot's name."""
    return "is writing an answer…"


def slack_ask_about(speaker: str) -> str:
    """The question that the message menu asks in somebody's name."""
    return f"What does this message by {speaker} mean, what is behind it, and what should we do?"


def slack_alert() -> str:
    return "another app"


def slack_invite_for_thread() -> str:
    return "I am not in this channel, so only you see this; after `/invite @Plumbline` I answer in the thread."


def slack_no_upload() -> str:
    return "I may not upload files here (`files:write` is missing), so the code stands in the thread."


def slack_uploads_off() -> str:
    return "Uploads are switched off here, so the code stands in the thread."


def slack_no_history() -> str:
    return "I may not read what was said in this thread before (a `history` scope is missing), so I know only what was said since."


def slack_elsewhere(code: str) -> str:
    """Why a public answer came as a direct message."""
    reasons = {
        "is_archived": "That channel is archived",
        "not_in_channel": "I am not in that channel (`/invite @Plumbline` lets me in)",
        "channel_not_found": "I am not in that channel (`/invite @Plumbline` lets me in)",
    }
    return f"{reasons.get(code, 'I may not post in that channel')}, so the answer comes here."


def slack_prompts() -> tuple[tuple[str, str], ...]:
    """What an empty conversation suggests: a short title, and the question it asks."""
    return (
        ("Review a query", "How do I find out why a query is slow, and which index would help it?"),
        ("Design an endpoint", "How should I page, filter and version a new REST endpoint?"),
        ("Explain an error", "I will paste a stack trace. Tell me what is behind it and what to look at first."),
        ("Plan a migration", "How do I change a large table's column without downtime?"),
    )


def slack_title(question: str) -> str:
    """A thread's title, from its first question."""
    words = " ".join(question.split())
    return words if len(words) <= 80 else words[:79].rstrip() + "…"


# --- Discord ----------------------------------------------------------------------------------------------------------


def discord_replies_unheard() -> str:
    return "I cannot read replies here unless they mention me or reply to me."


def discord_nothing_readable() -> str:
    return "I see nothing that I could read in this message. Please write your question next to the mention, or attach a file."


def discord_asks_about(words: str) -> str:
    return f"What does this mean, and what should be done about it?\n\n{words}"


def discord_answering_in(link: str) -> str:
    return f"Answering in {link}"


def discord_no_threads() -> str:
    return "I may not open a thread here, so I answer in the channel. A server admin can give me Create Public Threads."


def discord_too_many_threads() -> str:
    return "This server has as many open threads as Discord allows, so I answer in the channel. A moderator can close some."


def discord_takes_no_more() -> str:
    return "Discord lets me write nothing more at the usual place for a while, so I answer here."


def discord_no_sending_in_threads() -> str:
    return "I may not write in that thread, so I answer here. A server admin can give me Send Messages in Threads."


def discord_thread_locked() -> str:
    return "That thread is locked, so I answer here. A moderator can unlock it."


def discord_no_files() -> str:
    return (
        "I may not attach files here, so long code comes in several messages. A server admin can give me Attach Files."
    )


def discord_no_history() -> str:
    return "I cannot read what was said here before. A server admin can give me Read Message History."


def discord_answered_directly(link: str) -> str:
    return (
        f"You asked at {link}, where I may not write. A server admin can give me View Channel and Send Messages there."
    )


def discord_no_channel() -> str:
    return "I may not write in this channel, so I answer by the command. A server admin can give me View Channel and Send Messages."


def discord_no_direct() -> str:
    return "This answer took longer than Discord lets a private one take, and you take no direct messages from me. Please ask again."
