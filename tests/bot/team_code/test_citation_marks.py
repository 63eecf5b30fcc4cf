"""A wrong line is mended whatever marks stand around the path, the line and the symbol: ways of writing are multiplied, not listed."""

from __future__ import annotations

import re
from itertools import product

import pytest

from bot.capabilities.team_code.cited.forms import Reference, references
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


PLACES = [
    "`vim +{l} {p}` opens `step_20`.",
    "`$ less +{l} {p}` opens `step_20`.",
    "`emacs +{l}:1 {p}` opens `step_20`.",
    "`sed -n '{l},{e}p' {p}` prints `step_20`.",
    "`git show HEAD:{p} | sed -n {l},{e}p` prints `step_20`.",
    "`git blame -L {l},{e} -- {p}`: who wrote `step_20`?",
    "`git log -L{l},{e}:{p}` tells how `step_20` came.",
    "`bat -r {l}:{e} {p}` shows `step_20`.",
    "`{p}` › `step_20` › {l}",
    "{p} | `step_20` | {l}",
    "{p} / step_20() / {l}",
    "Look at `{p}` (`step_20`, {l}).",
    "`step_20` starts in {p}, L.{l}.",
    "`step_20` is in `{p}` {l}:5.",
    "`step_20` is on {p}'s line {l}.",
    "| Symbol | File | Where |\n|---|---|---|\n| `step_20` | `{p}` | {l} |",
    "| | |\n|---|---|\n| `step_20` | `{p}`, {l} |",
    "| Item | Value |\n|---|---|\n| Symbol | `step_20` |\n| File | `{p}` |\n| Line | {l} |",
]


@pytest.mark.parametrize("place", PLACES)
async def test_lines_of_commands_trails_cells_and_links_are_held_to_the_symbol(yard: Yard, place: str) -> None:
    right = place.format(p="src/lib/deep.py", l=84, e=86)

    assert relative(await yard.checked(right)) == right
    shown = await yard.checked(place.format(p="src/lib/deep.py", l=41, e=43))
    assert not re.search(r"4[13]", shown)
    gone = await yard.checked(place.format(p="src/lib/gone.py", l=84, e=86))
    assert "84" not in gone


@pytest.mark.parametrize(
    "written",
    [
        "`src/a.py` | 9 ++++----\n`step_20`",
        "`tail -n 9 src/a.py` shows `step_20`, `head -9 src/a.py` the start.",
        "`src/a.py` +9 -3 (`step_20`)",
        "Look at `src/a.py` (`step_20`, 9 callers).",
        "`step_20` in `src/a.py` runs at 9:30.",
        "`step_20` starts in `deep.py`.",
    ],
)
async def test_a_number_beside_a_path_that_is_none_of_its_lines_stays(yard: Yard, written: str) -> None:
    assert await yard.checked(written) == written


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("`step_20` is in `deep.py:84`.", "`step_20` is in `src/lib/deep.py:84`."),
        ("`step_20` is in `deep.py:9`.", "`step_20` is in `src/lib/deep.py:84`."),
        ("[deep.py line 84](src/lib/deep.py): `step_20`", "[deep.py line 84](src/lib/deep.py): `step_20`"),
        ("[deep.py line 9](src/lib/deep.py): `step_20`", "[deep.py line 84](src/lib/deep.py): `step_20`"),
        ("`x` is set in `deep.py:1`.", "`x` is set in `deep.py:1`."),
        ("`nowhere` is in `deep.py:9`.", "`nowhere` is in `deep.py:9`."),
    ],
)
async def test_of_several_files_of_a_name_the_one_is_meant_that_defines_the_symbol(
    yard: Yard, written: str, shown: str
) -> None:
    assert relative(await yard.checked(written)) == shown


@pytest.mark.parametrize(
    ("written", "is_gone"),
    [
        ("`refund_all` is defined in `src/a.py`.", True),
        ("`src/a.py` declares `refund_all`.", True),
        ("`step_20` is defined in `src/a.py`.", False),
        ("`refund_all` should be defined in `src/a.py`.", False),
        ("Add `refund_all`, which is then defined in `src/a.py`.", False),
        ("```py\ndef refund_all(): ...\n```\n`refund_all` is defined in `src/a.py`.", False),
        ("`APIRouter` is defined by FastAPI; see `src/a.py`.", False),
        ("- `refund_all` in `src/a.py`", False),
    ],
)
async def test_a_name_that_is_nowhere_is_defined_in_no_file(yard: Yard, written: str, is_gone: bool) -> None:
    assert ("(reference removed)" in await yard.checked(written)) is is_gone
    assert await yard.checked(written, said="refund_all") == written


def test_the_underscores_of_pythons_own_files_are_no_emphasis() -> None:
    def paths(text: str) -> list[str]:
        return [one.path for one in references(text, lambda path: False) if isinstance(one, Reference)]

    assert paths("See `__init__.py:2`, app/__init__.py:3 and __main__.py:4.") == [
        "__init__.py",
        "app/__init__.py",
        "__main__.py",
    ]
    assert paths("See __pay.py:2__ and _src/pay.py_:3.") == ["pay.py", "src/pay.py"]


async def test_what_lies_in_a_submodule_is_not_called_absent(yard: Yard) -> None:
    text = "`run` is in `vendor/lib/src/run.py:5`."
    snapshot = await (await yard.access("yard")).snapshot("yard")

    assert await yard.checked(text) == text
    with pytest.raises(ToolFailed, match="a submodule, which is not part"):
        await existing(snapshot, "vendor/lib/src/run.py")
