"""One answer in Discord: messages edited in place, in the question's own thread or in the next best place, nobody pinged.

A message carries a nonce made of its turn and place; for a few minutes Discord gives the first message back for a nonce that it knows,
so a send whose confirmation was lost may be repeated; later it is looked for. Where a right is missing the answer goes on to where we
may write: from the thread to a reply in the channel, from there to the asker directly; and it says once what is missing.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Set
from dataclasses import replace
from datetime import timedelta

import discord

from adapters.discord import finding, formatting, naming, phrases
from adapters.discord.calls import OLD_MESSAGE, Exhausted
from adapters.discord.formatting import DiscordPart
from adapters.discord.moderation import BLOCKED, Moderated
from adapters.discord.office import NOBODY, Office
from adapters.discord.opening import open_thread
from adapters.discord.parts import files_of, view_of
from adapters.discord.refusals import (
    ARCHIVED,
    NO_ACCESS,
    NO_DIRECT,
    NO_REPLY,
    NO_RIGHTS,
    UNKNOWN_MESSAGE,
    meanings,
)
from adapters.discord.threads import DIRECT, link_to
from adapters.pages import Pages
from adapters.places import Lack, Ladder, Place, Refusal, unsayable
from bot.errors import NotTaken, PlatformUnavailable
from bot.ports.doors import LivePost
from bot.ports.inbox import Lease, Outbox, Posted
from bot.views import View

log = logging.getLogger(__name__)

STEPS = 8
NONCE_SECONDS = 60.0
"""How long Discord surely knows a nonce: it says "in the past few minutes"
(https://docs.discord.com/developers/resources/message#create-message)."""


class DiscordPost(Pages[DiscordPart], LivePost):
    """The messages of one turn."""

    def __init__(self, office: Office, lease: Lease, outbox: Outbox) -> None:
        super().__init__(lease, outbox)
        self._office = office
        self._client = office.client
        self._starts = any(message.route.get("start") for message in lease.messages)
        places = (Place.THREAD, Place.CHANNEL, Place.DIRECT)
        self._ladder = Ladder(places[:1] if lease.thread.workspace == DIRECT else places)
        self._target: int | None = None
        self._here: int | None = None
        self._replies = True
        self._final = False
        self._withdrawn = False
        self._before: list[DiscordPart] = []
        self._says: Set[str] = set()
        self._takes_edits = True
        self._left_behind: tuple[str, ...] = ()
        self._moderated = Moderated()

    @property
    def pause_seconds(self) -> float:
        posted = self.post_ids
        return self._office.budget.pause_seconds(int(posted[0].partition("/")[0]) if posted else None)

    async def draw(self, view: View) -> None:
        self._final = view.final
        if self.lease.redraw:
            await self._office.calls.quiet(self.lease.turn_id)  # nothing older may come after this
        for _ in range(STEPS):
            if self._ladder.place is Place.NOWHERE:
                return
            parts = self._parts(view)
            self._says = {part.content for part in parts}
            try:
                await self.show(parts if view.final else self._settled(parts))
            except discord.HTTPException as refused:
                await self._step_down(refused, has_files=any(part.file for part in parts))
            except Exhausted:
                if not await self._go_round():
                    raise
            else:
                break
        if view.final:
            await self._tidy()

    async def _tidy(self) -> None:
        """What is still to do when the whole answer stands there."""
        for post_id in self._left_behind:
            with contextlib.suppress(PlatformUnavailable):
                await self.remove(post_id)
        self._left_behind = ()
        if self._here is not None:
            self._office.budget.ends(self._here, self)
            await naming.rename(self._office, self.lease, self._here)

    async def withdraw(self) -> None:
        """A send that is still on its way is waited for; no thread is made for this."""
        self._withdrawn = True
        self._target = int(self.lease.thread.thread)
        await self._office.calls.quiet(self.lease.turn_id)
        try:
            await super().withdraw()
        except discord.HTTPException as refused:
            log.info("nothing left to take away", extra={"turn": self.lease.turn_id, "code": refused.code})

    # --- what is shown -------------------------------------------------------------------------------------------------

    def _parts(self, view: View) -> list[DiscordPart]:
        shown = replace(view, notices=(*view.notices, *self._notices()))
        if not self._ladder.takes_content:
            shown = replace(shown, text="", marks=(), cites=())
        drawn = self._moderated.covered(formatting.render(shown, files=self._ladder.takes_files) or [DiscordPart("…")])
        return [*drawn[:-1], replace(drawn[-1], buttons=view.buttons)]

    def _notices(self) -> list[str]:
        """What is missing here, told by the first answer that lacks it."""
        lacks = {lack.value: words for lack, words in self._ladder.notices.items()}
        if self.lease.thread in self._office.unread:
            lacks["history"] = phrases.no_history()
        told, channel = self._office.told, self.lease.thread.place
        turn = self.lease.turn_id
        notices = [
            words
            for lack, words in lacks.items()
            if lack in (Lack.ROOM.value, Lack.CONTENT.value) or told.setdefault((channel, lack), turn) == turn
        ]
        is_blind = any(message.route.get("blind") for message in self.lease.messages)
        return notices + ([phrases.replies_unheard()] if is_blind and not self.lease.took_part else [])

    def _settled(self, parts: list[DiscordPart]) -> list[DiscordPart]:
        """While the answer is written, a message is added when the ones before it did not change any more: what comes may still move
        the cuts. What a worker before us has posted stays."""
        same = 0
        while same < min(len(parts) - 1, len(self._before)) and replace(parts[same], buttons=()) == self._before[same]:
            same += 1
        self._before = [replace(part, buttons=()) for part in parts]
        if self._posts is None:
            return parts
        kept = parts[: max(same + 1, len(self._posts))]
        return [*kept[:-1], replace(kept[-1], buttons=parts[-1].buttons)]

    # --- where it is shown ---------------------------------------------------------------------------------------------

    async def _place(self) -> int:
        """The channel to post in: where messages of this answer stand already, by another worker perhaps; else the next place. A
        question's thread is made when it is first needed, and is made once."""
        if self._target is None and self._posts:
            self._target = int(next(iter(self._posts.values())).partition("/")[0])
        if self._target is None:
            match self._ladder.place:
                case Place.THREAD:
                    if self._starts:
                        await open_thread(self._office, self.lease)
                    self._target = int(self.lease.thread.thread)
                case Place.CHANNEL:
                    self._target = int(self.lease.thread.channel)
                case _:
                    opening = self._client.http.start_private_message(self._asker)
                    self._target = int((await self._office.calls.make("direct message", opening))["id"])
        return self._target

    def _is_written_in(self, channel: int) -> None:
        if channel != self._here:
            if self._here is not None:
                self._office.budget.ends(self._here, self)
            self._office.budget.begins(channel, self)
            self._here = channel

    @property
    def _asker(self) -> int:
        return int(self.lease.messages[-1].author.id.removeprefix("discord:"))

    async def _step_down(self, refused: discord.HTTPException, *, has_files: bool) -> None:
        """The next best way to say the same. Nothing is said in a channel whose question is gone."""
        log.warning("refused", extra={"turn": self.lease.turn_id, "code": refused.code, "status": refused.status})
        before = self._ladder.place
        if refused.code == NO_REPLY:
            self._replies = False
        elif refused.code == OLD_MESSAGE:
            await self.forget()
        elif refused.code in BLOCKED:
            self._cover(refused)
        elif not self._ladder.step(self._meanings(refused, has_files=has_files)) and not self._gives_up(refused):
            raise PlatformUnavailable(f"{refused.status} {refused.code}") from refused
        if self._ladder.place is not before:
            await self._go(refused)

    def _cover(self, refused: discord.HTTPException) -> None:
        if not self._final:
            raise NotTaken(f"{refused.status} {refused.code}") from refused
        if not self._moderated.can_be_covered:
            self._ladder.step(unsayable(phrases.moderated()))

    def _gives_up(self, refused: discord.HTTPException) -> bool:
        """Not where our token is refused: it may be renewed."""
        is_lasting = self._final and refused.status != 401
        return is_lasting and self._ladder.give_up(str(refused.code), phrases.refused(refused.code))

    def _meanings(self, refused: discord.HTTPException, *, has_files: bool) -> Iterator[Refusal]:
        is_reply = self._ladder.place is Place.CHANNEL
        in_channel = phrases.answered_directly(link_to(self.lease.thread)) if is_reply else ""
        starts = self._starts and self._target is None
        return meanings(refused, in_channel, starts=starts, has_files=has_files, is_gone=self._withdrawn)

    async def _go_round(self) -> bool:
        """Where Discord takes no more of such calls for longer than a person should wait: while nothing is seen, to the next place; an
        answer's end that cannot be drawn where it stands, in new messages. False: what is seen is a sign, and the rest follows."""
        log.warning("no room for long", extra={"turn": self.lease.turn_id, "where": self._ladder.place.name})
        if self._withdrawn:
            return False
        if self._posts:
            if not self._final or self._takes_edits:
                return False
            self._takes_edits, self._left_behind = True, (*self._left_behind, *self.post_ids)
            await self.forget()
            return True
        if not self._ladder.step([Refusal(Lack.ROOM, phrases.takes_no_more())]):
            return False
        self._target = None
        await self.forget()
        return True

    async def _go(self, refused: discord.HTTPException) -> None:
        """What stands where we may not write stays as it is; the answer begins anew in the next place."""
        self._target = None
        if self._ladder.place is not Place.NOWHERE:
            await self.forget()
        elif refused.code in (NO_DIRECT, NO_RIGHTS, NO_ACCESS) or not self._ladder.takes_content:
            log.error("answer undeliverable", extra={"turn": self.lease.turn_id, "code": refused.code})

    # --- calls ---------------------------------------------------------------------------------------------------------

    async def create(self, index: int, part: DiscordPart, mark: str) -> str:
        channel = self._client.get_partial_messageable(await self._place())
        self._is_written_in(channel.id)
        await self.leave()
        replies = self._ladder.place is Place.CHANNEL and self._replies and index == 0
        root = channel.get_partial_message(int(self.lease.thread.thread)) if replies else None
        sending = channel.send(
            part.content,
            nonce=f"{self.lease.turn_id[:16]}.{index}.{mark}",
            suppress_embeds=True,
            allowed_mentions=NOBODY,
            view=view_of(part.buttons, self.lease.thread),  # type: ignore[arg-type]
            files=files_of(part),
            reference=root,  # type: ignore[arg-type]
            mention_author=False,
        )
        with self._moderated.noted(part, is_final=self._final):
            sent = await self._office.calls.make("send", sending, final=self._final, turn=self.lease.turn_id)
        return f"{channel.id}/{sent.id}"

    async def edit(self, post_id: str, index: int, part: DiscordPart) -> None:
        channel, message = self._message(post_id)
        self._is_written_in(channel.id)
        for is_again in (False, True):
            try:
                await self._office.budget.edit(channel.id)
                changing = self._change(message, part)
                with self._moderated.noted(part, is_final=self._final):
                    await self._office.calls.until_taken("edit", changing, final=self._final, turn=self.lease.turn_id)
            except discord.HTTPException as refused:
                if refused.code == ARCHIVED and not is_again:
                    await self._open_again(channel.id, refused)
                    continue
                if refused.code != UNKNOWN_MESSAGE:
                    raise
                log.info("a message of the answer was deleted by somebody", extra={"turn": self.lease.turn_id})
            except Exhausted:
                self._takes_edits = False
                raise
            return

    async def _open_again(self, thread: int, refused: discord.HTTPException) -> None:
        """An archived thread takes no edits; one that is locked as well stays shut."""
        try:
            opening = self._client.http.edit_channel(thread, archived=False)
            await self._office.calls.make("open the thread again", opening)
        except discord.HTTPException:
            raise refused from None

    async def _change(self, message: discord.PartialMessage, part: DiscordPart) -> None:
        view = view_of(part.buttons, self.lease.thread)
        if part.file:
            await message.edit(content=part.content, view=view, allowed_mentions=NOBODY, attachments=files_of(part))
        else:
            await message.edit(content=part.content, view=view, allowed_mentions=NOBODY)

    async def remove(self, post_id: str) -> None:
        try:
            await self._office.calls.make("delete", self._message(post_id)[1].delete(), final=self._final)
        except discord.HTTPException as refused:
            log.info("not deleted", extra={"turn": self.lease.turn_id, "code": refused.code})

    async def find(self, index: int, tried: Posted) -> str | None:
        """By its nonce, for which Discord gives back the message that is there, or makes it; where it may have forgotten that, looked
        for first."""
        known = (self._posts or {}).values()
        if not self._withdrawn:
            if tried.seconds > NONCE_SECONDS:
                since = self._office.clock() - timedelta(seconds=tried.seconds)
                if there := await finding.unnoted(self._office, self.lease, known, since, self._says):
                    return there
            return await self.create(index, DiscordPart("…"), tried.mark)
        if stray := await finding.stray(self._office, self.lease, known):
            return stray
        try:  # in a thread nobody minds a message for a moment; the channel of a question that is gone stays as it is
            in_thread = self._ladder.place is Place.THREAD
            return await self.create(index, DiscordPart("…"), tried.mark) if in_thread else None
        except discord.HTTPException as refused:
            log.info("nothing to take away", extra={"turn": self.lease.turn_id, "code": refused.code})
            return None

    def _message(self, post_id: str) -> tuple[discord.PartialMessageable, discord.PartialMessage]:
        channel_id, _, message_id = post_id.partition("/")
        channel = self._client.get_partial_messageable(int(channel_id))
        return channel, channel.get_partial_message(int(message_id))
