"""A thread's title is words that people would read, whatever its question is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.writing.titles import title


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("How do I page?", "How do I page?"),
        ("## How do I\nindex?", "How do I"),
        ("```py\nfor x in y: pass\n```\nwhy does this fail?", "why does this fail?"),
        ("```py\n\nfor x in y: pass\n```", "for x in y: pass"),
        ("~~~\nboom\n~~~", "boom"),
        (":thinking: why is it slow? :rocket:", "why is it slow?"),
        ("<:thinking:803512345678901234> slow <a:party:803512345678901235>?", "slow?"),
        (":thinking:803512345678901234 why?", "why?"),
        (":+1::skin-tone-2: and now?", "and now?"),
        (":100: of them fail", "of them fail"),
        ("at 10:30:20 std::vector::size failed", "at 10:30:20 std::vector::size failed"),
        ("https://ci.example.org/job/1 is red, why?", "ci.example.org is red, why?"),
        ("why is https://ci.example.org/job/1 red?", "why is ci.example.org red?"),
        ("see [the runbook](https://ops.example.org/r) first", "see the runbook first"),
        ("[https://x.example.org/a](https://x.example.org/a) fails", "x.example.org fails"),
        ("https://ci.example.org/job/1?x=1", "ci.example.org"),
        ("why <https://ci.example.org/job/1>?", "why ci.example.org?"),
        ('see [it](https://x.example.org/a_(b) "its title"), and www.example.org/x.', "see it, and www.example.org."),
        ("`https://in.code.example/x` stays", "https://in.code.example/x stays"),
        ("<@U012AB> <!here> <#C01|general> who owns this?", "who owns this?"),
        ("<!subteam^S012|@ops> who owns this?", "who owns this?"),
        ("<@!42> <@&43> who owns this?", "who owns this?"),
        ("@here @channel what is down?", "what is down?"),
        ("@Ana Maria, ask @ben.k about ana@acme.example", "Ana Maria, ask ben.k about ana@acme.example"),
        ("**Bold** and `code` and ~~old~~", "Bold and code and old"),
        ("`@Override` and `:name:` in code stay", "@Override and :name: in code stay"),
        ("`<@U1>` is what?", "<@U1> is what?"),
        ("why is List<String> slow?", "why is List<String> slow?"),
        ("> quoted first\n\nwhat does that mean?", "what does that mean?"),
        ("> only quoted", "only quoted"),
        ("- first\n- second", "first"),
        ("[ERROR]: timeout", "[ERROR]: timeout"),
        ("| name | type |\n| --- | --- |\n| id | int |", "name"),
        ("---\n\nafter a line", "after a line"),
        ("![a chart](https://x.example.org/p.png)", "a chart"),
        ("数据库为什么慢？", "数据库为什么慢？"),
        ("", "Question"),
        ("🙏 :pray: ...", "Question"),
        ("```py\n```", "Question"),
    ],
)
def test_a_title_is_the_first_words_that_people_would_read(text: str, wanted: str) -> None:
    assert title(text, 80, otherwise="Question") == wanted


PIECES = st.sampled_from(
    [
        "```py", "```", "\n", " ", "<@U012>", "<!here>", "<:thinking:803512345678901234>", ":rocket:", "https://a.example/b?c=d",
        "[x](https://a.example/b)", "why", "# ", "> ", "- ", "`", "@here", "**", "def f():", "|", "~~~",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join), st.integers(10, 90))
def test_a_title_is_one_line_that_fits_and_nothing_in_it_is_an_address(text: str, most: int) -> None:
    found = title(text, most, otherwise="Question")

    assert 0 < len(found) <= most
    assert "\n" not in found
    if "`" not in text and "~" not in text:
        assert not any(sign in found for sign in ("://", "<@", "<!", "<:"))


@given(st.text())
def test_any_text_has_a_title(text: str) -> None:
    assert title(text, 80, otherwise="Question")
