"""The word `private` behind `/ask`: whatever ends it, what follows is seen by nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.asking import read_asked

ENDS = st.text(st.characters(categories=("Po", "Pd", "Pe", "Pf", "Zs", "Zl", "Zp", "Sm", "Sk", "Cc")), min_size=1)
OPENERS = st.sampled_from(["", "(", "[", "*", "**", "_", "`", '"', "'", " ", "\n", "\u201e", "/", "--", "!"])
SPELLINGS = st.sampled_from(["private", "Private", "PRIVATE", "privat", "privately", "\uff50rivate"])


@given(OPENERS, SPELLINGS, ENDS, st.text())
def test_whatever_ends_the_word_the_question_is_private(opener: str, word: str, end: str, rest: str) -> None:
    asked = read_asked(opener + word + end + rest)

    assert asked.private


@given(OPENERS, SPELLINGS, ENDS, st.from_regex(r"[a-z]+ [a-z ]*[a-z]", fullmatch=True))
def test_no_word_of_the_question_is_lost(opener: str, word: str, end: str, question: str) -> None:
    assert read_asked(f"{opener}{word}{end} {question}").question.endswith(question)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("private: who has root?", "who has root?"),
        ("private\nwho has root?", "who has root?"),
        ("Private, who?", "who?"),
        ("(private) who?", "who?"),
        ("**private** who?", "who?"),
        ("`private` `SELECT 1` fails", "`SELECT 1` fails"),
        ("private:`SELECT 1` fails", "`SELECT 1` fails"),
        ("private - who?", "who?"),
        ("private who?", "who?"),
        ("privateKey is empty, why?", "privateKey is empty, why?"),
        ("private", ""),
        ("(private)", ""),
        ("private: \n", ""),
        (":lock: private who?", "who?"),
        ("<:lock:12> private who?", "who?"),
        ("@here private who?", "who?"),
        ("@private who?", "who?"),
        (":private: who?", "who?"),
        ("priv\u00e9 : who?", "who?"),
        ("pr\u00edvado who?", "who?"),
    ],
)
def test_what_is_left_to_ask(text: str, question: str) -> None:
    asked = read_asked(text)

    assert (asked.question, asked.private) == (question, True)


@pytest.mark.parametrize("text", ["how private is this?", "is it private?", "what does `private:` do?", "deprivation?"])
def test_the_word_elsewhere_is_part_of_the_question(text: str) -> None:
    asked = read_asked(text)

    assert (asked.question, asked.private) == (text, False)


MEANT = [
    "ask private who?", "/ask private who?", "please private who?", "in private: who?", "1. private who?", "pirvate who?",
    "pr\u0131vate who?", "pr\u0456vate who?", "who has root (private)", "who has root - private", "who has root private",
    "who? private please", "only me: who?", "just for me: who?", "p r i v a t e who?", "\u79c1\u5bc6\u8c01?", "\u79c1\u4eba who?",
    "\u043f\u0440\u0438\u0432\u0430\u0442\u043d\u043e who?", "\u30d7\u30e9\u30a4\u30d9\u30fc\u30c8 who?", "\u062e\u0627\u0635 who?",
]  # fmt: skip


@pytest.mark.parametrize("text", MEANT)
def test_in_doubt_it_is_private_and_what_was_asked_is_kept(text: str) -> None:
    asked = read_asked(text)

    assert asked.private
    assert "who" in asked.question or "\u8c01" in asked.question
