"""A platform, a Claude and a store, with people who ask; and what must hold of all that they can see, whatever died meanwhile.

The checker reads the platform's side only. Claude's answer is a function of the question, so that each answer is known.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import re
import time
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from adapters.phrases import store_waited_for
from bot.claude.seam import GO_ON
from tests.faults.deployed import Store
from tests.faults.processes import Bot
from tests.made_up.word_repair import RIGHT, WRONG, is_second_question
from tests.servers import discord as discord_wire
from tests.servers.claude import ClaudeServer, Json, Script, said
from tests.servers.discord import DiscordServer
from tests.servers.discord.limits import Limit
from tests.servers.slack import BOT_USER, SlackServer, found
from tests.servers.watched import Watched
from tests.stores import valkey

PATIENCE_SECONDS = 240
"""Nobody waits for so long but for what hangs."""

LASTING = ("plumbline:busy:", "plumbline:wake", "plumbline:sweeper", "plumbline:door:")
"""Keys of the whole bot, not of a thread: these may stay."""


def reply_to(question: str) -> str:
    """What people must read: words of the question's own, some code, and for a question with `long` in it more than one message.

    A question with `repair` in it is answered with a misspelt word in every paragraph, which a review mends.
    """
    key = hashlib.sha256(question.encode()).hexdigest()
    if "repair" in question:
        return "\n\n".join(f"Use {RIGHT} {key[n : n + 6]} {n}." for n in range(40))
    words = " ".join(key[n : n + 6] for n in range(0, 60, 6))
    paragraphs = [f"{words} {n}." for n in range(150 if "long" in question else 3)]
    code = f'def f_{key[:8]}() -> str:\n    return "{key[8:40]}"\n'
    return "\n\n".join([*paragraphs, f"```python\n{code}```"])


def script(body: Json) -> Script:
    """Claude's part: a question with `tools` in it is looked into first."""
    if is_second_question(body):
        return Script(RIGHT)
    asked = [message for message in body["messages"] if message["role"] == "user"]
    texts = ["\n".join(block.get("text", "") for block in message["content"]) for message in asked]
    question = said(next(text for text in reversed(texts) if text.strip() and text != GO_ON))
    if "tools" in question and not any(block["type"] == "tool_result" for block in asked[-1]["content"]):
        return Script("", calls=(("nothing", {}),))
    reply = reply_to(question).replace(f"Use {RIGHT}", f"Use {WRONG}")
    if texts[-1] != GO_ON:
        return Script(reply)
    stands = body["messages"][-2]["content"][-1][
        "text"
    ]  # goes on after it, and says its last paragraph again, as models do
    return Script(reply[reply.rindex(stands.rpartition("\n\n")[2]) :])


def squeezed(text: str) -> str:
    """What is compared: all that is read, without spaces and fences."""
    return "".join(text.replace("```python", "").replace("```", "").split())


OF_ONE_IN_WORK = re.compile("still being written|is not what Claude said|questions, answered")
"""What is wrong with a thread while its last answer is written."""


