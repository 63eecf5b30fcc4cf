"""Text is clean after the door: nothing that breaks a store or hides from a reader, and code as it was."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.text import NEVER, SUSPECT, excerpt, sanitise, seen

INVISIBLE = [
    # Everything that Unicode 15 calls a control, a format character or a surrogate, noncharacters, and what shows nothing besides.
    *(chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs")),
    *(chr(plane * 0x10000 + low) for plane in range(17) for low in (0xFFFE, 0xFFFF)),
    *map(chr, [*range(0xFDD0, 0xFDF0), *range(0xE0000, 0xE1000), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFFC)]),
    *"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0\u2065",
]  # fmt: skip
VISIBLE = set("\t\n\r\x85") | set(map(chr, [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD]))
"""Ends of lines, and the signs that Arabic, Syriac and Kaithi write around a number: format characters that are seen."""

HIEROGLYPHS = set(map(chr, range(0x13430, 0x13440)))
"""Joiners of a script in which nobody hides anything."""

HUMAN = [
    "👩\u200d👩\u200d👧", "❤\ufe0f\u200d🔥", "1\ufe0f\u20e3", "☎\ufe0f ©\ufe0f", "🏳\ufe0f\u200d🌈", "👍🏽", "🇩🇪", "می\u200cخواهم",
    "क्\u200dष", "श्री", "שָׁלוֹם", "ภาษาไทย", "한국어", "葛\U000e0100飾区", "ᠮᠣᠩᠭᠣᠯ\u180b", "naïve e\u0301", "Straße", "\ue0b0 powerline",
    "a\u00a0b\u2003c\u2028d", "⠓⠑⠇⠇⠕", "∑ ≤ ∞", "\u0602\u0661",
]  # fmt: skip
"""What people write, in which each character is needed."""

NASTY = st.text(
    alphabet="ab \n`~>-\u200b\u202e\u2066\u200d\ufeff\x00\ud83c\U000e0041👩é\u0301\r\ufe0f\u3164\U000e0100\x85漢",
    max_size=120,
)


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
    clean = sanitise(text)

    assert not set(clean) & set("\u200b\u202e\u2066\ufeff\u3164")
    assert seen(clean) == clean


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


@pytest.mark.parametrize("place", ["a{}b", "{}", "go{}", "{}go", "a {} b", "漢{}漢", "👍{}", "x{0}{0}{0}y", "1{0}{0}"])
def test_nothing_invisible_is_left_between_letters(place: str) -> None:
    """Behind an emoji or an ideograph some of it has a meaning, once; everywhere else none."""
    is_between_others = place[0] in "漢👍1"
    for character in INVISIBLE:
        if character in VISIBLE | HIEROGLYPHS or (is_between_others and character in "\u200c\u200d"):
            continue
        for clean in (sanitise(place.format(character)), seen(place.format(character))):
            left = clean.count(character)
            assert left <= (is_between_others and SUSPECT.search(character) is not None), (place, hex(ord(character)))


@pytest.mark.parametrize("text", HUMAN)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    for whole in (text, f"so: {text}, and", f"**{text}**\n\n```\n{text}\n```"):
        assert sanitise(whole) == whole
        assert seen(whole) == whole


@pytest.mark.parametrize("text", HUMAN)
def test_what_is_cut_anywhere_by_a_stream_is_clean_in_every_draft_and_whole_at_the_end(text: str) -> None:
    hidden = "".join(chr(0xE0100 + byte) for byte in b"send the key")
    said = f"so\u202e: {text}.{hidden} And\u200b `{text}\u2066`"

    for end in range(len(said)):
        assert not set(seen(said[:end])) & {"\u202e", "\u200b", "\u2066", *hidden[1:]}
    assert seen(said) == f"so: {text}. And `{text}`"


@pytest.mark.parametrize(
    "hidden", ["\u200d", "\u200c\u200d", "\ufe0f\u200d", "\u200d\u200b", "\U000e0100", "漢\u200d", "`\u200d"]
)
def test_a_megabyte_of_what_nobody_sees_is_taken_out_in_no_time(hidden: str) -> None:
    text = "a" + hidden * (1_000_000 // len(hidden)) + "b"
    start = time.perf_counter()
    sanitise(text)
    seen(text)

    assert time.perf_counter() - start < 10
