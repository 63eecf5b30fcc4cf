"""The review of an answer's code: its text passes at once, each block gets one honest line, and what is wrong is mended once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.capabilities.checks import phrases
from bot.capabilities.checks import review as review_module
from bot.capabilities.checks.checking import Ground
from bot.capabilities.checks.review import CheckReview
from bot.capabilities.checks.verdicts import Verdict
from bot.capability import Notes, Shown
from bot.conversation import Answer
from bot.events import Marks, Revised, Status, TextDelta
from tests.bot.checks.made_up import GROUND, MadeUpChecker, MadeUpLog

GOOD = "```python\nsession.merge(row)\n```\n"
BAD = "```python\nimport shoplib\nsession.upsert(row)\n```\n"


class Kept(Notes):
    def __init__(self) -> None:
        self.notes: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self.notes.get(key)

    async def put(self, key: str, text: str) -> None:
        self.notes[key] = text


class Turn:
    """One answer on its way through the review, and the model's answer to a second question."""

    def __init__(self, *, mends: bool = True, notes: Notes | None = None) -> None:
        self.checker, self.log = MadeUpChecker(), MadeUpLog()
        self.questions: list[str] = []
        self.mending: str | None = None
        self.seen: list[Shown | Status] = []
        self.review = CheckReview(self.checker, self._ground, self._ask, notes or Kept(), self.log, mends=mends)

    async def _ground(self) -> Ground:
        return GROUND

    async def _ask(self, system: str, text: str) -> str | None:
        self.questions.append(text)
        return self.mending

    async def writes(self, pieces: Sequence[str]) -> Answer:
        for piece in pieces:
            self.seen += await self.review.feed(piece)
            await asyncio.sleep(0)
        return await self.ends()

    async def ends(self) -> Answer:
        self.seen += await self.review.end()
        async for one in self.review.settle():
            self.seen.append(one)
        return await self.review.finish(Answer(self.text, "m"))

    @property
    def text(self) -> str:
        text = ""
        for one in self.seen:
            match one:
                case TextDelta(piece):
                    text += piece
                case Revised(whole):
                    text = whole
                case _:
                    pass
        return text


def lines(answer: Answer) -> list[tuple[int, str]]:
    return [(mark.place, mark.line) for mark in answer.marks]


async def test_each_block_gets_its_line() -> None:
    answer = await Turn(mends=False).writes([f"Use it:\n\n{GOOD}\nnot\n\n{BAD}"])

    assert lines(answer) == [
        (0, "checked: shoplib 2.1 – no problems found"),
        (1, "1 problem, line 2: Session has no `upsert`"),
    ]


async def test_the_text_passes_while_a_check_takes_its_time() -> None:
    turn = Turn()
    turn.checker.gate.clear()

    turn.seen += await turn.review.feed(BAD)
    turn.seen += await turn.review.feed("And more.")

    assert turn.text == BAD + "And more."


async def test_a_line_comes_while_the_answer_is_still_written() -> None:
    turn = Turn()
    turn.seen += await turn.review.feed(GOOD)
    for _ in range(20):
        await asyncio.sleep(0)

    turn.seen += await turn.review.feed("More.")

    assert any(isinstance(one, Marks) and "no problems found" in one.all[0].line for one in turn.seen)


async def test_an_environment_that_is_being_built_is_said_so_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_module, "GRACE_SECONDS", 0.01)
    turn = Turn()
    turn.checker.gate.clear()
    asyncio.get_running_loop().call_later(0.1, turn.checker.gate.set)

    answer = await turn.writes([GOOD])

    told = [one.all[0].line for one in turn.seen if isinstance(one, Marks)]
    assert told == ["checking…", "checked: shoplib 2.1 – no problems found"]
    assert lines(answer) == [(0, "checked: shoplib 2.1 – no problems found")]


async def test_a_check_that_hangs_costs_its_line_and_not_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_module, "GRACE_SECONDS", 0.01)
    monkeypatch.setattr(review_module, "MOST_SECONDS", 0.05)
    turn = Turn()
    turn.checker.gate.clear()

    assert lines(await turn.writes([GOOD])) == [(0, "not checked: it took too long")]


async def test_a_checker_that_breaks_costs_its_line_and_not_the_answer() -> None:
    turn = Turn()
    turn.checker.fault = RuntimeError("boom")

    assert lines(await turn.writes([GOOD])) == [(0, "not checked: the checker failed")]


async def test_output_and_trees_of_files_get_no_line() -> None:
    answer = await Turn().writes(["```\nsrc/\n  a.py\n```\n\n```text\nok\n```\n"])

    assert answer.marks == ()


async def test_an_answer_without_code_is_not_looked_at() -> None:
    turn = Turn()
    await turn.writes(["No code, `upsert` is a word."])

    assert turn.checker.asked == []


