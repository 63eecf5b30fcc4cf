"""Draws a stream of AnswerEvents at a LivePost: throttled, latest text first, and always one whole final view.

Shared by every platform and knowing none. `Pages` keeps a row of platform messages equal to a row of parts; it is the one
place where answers are posted, so the outbox is written here and nowhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar, assert_never

from bot import phrases
from bot.conversation import (
    Answer,
    AnswerEvent,
    Button,
    Links,
    PickedUp,
    Restart,
    Status,
    TextDelta,
    Thinking,
    ToolCall,
    ToolResult,
    View,
)
from bot.errors import (
    BotError,
    HistoryUnavailable,
    LeaseLost,
    NotTaken,
    OverBudget,
    PlatformUnavailable,
    SwitchedOff,
)
from bot.ports import Lease, LivePost, Outbox, Outcome, Posted

log = logging.getLogger(__name__)

FINAL_TRIES = 6
"""Drawings of the final view before the turn is handed back; with the pauses between them about half a minute."""

STORE_PAUSE_SECONDS = 0.5
READ_BACK_PAUSE_SECONDS = 0.5
SEE_THROUGH_SECONDS = 15

STATUS_SECONDS = 0.5
"""A status line is shown only when the first words take longer than this: a quick answer needs one call less."""

LOOK_SECONDS = 0.5
"""How often a post that may not be drawn now is asked again."""

Sleep = Callable[[float], Awaitable[None]]


class Draft:
    """Turns events into the view that should be shown now."""

    def __init__(self, turn_id: str) -> None:
        self.turn_id = turn_id
        self._text: list[str] = []
        self._length = 0
        self._before = ""
        self._links: tuple[str, ...] = ()
        self._status = ""
        self._looks: list[str] = []
        self.answer: Answer | None = None
        self.begun = False

    def add(self, event: AnswerEvent) -> None:
        self.begun = True
        match event:
            case Thinking():
                self._status = self._status or phrases.thinking()
            case TextDelta(text):
                self._text.append(text)
                self._length += len(text)
                self._status = phrases.picked_up() if self._is_behind else ""
            case ToolCall(label=label):
                self._looks.append(label)
                self._status = phrases.looking(self._looks)
            case ToolResult():
                self._looks.clear()  # what was looked at stays in sight until there is something newer to say
            case Status(text):
                self._status = text
            case Restart():
                self._text.clear()
                self._length = 0
                self._before = ""
                self._status = phrases.restarted()
            case PickedUp(text):
                self._before = text
                self._status = phrases.picked_up()
            case Links(allowed):
                self._links = allowed
            case Answer():
                self.answer = event
            case _:
                assert_never(event)

    def view(self) -> View:
        """How the answer looks while it is written."""
        return View(self._said, self._status, buttons=(Button("stop", self.turn_id),), links=self._links)

    @property
    def has_text(self) -> bool:
        return bool(self._length or self._before)

    @property
    def _is_behind(self) -> bool:
        """True while readers have seen more, from a worker that died, than was told since."""
        return self._length < len(self._before)

    @property
    def _said(self) -> str:
        return self._before if self._is_behind else "".join(self._text)

    def final_view(self) -> View:
        """The whole answer. The stream must have ended with one."""
        if self.answer is None:
            raise BotError("there is no answer yet")
        thumbs = (Button("good", self.turn_id), Button("bad", self.turn_id))
        return View(self.answer.text, notices=self.answer.notices, buttons=thumbs, final=True, links=self.answer.links)

    def apology(self, fault: BaseException) -> View:
        """What was said so far, kept, and why it ends here."""
        retry = (Button("retry", self.turn_id),) if getattr(fault, "can_retry", True) else ()
        sentence = phrases.apology(fault, self.turn_id)
        return View(self._said, notices=(sentence,), buttons=retry, final=True, links=self._links)


class Undeliverable(PlatformUnavailable):
    """The final view could not be shown, however often we tried."""


class Artist:
    """Draws the newest view of a draft, one drawing at a time, with a pause between; a drawing that fails is followed by the next.

    Runs in its own task, so that a platform that makes us wait never holds up the model's stream. The first words are drawn as
    soon as they are there.
    """

    def __init__(self, draft: Draft, post: LivePost, sleep: Sleep, now: Callable[[], float] = time.monotonic) -> None:
        self._draft = draft
        self._post = post
        self._sleep = sleep
        self._now = now
        self._changed = asyncio.Event()
        self._first_words = asyncio.Event()
        self._drawing = asyncio.Lock()
        self._due = now() + STATUS_SECONDS
        self._finished = False

    def look(self) -> None:
        """The draft has changed."""
        self._changed.set()
        if self._draft.has_text:
            self._first_words.set()

    async def run(self) -> None:
        is_worded = False
        while not self._finished:
            await self._changed.wait()
            pause = self._post.pause_seconds
            has_words = self._draft.has_text and not is_worded
            wait = LOOK_SECONDS if math.isinf(pause) else 0 if has_words else self._due - self._now()
            if wait > 0:
                await self._rest(wait)
                continue
            async with self._drawing:
                if not self._finished:
                    self._changed.clear()
                    is_worded = self._draft.has_text
                    await self._try(self._draft.view())
                    self._due = self._now() + pause

    async def _rest(self, seconds: float) -> None:
        """That long, but no longer than until the first words come."""
        waking: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._sleep(seconds))]
        if not self._first_words.is_set():
            waking.append(asyncio.ensure_future(self._first_words.wait()))
        try:
            await asyncio.wait(waking, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waking:
                one.cancel()

    async def _try(self, view: View) -> None:
        try:
            await self._post.draw(view)
        except LeaseLost:
            self._finished = True  # the lease's keeper ends the turn
        except (PlatformUnavailable, HistoryUnavailable) as fault:
            log.warning("drawing postponed", extra={"reason": type(fault).__name__})
        except Exception:
            log.exception("drawing failed")

    async def finish(self, view: View) -> None:
        """Draw the final view, again and again if need be. Raises Undeliverable when the platform stays away, and LeaseLost.

        A store that is away is waited for: the answer is there, and giving the turn back would ask for another one.
        """
        tries = 0
        async with self._drawing:
            self._finished = True
            while True:
                try:
                    await self._post.draw(view)
                except HistoryUnavailable:
                    await self._sleep(STORE_PAUSE_SECONDS)
                except PlatformUnavailable as fault:
                    tries += 1
                    if tries == FINAL_TRIES:
                        raise Undeliverable(str(fault)) from fault
                    await self._sleep(min(0.5 * 2**tries, 10))
                else:
                    return


async def deliver(
    events: AsyncGenerator[AnswerEvent, None], post: LivePost, lease: Lease, sleep: Sleep = asyncio.sleep
) -> Outcome:
    """Show the stream at the post, to its end. Every stream that began ends in one final view: an answer or an apology.

    Raises PlatformUnavailable when the final view could not be shown, HistoryUnavailable when a store is away before there is an
    answer, and LeaseLost when another worker has the thread: the turn comes again, here or elsewhere, and is finished in the same
    place.
    """
    draft = Draft(lease.turn_id)
    artist = Artist(draft, post, sleep)
    async with contextlib.aclosing(events), _drawing(artist):
        try:
            return await _follow(events, draft, artist)
        except (LeaseLost, Undeliverable, HistoryUnavailable):
            raise
        except (OverBudget, SwitchedOff) as fault:
            await artist.finish(draft.apology(fault))
            return Outcome.DECLINED
        except BotError as fault:
            log.warning("apologised", extra={"turn": lease.turn_id, "reason": type(fault).__name__})
            await artist.finish(draft.apology(fault))
            return Outcome.FAILED
        except Exception as fault:
            log.exception("incident", extra={"turn": lease.turn_id})
            await artist.finish(draft.apology(fault))
            return Outcome.FAILED


async def _follow(events: AsyncGenerator[AnswerEvent, None], draft: Draft, artist: Artist) -> Outcome:
    """The whole answer is shown as soon as it is there; the stream may still be saving it behind our back."""
    async for event in events:
        draft.add(event)
        if isinstance(event, Answer):
            await artist.finish(draft.final_view())
        else:
            artist.look()
    if draft.begun and draft.answer is None:
        raise BotError("the answer's stream ended without an Answer")
    return Outcome.ANSWERED if draft.begun else Outcome.LEFT_ALONE


@contextlib.asynccontextmanager
async def _drawing(artist: Artist) -> AsyncGenerator[None, None]:
    """The artist at work in its own task, which ends with the turn."""
    task = asyncio.create_task(artist.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


Part = TypeVar("Part")


class Pages(ABC, Generic[Part]):
    """Keeps the platform's messages of one turn equal to a row of parts: posts what is new, edits what changed, removes what
    is over. A part is any value that can be compared; an unchanged part costs no call.

    Before a message is posted the outbox says so, and after it again; a worker that takes the turn over finds the messages
    there, and asks the platform (`find`) about one that was tried and never confirmed, instead of posting it twice. Before
    every call the lease is looked at: a worker that has lost it falls silent, and takes away what it posted too late.
    """

    read_back_seconds = 0.0
    """The longest that this platform takes to take a message and to show it to us: so long after a posting was tried, a message
    that is not seen is not there."""

    def __init__(self, lease: Lease, outbox: Outbox, sleep: Sleep = asyncio.sleep) -> None:
        self.lease = lease
        self._outbox = outbox
        self._sleep = sleep
        self._shown: dict[int, Part] = {}
        self._posts: dict[int, str] | None = None
        self._unsure: dict[int, Posted] = {}
        self._tried: set[int] = set()
        self._is_on_its_way = False

    @property
    def post_ids(self) -> tuple[str, ...]:
        """The platform's ids of what is posted now, in order."""
        return tuple(self._posts[index] for index in sorted(self._posts)) if self._posts else ()

    async def show(self, parts: Sequence[Part]) -> None:
        """Raises PlatformUnavailable where the platform does not take a call; calling again goes on where it stopped.
        Raises LeaseLost when another worker has the thread."""
        if self._posts is None:
            recalled = await self._outbox.posts(self.lease)
            self._posts = {index: posted.post_id for index, posted in recalled.items() if posted.post_id}
            self._unsure = {index: posted for index, posted in recalled.items() if not posted.post_id}
            self._tried = set(self._unsure)
        await self._look_for_unsure(self._posts)
        for index, part in enumerate(parts):
            await self._show_one(self._posts, index, part)
        for index in sorted(self._posts, reverse=True):
            if index >= len(parts):
                await self._remove_one(self._posts, index)

    async def withdraw(self) -> None:
        """Take away all that was posted."""
        await self.show(())

    async def _look_for_unsure(self, posts: dict[int, str]) -> None:
        """Ask the platform about each message whose posting was tried and never confirmed."""
        for index in sorted(self._unsure):
            if found := await self._find(index, self._unsure[index]):
                posts[index] = await self._outbox.delivered(self.lease, index, found)
            del self._unsure[index]

    async def _find(self, index: int, tried: Posted) -> str | None:
        """Look now, and again until it would have been seen."""
        seconds = self.read_back_seconds - tried.seconds
        while (found := await self.find(index, tried.mark)) is None and seconds > 0:
            await self._sleep(READ_BACK_PAUSE_SECONDS)
            seconds -= READ_BACK_PAUSE_SECONDS
        return found

    async def _show_one(self, posts: dict[int, str], index: int, part: Part) -> None:
        if index in posts:
            if self._shown.get(index) != part:
                await self.hold()
                await self.edit(posts[index], index, part)
        else:
            there = await self._outbox.attempted(self.lease, index)
            posts[index] = there.post_id or await self._post(index, part, there.mark)
            if there.post_id:
                await self.edit(there.post_id, index, part)
        self._shown[index] = part

    async def _post(self, index: int, part: Part, mark: str) -> str:
        """Post a part that is not there. One that is on its way is seen through when we are cut short: it would stand there unknown."""
        self._is_on_its_way = False
        posting = asyncio.create_task(self._post_and_note(index, part, mark))
        try:
            return await asyncio.shield(posting)
        except asyncio.CancelledError:
            if self._is_on_its_way:
                await asyncio.wait((posting,), timeout=SEE_THROUGH_SECONDS)
            posting.cancel()
            await asyncio.gather(posting, return_exceptions=True)
            raise

    async def _post_and_note(self, index: int, part: Part, mark: str) -> str:
        """Only where nobody knows whether it was taken, it is looked for later."""
        self._unsure[index] = Posted("", mark=mark)
        try:
            ours = await self.create(index, part, mark)
        except NotTaken:
            await self._untried(index)
            raise
        except PlatformUnavailable:
            self._tried.add(index)
            raise
        except Exception:  # the platform said no
            await self._untried(index)
            raise
        counts = await self._outbox.delivered(self.lease, index, ours)
        del self._unsure[index]
        if counts != ours:
            log.warning("posted too late, taken away", extra={"turn": self.lease.turn_id, "part": index})
            await self.remove(ours)
        if not counts:
            raise LeaseLost("another worker has ended this turn")
        if counts != ours or index in self._tried:
            # A platform that knows its posts by a key of ours gives back the first one, with what it said then.
            await self.hold()
            await self.edit(counts, index, part)
        return counts

    async def _untried(self, index: int) -> None:
        await self._outbox.removed(self.lease, index)
        del self._unsure[index]

    async def leave(self) -> None:
        """Called by `create` right before its call: one that waited long for its turn may have lost the thread meanwhile."""
        await self.hold()
        self._is_on_its_way = True

    async def hold(self) -> None:
        """Fall silent when the thread is another worker's. While the store is away nobody can have taken it."""
        with contextlib.suppress(HistoryUnavailable):
            await self._outbox.check(self.lease)

    async def _remove_one(self, posts: dict[int, str], index: int) -> None:
        await self.hold()
        await self.remove(posts[index])
        await self._outbox.removed(self.lease, index)
        del posts[index]
        self._shown.pop(index, None)

    @abstractmethod
    async def create(self, index: int, part: Part, mark: str) -> str:
        """Post a new message behind the others; returns the platform's id for it. `mark` names this posting. Right before its call
        it calls `leave`.

        Raises NotTaken where it surely was not taken, and PlatformUnavailable where nobody knows.
        """

    @abstractmethod
    async def edit(self, post_id: str, index: int, part: Part) -> None: ...

    @abstractmethod
    async def remove(self, post_id: str) -> None:
        """A message that is gone already counts as removed."""

    @abstractmethod
    async def find(self, index: int, mark: str) -> str | None:
        """Ask the platform whether this turn's part was posted under this mark; its id, or None."""
