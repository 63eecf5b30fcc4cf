"""A wrong line is mended whatever marks stand around the path, the line and the symbol: ways of writing are multiplied, not listed."""

from __future__ import annotations

from itertools import product

import pytest

from bot.capabilities.team_code.tools.repository import existing
from bot.ports.model import ToolFailed
from tests.bot.team_code.test_citation_forms import Yard, relative
from tests.bot.team_code.test_citation_forms import yard as yard

pytestmark = pytest.mark.slow

PATHS = ["{}", "**`{}`**", '"{}"', "<code>{}</code>", "[`{0}`]({0})"]
SYMBOLS = ["*`{}`*", "**{}**", "{}()"]
SENTENCES = [
    "The file is {p}; {s} is there at lines {l}-{e}.",
    "On line {l} of {p} there is {s}.",
    "{s} is in {p} (~{l}).",
    "- [ ] line **{l}** in {p}: {s}",
    "- {p} line {l}\n  - {s}",
    "{p}\n- {s} (line {l})",
    "{p}, {s}, L{l}",
    "| Position | Module | Name |\n|---|---|---|\n| {l}:5 | {p} | {s} |",
    "| #L | What | Datei |\n|---|---|---|\n| `{l}` | {s} | {p} |",
    "{s}[^1]\n\n[^1]: {p}, ln. {l}",
]
PAGE = "https://github.example/acme/yard/blob/main/src/a.py"


async def test_marks_around_a_place_change_nothing(yard: Yard) -> None:
    wrong = []
    for sentence, path, symbol in product(SENTENCES, PATHS, SYMBOLS):
        words = {"p": path.format("src/a.py"), "s": symbol.format("step_20")}
        right = sentence.format(**words, l=84, e=86)
        for first in (84, 9):
            shown = await yard.checked(sentence.format(**words, l=first, e=first + 2))
            wrong += [(right, shown)] if relative(shown) != right else []

    assert not wrong


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[`step_20` (line 9)](PAGE#L9)", "[`step_20` (line 84)](PAGE#L84)"),
        ("[9](PAGE#L9) of `src/a.py`: `step_20`", "[84](PAGE#L84) of `src/a.py`: `step_20`"),
        ("[step_20](PAGE#L9)", "[step_20](PAGE#L84)"),
        ('<a href="PAGE#L9">`step_20`</a>', '<a href="PAGE#L84">`step_20`</a>'),
        ("See <PAGE#L9> (`step_20`).", "See [src/a.py](PAGE#L84) (`step_20`)."),
        ("`src/gone.py` ([line 9](PAGE#L9)): `step_20`", "`(reference removed)`: `step_20`"),
        (
            "```py\n# src/a.py\n# lines 9-10\ndef step_20():\n```",
            "```py\n# src/a.py\n# lines 84-85\ndef step_20():\n```",
        ),
        ("> `src/a.py:9`\n> ```py\n> def step_20():\n> ```", "> `src/a.py:84`\n> ```py\n> def step_20():\n> ```"),
        ("`src/a.py` (9-10):\n```py\ndef step_20():\n```", "`src/a.py` (84-85):\n```py\ndef step_20():\n```"),
        ("`src/a.py:9:1-10:4` → `step_20`", "`src/a.py:84` → `step_20`"),
        ("### src/a.py\n* 10–12 `step_20`", "### src/a.py\n* 84–86 `step_20`"),
    ],
)
async def test_an_address_its_words_and_a_path_beside_it_say_the_same(yard: Yard, written: str, shown: str) -> None:
    got = await yard.checked(written.replace("PAGE", PAGE))

    assert "blob/" not in got or f"{PAGE}#" not in got
    commit = (await yard.access("yard")).opened["yard"].commit
    assert got == shown.replace("PAGE", PAGE.replace("main", commit))


@pytest.mark.parametrize(
    "written",
    [
        "`step_20` in `src/a.py` takes 9 seconds.",
        "`step_20` of `src/a.py` came with #9.",
        "| File | Function | Calls |\n|---|---|---|\n| `src/a.py` | `step_20` | 9 |",
        "File: `src/a.py`, Function: step_20(), Line: 84",
        "See `src/a.py` `L84` for **step_20**.",
        "Branches: https://github.example/acme/yard/tree/v4.5, https://github.example/acme/yard/tree/topic/new",
    ],
)
async def test_a_number_that_is_no_line_stays(yard: Yard, written: str) -> None:
    assert await yard.checked(written) == written


async def test_what_lies_in_a_submodule_is_not_called_absent(yard: Yard) -> None:
    text = "`run` is in `vendor/lib/src/run.py:5`."
    snapshot = await (await yard.access("yard")).snapshot("yard")

    assert await yard.checked(text) == text
    with pytest.raises(ToolFailed, match="a submodule, which is not part"):
        await existing(snapshot, "vendor/lib/src/run.py")
