"""Without a model, a question gets what it asks for: versions, commits, definitions or places, each once, in honest words."""

from __future__ import annotations

import pytest

from bot.answering.reviews import text_of
from bot.capabilities.team_code import spots
from bot.capabilities.team_code.citations import CitationReview
from bot.conversation import Answer
from bot.ports.stores import ChannelSettings
from tests.bot.team_code.tools.conftest import House, house

pytestmark = pytest.mark.slow

__all__ = ["house"]


async def asked(house: House, question: str) -> str:
    """The whole answer, through the review in pieces."""
    toolbox = house.open(settings=ChannelSettings(default_repository="shop"))
    found = await toolbox.session.look_up(question)
    review = CitationReview(toolbox.access, question)
    shown = [one for at in range(0, len(found), 12) for one in await review.feed(found[at : at + 12])]
    shown += await review.end()

    assert text_of(shown) == found  # what it says stands: nothing is corrected or removed
    return (await review.finish(Answer(found, "m"))).text


def places(text: str) -> list[str]:
    return [line for line in text.split("\n") if line[:1].isdigit()]


@pytest.mark.parametrize("question", ["charge", "`charge`", "where is charge defined?", "what does charge() do"])
async def test_an_exact_name_leads_to_its_definition_first(house: House, question: str) -> None:
    text = await asked(house, question)

    assert places(text)[0].startswith("1. [`billing/payments.py:6-13`](https://github.example/acme/shop/blob/")
    assert "What you named is defined at the first of these places" in text
    assert "def charge(invoice: Invoice, gateway) -> str:" in text


async def test_a_name_in_other_capitals_is_said_to_be_another(house: House) -> None:
    text = await asked(house, "where is paymentError defined?")

    assert "Nothing here is called `paymentError` to the letter" in text
    assert "to the letter" not in await asked(house, "where is PaymentError defined?")


async def test_a_name_alone_comes_with_its_uses(house: House) -> None:
    text = await asked(house, "PaymentError")

    assert "at the others it is used" in text
    assert [line.split("`")[1] for line in places(text)][:2] == ["billing/models.py:17-18", "billing/payments.py:1"]
    _, whole, part, *_ = text.split("```py\n")
    assert "…" not in whole.split("```")[0]
    assert "…" in part.split("```")[0], "a line of something is a part of it, and no check takes it for all"


@pytest.mark.parametrize("question", ["which version of httpx do we use?", "Welche Version von httpx nutzen wir?"])
async def test_a_version_comes_from_the_lock_files(house: House, question: str) -> None:
    text = await asked(house, question)

    assert "httpx locked at 0.28.1" in text
    assert "(`uv.lock:5`)" in text
    assert "sqlalchemy" not in text


async def test_the_version_of_a_runtime_is_no_package(house: House) -> None:
    text = await asked(house, "which python version do we run?")

    assert "runtime python" in text
    assert "httpx" not in text


@pytest.mark.parametrize(
    "question",
    [
        "who changed billing/payments.py?",
        "who last touched payments.py",
        "Wer hat `charge` geändert?",
        "who changed billing/payments.py, or payments.py at all?",
    ],
)
async def test_who_changed_something_is_told_by_the_history(house: House, question: str) -> None:
    text = await asked(house, question)

    assert "Ben Okri: Retry once more" in text or "Ana Ruiz: Begin the shop" in text
    assert text.count("`billing/payments.py") == 1


async def test_when_and_why_are_looked_up_in_what_commits_say(house: House) -> None:
    text = await asked(house, "when was the retry added?")

    assert "The commits whose subjects say your words" in text
    assert "Ben Okri: Retry once more" in text
    assert "Begin the shop" not in text


async def test_a_question_in_words_gets_each_place_once_and_no_lock_file(house: House) -> None:
    text = await asked(house, "how are invoices charged at the gateway with httpx and sqlalchemy?")

    named = [line.split("`")[1] for line in places(text)]
    assert 0 < len(named) <= 8
    assert len(set(named)) == len(named)
    assert "uv.lock" not in text
    assert "**Sources**" not in text
    assert text.count(named[0]) == 1


async def test_what_fits_badly_is_said_and_shows_no_code(house: House) -> None:
    text = await asked(house, "how do we retry customers by telegraph over zeppelins and dirigibles?")

    assert "Nothing fits well." in text
    assert "“zeppelins”" in text
    assert "```" not in text


@pytest.mark.parametrize("message", ["hi", "Good morning!", "thanks, that helped!", "Vielen Dank", "ok great"])
async def test_a_greeting_and_thanks_are_not_looked_up(house: House, message: str) -> None:
    text = await asked(house, message)

    assert text.startswith("There is nothing to look up in that.")


async def test_words_that_are_not_known_are_said_not_guessed(house: House) -> None:
    text = await asked(house, "Wo wird die Rechnung erstellt?")

    assert "Nowhere in the code or its history: “rechnung” (nearest: bill, invoice), “erstellt”" in text
    assert "found nothing" in text
    assert "“wird”" not in text
    assert not places(text)


async def test_a_name_that_is_not_there_is_said_back_as_it_was_written(house: House) -> None:
    assert "“refundInvoice”" in await asked(house, "refundInvoice")


async def test_part_of_the_words_is_said_to_be_part(house: House) -> None:
    text = await asked(house, "Wo wird das gateway angefragt?")

    assert "These places fit what is left (“gateway”)" in text
    assert "billing/payments.py" in text


@pytest.mark.parametrize(
    ("lines", "extension", "is_closed"),
    [
        (["def a():", '    """One', "    two"], "py", False),
        (["def a():", '    """One."""'], "py", True),
        (["x = '''a"], "py", False),
        (["/* a", " * b"], "go", False),
        (["/* a */", "const x = `b`"], "ts", True),
        (["const x = `b"], "ts", False),
        (["the `b"], "md", True),
    ],
)
def test_an_excerpt_is_not_cut_within_a_text_of_several_lines(
    lines: list[str], extension: str, is_closed: bool
) -> None:
    assert spots.is_closed(lines, extension) is is_closed
