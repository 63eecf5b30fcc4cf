"""Many leases of one process are kept by one call, and each for itself: a lost one, or a stop, is one turn's alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from storage.inbox import RedisInbox
from storage.keys import thread_key
from tests.fakes import message
from tests.storage.serving import Gate, Recorder, eventually, serving, thread
from tests.stores import ValkeyServer

TURNS = 12


async def test_leases_that_are_due_together_are_kept_by_one_call_and_lost_or_stopped_one_by_one(
    redis_inbox: RedisInbox, valkey_server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    renew = redis_inbox._leases._renewals._renew

    async def noted(keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        calls.append(len(arguments) - 1)
        return await renew(keys, arguments)

    monkeypatch.setattr(redis_inbox._leases._renewals, "_renew", noted)
    gate = Gate()
    recorder = Recorder(before_end=gate)
    async with serving(redis_inbox, recorder, slots=TURNS):
        for number in range(TURNS):
            await redis_inbox.accept(message(f"{number}", id="1", thread=thread(number)))
        await eventually(lambda: len(recorder.leases) == TURNS and TURNS in calls)
        assert await redis_inbox.stop(thread(1), by="Ana")
        with valkey_server.client() as client:
            client.incr(thread_key(thread(2), "fence"))
        calls.clear()
        stopped = next(lease for lease in recorder.leases if lease.thread == thread(1))
        await eventually(stopped.stop.requested.is_set)
        await eventually(lambda: TURNS - 1 in calls)  # the one that was lost is kept no longer
        gate.opened.set()
        await eventually(lambda: len([texts for texts in recorder.texts if texts != ["2"]]) == TURNS - 1)

    ended = [
        texts[0] for texts in recorder.texts if texts != ["2"]
    ]  # which comes again as soon as its lease has lapsed
    assert sorted(ended) == sorted(str(number) for number in range(TURNS) if number != 2)
    assert [lease.thread for lease in recorder.leases if lease.stop.requested.is_set()] == [thread(1)]
