"""Text is clean after the door: nothing that breaks a store or hides from a reader, and code as it was."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.writing.text import NEVER, UNSEEN, excerpt, sanitise, seen
from tests.stalls import grows_at_most, processor_seconds

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


def characters(*places: int | range) -> str:
    return "".join(chr(code) for place in places for code in ([place] if isinstance(place, int) else place))


CATEGORIES = {
    kind: "".join(one for one in map(chr, range(0x110000)) if unicodedata.category(one) == kind)
    for kind in ("Cc", "Cf", "Co", "Cs")
}
SIGNS = characters(range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD)
JOINERS, EMOJI_OR_TEXT, WHITESPACE = "\u200c\u200d", "\ufe0e\ufe0f", "\t\n\r"
HIEROGLYPHIC = characters(range(0x13430, 0x13440))

EVERYWHERE = {
    "controls, of which some end a line or move a terminal's cursor": "".join(
        sorted({*CATEGORIES["Cc"]} - {*WHITESPACE})
    ),
    "halves of a character cannot be stored": CATEGORIES["Cs"],
    "noncharacters are nobody's text": characters(
        range(0xFDD0, 0xFDF0), *(plane * 0x10000 + last for plane in range(17) for last in (0xFFFE, 0xFFFF))
    ),
    "tags spell whole sentences; of a flag of Wales a black flag is left": characters(range(0xE0000, 0xE0080)),
    "bytes hide in the 240 further variation selectors; a name's ideograph stays, in its usual form": characters(
        range(0xE0100, 0xE01F0)
    ),
    "what is still unassigned there, and may not be drawn": characters(
        range(0xE0080, 0xE0100), range(0xE01F0, 0xE1000)
    ),
    "words hide between interlinear marks": characters(range(0xFFF0, 0xFFFC)),
    "directions and shapes that were given up": characters(0x2065, range(0x206A, 0x2070)),
    "musical beams and shorthand are not typed in a chat": characters(range(0x1D173, 0x1D17B), range(0x1BCA0, 0x1BCA4)),
}
"""Goes in people's text, in the model's, and in code: nobody asks about it, and it carries instructions or breaks a store."""

IN_PROSE = {
    "directions show a text in another order than the model reads it": characters(
        0x61C, 0x200E, 0x200F, range(0x202A, 0x202F), range(0x2066, 0x206A)
    ),
    "nothing wide": characters(0xAD, 0x180E, 0x200B, range(0x2060, 0x2065), 0xFEFF),
    "letters without a shape": characters(0x3164, 0xFFA0, 0x17B4, 0x17B5),
    "variants of no letter that is typed here": characters(range(0xFE00, 0xFE0E)),
    "fillers and forms outside of their scripts": characters(0x34F, 0x115F, 0x1160, 0x180B, 0x180C, 0x180D, 0x180F),
    "hieroglyphs are joined by these, letters are not": HIEROGLYPHIC,
}
"""Goes in the model's text and in people's prose; in people's code it may be the bug that they ask about, and stays."""

STAYS = {
    "signs over Arabic, Syriac and Kaithi numbers are drawn": SIGNS,
    "a private character is drawn, as an icon or as a box": CATEGORIES["Co"],
    "an empty Braille cell is as wide as the others": "\u2800",
    "whitespace": "\t\n",
}


def test_every_character_that_is_not_drawn_is_in_one_class() -> None:
    classes = [*EVERYWHERE.values(), *IN_PROSE.values(), *STAYS.values()]

    classed = "".join(classes) + JOINERS + EMOJI_OR_TEXT

    assert not {*"".join(CATEGORIES.values())} - {*classed} - {*WHITESPACE}


def assert_goes_between_letters(hidden: str) -> None:
    for text in (f"a{hidden}b", f"{hidden}ab", f"ab{hidden}", f"a{hidden * 3}b"):
        assert (sanitise(text), seen(text)) == ("ab", "ab"), f"{ord(hidden):x}"


@pytest.mark.parametrize("why", EVERYWHERE)
def test_what_nobody_needs_goes_everywhere(why: str) -> None:
    for hidden in EVERYWHERE[why]:
        assert_goes_between_letters(hidden)
        assert sanitise(f"漢{hidden}👩{hidden}字\n```\n{hidden}x\n```") == "漢👩字\n```\nx\n```"


@pytest.mark.parametrize("why", IN_PROSE)
def test_what_only_hides_goes_from_prose_and_stays_in_peoples_code(why: str) -> None:
    for hidden in IN_PROSE[why]:
        assert_goes_between_letters(hidden)
        assert sanitise(f"👩{hidden}字") == "👩字"
        assert sanitise(f"`a{hidden}b`\n```\n{hidden}x\n```") == f"`a{hidden}b`\n```\n{hidden}x\n```"
        assert seen(f"`a{hidden}b`") == "`ab`"


@pytest.mark.parametrize("why", STAYS)
def test_what_is_drawn_stays(why: str) -> None:
    text = "a" + "b".join(STAYS[why]) + "c"

    assert (sanitise(text), seen(text)) == (text, text)


