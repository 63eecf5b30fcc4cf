"""Packing by a platform's limits: nothing is lost or moved, no message is over a limit, and none could have taken the next chunk."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from adapters.layout import MOST_CAPTIONS, Chunk, CodeLayout, CodeLimits, pack
from bot.writing.columns import aligned, width
from bot.writing.markdown import Code, CodeFile

FILE = CodeFile("a.py", "py", "x\n")
LIMITS = (20, 5)
CODE = CodeLimits(len, 40, file_characters=100, excerpt=20)
CHUNKS = st.lists(
    st.tuples(
        st.sampled_from([0, 3, 5, 9, 10, 25]),
        st.integers(0, 1),
        st.integers(0, 3),
        st.sampled_from([False, False, True]),
        st.sampled_from([False, False, True]),
    ).map(lambda one: Chunk(one, (one[0], one[1]), one[2], FILE if one[3] else None, one[4])),
    max_size=20,
)
CELLS = st.text(alphabet="ab漢e\u0301 \",'", max_size=12)
ROWS = st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=6))


def taken(row: list[Chunk[object]]) -> tuple[int, int]:
    return sum(one.sizes[0] for one in row) + sum(one.joint for one in row[1:]), sum(one.sizes[1] for one in row)


@given(CHUNKS)
def test_messages_hold_every_chunk_in_order_within_the_limits_and_as_many_as_go(chunks: list[Chunk[object]]) -> None:
    messages = list(pack(chunks, LIMITS))

    assert [one for message in messages for one in message.drawn] == [chunk.drawn for chunk in chunks]
    at = 0
    for message in messages:
        row = chunks[at : at + len(message.drawn)]
        at += len(row)
        files = [one.file for one in row if one.file]
        assert files == ([message.file] if message.file else [])
        assert len(row) == 1 or all(have <= limit for have, limit in zip(taken(row), LIMITS, strict=True))
        if at < len(chunks):
            longer = [*row, chunks[at]]
            is_over = any(have > limit for have, limit in zip(taken(longer), LIMITS, strict=True))
            assert is_over or (files and chunks[at].file) or chunks[at].leads


@given(CHUNKS)
def test_no_message_ends_with_a_caption_of_the_next_where_both_have_room(chunks: list[Chunk[object]]) -> None:
    at = 0
    for message in pack(chunks, LIMITS):
        row = chunks[at : at + len(message.drawn)]
        at += len(row)
        if at == len(chunks) or len(row) == 1 or not row[-1].leads:
            continue
        if all(one.leads for one in chunks[at : at + MOST_CAPTIONS]):
            continue  # of a longer row of captions the last ones go
        led = next(place for place in range(len(row), -1, -1) if place == 0 or not row[place - 1].leads)
        carried = row[max(led, len(row) - MOST_CAPTIONS, 1) :]
        wanted = [*carried, chunks[at]]
        too_much = any(have > limit for have, limit in zip(taken(wanted), LIMITS, strict=True))
        assert too_much or sum(one.file is not None for one in wanted) > 1


def test_two_tables_of_one_answer_have_files_of_their_own() -> None:
    layout = CodeLayout(CODE, files=True)

    assert len({layout.table([["a"]]).name, layout.table([["b"]]).name}) == 2


@given(st.text(alphabet="ab\n", min_size=1, max_size=200), st.booleans(), st.booleans())
def test_code_is_whole_in_its_pieces_or_in_its_file(text: str, files: bool, is_exact: bool) -> None:
    layout = CodeLayout(CODE, files=files)
    laid = layout.lay(Code("py", text), text, is_exact=is_exact)

    assert (laid.file is not None) == (files and (len(text) > 100 or not is_exact))
    assert laid.file is None or laid.file.text == text
    assert text.startswith("".join(laid.pieces))
    assert laid.is_excerpt or "".join(laid.pieces) == text
    assert all(len(piece) <= 40 for piece in laid.pieces)


@given(ROWS)
def test_a_table_s_columns_stand_under_each_other_and_its_csv_reads_back(rows: list[list[str]]) -> None:
    header, rule, *_ = aligned(rows).split("\n")

    assert width(header) <= width(rule)
    assert len(aligned(rows).split("\n")) == len(rows) + 2
    assert list(csv.reader(io.StringIO(CodeLayout(CODE, files=True).table(rows).text))) == [
        row if row != [""] else [""] for row in rows
    ]
