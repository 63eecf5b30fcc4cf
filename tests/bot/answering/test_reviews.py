"""Reviews, one behind the other: what the first lets through is what the second reads, and what replaces a text replaces it for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.answering.reviews import Reviews, text_of
from bot.capability import Review, Shown
from bot.conversation import Answer
from bot.events import Links, Revised, TextDelta, ToolResult


class Upper(Review):
    """Holds back a word until it is whole."""

    def __init__(self) -> None:
        self._held = ""

    async def feed(self, piece: str) -> Sequence[Shown]:
        self._held += piece
        cut = self._held.rfind(" ") + 1
        ready, self._held = self._held[:cut], self._held[cut:]
        return (TextDelta(ready.upper()),) if ready else ()

    async def end(self) -> Sequence[Shown]:
        ready, self._held = self._held, ""
        return (TextDelta(ready.upper()),) if ready else ()

    def restart(self) -> None:
        self._held = ""


class Repair(Review):
    """Shows everything at once, and replaces what it showed as soon as it sees `teh `."""

    def __init__(self) -> None:
        self._text = ""

    async def feed(self, piece: str) -> Sequence[Shown]:
        self._text += piece
        if "teh " not in self._text:
            return (TextDelta(piece),)
        self._text = self._text.replace("teh ", "the ")
        return (Links(("https://a.example/",)), Revised(self._text))

    def restart(self) -> None:
        self._text = ""

    async def finish(self, answer: Answer) -> Answer:
        return replace(answer, notices=(*answer.notices, "repaired"))


class Witness(Review):
    def __init__(self) -> None:
        self.seen: list[object] = []

    def see(self, event: object) -> None:
        self.seen.append(event)


async def read(reviews: Reviews, pieces: Sequence[str]) -> list[Shown]:
    shown = [one for piece in pieces for one in await reviews.feed(piece)]
    return [*shown, *await reviews.end()]


async def test_a_review_reads_what_the_one_before_it_shows() -> None:
    shown = await read(Reviews([Repair(), Upper()]), ["use t", "eh ", "index"])

    assert shown == [
        TextDelta("USE "), Links(("https://a.example/",)), Revised("USE THE "), TextDelta("INDEX"),
    ]  # fmt: skip
    assert text_of(shown) == "USE THE INDEX"


@given(
    st.lists(st.sampled_from(["teh ", "t", "eh ", "use ", "\n", "e", "h", " "]), max_size=20),
    st.lists(st.integers(1, 5), max_size=40),
    st.permutations([0, 1, 2]),
)
async def test_pieces_of_any_size_give_readers_what_the_whole_gives(
    words: list[str], cuts: list[int], order: list[int]
) -> None:
    def reviews() -> Reviews:
        every: list[Review] = [Repair(), Upper(), Review()]
        return Reviews([every[place] for place in order])

    text, pieces, at = "".join(words), [], 0
    for cut in cuts:
        pieces.append(text[at : at + cut])
        at += cut

    shown = await read(reviews(), [*pieces, text[at:]])

    assert text_of(shown) == text_of(await read(reviews(), [text]))


async def test_all_see_what_is_no_text_and_finish_in_their_order() -> None:
    witness = Witness()
    reviews = Reviews([witness, Repair(), Repair()])
    result = ToolResult("c", "found")

    reviews.see(result)
    answer = await reviews.finish(Answer("text", "m"))

    assert witness.seen == [result]
    assert answer.notices == ("repaired", "repaired")


async def test_without_reviews_everything_passes() -> None:
    assert await read(Reviews([]), ["a", "b"]) == [TextDelta("a"), TextDelta("b")]
