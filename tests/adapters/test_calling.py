"""Our name before a question, on the page and in the terminal."""

from __future__ import annotations

import pytest

from adapters.calling import without_our_name


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("@Plumbline", ""),
        ("  @plumbline  ", ""),
        ("@Plumbline!", ""),
        ("@Plumbline help", "help"),
        ("@Plumbline, how do I page?", "how do I page?"),
        ("@Plumbline:\n```\ncode\n```", "```\ncode\n```"),
        ("@Plumbline.example.org is down", "@Plumbline.example.org is down"),
        ("@Plumbliner help", "@Plumbliner help"),
        ("@Plumbline-bot help", "@Plumbline-bot help"),
        ("ask @Plumbline help", "ask @Plumbline help"),
        ("`@Plumbline` is what?", "`@Plumbline` is what?"),
        ("Plumbline help", "Plumbline help"),
        ("", ""),
    ],
)
def test_it_is_left_out_where_it_calls_us(text: str, wanted: str) -> None:
    assert without_our_name(text, "Plumbline") == wanted


def test_any_name_is_a_name() -> None:
    assert without_our_name("@C++ (bot) help", "C++ (bot)") == "help"
