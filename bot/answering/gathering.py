"""What is read before the model is asked: what was said around the question, its files, and giant texts cut to what is useful."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.answering import phrases
from bot.answering.attachments import ReadFiles, read_files
from bot.answering.audience import GOING_ON, readable
from bot.answering.files import TextFile
from bot.conversation import Conversation, Message
from bot.editions import order
from bot.errors import BotError
from bot.loops import read_beside
from bot.ports.doors import Platform
from bot.ports.inbox import Lease
from bot.ports.policy import Decision
from bot.writing.links import OwnWords, addresses
from bot.writing.masking import mask
from bot.writing.text import excerpt

log = logging.getLogger(__name__)

EARLIER_TIMEOUT_SECONDS = 8
WHISPER_TIMEOUT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Gathered:
    """A question with all that belongs to it. `cuts` are notices about giant texts; `said` is all that people wrote in the thread."""

    messages: tuple[Message, ...]
    context: tuple[Message, ...]
    files: ReadFiles
    cuts: tuple[str, ...]
    said: str


async def gather(
    conversation: Conversation,
    lease: Lease,
    platform: Platform,
    text_limit_chars: int,
    decision: Decision,
    *,
    masks: bool = True,
    lost_since: datetime | None = None,
) -> Gathered:
    """Nothing in it fails because the platform does: what could not be read is left out, and files say so.

    `lost_since`: what was said since then may be in no store of ours. `masks`: secrets are taken out of what is read here, as they were
    at the door out of what was heard.
    """
    context = readable(await _context(conversation, lease, platform, lost_since), decision)
    if masks:
        context = await read_beside(_characters(context), _without_secrets, context)
    files = await read_files(platform, lease.messages, context, text_limit_chars, masks=masks)
    if files.asides and not await told_alone(platform, lease, files.asides):
        files = replace(files, notices=(*files.notices, *files.asides))
    messages, cuts = await read_beside(_characters(lease.messages), _within, lease.messages, text_limit_chars)
    before = sum(_characters((*one.context, *one.messages)) + len(one.answer.text) for one in conversation.turns)
    said = await read_beside(
        before + _characters((*messages, *context)), _words_of, conversation, messages, context, files
    )
    return Gathered(messages, context, files, cuts, said)


async def _context(
    conversation: Conversation, lease: Lease, platform: Platform, lost_since: datetime | None
) -> tuple[Message, ...]:
    """What was said and not answered: before the first mention (asked of the platform once), and among people since.

    A thread whose history is gone, or ends where a store was copied that has been restored since, is read back from its platform the
    same way, our own answers included. What the model refused stays
    where it is.
    """
    earlier: Sequence[Message] = ()
    if lost_since or not conversation.turns:
        try:
            async with asyncio.timeout(EARLIER_TIMEOUT_SECONDS):
                earlier = await platform.earlier(lease.messages[0])
        except (TimeoutError, BotError) as fault:
            log.warning("earlier not read", extra={"thread_id": str(lease.thread), "reason": type(fault).__name__})
    since = conversation.forgotten_at
    earlier = [message for message in earlier if since is None or message.sent_at > since]
    earlier = [message for message in earlier if not _is_refused(message, conversation)]
    if lost_since and conversation.turns:
        earlier = _said_since(earlier, conversation, lost_since)
    if any(message.ours for message in earlier):
        log.info("history read back from the platform", extra={"thread_id": str(lease.thread)})
    waiting = {message.id for message in lease.messages}
    seen = {message.id: message for message in (*earlier, *lease.context) if message.id not in waiting}
    return tuple(seen.values())


def _said_since(earlier: Sequence[Message], conversation: Conversation, ended_at: datetime) -> list[Message]:
    """What was said after the last turn that is remembered. Its own posts were made before it ended; its messages have their order, as
    a platform's times may leave out fractions of a second."""
    last = max(order(message.id) for message in conversation.turns[-1].messages)
    known = {one.id for turn in conversation.turns for one in (*turn.messages, *turn.context)}
    return [
        one for one in earlier if (one.sent_at > ended_at if one.ours else order(one.id) > last and one.id not in known)
    ]


def _is_refused(message: Message, conversation: Conversation) -> bool:
    return bool(conversation.refused & {message.id, f"{message.id}#{message.edition}"})


async def told_alone(platform: Platform, lease: Lease, asides: Sequence[str]) -> bool:
    """Said to the asker alone; whoever takes the turn over does not say it again."""
    if lease.attempt > 1:
        return True
    try:
        async with asyncio.timeout(WHISPER_TIMEOUT_SECONDS):
            return await platform.whisper(lease.messages[-1], "\n\n".join(asides))
    except (TimeoutError, BotError) as fault:
        log.warning("not whispered", extra={"thread_id": str(lease.thread), "reason": type(fault).__name__})
        return False


def _characters(messages: Sequence[Message]) -> int:
    return sum(len(one.text) + sum(len(quote.text) for quote in one.quotes) for one in messages)


def _without_secrets(messages: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(message.rewritten(lambda text: mask(text, is_typed=True)) for message in messages)


def _words_of(
    conversation: Conversation, messages: Sequence[Message], context: Sequence[Message], files: ReadFiles
) -> str:
    """What people wrote in this thread, for telling their places from ours; an address that we wrote first, and they only quote, is not
    theirs, nor are our words in a message that has us go on with an answer."""
    own, said, heard = OwnWords(), list[str](), set[str]()

    def hear(several: Sequence[Message]) -> None:
        for one in several:
            if one.ours or one.id.endswith(GOING_ON):
                own.add(one.text)
            else:
                said.append(own.out_of(one.text, heard))
                heard.update(addresses(said[-1]))

    for turn in conversation.turns:
        hear((*turn.context, *turn.messages))
        own.add(turn.answer.text)
    hear((*context, *messages))
    return "\n".join([*said, *(part.text for part in files.parts if isinstance(part, TextFile))])


def _within(messages: Sequence[Message], limit_chars: int) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """Each message with a giant text excerpted, and a notice for each that was."""
    kept, notices = [], []
    for message in messages:
        text, cut = excerpt(message.text, limit_chars)
        kept.append(replace(message, text=text))
        if cut:
            notices.append(phrases.message_cut(cut.kept, cut.total))
    return tuple(kept), tuple(notices)
