"""A worker deals with each turn that it is handed: it is answered at its platform, or taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from adapters.metrics import Metrics
from adapters.worker import Worker
from bot.assistant import Assistant
from bot.ports import Outcome
from storage.memory import MemoryInbox, MemoryOutbox
from tests.fakes import ANA, FakePlatform, lease, message
from tests.storage.serving import serving, settled


async def test_a_turn_whose_messages_were_all_deleted_is_taken_back_and_asks_no_model() -> None:
    platform, inbox = FakePlatform(), MemoryInbox()
    worker = Worker(
        inbox, MemoryOutbox(), cast(Assistant, None), {"slack": platform}, Metrics(), lambda: datetime.now(UTC), 1
    )
    gone = replace(message("", author=ANA), withdrawn=True)
    await inbox.accept(gone)

    async with serving(inbox, worker.handle):
        await settled(inbox)

    (post,) = platform.posts.values()
    assert post.is_withdrawn
    assert post.views == []
    assert await worker.handle(lease(gone)) == (Outcome.DECLINED, 1)
