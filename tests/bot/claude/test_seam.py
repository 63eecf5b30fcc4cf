"""A reply that was cut goes on after what stands of it: nothing is doubled at the seam, and nothing is lost there."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.claude.client import Claude
from bot.claude.seam import END, GO_ON, HELD_CHARACTERS, LEAST_CHARACTERS, Seam, rest, standing
from bot.conversation import Answer, Conversation
from bot.events import AnswerEvent, Checkpoint, Restart, TextDelta
from bot.ports.model import Spent
from bot.ports.stores import ChannelSettings
from bot.writing.markdown import parse_draft
from tests.bot.claude.test_claude import Talk
from tests.fakes import START, THREAD, message
from tests.servers.claude import ClaudeServer
from tests.servers.claude_rules import invalid

PARAGRAPHS = [
    *(f"Paragraph {number} says something of its own about index {number} and what it costs." for number in range(6)),
    "```python\ndef f() -> int:\n\n    return 7\n\n\ndef g() -> int:\n    return 8\n```",
    *(f"Paragraph {number} goes on after the code, with other words: {number * 7919}." for number in range(6, 12)),
]
WHOLE = "\n\n".join(PARAGRAPHS)
PIECES = st.lists(st.text("ab .\n`#[]end", min_size=1, max_size=90), min_size=1, max_size=12)


def said(events: Sequence[AnswerEvent | Checkpoint | Spent]) -> str:
    text = ""
    for event in events:
        text = "" if isinstance(event, Restart) else text + (event.text if isinstance(event, TextDelta) else "")
    return text


def shown_of(before: str, pieces: list[str]) -> tuple[str, bool]:
    seam = Seam(before, ("first", before))
    events = [event for piece in pieces for event in seam.feed(piece)] + list(seam.end())
    shown, is_anew = said(events), Restart() in events
    return shown.removeprefix("first\n\n" if is_anew else "\n\n"), is_anew


@given(st.text("ab .\n", max_size=300), PIECES, st.integers(0, 400))
def test_what_is_shown_of_the_rest_piece_by_piece_is_what_is_kept_of_it(
    before: str, pieces: list[str], again: int
) -> None:
    pieces = [before[len(before) - again :] if again <= len(before) else "", *pieces]
    found = rest(before, "".join(pieces))

    assert shown_of(before, pieces) == (found.text, found.is_anew)
    assert "".join(pieces).rstrip().endswith(found.text.rstrip()) or "".join(pieces).strip() == END


@pytest.mark.parametrize("at", range(0, len(WHOLE), 7))
def test_what_stands_is_whole_paragraphs_and_no_half_of_a_code_block(at: int) -> None:
    stands = standing(WHOLE[:at])

    assert WHOLE.startswith(stands)
    assert stands == "" or (len(stands) >= LEAST_CHARACTERS and WHOLE[len(stands) :].startswith("\n\n"))
    assert stands.count("```") % 2 == 0
    assert len(parse_draft(stands)) == len([one for one in PARAGRAPHS if one in stands])


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (PARAGRAPHS[4], PARAGRAPHS[4]),
        (f"{PARAGRAPHS[3]}\n\n{PARAGRAPHS[4]}", PARAGRAPHS[4]),
        (f"\n{PARAGRAPHS[2]}\n\n{PARAGRAPHS[3]}\n\n{PARAGRAPHS[4]}", PARAGRAPHS[4]),
        (PARAGRAPHS[3], ""),
        (END, ""),
        (f" {END}\n", ""),
    ],
)
def test_what_stands_already_is_not_said_again(said: str, kept: str) -> None:
    found = rest("\n\n".join(PARAGRAPHS[:4]), said)

    assert (found.text, found.is_anew) == (kept, False)


def test_a_reply_that_begins_anew_replaces_what_stood() -> None:
    found = rest("\n\n".join(PARAGRAPHS[:4]), WHOLE)

    assert (found.text, found.is_anew) == (WHOLE, True)


# --- at the wire ------------------------------------------------------------------------------------------------------


ENDINGS: dict[str, Callable[[str], str]] = {
    "goes on": lambda rest_: rest_,
    "says a paragraph again": lambda rest_: f"{PARAGRAPHS[5]}\n\n{rest_}",
    "begins anew": lambda _: WHOLE,
}


@pytest.mark.parametrize("how", ENDINGS)
@pytest.mark.parametrize("with_a_call", [False, True])
async def test_a_reply_that_lost_its_worker_twice_is_whole_in_the_end(
    server: ClaudeServer, claude: Claude, how: str, with_a_call: bool
) -> None:
    talk = Talk(claude)
    prompt = talk.builder.build(Conversation(THREAD), [message("q")], (), (), START, ChannelSettings()).prompt
    before = "Let me look."
    if with_a_call:
        server.says(before, calls=(("lookup", {"word": "a"}),))
    stands = "\n\n".join(PARAGRAPHS[:5])
    partial = f"{before}\n\n" if with_a_call else ""
    for cut in (f"{stands}\n\n{PARAGRAPHS[5][:9]}", f"{stands}\n\n{PARAGRAPHS[5]}\n\nPara"):
        course = ""
        server.says(WHOLE)
        async with aclosing(claude.stream(prompt, talk.tools)) as events:
            async for event in events:
                course = event.course if isinstance(event, Checkpoint) else course
                if isinstance(event, TextDelta) and "Para" in event.text:
                    break
        prompt = replace(prompt, course=course, partial=partial + cut)
        server._scripts.clear()
    server.says(ENDINGS[how]("\n\n".join(PARAGRAPHS[6:])))

    events_ = [event async for event in claude.stream(prompt, talk.tools)]

    answer = events_[-1]
    assert isinstance(answer, Answer)
    assert answer.text == said(events_) == partial + WHOLE
    assert all(invalid(request.body) == "" for request in server.requests)
    assert GO_ON in str(server.requests[-1].body["messages"][-1])
    assert json.loads(answer.transcript[-1])["role"] == "assistant"


async def test_a_reply_of_which_nothing_was_missing_ends_as_it_stands(server: ClaudeServer, claude: Claude) -> None:
    talk = Talk(claude)
    prompt = talk.builder.build(Conversation(THREAD), [message("q")], (), (), START, ChannelSettings()).prompt
    stands = "\n\n".join(PARAGRAPHS[:5])
    server.says(END)

    events = [event async for event in claude.stream(replace(prompt, partial=f"{stands}\n\n"), talk.tools)]

    assert isinstance(events[-1], Answer)
    assert events[-1].text == said(events) == stands
    assert len(PARAGRAPHS[0]) < HELD_CHARACTERS


@pytest.mark.parametrize("said_then", [WHOLE, "\n\n".join(PARAGRAPHS[4:])])
async def test_a_reply_that_looks_something_up_at_the_seam_has_not_gone_on_yet(
    server: ClaudeServer, claude: Claude, said_then: str
) -> None:
    talk = Talk(claude)
    prompt = talk.builder.build(Conversation(THREAD), [message("q")], (), (), START, ChannelSettings()).prompt
    server.says(calls=(("lookup", {"word": "a"}),))
    server.says(said_then)

    partial = "\n\n".join(PARAGRAPHS[:5])
    events = [event async for event in claude.stream(replace(prompt, partial=f"{partial}\n\n"), talk.tools)]

    assert isinstance(events[-1], Answer)
    assert events[-1].text == said(events) == WHOLE
