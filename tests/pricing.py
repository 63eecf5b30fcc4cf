"""What a long thread costs: the core's own prompts and cache markers, priced on a model of Claude's prompt cache.

Prices are in tokens of plain input. The cache, its lives, its look-back and its multipliers:
https://docs.claude.com/en/docs/build-with-claude/prompt-caching. A token is four characters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.answering.agent_file import AgentFile
from bot.answering.prompt import PromptBuilder
from bot.claude import wire
from bot.conversation import Answer, Conversation, Pinned, Turn, Usage
from bot.ports.stores import ChannelSettings
from tests.fakes import START, THREAD, message

Json = dict[str, Any]

CHARACTERS = 4
HEAD_TOKENS, QUESTION_TOKENS, CALL_TOKENS, RESULT_TOKENS, ANSWER_TOKENS, ROUNDS = 6_000, 150, 250, 2_500, 900, 4
WRITE_5M, WRITE_1H = 1.25, 2.0
LOOK_BACK, LEAST_TOKENS = 20, 512
LIVES = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1)}


@dataclass(slots=True)
class Cache:
    """Prefixes by their hash, each until when. `read`: what a cached token costs."""

    read: float
    until: dict[str, datetime] = field(default_factory=dict)

    def price(self, blocks: Sequence[Json], now: datetime) -> float:
        """What a request costs, in plain input tokens; its marked prefixes are cached from now on."""
        sizes = [tokens(block) for block in blocks]
        keys, marks = (
            list(_keys(blocks)),
            [(at, _life(block)) for at, block in enumerate(blocks) if "cache_control" in block],
        )
        found = max((self._longest(keys, at, now) for at, _ in marks), default=-1)
        cost, written = self.read * sum(sizes[: found + 1]), found
        for at, life in marks:
            if at > written and sum(sizes[: at + 1]) >= LEAST_TOKENS:
                cost += (WRITE_1H if life == "1h" else WRITE_5M) * sum(sizes[written + 1 : at + 1])
                written = at
            if sum(sizes[: at + 1]) >= LEAST_TOKENS:
                self.until[keys[at]] = max(now + LIVES[life], self.until.get(keys[at], now))
        return cost + sum(sizes[written + 1 :])

    def _longest(self, keys: Sequence[str], mark: int, now: datetime) -> int:
        for at in range(mark, max(-1, mark - LOOK_BACK), -1):
            if self.until.get(keys[at], now) > now:
                return at
        return -1


def _keys(blocks: Sequence[Json]) -> Iterator[str]:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(json.dumps({k: v for k, v in block.items() if k != "cache_control"}).encode())
        yield digest.hexdigest()


def _life(block: Json) -> str:
    return str(block["cache_control"].get("ttl", "5m"))


def tokens(value: Any) -> int:
    """Of the texts in a block."""
    match value:
        case str():
            return len(value) // CHARACTERS
        case dict():
            return sum(tokens(one) for key, one in value.items() if key not in ("cache_control", "type"))
        case list():
            return sum(map(tokens, value))
        case _:
            return 0


def blocks_of(pinned: Pinned, messages: Sequence[Json]) -> list[Json]:
    """A request's blocks in the order in which they are cached: tools, system, messages."""
    said = [{**block, "role": one["role"]} for one in messages for block in one["content"]]
    return [*json.loads(pinned.tools), *wire.system(pinned, marked=True), *said]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a whole thread, in plain input tokens."""

    ours: float
    naive: float

    @property
    def ratio(self) -> float:
        return self.naive / self.ours


def thread(turns: int, apart: timedelta, *, read: float) -> Cost:
    """A thread of so many questions, each looked into in four rounds of tools."""
    tools = json.dumps([{"name": "look", "description": text("tool", HEAD_TOKENS // 2), "input_schema": {}}])
    builder = PromptBuilder(
        AgentFile("a", "", "sonnet", text("be exact", HEAD_TOKENS // 2)), b"key", write_tools=lambda _: tools
    )
    conversation, now, cache = Conversation(THREAD), START, Cache(read)
    ours = naive = 0.0
    sent = HEAD_TOKENS
    for number in range(turns):
        question = message(text(f"question {number}", QUESTION_TOKENS), id=str(number))
        built = builder.build(conversation, [question], (), (), now, ChannelSettings())
        turn: list[Json] = [wire.question(built.prompt)]
        sent += QUESTION_TOKENS
        for step in range(ROUNDS + 1):
            messages = [*wire.history(built.prompt.history), *turn]
            marked = wire.marked(messages, wire.last_request_end(messages))
            blocks = blocks_of(built.prompt.pinned, marked)
            ours += cache.price(blocks, now)
            naive += sent
            now += timedelta(seconds=5)
            if step == ROUNDS:
                break
            call = {
                "type": "tool_use",
                "id": f"t{number}.{step}",
                "name": "look",
                "input": {"at": text("path", CALL_TOKENS)},
            }
            turn.append({"role": "assistant", "content": [call]})
            result = wire.tool_result(
                f"t{number}.{step}", text(f"result {number}.{step}", RESULT_TOKENS), is_error=False
            )
            turn.append({"role": "user", "content": [result]})
            sent += CALL_TOKENS + RESULT_TOKENS
        said = text(f"answer {number}", ANSWER_TOKENS)
        turn.append({"role": "assistant", "content": [{"type": "text", "text": said}]})
        sent += ANSWER_TOKENS
        answer = Answer(
            said,
            "m",
            usage=Usage(output_tokens=ROUNDS * CALL_TOKENS + ANSWER_TOKENS),
            transcript=tuple(json.dumps(one) for one in turn),
            context_tokens=sum(map(tokens, blocks)),
        )
        kept = (*conversation.turns, Turn(f"t{number}", (question,), (), answer, now))
        conversation = Conversation(THREAD, kept, built.folded, built.prompt.pinned)
        now += apart
    return Cost(ours, naive)


def text(words: str, size: int) -> str:
    """So many tokens, the same for the same words."""
    return (words + " ").ljust(size * CHARACTERS, "x")
