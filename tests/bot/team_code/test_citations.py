"""S15: every path and line that an answer cites exists at the commit, or is mended before anybody reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.answering.reviews import text_of
from bot.capabilities.team_code.citations import CitationReview
from bot.capabilities.team_code.cited.stream import CitationCheck
from bot.capabilities.team_code.code import ShownLines
from bot.capabilities.team_code.repositories import BadQuery
from bot.capabilities.team_code.tools.access import Access
from bot.conversation import Answer, ThreadId
from bot.errors import StoreUnavailable
from storage.memory import MemoryPins
from storage.repos.library import Library
from tests.bot.team_code.tools.conftest import House, ask, house
from tests.fakes import THREAD

pytestmark = pytest.mark.slow

__all__ = ["house"]

PIECES = [
    "See ", "`billing/models.py:12`", "billing/models.py:12-14", " and ", "models.py:7", "nowhere/gone.py:3", "`billing/models.py:900`",
    "\n", "\n\n", "- ", "```python\n", "x = 'nowhere.py:1'\n", "```\n",
    "[the sum](https://github.example/acme/shop/blob/main/billing/models.py#L12)",
    "[gone](https://github.example/acme/shop/blob/main/gone.py#L1)",
    "http://localhost:8080/x", "127.0.0.1:5432", "redis:6379", "org/image:3",
    "at 10:30", "v1.2.3:4", "`", "**bold** ", "(billing/payments.py:3)", "shop/billing/models.py:7", "[", "](", "|", "~~~\n",
]  # fmt: skip


async def grounded(answer: Answer, access: Access) -> Answer:
    review = CitationReview(access, "")
    shown = [*await review.feed(answer.text), *await review.end()]
    return await review.finish(replace(answer, text=text_of(shown)))


async def checked(house: House, text: str, said: str = "") -> tuple[str, CitationCheck]:
    toolbox = house.open()
    await toolbox.access.snapshot("shop")
    check = CitationCheck(toolbox.access, said)
    return await check.feed(text) + await check.end(), check


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("see `billing/models.py:12`.", "see `billing/models.py:12`."),
        ("see billing/models.py:12-14,", "see billing/models.py:12-14,"),
        ("`shop/billing/models.py:12`", "`shop/billing/models.py:12`"),
        ("`models.py:12`", "`billing/models.py:12`"),
        ("`billing/models.py#L12-L14`", "`billing/models.py#L12-L14`"),
        ("`billing/models.py:900`", "`billing/models.py`"),
        ("`src/gone.py:3`", "`(reference removed)`"),
        ("make `billing/refunds.py`", "make `billing/refunds.py`"),
        (
            "127.0.0.1:5432, redis:6379, db.acme.internal:5432, org/image:3",
            "127.0.0.1:5432, redis:6379, db.acme.internal:5432, org/image:3",
        ),
        ("```\nsrc/gone.py:3\n```\n", "```\nsrc/gone.py:3\n```\n"),
        ("[x](https://github.example/acme/shop/blob/main/gone.py#L3)", "x"),
        ("[x](https://elsewhere.example/gone.py:3)", "[x](https://elsewhere.example/gone.py:3)"),
    ],
)
async def test_a_citation_stands_is_corrected_or_goes(house: House, written: str, shown: str) -> None:
    text, _ = await checked(house, written)
    assert text == shown


async def test_a_link_into_the_repository_is_pinned_to_the_commit(house: House) -> None:
    text, _ = await checked(house, "[x](https://github.example/acme/shop/blob/main/billing/models.py#L12)")
    assert text == f"[x](https://github.example/acme/shop/blob/{house.shop.head}/billing/models.py#L12)"


async def test_what_a_person_wrote_may_be_repeated(house: House) -> None:
    text, check = await checked(house, "Your log says `handlers/pay.go:88`.", said="panic at handlers/pay.go:88 +0x1f")
    assert text == "Your log says `handlers/pay.go:88`."
    assert check.checked.removed == 0


@given(st.lists(st.sampled_from(PIECES), max_size=14), st.lists(st.integers(1, 9), max_size=60))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_pieces_of_any_size_give_what_the_whole_gives(house: House, pieces: list[str], cuts: list[int]) -> None:
    text = "".join(pieces)
    whole, _ = await checked(house, text)
    toolbox = house.open()
    await toolbox.access.snapshot("shop")
    streamed = CitationCheck(toolbox.access, "")
    shown, at = [], 0
    for cut in cuts:
        shown.append(await streamed.feed(text[at : at + cut]))
        at += cut
        assert whole.startswith("".join(shown))
    shown += [await streamed.feed(text[at:]), await streamed.end()]

    assert "".join(shown) == whole


@given(st.lists(st.sampled_from([piece for piece in PIECES if "```" not in piece and "~~~" not in piece]), max_size=14))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_nothing_that_does_not_exist_is_cited_outside_code(house: House, pieces: list[str]) -> None:
    text, check = await checked(house, " ".join(pieces))

    assert "gone.py:" not in text
    assert "models.py:900" not in text
    snapshot = await house.library.at("shop", house.shop.head)
    for one in check.checked.sources:
        entry = await snapshot.entry(one.path)
        assert entry
        assert one.end <= entry.lines


RUNBOOKS = [
    "Runbook:\n\n````markdown\n# Deploy\n```bash\npsql -f src/nowhere.py:12\n```\n````\n\nand nowhere/gone.py:3.\n",
    "1. Step\n\n   ~~~\n   src/nowhere.py:12\n   ``` no end\n   ~~~\n2. nowhere/gone.py:3\n",
    "> ```\n> src/nowhere.py:12\nnowhere/gone.py:3\n",
    "- ```\n  src/nowhere.py:12\nnowhere/gone.py:3\n",
    "As code:\n\n    src/nowhere.py:12\n\nnowhere/gone.py:3\n",
    "```\r\nsrc/nowhere.py:12\r\n```\r\nnowhere/gone.py:3\r\n",
    "```\nsrc/nowhere.py:12\x0c```\u2028```\nsrc/nowhere.py:12\n```\nnowhere/gone.py:3",
]


@pytest.mark.parametrize("text", RUNBOOKS)
async def test_code_is_never_touched_and_what_follows_it_is(house: House, text: str) -> None:
    toolbox = house.open()
    await toolbox.access.snapshot("shop")
    wanted = text.replace("\x0c", "").replace("nowhere/gone.py:3", "nowhere/gone.py")

    for size in range(1, len(text) + 1):
        check = CitationCheck(toolbox.access, "")
        fed = [await check.feed(text[at : at + size]) for at in range(0, len(text), size)]
        assert "".join([*fed, await check.end()]) == wanted


async def test_an_answer_does_not_fail_because_the_store_is_away(house: House) -> None:
    class Away(MemoryPins):
        async def load(self, thread: ThreadId) -> Mapping[str, str]:
            raise StoreUnavailable("gone")

    granted = list(house.library.declared())[:1]
    access = Access(THREAD, granted, "shop", house.library, Away())

    answer = await grounded(Answer("See `billing/models.py:12`.", "m"), access)

    assert answer.text == "See `billing/models.py:12`."


async def test_an_answer_ends_with_its_sources_and_says_what_it_looked_at(house: House) -> None:
    toolbox = house.open()
    await toolbox.access.snapshot("shop")
    text = "The sum is in `billing/models.py:12`, see also `billing/models.py:12-14` and `billing/away.py:1`."

    answer = await grounded(Answer(text, "m"), toolbox.access)

    link = f"https://github.example/acme/shop/blob/{house.shop.head}/billing/models.py#L12-L14"
    assert answer.text.endswith(f"**Sources**\n- [`billing/models.py:12-14`]({link})")
    assert "away.py" not in answer.text
    assert answer.notices == (
        f"Looked at shop at {house.shop.head[:8]}. Type !refresh for the newest commit.",
        "1 reference to places that do not exist in the code was removed from this answer.",
    )


async def test_an_answer_that_cites_nothing_lists_what_was_read_and_one_that_looked_at_nothing_stays(
    house: House,
) -> None:
    toolbox = house.open()
    untouched = await grounded(Answer("Hello.", "m"), toolbox.access)
    await toolbox.access.snapshot("shop")
    toolbox.access.saw("shop", "billing/models.py", 1, 9)
    read = await grounded(Answer("It is an integer.", "m"), toolbox.access)

    assert (untouched.text, untouched.notices) == ("Hello.", ("Answered without looking into the team's code.",))
    assert "- [`billing/models.py:1-9`](https://github.example/acme/shop/blob/" in read.text


@pytest.mark.parametrize("fails", [False, True])
async def test_the_first_citation_is_checked_though_nothing_was_looked_at(house: House, *, fails: bool) -> None:
    toolbox = house.open()
    if fails:
        await ask(toolbox, "read_file", '{"repo": "vault", "path": "vault.py", "start_line": 1, "end_line": 2}')
    text = "`charge` is in `billing/payments.py:9999`, `billing/gone.py:3` and `src/dispatch/main.py:9999`."

    answer = await grounded(Answer(text, "m"), toolbox.access)

    assert answer.text.startswith(
        "`charge` is in `billing/payments.py:6`, `(reference removed)` and `(reference removed)`."
    )
    place = f"shop at {house.shop.head[:8]}"
    assert (
        answer.notices[0] == f"Answered without looking into the team's code. Its references were checked at {place}."
    )
    assert "1 corrected" in answer.notices[2]
    assert answer.mended[0] == "billing/payments.py:9999 -> billing/payments.py:6"
    assert await house.pins.load(THREAD) == {"shop": house.shop.head}


async def test_words_that_cite_nothing_open_nothing(house: House) -> None:
    answer = await grounded(Answer("Use redis:6379 at 10:30; see `models.py` and v1.2.3.", "m"), house.open().access)

    assert answer.text == "Use redis:6379 at 10:30; see `models.py` and v1.2.3."
    assert await house.pins.load(THREAD) == {}


async def test_what_cannot_be_checked_is_said(house: House) -> None:
    class Unindexed(Library):
        async def head(self, name: str) -> str:
            raise BadQuery("it is being prepared")

    access = Access(THREAD, list(house.library.declared())[:1], "shop", Unindexed(Path("/nowhere")), MemoryPins())

    answer = await grounded(Answer("See `src/dispatch/main.py:9999`.", "m"), access)

    assert answer.text == "See `src/dispatch/main.py:9999`."
    assert "1 place named in this answer could not be checked in the code." in answer.notices


async def test_a_link_to_a_folder_or_to_another_page_stays(house: House) -> None:
    base = "https://github.example/acme/shop"
    text = f"[a]({base}/tree/main/billing) [b]({base}/pull/5) {base}/issues/3."
    assert (await checked(house, text))[0] == text


async def test_lines_shown_in_an_earlier_turn_are_believed_until_the_thread_is_refreshed(house: House) -> None:
    text = "The `worker` ends in `billing/models.py:12`."
    first = house.open()
    await ask(first, "read_file", '{"repo": "shop", "path": "billing/models.py", "start_line": 1, "end_line": 14}')

    later, _ = await in_a_new_turn(house, text)
    await house.pins.forget(THREAD)
    refreshed, _ = await in_a_new_turn(house, text)

    assert later == text
    assert refreshed == "The `worker` ends in `billing/models.py`."


async def test_lines_shown_at_another_commit_are_not_believed(house: House) -> None:
    text = "The `worker` ends in `billing/models.py:12`."
    await house.pins.pin(THREAD, "shop", house.shop.head)
    await house.pins.show(THREAD, [ShownLines("shop", "e" * 40, "billing/models.py", ((1, 40),))])

    assert (await in_a_new_turn(house, text))[0] == "The `worker` ends in `billing/models.py`."


async def test_a_look_does_not_fail_because_what_it_showed_cannot_be_kept(house: House) -> None:
    class Full(MemoryPins):
        async def show(self, thread: ThreadId, places: Sequence[ShownLines]) -> None:
            raise StoreUnavailable("full")

    house.pins = Full()
    toolbox = house.open()
    result = await ask(
        toolbox, "read_file", '{"repo": "shop", "path": "billing/models.py", "start_line": 1, "end_line": 14}'
    )

    assert not result.is_error
    assert toolbox.access.was_shown("shop", "billing/models.py", 14, 14)


async def in_a_new_turn(house: House, text: str) -> tuple[str, CitationCheck]:
    check = CitationCheck(house.open().access, "")
    return await check.feed(text) + await check.end(), check


async def test_a_later_turn_says_what_the_thread_looked_at_and_not_what_was_only_checked(house: House) -> None:
    await grounded(Answer("See `billing/models.py:12`.", "m"), house.open().access)
    checked_only = await grounded(Answer("Right.", "m"), house.open().access)
    await ask(house.open(), "repo_overview", '{"repo": "shop", "focus": ""}')
    looked = await grounded(Answer("Right.", "m"), house.open().access)

    assert checked_only.notices[0].startswith("Answered without looking into the team's code.")
    assert looked.notices[0].startswith("Looked at shop at ")


async def test_an_answer_knows_the_files_that_it_names_at_the_commits_that_were_looked_at(house: House) -> None:
    toolbox = house.open()
    await ask(toolbox, "read_file", '{"repo": "shop", "path": "billing/models.py", "start_line": 1, "end_line": 9}')
    await ask(toolbox, "read_file", '{"repo": "shop", "path": "uv.lock", "start_line": 1, "end_line": 3}')
    review = CitationReview(toolbox.access, "")
    text = "The sum is in `billing/models.py:12` and its loop in `billing/payments.py:8`; `nowhere/gone.py:3` is not."
    shown = text_of([*await review.feed(text), *await review.end()])

    answer = await review.finish(Answer(shown, "m"))

    commit = toolbox.access.opened["shop"].commit
    assert [(one.repository, one.commit, one.path) for one in answer.cites] == [
        ("shop", commit, "billing/models.py"),
        ("shop", commit, "billing/payments.py"),
    ]
