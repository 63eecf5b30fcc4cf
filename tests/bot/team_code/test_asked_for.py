"""A question is sorted by what it asks for, in English and German."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.team_code.asked_for import read_question


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("which version of httpx do we use?", "version"),
        ("what's the locked version for sqlalchemy", "version"),
        ("Welche Version von httpx nutzen wir?", "version"),
        ("version of python", "version"),
        ("ruby version?", "version"),
        ("do we use prisma 6?", "version"),
        ("Are we on Django 5.1 yet?", "version"),
        ("do we use retries on 503?", "place"),
        ("how does API versioning work?", "place"),
        ("where is the version header set?", "place"),
        ("who changed billing/payments.py?", "past"),
        ("when was the retry added", "past"),
        ("why did we drop floats?", "past"),
        ("Wer hat `charge` geändert?", "past"),
        ("Wann wurde das eingebaut?", "past"),
        ("last change of models.py", "past"),
        ("why are amounts cents and not floats?", "place"),
        ("when does the cache expire?", "place"),
        ("who may delete an invoice?", "past"),  # nobody who reads words alone can tell
        ("where is charge defined", "place"),
        ("Wie wird eine Rechnung bezahlt?", "place"),
    ],
)
def test_a_question_asks_for_a_version_the_past_or_a_place(text: str, wanted: str) -> None:
    assert read_question(text).wanted == wanted


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("PaymentError", ("PaymentError",)),
        ("`charge`", ("charge",)),
        ("charge", ("charge",)),
        ("what does charge() do?", ("charge",)),
        ("where is charge defined?", ("charge",)),
        ("Invoice.total", ("Invoice.total",)),
        ("Billing::Invoice#total and MAX_RETRIES", ("Billing::Invoice#total", "MAX_RETRIES")),
        ("how is an invoice charged?", ()),
        ("Wo wird die Rechnung bezahlt?", ()),
        ("when was --sort added", ()),
    ],
)
def test_names_are_what_no_word_of_a_language_looks_like_or_what_alone_is_asked(
    text: str, names: tuple[str, ...]
) -> None:
    assert read_question(text).names == names


def test_paths_and_telling_words_are_found() -> None:
    question = read_question("who changed billing/payments.py and the docs/adr/ folder?")

    assert question.paths == ("billing/payments.py", "docs/adr")
    assert read_question("Wo wird die Konfiguration geladen?").words == ("Konfiguration", "geladen")
    assert read_question("when does the worker die?").words == ("worker", "die")
    assert read_question("which version of httpx is locked?").words == ("httpx",)
    assert read_question("do we use prisma 6?").words == ("prisma",)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    question = read_question(text)
    assert question.wanted in ("version", "past", "place")
    assert all(question.names)


def test_of_a_long_text_its_beginning_and_its_end_are_read() -> None:
    asked = read_question("what raises `first_name` here?\n" + "-" * 100_000 + "\nand who calls `last_name`?")

    assert asked.names == ("first_name", "last_name")
