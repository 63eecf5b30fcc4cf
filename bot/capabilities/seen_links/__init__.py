"""Links that may be live: what was seen in the thread or in a tool's result, on a host of the operator's list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.capability import Asked, Capability, Review, Session, Shown
from bot.conversation import Answer, AnswerEvent, Links, TextDelta, ToolResult
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
        self._policy = policy
        self._policy.hear(said)

    async def feed(self, piece: str) -> Sequence[Shown]:
        news = self._policy.news()
        return (Links(news), TextDelta(piece)) if news else (TextDelta(piece),)

    def see(self, event: AnswerEvent) -> None:
        if isinstance(event, ToolResult):
            self._policy.hear(event.text)

    async def finish(self, answer: Answer) -> Answer:
        return replace(answer, links=(*answer.links, *self._policy.used_in(answer.text)))
