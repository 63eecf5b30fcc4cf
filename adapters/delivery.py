"""Draws a stream of AnswerEvents at a LivePost: throttled, latest text first, and always one whole final view.

Shared by every platform and knowing none.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, assert_never

from adapters import phrases
from bot.conversation import Answer, Mark
from bot.errors import (
    BotError,
    LeaseLost,
    ModelRefused,
    NotForYou,
    OverBudget,
    PlatformUnavailable,
    ReadersUnknown,
    StoreUnavailable,
    SwitchedOff,
)
from bot.events import (
    AnswerEvent,
    Links,
    Marks,
    PickedUp,
    Restart,
    Revised,
    Status,
    TextDelta,
    Thinking,
    ToolCall,
    ToolResult,
)
from bot.ports.doors import LivePost
from bot.ports.inbox import Lease, Outcome
from bot.views import Action, Button, View

log = logging.getLogger(__name__)

FINAL_TRIES = 6
"""Drawings of the final view before the turn is handed back; with the pauses between them about half a minute."""

STORE_PAUSE_SECONDS = 0.5

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
        self._marks: tuple[Mark, ...] = ()
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
            case Revised(text):
                self._text = [text]
                self._length = len(text)
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
                self._marks = ()
                self._status = phrases.restarted()
            case PickedUp(text):
                self._before = text
                self._status = phrases.picked_up()
            case Links(allowed):
                self._links = (*self._links, *allowed)
            case Marks(every):
                self._marks = every
            case Answer():
                self.answer = event
            case _:
                assert_never(event)

    def view(self) -> View:
        """How the answer looks while it is written."""
        stop = (Button("stop", self.turn_id),)
        return View(self._said, self._status, buttons=stop, links=self._links, marks=self._marks)

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
        actions: list[Action] = ["good", "bad"] if self.answer.stop_reason == "end_turn" else ["go_on", "good", "bad"]
        actions += ["looked", "wrong"] if self.answer.marks else []
        return View(
            self.answer.text,
            notices=self.answer.notices,
            buttons=tuple(Button(action, self.turn_id) for action in actions),
            final=True,
            links=self.answer.links,
            marks=self.answer.marks,
            cites=self.answer.cites,
        )

    def apology(self, fault: BaseException) -> View:
        """What was said so far, kept, and why it ends here. What the model took back, or may not be seen any more, is not
        kept."""
        retry = (Button("retry", self.turn_id),) if getattr(fault, "can_retry", True) else ()
        sentence = phrases.apology(fault, self.turn_id)
        said = "" if isinstance(fault, ModelRefused | NotForYou | ReadersUnknown) else self._said
        return View(said, notices=(sentence,), buttons=retry, final=True, links=self._links, failed=True)


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
        except (PlatformUnavailable, StoreUnavailable) as fault:
            log.warning("drawing postponed", extra={"reason": type(fault).__name__})
        except Exception:
            log.exception("drawing failed")

    async def say(self, status: str) -> None:
        """Show that the turn waits; whoever takes it up again goes on in the same place."""
        async with self._drawing:
            self._finished = True
            await self._try(View(status=status))

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
                except StoreUnavailable:
                    await self._sleep(STORE_PAUSE_SECONDS)
                except PlatformUnavailable as fault:
                    tries += 1
                    if tries == FINAL_TRIES:
                        raise Undeliverable(str(fault)) from fault
                    await self._sleep(min(0.5 * 2**tries, 10))
                else:
                    return


async def deliver(
    events: AsyncGenerator[AnswerEvent, None],
    post: LivePost,
    lease: Lease,
    sleep: Sleep = asyncio.sleep,
    on_fault: Callable[[Exception], None] = lambda fault: None,
) -> Outcome:
    """Show the stream at the post, to its end. Every stream that began ends in one final view: an answer or an apology.

    Raises PlatformUnavailable when the final view could not be shown, StoreUnavailable when a store is away before there is an
    answer, and LeaseLost when another worker has the thread: the turn comes again, here or elsewhere, and is finished in the same
    place. `on_fault` is told why a turn ends without an answer.
    """
    draft = Draft(lease.turn_id)
    artist = Artist(draft, post, sleep)
    async with contextlib.aclosing(events), _drawing(artist):
        try:
            return await _follow(events, draft, artist)
        except StoreUnavailable:
            if not (draft.begun or lease.redraw) and any(one.addressed for one in lease.messages):
                await artist.say(phrases.waits_for_store())
            raise
        except (LeaseLost, Undeliverable):
            raise
        except (OverBudget, SwitchedOff, NotForYou, ModelRefused) as fault:
            on_fault(fault)
            await artist.finish(draft.apology(fault))
            return Outcome.DECLINED
        except BotError as fault:
            on_fault(fault)
            log.warning("apologised", extra={"turn": lease.turn_id, "reason": type(fault).__name__})
            await artist.finish(draft.apology(fault))
            return Outcome.FAILED
        except Exception as fault:
            on_fault(fault)
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
