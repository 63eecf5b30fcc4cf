"""Discord's own sentences."""

from __future__ import annotations

from collections.abc import Sequence


def ask_usage() -> str:
    return "Write your question into `question`; with `private` on, only you see the answer."


def file_gone() -> str:
    return "Discord does not keep it any more; please send it again."


def no_message_content() -> str:
    return (
        "the Message Content Intent is off, so replies without a mention are not heard; switch it on (developer portal, Bot), "
        "or set PLUMBLINE_DISCORD_MESSAGE_CONTENT=false"
    )


def another_process() -> str:
    """For the log: two bots with stores of their own would both answer everything."""
    return (
        "another process has begun a session with this Discord token, and this one keeps questions in a store of its own: it leaves "
        "Discord to the other one for a while; stop one of the two, or set REDIS_URL to a Redis that both share"
    )


def replies_unheard() -> str:
    return "I cannot read replies here unless they mention me or reply to me."


def nothing_readable() -> str:
    return "I see nothing that I could read in this message. Please write your question next to the mention, or attach a file."


def asks_about(words: str) -> str:
    return f"What does this mean, and what should be done about it?\n\n{words}"


def answering_in(link: str) -> str:
    return f"Answering in {link}"


def no_threads() -> str:
    return "I may not open a thread here, so I answer in the channel. A server admin can give me Create Public Threads."


def too_many_threads() -> str:
    return "This server has as many open threads as Discord allows, so I answer in the channel. A moderator can close some."


def takes_no_more() -> str:
    return "Discord lets me write nothing more at the usual place for a while, so I answer here."


def moderated() -> str:
    """In the place of what is not shown."""
    return "Discord's automatic moderation does not let me show this part of my answer. Whoever runs this server can see the rule."


def refused(code: int) -> str:
    """Why an answer is not shown."""
    return f"Discord refuses to show my answer (error {code}). Whoever runs me finds more in the log."


def untitled() -> str:
    """A thread's name where its question's words may not stand."""
    return "Question"


def no_sending_in_threads() -> str:
    return "I may not write in that thread, so I answer here. A server admin can give me Send Messages in Threads."


def thread_locked() -> str:
    return "That thread is locked, so I answer here. A moderator can unlock it."


def no_files() -> str:
    return (
        "I may not attach files here, so long code comes in several messages. A server admin can give me Attach Files."
    )


def no_history() -> str:
    return "I cannot read what was said here before. A server admin can give me Read Message History."


def answered_directly(link: str) -> str:
    return (
        f"You asked at {link}, where I may not write. A server admin can give me View Channel and Send Messages there."
    )


def no_channel() -> str:
    return "I may not write in this channel, so I answer by the command. A server admin can give me View Channel and Send Messages."


def no_direct() -> str:
    return "This answer took longer than Discord lets a private one take, and you take no direct messages from me. Please ask again."


def whose_servers(ids: Sequence[str], ours: Sequence[str]) -> str:
    """That there are servers whose members may not be the team's; "" where there are none. `ours`: those that are set."""
    if not ours:
        if len(ids) < 2:
            return ""
        return (
            f"I am in {len(ids):,} servers, and it is not set which are the team's, so no pattern matches "
            "anything; set PLUMBLINE_DISCORD_SERVERS. Anybody may add me to a server of their own while Public Bot is on "
            "(developer portal, Bot)"
        )
    others = [one for one in ids if one not in ours]
    if not others:
        return ""
    named = ", ".join(others[:5]) + (", ..." if len(others) > 5 else "")
    return f"PLUMBLINE_DISCORD_SERVERS does not name {named}, so its people count as outsiders, and no pattern matches there"


def read_by_everybody(server: str, is_open: bool) -> str:
    return f'everybody in the server "{server}"' + (", which anybody may join" if is_open else "")


def and_guests(who: str) -> str:
    return f"{who}, and guests of an invite to it"


def read_by_roles(roles: Sequence[str], people: int) -> str:
    named = [f"the role {role}" for role in roles] + ([f"{people} named there one by one"] if people else [])
    return ", ".join(["the server's owner", *named])


def members_not_known() -> str:
    return "who is in a server, and who holds a role, Discord tells no bot without the privileged intent for members"
