"""What a message copies, replaced and forgotten, whatever it says."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import Answer, Attachment, Message, Quote, Turn
from bot.copies import GONE, Change, heard_as_now, in_quotation, message_as_now, turn_as_now
from tests.fakes import START, message

texts = st.text(st.sampled_from("ab`>\n*: "), max_size=30)
FILES = (Attachment("C2/1/F1", "a.log", "text/plain", 1, "https://f.example/1"), Attachment("F2", "b.log", "t", 1, ""))


def asked(own: str, copied: str, head: str = "In reply to Ben:", behind: str = "") -> Message:
    quote = Quote("C2/1", f"{head}\n{in_quotation(f'SECRET{copied}')}", head, ("C2/1/F1",))
    said = message(f"{own}\n\n{quote.text}{behind}", attachments=FILES)
    return replace(said, quotes=(quote,))


@given(texts, texts, texts, texts)
def test_a_copy_is_replaced_as_often_as_it_changes_and_nothing_else_is(
    own: str, old: str, new: str, behind: str
) -> None:
    first = message_as_now(asked(own, old, behind=behind), {"C2/1": Change("C2/1", f"n{new}", FILES[:1], "1")})
    second = message_as_now(first, {"C2/1": Change("C2/1", None)})

    assert first.text == f"{own}\n\nIn reply to Ben:\n{in_quotation(f'n{new}')}{behind}"
    assert second.text == f"{own}\n\nIn reply to Ben:\n> {GONE}{behind}"
    assert (first.attachments, second.attachments) == (FILES, FILES[1:])
    assert message_as_now(second, {"C2/1": Change("C2/1", None)}) == second


@given(texts, st.integers(0, 40))
def test_of_a_copy_that_was_cut_nothing_stays_either(own: str, length: int) -> None:
    whole = asked(own, "x" * 60)
    cut = replace(whole, text=whole.text[: len(own) + 30 + length])

    assert "SECRET" not in message_as_now(cut, {"C2/1": Change("C2/1", None)}).text


def test_what_was_heard_is_as_its_author_left_it_and_older_edits_count_no_more() -> None:
    said = [replace(message(text, id=id), edition="5") for id, text in (("1", "a"), ("2", "b"), ("3", "c"))]
    changes = [Change("here/1", "new", FILES, "6"), Change("here/2", None), Change("here/3", "old", (), "4")]

    now = heard_as_now(said, {one.source: one for one in changes})

    assert [(one.text, one.attachments, one.edition) for one in now] == [("new", FILES, "6"), ("c", (), "5")]


def test_a_turn_that_was_told_something_else_is_kept_as_plain_texts_and_any_other_as_it_is() -> None:
    turn = Turn("t", (asked("why?", "x"),), (), Answer("so", "m", transcript=("{}",)), START)

    assert turn_as_now(turn, {"file/F9": Change("file/F9", None)}) is turn
    changed = turn_as_now(turn, {"file/F2": Change("file/F2", None)})
    assert (changed.messages[0].attachments, changed.answer.transcript) == (FILES[:1], ())
