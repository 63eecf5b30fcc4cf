"""Direct messages are answered in Slack's native stream: safe from its first byte, exact at its end, whatever becomes of the stream."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.delivery import deliver
from adapters.slack.formatting import render
from adapters.slack.live import live_text
from adapters.slack.outgoing import SlackPlatform
from bot.conversation import Answer
from bot.errors import ModelRefused, PlatformUnavailable
from bot.events import AnswerEvent, Revised, TextDelta
from bot.views import View
from storage.memory import MemoryOutbox
from tests import clock as clocks
from tests.adapters import slack_bench
from tests.adapters.slack_bench import answer, lease, told, use_up
from tests.servers.slack import SlackServer, shown

pytestmark = pytest.mark.usefixtures("clock")
clock = clocks.clock
platform = slack_bench.platform

MARKDOWN = (
    "Use **keyset** paging, not `OFFSET`:\n\n```python\ndef pages(n: int) -> list[int]:\n    return [<n>]\n\n\nx = 1\n```\n\n"
    "1. *first* the index\n2. then [the docs](https://docs.example/a) and <!channel>\n\n> quoted & done\n\n"
    "| a | b |\n|---|---|\n| 1 | 2 |\n\nThe end, see https://evil.example/?q=1 and evil.example."
)
PIECES = [MARKDOWN[at : at + 23] for at in range(0, len(MARKDOWN), 23)]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.slack.budget.APPEND_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr("adapters.slack.budget.BASE_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr("adapters.slack.direct.FIRST_PAUSE_SECONDS", 0.01)


def exact(markdown: str) -> list[str]:
    """What the messages of a whole answer say."""
    return [shown({"blocks": list(part.blocks)}) for part in render(View(markdown, final=True, links=()))]


def said(slack: SlackServer, root: str, channel: str = "D1") -> list[str]:
    """What stands there at the end, without buttons."""
    return [
        shown({"blocks": [block for block in post.blocks if block["type"] != "actions"]})
        for post in slack.thread(channel, root)
    ]


async def test_a_direct_message_is_streamed_and_exact_at_its_end(slack: SlackServer, platform: SlackPlatform) -> None:
    root = await slack.user_says("D1", "how do I page?")

    await answer(platform, lease(root, channel="D1", text="how do I page?"), PIECES, 0.03)

    assert slack.count("chat.postMessage") == 0
    assert slack.count("chat.appendStream") >= 3
    assert (slack.count("chat.stopStream"), slack.count("chat.update")) == (1, 1)
    assert said(slack, root) == exact(MARKDOWN)
    assert slack.is_final("D1", root)
    assert slack.pings() == []
    (start,) = slack.bodies("chat.startStream")
    assert (start["thread_ts"], start["recipient_user_id"], start["recipient_team_id"]) == (root, "U1", "T1")
    assert slack.titles["D1", root] == "how do I page?"
    assert slack.sessions["D1", root] == "active"


async def test_nothing_in_a_stream_is_a_mention_or_an_address_that_was_not_allowed(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    root = await slack.user_says("D1", "how?")
    await answer(platform, lease(root, channel="D1"), PIECES, 0.03)

    sent = "".join(str(body.get("markdown_text", "")) for method, body in slack.calls if "Stream" in method)
    assert "<" not in sent
    assert "](" not in sent
    prose = re.sub(r"```.*?(```|\Z)|`[^`]*`", "", sent, flags=re.DOTALL)
    assert "://" not in prose
    assert not re.search(r"\w\.\w", prose)


@pytest.mark.parametrize("method", ["chat.appendStream", "chat.stopStream", "chat.startStream"])
@pytest.mark.parametrize(
    "fault",
    ["message_not_in_streaming_state", "stopped_by_user", "msg_too_long", "not_allowed", "429", "500", "cut", "html"],
)
async def test_whatever_slack_says_against_a_stream_the_answer_is_whole_in_one_message(
    slack: SlackServer, platform: SlackPlatform, method: str, fault: str
) -> None:
    root = await slack.user_says("D1", "how?")
    slack.faults[method].append(fault)

    await answer(platform, lease(root, channel="D1"), PIECES, 0.02)

    assert said(slack, root) == exact(MARKDOWN)
    assert not slack.thread("D1", root)[0].streaming


@pytest.mark.parametrize("chunk", range(8))
async def test_a_stream_that_expires_at_any_chunk_goes_on_in_the_same_message(
    slack: SlackServer, platform: SlackPlatform, chunk: int
) -> None:
    root = await slack.user_says("D1", "how?")
    slack.faults["chat.appendStream"].extend([*[""] * chunk, "message_not_in_streaming_state"])

    await answer(platform, lease(root, channel="D1"), PIECES, 0.02)

    assert said(slack, root) == exact(MARKDOWN)
    assert len(slack.thread("D1", root)) == 1


async def test_slacks_own_stop_leaves_a_message_that_is_edited(slack: SlackServer, platform: SlackPlatform) -> None:
    root = await slack.user_says("D1", "how?")
    answering = asyncio.create_task(answer(platform, lease(root, channel="D1"), PIECES, 0.05))
    await slack.until(lambda: slack.count("chat.appendStream"))
    slack.presses_slacks_stop("D1", root)
    await answering

    assert said(slack, root) == exact(MARKDOWN)
    assert slack.sessions["D1", root] == "active"


async def test_what_the_model_refused_after_all_is_taken_back_from_a_stream(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    async def refused() -> AsyncGenerator[AnswerEvent, None]:
        for _ in range(8):
            yield TextDelta("First you open the valve, then. ")
            await asyncio.sleep(0.05)
        raise ModelRefused("harm")

    root = await slack.user_says("D1", "how?")
    held = lease(root, channel="D1")
    await deliver(refused(), await platform.open(held, MemoryOutbox()), held)

    (post,) = slack.thread("D1", root)
    assert any("valve" in version for version in post.versions)
    assert "valve" not in f"{post.text}{post.blocks}"
    assert "declined to answer" in str(post.blocks)


async def test_a_stream_that_is_off_is_asked_for_once(slack: SlackServer, platform: SlackPlatform) -> None:
    slack.faults["chat.startStream"].append("not_allowed")
    for number in range(3):
        root = await slack.user_says("D1", f"q{number}")
        await answer(platform, lease(root, channel="D1"), ["some words ", "more"], 0.02)
        assert said(slack, root) == ["some words more"]

    assert slack.count("chat.startStream") == 1


async def test_a_turn_taken_over_goes_on_in_the_stream_that_was_left_open(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    root, outbox = await slack.user_says("D1", "how?"), MemoryOutbox()
    held = lease(root, channel="D1")
    first = await platform.open(held, outbox)
    await first.draw(View(text="half an answer that "))
    assert slack.thread("D1", root)[0].streaming

    await deliver(told(PIECES), await platform.open(held, outbox), held)

    assert said(slack, root) == exact(MARKDOWN)
    assert not slack.thread("D1", root)[0].streaming


async def test_a_stream_whose_opening_was_not_confirmed_is_found_and_not_doubled(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    root, outbox = await slack.user_says("D1", "how?"), MemoryOutbox()
    held = lease(root, channel="D1")
    slack.faults["chat.startStream"].append("cut")
    first = await platform.open(held, outbox)
    with pytest.raises(PlatformUnavailable):
        await first.draw(View(text="half an answer that "))

    await deliver(told(PIECES), await platform.open(held, outbox), held)

    assert said(slack, root) == exact(MARKDOWN)


async def test_while_there_are_no_words_the_conversation_shows_that_we_are_at_work(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    root = await slack.user_says("D1", "how do I page?")
    post = await platform.open(lease(root, channel="D1", text="how do I page?"), MemoryOutbox())
    await post.draw(View(status="Thinking…"))
    assert (slack.sessions["D1", root], slack.titles["D1", root]) == ("processing", "how do I page?")
    assert slack.thread("D1", root) == []

    await post.draw(View(text="By key.", final=True))
    assert slack.sessions["D1", root] == "active"


async def test_an_app_that_is_no_agent_shows_a_status_line_instead_and_asks_once(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    slack.is_agent = False
    for number in range(2):
        root = await slack.user_says("D1", f"q{number}")
        post = await platform.open(lease(root, channel="D1"), MemoryOutbox())
        await post.draw(View(status="Thinking…"))
        assert slack.statuses["D1", root] == "is writing an answer…"
        await post.draw(View(text="By key.", final=True))
        assert slack.statuses == {}

    assert slack.count("agents.sessions.setStatus") == 1


async def test_with_no_streams_left_the_answer_is_posted_and_edited(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    await use_up(platform, "chat.startStream", "D2", 20)
    root = await slack.user_says("D1", "how?")

    await answer(platform, lease(root, channel="D1"), PIECES, 0.02)

    assert (slack.count("chat.startStream"), slack.count("chat.postMessage")) == (0, 1)
    assert said(slack, root) == exact(MARKDOWN)


async def test_a_stopped_or_deleted_stream_is_taken_away(slack: SlackServer, platform: SlackPlatform) -> None:
    root = await slack.user_says("D1", "how?")
    post = await platform.open(lease(root, channel="D1"), MemoryOutbox())
    await post.draw(View(text="half an answer that "))

    await post.withdraw()

    assert slack.thread("D1", root) == []


# --- the text ---------------------------------------------------------------------------------------------------------


def test_a_stream_of_markdown_only_ever_goes_on() -> None:
    sent, steps = "", 0
    for end in range(len(MARKDOWN) + 1):
        now = live_text(MARKDOWN[:end], ())
        assert now.startswith(sent), (MARKDOWN[:end][-40:], sent[-40:], now[-60:])
        steps += now != sent
        sent = now
    assert steps > 15
    assert "The end" in sent


WORDS = st.sampled_from(
    [
        "word",
        "**bold**",
        "*it*",
        "`a_b`",
        "snake_case",
        "2 * 3",
        "~~no~~",
        "[a](https://x.example/)",
        "a<b",
        "List<T>",
        "<!here>",
        "<@U1>",
        "@channel",
        ":smile:",
        "#C1",
        "evil.example",
        "https://evil.example/x",
        "&lt;!channel&gt;",
        "`` ` ``",
        "[1]",
        "e.g.",
    ]
)
LINES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
BLOCKS = st.one_of(
    LINES,
    st.lists(LINES, min_size=1, max_size=3).map("\n".join),
    LINES.map(lambda line: f"## {line}"),
    st.lists(LINES, min_size=1, max_size=3).map(lambda lines: "\n".join(f"- {line}" for line in lines)),
    st.lists(LINES, min_size=1, max_size=3).map(
        lambda lines: "\n".join(f"{n}. {one}" for n, one in enumerate(lines, 1))
    ),
    LINES.map(lambda line: f"```py\n{line}\n\n{line}\n```"),
    LINES.map(lambda line: f"> {line}"),
    LINES.map(lambda line: f"| a | b |\n|---|---|\n| {line.replace('|', '')} | 2 |"),
)
DOCUMENTS = st.lists(BLOCKS, min_size=1, max_size=4).map("\n\n".join)


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, st.integers(1, 9))
def test_whatever_is_written_the_stream_goes_on_and_pings_nobody(document: str, step: int) -> None:
    sent = ""
    for end in range(0, len(document) + step, step):
        now = live_text(document[:end], ("https://x.example/",))
        assert now.startswith(sent), (document[:end], sent, now)
        sent = now
    assert "<" not in sent
    prose = re.sub(r"```.*?(```|\Z)|`[^`\n]*`", "", sent, flags=re.DOTALL)
    assert not re.search(r"https?://(?!x\.example/\))|@\w|:\w+:(?!\u200b)", prose)


def test_a_sentence_without_an_end_is_not_held_up_by_marks_that_mean_nothing() -> None:
    assert live_text("so 2 * 3 and snake_case_name are fine now", ()).endswith("fine")


def test_the_first_word_is_seen_at_once() -> None:
    assert live_text("Use ", ()) == "Use"
    assert live_text("Use", ()) == ""


async def test_a_text_that_was_mended_ends_the_stream_and_the_same_message_is_edited(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    root = await slack.user_says("D1", "how?")
    said_so_far = ["Use teh index.\n\n", "It is quick.\n\n"]
    mended = "Use the index.\n\nIt is quick.\n\n"
    reads_so = asyncio.Event()

    async def events() -> AsyncGenerator[AnswerEvent, None]:
        for piece in said_so_far:
            yield TextDelta(piece)
        await slack.until(lambda: any("teh index." in post.text for post in slack.thread("D1", root)))
        yield Revised(mended)
        await slack.until(lambda: "Use the index." in "".join(said(slack, root)))
        reads_so.set()
        yield TextDelta("And small.")
        yield Answer(mended + "And small.", "m")

    held = lease(root, channel="D1")
    await deliver(events(), await platform.open(held, MemoryOutbox()), held)

    assert reads_so.is_set()
    assert slack.count("chat.startStream") == slack.count("chat.stopStream") == 1
    assert slack.count("chat.postMessage") == 0
    assert said(slack, root) == exact(mended + "And small.")
    assert "broke" not in str(slack.calls)
