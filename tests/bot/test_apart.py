"""A process of its own for what strangers send: it is told no secret, and no question or answer is too much for the pipes."""

from __future__ import annotations

import time

import pytest

from bot.apart import NotDone, TookTooLong, answer_of, environment

ECHO = "tests.bot.echo_child"


async def test_long_questions_and_long_answers_pass_at_the_same_time() -> None:
    pieces = [bytes([at % 251]) * 200_000 for at in range(20)]

    assert await answer_of(ECHO, pieces, 60) == b"".join(pieces)


async def test_what_ends_by_itself_is_told_with_its_exit_code() -> None:
    with pytest.raises(NotDone, match="exit code 3"):
        await answer_of(ECHO, [b"leave", b"x" * 1_000_000], 60)


async def test_what_takes_too_long_is_ended() -> None:
    began = time.monotonic()

    with pytest.raises(TookTooLong, match=r"more than 0\.2 s"):
        await answer_of(ECHO, [b"stay"], 0.2)

    assert time.monotonic() - began < 30


async def test_it_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-for-others")

    assert "ANTHROPIC_API_KEY" not in environment()
    assert b"not-for-others" not in await answer_of(ECHO, [b"environment"], 60)