@pytest.mark.parametrize("hidden", JOINERS + EMOJI_OR_TEXT)
def test_a_joiner_or_an_emoji_mark_goes_where_it_joins_nothing_and_is_never_a_row(hidden: str) -> None:
    assert [sanitise(text) for text in (f"a{hidden}b", f"{hidden}a", f"a{hidden}", f"1{hidden}2")] == [
        "ab",
        "a",
        "a",
        "12",
    ]
    assert sanitise(f"👩{hidden * 9}👩") in ("👩👩", f"👩{hidden}👩")
    assert len(sanitise("👩" + "".join((JOINERS + EMOJI_OR_TEXT)[bit % 4] for bit in range(80)) + "👩")) <= 4


VISIBLE = [
    "👩\u200d👩\u200d👧\u200d👦", "🏳\ufe0f\u200d🌈", "🏴\u200d☠\ufe0f", "❤\ufe0f\u200d🔥", "👩🏽\u200d💻", "🤷🏿\u200d♂\ufe0f",
    "1\ufe0f\u20e3 #\ufe0f\u20e3 *\ufe0f\u20e3",
    "🇩🇪🇯🇵", "☺\ufe0e ☺\ufe0f ©\ufe0f ®\ufe0f ™\ufe0f ‼\ufe0f ㊙\ufe0f 〰\ufe0f ⏏\ufe0f ↔\ufe0f", "👁\ufe0f\u200d🗨\ufe0f",
    "👨🏻\u200d❤\ufe0f\u200d💋\u200d👨🏿", "👍🏽 🫱🏻\u200d🫲🏿 🐻\u200d❄\ufe0f",
    "می\u200cخواهم کتاب\u200cهای خانه\u200cام را ببینم؛ نمی\u200cشود", "क्\u200dष और क्\u200cष, हिन्दी में श्री र\u200d्य",
    "ශ්\u200dරී ලංකා", "ন্\u200d বাংলা র\u200d্যাব",
    "السَّلَامُ عَلَيْكُمْ ١٢٣ ﷺ", "שָׁלוֹם עֲלֵיכֶם יְרוּשָׁלַ\u034fִם", "สวัสดีครับ น้ำผึ้ง ๑๒๓", "ខ្មែរ ភាសា",
    "ᠮᠣᠩᠭᠣᠯ\u180b ᠨ\u180c", "ᄒ\u1160ᆫ ᄀᆞ \u115fᅡ 한국어",
    "\U00013000\U00013430\U00013001", "e\u0301 ü naïve Ω≈ç√ 漢字かな交じり文 “quotes” — … № \u00a0|\u3000|", "⠓⠑⠇⠇⠕\u2800⠺",
    "\ue0b0 \U000f0001",
]  # fmt: skip


@pytest.mark.parametrize("text", VISIBLE)
def test_what_people_see_stays_byte_for_byte(text: str) -> None:
    assert sanitise(text) == text
    assert sanitise(f"> **{text}** a {text}") == f"> **{text}** a {text}"


@pytest.mark.parametrize(
    "text", [one for one in VISIBLE if not re.search("[\u034f\u115f\u1160\u180b\u180c\U00013430]", one)]
)
def test_what_the_model_shows_stays_byte_for_byte(text: str) -> None:
    assert seen(text) == text


INVISIBLE = [
    *JOINERS,
    *EMOJI_OR_TEXT,
    *(one for group in (*EVERYWHERE.values(), *IN_PROSE.values()) for one in group[:40]),
]
MIXED = st.lists(
    st.one_of(st.sampled_from(INVISIBLE), st.sampled_from(VISIBLE), st.sampled_from([*"ab `\n", "```"])), max_size=12
)


@given(MIXED.map("".join))
@settings(max_examples=200, deadline=None)
def test_a_text_in_two_pieces_loses_what_the_whole_would_lose(text: str) -> None:
    for cut in range(len(text) + 1):
        assert seen(text[:cut]) + seen(text[cut:]) == seen(text)


@given(MIXED.map("".join).filter(lambda text: "`" not in text))
@settings(max_examples=200, deadline=None)
def test_cleaning_a_mixture_leaves_nothing_unseen_and_is_done_in_one_go(text: str) -> None:
    clean = sanitise(text)

    assert not UNSEEN.search(clean)
    assert sanitise(clean) == clean
    shown = [one for one in text if one.isalnum() and one not in INVISIBLE]
    assert [one for one in clean if one.isalnum() and one not in INVISIBLE] == shown


@pytest.mark.slow
def test_cleaning_a_megabyte_is_quick_and_linear() -> None:
    assert grows_at_most(12, lambda size: sanitise("a `b` \u200b ``` c ~~~ \n" * (size // 20)), 250_000, 1_000_000)


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


@pytest.mark.slow
@pytest.mark.parametrize("hidden", ["\u200d", "\u200c\u200d", "\ufe0f\u200d", "\u200d\u200b", "漢\u200d", "`\u200d"])
def test_a_megabyte_of_what_nobody_sees_is_taken_out_in_no_time(hidden: str) -> None:
    text = "a" + hidden * (1_000_000 // len(hidden)) + "b"

    assert processor_seconds(lambda: (sanitise(text), seen(text))) < 10  # one pass for each character would take hours
