"""A worker deals with each turn that it is handed: it is answered at its platform, or taken back."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from adapters.metrics import Metrics
from adapters.worker import Worker
from bot.answering.assistant import Assistant
from bot.conversation import Answer
from bot.events import AnswerEvent
from bot.ports.inbox import Lease, Outcome, Redraw
from storage.memory import MemoryInbox, MemoryOutbox
from tests.fakes import ANA, FakePlatform, lease, message
from tests.storage.serving import serving, settled


async def test_a_turn_whose_messages_were_all_deleted_is_forgotten_then_taken_back_and_asks_no_model() -> None:
    platform, inbox, stood = FakePlatform(), MemoryInbox(), list[bool]()

    class Forgetting:
        async def forget(self, lease: Lease) -> None:
            stood.append(not any(post.is_withdrawn for post in platform.posts.values()))

    assistant = cast(Assistant, Forgetting())
    worker = Worker(inbox, MemoryOutbox(), assistant, {"slack": platform}, Metrics(), lambda: datetime.now(UTC), 1)
    gone = replace(message("", author=ANA), withdrawn=True)
    await inbox.accept(gone)

    async with serving(inbox, worker.handle):
        await settled(inbox)

    (post,) = platform.posts.values()
    assert post.is_withdrawn
    assert post.views == []
    assert stood == [True]  # what it was told is not told again from the moment it is seen to be gone
    assert await worker.handle(lease(gone)) == (Outcome.DECLINED, 1)


async def test_a_turn_that_ended_is_drawn_once_more_in_its_own_place() -> None:
    platform, answer = FakePlatform(), Answer("Use A.", "claude-x")

    class Recalling:
        async def recall(self, lease: Lease) -> AsyncGenerator[AnswerEvent, None]:
            yield answer

    worker = Worker(
        MemoryInbox(),
        MemoryOutbox(),
        cast(Assistant, Recalling()),
        {"slack": platform},
        Metrics(),
        lambda: datetime.now(UTC),
        1,
    )
    ended = replace(lease(message("how?")), redraw=Redraw.ANSWER)

    assert await worker.handle(ended) == (Outcome.REDRAWN, 0)
    assert [view.text for view in platform.posts[ended.turn_id].views] == ["Use A."]
    assert platform.posts[ended.turn_id].views[-1].final
