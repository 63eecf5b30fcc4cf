"""What is checked at once: a sentence or a row, cut the same way however the text came."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.capabilities.team_code.cited.units import LONGEST, SUSPECT, is_row, plain_end, unit_end

WORDS = [
    "a.py",
    "`a. b`",
    "`",
    "``",
    "[a. b](x. y)",
    "[",
    "](",
    "e.g. ",
    "So. ",
    "Why? ",
    "。",
    " ",
    "word ",
    "| ",
    "\n",
    "l. 5 ",
    ") ",
    "x" * 700 + " ",
]


def cut(line: str) -> list[str]:
    units, at = [], 0
    while end := unit_end(line[at:], is_whole=True, is_row=is_row(line)):
        units.append(line[at : at + end])
        at += end
    return units


@pytest.mark.parametrize(
    ("line", "units"),
    [
        ("One. Two.\n", ["One. ", "Two.\n"]),
        ("See `a. b` e.g. here. Then (so.) more\n", ["See `a. b` e.g. here. ", "Then (so.) ", "more\n"]),
        ("See [a. b](x.y). Go\n", ["See [a. b](x.y). ", "Go\n"]),
        ("看`a.py`。然后。\n", ["看`a.py`。", "然后。", "\n"]),
        ("| One. Two | Three. |\n", ["| One. Two | Three. |\n"]),
        ("A ` alone. And on\n", ["A ` alone. ", "And on\n"]),
    ],
)
def test_a_line_is_cut_at_its_sentences(line: str, units: list[str]) -> None:
    assert cut(line) == units


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.lists(st.integers(1, 400), max_size=30))
@settings(max_examples=400, deadline=None)
def test_pieces_are_cut_where_the_whole_is(words: list[str], steps: list[int]) -> None:
    line = "".join(words).replace("\n", " ") + "\n"
    whole, found, at, have = cut(line), [], 0, 0
    for step in [*steps, len(line)]:
        have = min(have + step, len(line) - 1)
        while end := unit_end(line[at:have], is_whole=False, is_row=is_row(line[:have] or "x")):
            found.append(line[at : at + end])
            at += end
    while end := unit_end(line[at:], is_whole=True, is_row=is_row(line)):
        found.append(line[at : at + end])
        at += end

    assert "".join(whole) == line
    assert all(len(unit) <= LONGEST for unit in whole)
    assert found == whole


@given(st.lists(st.sampled_from(WORDS), max_size=8))
@settings(deadline=None)
def test_what_is_shown_early_holds_no_part_of_a_place(words: list[str]) -> None:
    text = "".join(words).replace("\n", " ")

    assert not SUSPECT.search(text[: plain_end(text)])
