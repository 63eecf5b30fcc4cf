"""Links that may be live: what was seen in the thread or in a tool's result, on a host of the operator's list.

A result that gives back what the model asked with shows it nothing, and no error is a source.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.capability import Asked, Capability, Review, Session, Shown
from bot.conversation import Answer
from bot.events import AnswerEvent, Links, TextDelta, ToolCall, ToolResult
from bot.writing.links import LinkPolicy


class SeenLinks(Capability):
    """`hosts` as `LinkPolicy` takes them."""

    name = "seen links"

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = hosts

    def open(self, asked: Asked) -> Session:
        return Session(review=LinkReview(LinkPolicy(self._hosts), asked.said))


class LinkReview(Review):
    """The text passes as it is; what of it is live is told before it comes."""

    def __init__(self, policy: LinkPolicy, said: str) -> None:
        self.policy = policy
        self.policy.hear(said)

    async def feed(self, piece: str) -> Sequence[Shown]:
        news = self.policy.news()
        return (Links(news), TextDelta(piece)) if news else (TextDelta(piece),)

    def see(self, event: AnswerEvent) -> None:
        match event:
            case ToolCall(name=name, arguments=arguments):
                self.policy.own.add(name, *_texts(json.loads(arguments)))
            case ToolResult(text=text, is_error=False):
                self.policy.find(text)

    async def finish(self, answer: Answer) -> Answer:
        return replace(answer, links=(*answer.links, *self.policy.used_in(answer.text)))


def _texts(value: object) -> Iterator[str]:
    """Every text in a call's arguments, the names of its fields included, in their order."""
    match value:
        case str():
            yield value
        case Mapping():
            for name, one in value.items():
                yield str(name)
                yield from _texts(one)
            yield from (one for one in value.values() if isinstance(one, str))  # as a tool may put them together
        case list():
            for one in value:
                yield from _texts(one)
