"""Text is clean after the door: nothing that breaks a store or hides from a reader, and code as it was."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.text import NEVER, UNSEEN, excerpt, sanitise

NASTY = st.text(alphabet="ab \n`~>-\u200b\u202e\u2066\u200d\ufeff\x00\ud83c\U000e0041👩é\u0301\r", max_size=120)


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("a\x00b\ud800c", "abc"),
        ("line\r\nnext\rlast", "line\nnext\nlast"),
        ("hid\U000e0041\U000e0042den", "hidden"),
        ("\u202egnp.exe", "gnp.exe"),
        ("zero\u200bwidth", "zerowidth"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200db", "ab"),
        ("```\nx\u200b = 1\n```", "```\nx\u200b = 1\n```"),
        ("`a\u200bb` c\u200bd", "`a\u200bb` cd"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_what_breaks_or_hides_is_taken_out_and_what_is_seen_stays(dirty: str, clean: str) -> None:
    assert sanitise(dirty) == clean


@given(NASTY)
@example("`\u200b`\u200b`")
@settings(max_examples=300, deadline=None)
def test_clean_text_can_be_stored_and_cleaning_twice_changes_nothing(text: str) -> None:
    clean = sanitise(text)

    clean.encode("utf-8")
    assert not NEVER.search(clean)
    assert sanitise(clean) == clean


@given(NASTY.filter(lambda text: "`" not in text and "~" not in text))
@settings(max_examples=200, deadline=None)
def test_outside_code_nothing_unseen_is_left(text: str) -> None:
    assert not UNSEEN.search(sanitise(text))


def test_cleaning_a_megabyte_is_quick_and_linear() -> None:
    def seconds(size: int) -> float:
        text = "a `b` \u200b ``` c ~~~ \n" * (size // 20)
        start = time.perf_counter()
        sanitise(text)
        return time.perf_counter() - start

    small, large = min(seconds(250_000) for _ in range(3)), min(seconds(1_000_000) for _ in range(3))

    assert large < small * 12


def test_a_long_log_keeps_its_ends_and_its_trouble() -> None:
    lines = [f"line {number} all is well" for number in range(20_000)]
    lines[9_000] = "ERROR: the disk is full"
    text = "\n".join(lines)

    shown, cut = excerpt(text, 6_000)

    assert cut is not None
    assert (cut.total, cut.kept <= 6_000) == (len(text), True)
    assert shown.startswith("line 0 ")
    assert shown.endswith("line 19999 all is well")
    assert "ERROR: the disk is full" in shown
    assert "characters left out" in shown


@given(st.text(alphabet="ab\n", max_size=400), st.integers(10, 200))
@settings(max_examples=200, deadline=None)
def test_an_excerpt_is_made_of_pieces_of_the_text_in_order(text: str, limit: int) -> None:
    text = text.replace("ab", "error")

    shown, cut = excerpt(text, limit)

    at = 0
    for piece in re.split(r"\n\[… [\d,]+ characters left out …\]\n", shown):
        at = text.find(piece, at)
        assert at >= 0
        at += len(piece)
    assert (cut is None) == (len(text) <= limit)