async def test_a_wrong_block_is_mended_and_the_line_says_so() -> None:
    turn = Turn()
    turn.mending = "```python\nimport shoplib\nsession.merge(row)\n```"

    answer = await turn.writes([f"So:\n\n{BAD}\nDone."])

    assert "session.merge(row)" in turn.text
    assert "upsert" not in turn.text
    assert turn.text.endswith("Done.")
    assert lines(answer) == [(0, "repaired: Session has no `upsert` – checked: shoplib 2.1 – no problems found")]
    assert any("upsert" in one for one in answer.mended)
    assert "Session.merge(instance)" in turn.questions[0]


async def test_a_sentence_that_names_what_was_mended_is_mended_with_it() -> None:
    turn = Turn()
    turn.mending = (
        "```python\nimport shoplib\nsession.merge(row)\n```\nREPLACE: Call `upsert` here. => Call `merge` here."
    )

    await turn.writes([f"Call `upsert` here.\n\n{BAD}"])

    assert turn.text.startswith("Call `merge` here.")


@pytest.mark.parametrize(
    "mending",
    [
        None,
        "NO",
        "```python\nsession.upsert(row, 1)\n```",
        "```python\nsession.upsert(row)\nsession.upsert(row)\n```",
        "```python\nsession.merge(row)\n```\n```python\nmore()\n```",
        "```text\nsession.merge(row)\n```",
        "```python\n\n```",
        "```python\nsession.merge(row)\n```\nREPLACE: what nobody wrote => x",
    ],
)
async def test_a_mending_that_is_no_better_is_not_taken(mending: str | None) -> None:
    turn = Turn()
    turn.mending = mending

    answer = await turn.writes([f"So:\n\n{BAD}"])

    assert turn.text == f"So:\n\n{BAD}"
    assert lines(answer) == [(0, "1 problem, line 2: Session has no `upsert`")]
    assert answer.mended == ()


async def test_prose_that_would_no_longer_fit_keeps_the_first_answer() -> None:
    turn = Turn()
    turn.mending = "```python\nimport shoplib\nsession.merge(row)\n```"

    await turn.writes([f"`session.upsert` is what you want:\n\n{BAD}"])

    assert "session.upsert(row)" in turn.text


async def test_where_mending_is_off_nothing_is_asked() -> None:
    turn = Turn(mends=False)
    turn.mending = "```python\nsession.merge(row)\n```"
    await turn.writes([BAD])

    assert turn.questions == []


async def test_whoever_takes_the_turn_over_does_not_check_again() -> None:
    notes = Kept()
    first, second = Turn(notes=notes), Turn(notes=notes)
    await first.writes([GOOD, BAD])
    answer = await second.writes([GOOD + BAD])

    assert second.checker.asked == []
    assert [line for _, line in lines(answer)][1].startswith("1 problem")


async def test_what_begins_anew_is_checked_anew() -> None:
    turn = Turn(mends=False)
    await turn.review.feed(BAD)
    turn.review.restart()
    turn.seen.clear()

    assert lines(await turn.writes([GOOD])) == [(0, "checked: shoplib 2.1 – no problems found")]


TEXTS = st.lists(
    st.sampled_from(
        [
            GOOD,
            BAD,
            "Text.\n\n",
            "- item\n\n  ```python\n  session.upsert(1)\n  ```\n\n",
            "> ```python\n> x = 1\n> ```\n\n",
            "```\n",
            "~~~py\na\n",
        ]
    ),
    max_size=6,
).map("".join)


@settings(max_examples=60)
@given(TEXTS, st.lists(st.integers(1, 40), max_size=12))
async def test_a_text_fed_in_pieces_gives_what_it_gives_whole(text: str, cuts: list[int]) -> None:
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(text[at : at + cut])
        at += cut
    in_pieces, whole = Turn(mends=False), Turn(mends=False)

    assert lines(await in_pieces.writes([*pieces, text[at:]])) == lines(await whole.writes([text]))
    assert in_pieces.text == whole.text == text


def test_a_version_that_nobody_pins_is_not_called_the_reader_s_own() -> None:
    verdict = Verdict("none", {"httpx": "0.28.1"}, ("get_session", "httpx 0.28.1 (newest)"))

    assert phrases.line(verdict) == (
        "checked: httpx 0.28.1 – no problems found – assumes your get_session, assumes the newest httpx 0.28.1, for nothing pins it"
    )


def test_the_team_s_repository_is_named_with_its_commit() -> None:
    verdict = Verdict("none", {"shoplib": "2.1", "shop": "9cad1a1f00d5"})

    assert phrases.line(verdict, own="shop") == "checked: shoplib 2.1, shop@9cad1a1 – no problems found"
    assert phrases.detail(verdict, "shop")[0] == "Held against: shoplib 2.1, shop@9cad1a1."
