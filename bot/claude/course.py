"""One turn with Claude on its way: what was sent and received so far, as it is kept for whoever picks the turn up."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field, fields
from datetime import date

from bot.claude import models, wire
from bot.claude.seam import GO_ON, Rest, rest, standing
from bot.conversation import Usage
from bot.events import Checkpoint, Paid
from bot.ports.model import Prompt
from bot.writing.reading import shows_nothing
from bot.writing.text import is_blank

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Response:
    """One request's whole message."""

    blocks: tuple[wire.Json, ...]
    stop_reason: str
    refusal: str
    usage: Usage
    model: str
    request_id: str
    unreadable: tuple[int, ...] = ()
    """The places of calls whose input was no JSON object."""

    @property
    def text(self) -> str:
        return "\n\n".join(block["text"] for block in wire.replayable(self.blocks) if block["type"] == "text")

    @property
    def says_nothing(self) -> bool:
        return shows_nothing(self.text)

    @property
    def calls(self) -> list[wire.Json]:
        return [block for block in self.blocks if block["type"] == "tool_use"]

    @property
    def unread_calls(self) -> set[str]:
        return {self.blocks[place]["id"] for place in self.unreadable}


@dataclass(slots=True)
class Course:
    """One turn on its way: what was sent and received so far."""

    before: list[wire.Json]
    turn: list[wire.Json]
    max_tokens: int
    texts: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    context_tokens: int = 0
    cost_microdollars: int = 0
    request_ids: list[str] = field(default_factory=list)
    rounds: int = 0
    may_call: bool = True
    is_nudged: bool = False
    """Whether it was asked once to go on after a reply from which nothing follows."""

    reply: Response | None = None
    """The last reply, until all that follows from it is done."""

    seam: str = ""
    """What stands of a reply that was cut, until its rest is there; it is the last of `texts`."""

    def note(self, reply: Response, asked: str, day: date) -> None:
        """Count what it cost. `asked`: the model that was asked for; gateways answer with names of their own."""
        self.usage += reply.usage
        self.context_tokens = reply.usage.context_tokens
        named = reply.model if models.plain(reply.model) else asked
        self.cost_microdollars += models.cost(reply.usage, named, day)
        self.request_ids.append(reply.request_id)

    def lose(self, usage: Usage, asked: str, day: date, request_id: str) -> None:
        """Count a try that broke off: what was read and written of it is paid for."""
        self.usage += usage
        self.request_ids.append(request_id)
        self.cost_microdollars += models.cost(usage, asked, day)

    def keep(self, reply: Response) -> None:
        if blocks := wire.replayable(reply.blocks):
            content = wire.resumable(blocks) if reply.stop_reason == "pause_turn" else blocks
            before = (
                self.turn.pop()["content"] if self.turn[-1]["role"] == "assistant" else []
            )  # it goes on after a pause
            self.turn.append({"role": "assistant", "content": [*before, *content]})
        said = rest(self.seam, reply.text) if self.seam else Rest(reply.text)
        if said.is_anew:
            self.texts.pop()
        if said.text:
            self.texts.append(said.text)
        if reply.text:
            self.seam = ""  # a reply that only calls has not gone on yet

    def pause(self, reply: Response, words: str) -> None:
        """Let it go on: a reply that waits for a tool of its service's is given back as it came, to any other so many words are said.

        https://docs.claude.com/en/api/handling-stop-reasons#pause-turn; the newer models refuse a text of theirs as the last message.
        """
        self.keep(reply)
        self.rounds += 1
        if not any(block["type"] == "server_tool_use" for block in reply.blocks):
            self.turn.append({"role": "user", "content": [{"type": "text", "text": words}]})

    def go_on(self, partial: str) -> bool:
        """Go on after what stands of the reply that was being written, where there is enough of it. `partial`: the text so far, all
        replies of the turn."""
        before = "\n\n".join(self.texts)
        if self.reply is not None or not partial.startswith(before):
            return False
        stands = standing(partial[len(before) :].lstrip("\n"))
        if not stands:
            return False
        self.turn.append({"role": "assistant", "content": [{"type": "text", "text": stands}]})
        self.turn.append({"role": "user", "content": [{"type": "text", "text": GO_ON}]})
        self.texts.append(stands)
        self.seam = stands
        return True

    def nudge(self, words: str) -> None:
        """Ask once more, in the question or after the tools' results: an empty reply cannot be given back.

        https://docs.claude.com/en/api/handling-stop-reasons, on empty responses.
        """
        self.is_nudged = True
        *before, last = self.turn
        asked: wire.Json = {"type": "text", "text": words}
        content = [*last["content"], asked] if last["role"] == "user" else [asked]
        self.turn = [*(before if last["role"] == "user" else self.turn), {"role": "user", "content": content}]

    def checkpoint(self) -> Checkpoint:
        kept = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "before"}
        kept |= {"usage": asdict(self.usage), "reply": asdict(self.reply) if self.reply else None}
        return Checkpoint(
            json.dumps(kept, ensure_ascii=False), Paid(self.usage, self.cost_microdollars, tuple(self.request_ids))
        )


def without_thinking(course: str) -> str:
    """A course as another engine takes it over."""
    if not course:
        return ""
    kept = json.loads(course)
    kept["turn"] = [wire.without_thinking(message) for message in kept["turn"]]
    if kept["reply"]:
        kept["reply"] = {
            **kept["reply"],
            "blocks": wire.without_thinking({"content": kept["reply"]["blocks"]})["content"],
        }
        kept["reply"]["unreadable"] = []
    return json.dumps(kept, ensure_ascii=False)


def course_of(prompt: Prompt, before: list[wire.Json], max_tokens: int) -> Course:
    """Where a worker that died had come to, or the beginning. What another release wrote and we cannot read is the beginning."""
    beginning = Course(before, [wire.question(prompt)], max_tokens)
    if not prompt.course:
        return beginning
    try:
        kept = json.loads(prompt.course)
        reply = Response(**{**kept["reply"], "usage": Usage(**kept["reply"]["usage"])}) if kept["reply"] else None
        kept["texts"] = [text for text in kept["texts"] if not is_blank(text)]
        known = {field.name: kept[field.name] for field in fields(Course) if field.name in kept}
        return Course(**{**known, "before": before, "usage": Usage(**kept["usage"]), "reply": reply})
    except (ValueError, TypeError, KeyError, AttributeError):
        log.warning("course not readable, beginning anew")
        return beginning