class World(ABC):
    """One workspace on one platform, over one store. `questions` holds what was asked in each thread, in order."""

    name: str

    def __init__(self, seen: Watched, folder: Path, store: Store, claude: ClaudeServer) -> None:
        self._seen = seen
        self.folder = folder
        self.store = store
        self.claude = claude
        self.questions: defaultdict[str, list[str]] = defaultdict(list)
        self.asked_at: dict[str, float] = {}
        self.numbers = itertools.count(1)
        self.extra: dict[str, str] = {}

    @property
    def settings(self) -> dict[str, str]:
        return {
            "ANTHROPIC_API_KEY": "k",
            "ANTHROPIC_BASE_URL": self.claude.url,
            "REDIS_URL": self.store.url,
            "DATABASE_URL": f"sqlite:///{self.folder / 'shared.db'}",
            "PLUMBLINE_SECRET": "shared",
            "PLUMBLINE_LEASE_SECONDS": "1",
            **self.extra,
        }

    def bot(self, role: str = "all", *, repairs: bool = False, own: Mapping[str, str] | None = None) -> Bot:
        """`repairs`: with the made-up capability, which mends what it shows. `own`: settings of this one alone."""
        return Bot(self.folder, {**self.settings, **(own or {})}, role, repairs=repairs)

    async def ask(self, words: str = "", thread: str = "", *, copies: int = 1) -> str:
        """A question of its own text, in a new thread unless one is named; the thread's id."""
        question = f"question {next(self.numbers)} {words}".strip()
        self.asked_at[question] = time.monotonic()
        thread = await self.say(question, thread, copies=copies)
        self.questions[thread].append(question)
        return thread

    @abstractmethod
    async def say(self, text: str, thread: str, *, copies: int) -> str: ...

    @abstractmethod
    async def until_listening(self, gateways: int = 1) -> None:
        """Return when so many gateways hear."""

    async def until_final(self, thread: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Return when the thread's last question has its whole answer. Raises an AssertionError with what stands there instead."""
        try:
            await self._seen.until(lambda: self.is_answered(thread), seconds)
        except AssertionError as fault:
            raise AssertionError(f"{thread}: {self.standing(thread)}; {fault}") from None

    async def until_written(self, seconds: float) -> None:
        """Return when no thread's last answer is being written: an apology is an end, too, and the questions behind it have their turns
        still. Whatever else is wrong stays so, and is for `faults` to say."""
        with contextlib.suppress(AssertionError):
            await self._seen.until(lambda: not any(map(OF_ONE_IN_WORK.search, self.faults())), seconds)

    async def until_seen(self, thread: str) -> None:
        """Return when something of ours stands in the thread."""
        await self._seen.until(lambda: self.answers(thread), PATIENCE_SECONDS)

    async def until_calls(self, more: int) -> None:
        """Return when the bots have made so many more calls: a moment that is as far on a busy machine as on an idle one."""
        goal = self.calls() + more
        await self._seen.until(lambda: self.calls() >= goal, PATIENCE_SECONDS)

    @abstractmethod
    def calls(self) -> int:
        """How many the bots have made."""

    @abstractmethod
    def answers(self, thread: str) -> list[str]:
        """Each turn's whole text, in order, by what stands in its messages now."""

    @abstractmethod
    def drawings(self, thread: str) -> list[list[tuple[float, str]]]:
        """Each turn's drawings, in the same order: when (monotonic), and which text stood there then."""

    @abstractmethod
    def cut(self, *, share: float, late: float, seconds: float) -> None:
        """From now on this share of posts is cut after it was taken, and `late` of all posts are shown to us so much later."""

    @abstractmethod
    async def late_edit(self, seconds: float) -> None:
        """Return when an edit has been sent, which the platform will carry out only after so long."""

    @abstractmethod
    def unfinished(self, thread: str) -> bool:
        """True while something says that an answer is still being written."""

    @abstractmethod
    def strays(self) -> list[str]:
        """Texts of ours that stand outside every thread."""

    def is_answered(self, thread: str) -> bool:
        answers = self.answers(thread)
        wanted = squeezed(reply_to(self.questions[thread][-1]))
        is_whole = bool(answers) and (answers[-1].startswith(wanted) or is_apology(answers[-1]))
        return is_whole and not self.unfinished(thread)

    def standing(self, thread: str) -> str:
        """What people asked and see in a thread, and what the store keeps of it."""
        asked = [f"{question}: {squeezed(reply_to(question))[:12]}" for question in self.questions[thread]]
        seen = [f"{answer[:12]}..{answer[-12:]}" for answer in self.answers(thread)]
        with self.store.client() as client:
            keys = [str(key) for key in client.scan_iter("plumbline:*", count=1000) if thread in str(key)]
            kept = {key: client.hgetall(key) if client.type(key) == "hash" else "" for key in keys}
        still = "still being written" if self.unfinished(thread) else "nothing being written"
        return f"asked {asked}, seen {seen}, outside {self.strays()}, {still}, kept {kept}"

    @property
    def apologies(self) -> int:
        return sum(is_apology(answer) for thread in self.questions for answer in self.answers(thread))

    def faults(self) -> list[str]:
        """What is wrong with what people see: an empty list, or a sentence for each fault."""
        wrong = [f"stands outside every thread: {text[:60]!r}" for text in self.strays()]
        for thread, questions in self.questions.items():
            answers = self.answers(thread)
            wrong += [f"{thread}: still being written"] if self.unfinished(thread) else []
            last, places = -1, list[object]()
            for answer in answers:
                place = last + 1 if is_apology(answer) else place_of(answer, questions)
                places.append("apology" if is_apology(answer) else place)
                if place is None:
                    wrong.append(f"{thread}: an answer is not what Claude said: {answer[:2_000]!r}")
                elif place <= last:
                    wrong.append(f"{thread}: answered out of order or twice: {places}")
                last = max(last, place if place is not None else last)
            if last != len(questions) - 1 and places[-1:] != ["apology"]:
                wrong.append(f"{thread}: {len(questions)} questions, answered {places}")
        return wrong

    def orphans(self) -> list[str]:
        """Keys that would stay for ever."""
        with self.store.client() as client:
            keys = [str(key) for key in client.scan_iter("plumbline:*", count=1000)]
            return [key for key in keys if not key.startswith(LASTING) and client.ttl(key) == -1]


def is_apology(answer: str) -> bool:
    """A turn that ended with a reason instead of an answer; what was said before may stand above it."""
    return "(reference" in answer


def place_of(answer: str, questions: list[str]) -> int | None:
    """Which question this is the answer to; None when it is no whole answer to any. Notices of ours may stand under it."""
    for place, question in enumerate(questions):
        wanted = squeezed(reply_to(question))
        rest = answer.removeprefix(wanted)
        if answer.startswith(wanted) and len(rest) < 120 and rest.count(wanted[:40]) == 0:
            return place
    return None


class SlackWorld(World):
    name = "slack"

    def __init__(self, wire: SlackServer, folder: Path, store: Store, claude: ClaudeServer) -> None:
        super().__init__(wire, folder, store, claude)
        self.wire = wire
        self.extra = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": wire.api_url}

    async def until_listening(self, gateways: int = 1) -> None:
        """By HTTP nobody connects: what is not taken is sent again."""
        await self.wire.until(lambda: self.wire.http_url or self.wire.connections >= gateways, PATIENCE_SECONDS)

    async def say(self, text: str, thread: str, *, copies: int) -> str:
        mention = "" if thread else f"<@{BOT_USER}> "
        ts = await self.wire.user_says("C1", mention + text, thread=thread, copies=copies)
        return thread or ts

    def cut(self, *, share: float, late: float, seconds: float) -> None:
        self.wire.cut_share, self.wire.lag_share, self.wire.lag_seconds = share, late, seconds

    async def late_edit(self, seconds: float) -> None:
        self.wire.faults["chat.update"].append(f"late:{seconds}")
        await self.wire.until(lambda: not self.wire.faults["chat.update"])

    def calls(self) -> int:
        return len(self.wire.calls)

    def answers(self, thread: str) -> list[str]:
        turns: dict[str, str] = {}
        for post in self.wire.thread("C1", thread):
            turn = str((post.metadata.get("event_payload") or {}).get("turn"))
            texts = [one["text"] for block in post.blocks for one in found(block, "text", "link")]
            notices = [one for block in found(post.blocks, "context") for one in found(block, "plain_text")]
            texts += [one["text"] for one in notices if is_apology(squeezed(one["text"]))]
            turns[turn] = turns.get(turn, "") + squeezed("".join(texts))
        return list(turns.values())

    def drawings(self, thread: str) -> list[list[tuple[float, str]]]:
        turns: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        for post in self.wire.thread("C1", thread):
            turn = str((post.metadata.get("event_payload") or {}).get("turn"))
            turns[turn] += zip(post.drawn_at, post.versions, strict=True)
        return list(turns.values())

    def unfinished(self, thread: str) -> bool:
        buttons = [one["action_id"] for post in self.wire.thread("C1", thread) for one in found(post.blocks, "button")]
        return "plumbline:stop" in buttons

    def strays(self) -> list[str]:
        return [post.text for post in self.wire.at_root("C1")]


class DiscordWorld(World):
    name = "discord"

    def __init__(self, wire: DiscordServer, folder: Path, store: Store, claude: ClaudeServer) -> None:
        super().__init__(wire, folder, store, claude)
        self.wire = wire
        self._listens = "plumbline:door:discord:heard"
        self._was_listening = False
        self.extra = {"DISCORD_BOT_TOKEN": "good", "DISCORD_API_URL": wire.api_url}
        # More questions than a channel takes threads in five minutes; what becomes of those is tests/adapters/test_discord_buckets.py.
        wire.buckets.limits["thread"] = Limit(1_000, 300)

    async def until_listening(self, gateways: int = 1) -> None:
        """Discord sends nothing again; but from the first moment that is noted in the store, what was missed is read."""
        with self.store.client() as client:
            await self.wire.until(lambda: self.wire.is_heard and client.exists(self._listens), PATIENCE_SECONDS)

    async def say(self, text: str, thread: str, *, copies: int) -> str:
        """Once a bot has listened people speak whether one does or not: what no connection of ours was told has to be read back."""
        if not self._was_listening:
            await self.until_listening()
            self._was_listening = True
        mention = "" if thread else f"<@{discord_wire.BOT}> "
        if thread:  # nobody can speak in a thread before the bot has made it
            await self.wire.until(lambda: thread in self.wire.threads, PATIENCE_SECONDS)
        message = await self.wire.user_says(mention + text, channel=thread or discord_wire.CHANNEL, wait=False)
        return thread or message

    def cut(self, *, share: float, late: float, seconds: float) -> None:
        self.wire.cut_share = share  # a nonce needs no looking

    async def late_edit(self, seconds: float) -> None:
        self.wire.faults["edit"].append(f"late:{seconds}")
        await self.wire.until(lambda: not self.wire.faults["edit"])

    def calls(self) -> int:
        return len(self.wire.calls)

    def answers(self, thread: str) -> list[str]:
        turns: dict[str, str] = {}
        for post in self.wire.visible(thread):
            turn = post.nonce.split(".")[0]
            turns[turn] = turns.get(turn, "") + squeezed(post.content)
        return list(turns.values())

    def drawings(self, thread: str) -> list[list[tuple[float, str]]]:
        turns: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        for post in self.wire.visible(thread):
            turns[post.nonce.split(".")[0]] += zip(post.drawn_at, post.versions, strict=True)
        return list(turns.values())

    def unfinished(self, thread: str) -> bool:
        rows = [row for post in self.wire.visible(thread) for row in post.components]
        return "Stop" in [one["label"] for row in rows for one in row["components"]]

    def strays(self) -> list[str]:
        said = [post.content for post in self.wire.visible(discord_wire.CHANNEL)]
        return [one for one in said if one != store_waited_for()]


@contextlib.asynccontextmanager
async def world(platform: str, folder: Path, *, pace: float = 2_000) -> AsyncIterator[World]:
    """`pace`: Claude's tokens a second."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - once, before anything runs
    with valkey() as store:
        async with ClaudeServer(first_token_seconds=0.05, tokens_per_second=pace) as claude:
            claude.script = script
            if platform == "slack":
                async with SlackServer() as slack:
                    yield SlackWorld(slack, folder, store, claude)
            else:
                async with DiscordServer() as discord:
                    yield DiscordWorld(discord, folder, store, claude)
