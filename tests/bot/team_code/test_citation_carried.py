"""Lines that stand away from their path: words between them, a cell of their own, a list under a file, two places of one link."""

from __future__ import annotations

import pytest

from bot.capabilities.team_code.cited import lines, mentions
from bot.capabilities.team_code.cited.stream import CitationCheck
from bot.capabilities.team_code.tools.access import Access
from storage.memory import MemoryPins
from storage.repos.library import Library
from tests.bot.team_code.test_citation_forms import relative
from tests.bot.team_code.tools.conftest import indexed_library as indexed
from tests.fakes import THREAD
from tests.repositories import MadeRepository

pytestmark = pytest.mark.slow

CODE = "import os\n\n\n" + "".join(f"def step_{n}():\n    job = {n}\n    return job\n\n" for n in range(30))
"""`step_n` is defined at line 4 + 4n."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("carried")
    yard = MadeRepository(folder / "yard")
    yard.commit(
        {"src/a.py": CODE, "src/b.py": "x = 1\n", "src/c.rs": "\n" * 90 + "fn charge(n: u8) -> u8 {\n    n\n}\n"}
    )
    file = folder / "repos.toml"
    file.write_text(
        f'[repos.yard]\npath = "{yard.folder}"\nchannels = ["slack:*"]\nweb = "https://github.example/acme/yard"\nweb_kind = "github"\n'
    )
    return indexed(Library(folder / "data", file))


async def checked(library: Library, text: str, step: int = 0) -> str:
    access = Access(THREAD, list(library.declared()), "", library, MemoryPins())
    check = CitationCheck(access, "")
    pieces = [text[at : at + step] for at in range(0, len(text), step)] if step else [text]
    return "".join([await check.feed(piece) for piece in pieces]) + await check.end()


AWAY = [
    "```py\ndef step_9():\n```\n\n— `src/a.py:{}`\n",
    "`step_9` — _src/a.py, line {}_",
    "In `src/a.py` the method `step_9` (starting at {}) does it.",
    "{} in `src/a.py` is `step_9`.",
    "`src/a.py:step_9:{}`",
    "`crate::step_9` (src/a.py:{})",
    "file: src/a.py, line: {}, function: step_9",
    "`step_9` does it.\n\n**Sources**\n- src/a.py:{}\n",
    "It prints `src/a.py:{}:def step_9():`.",
    "`step_9` is in `src/a.py` (around {}).",
    "`step_9` in `src/a.py` – line {}.",
    "`step_9` → `src/a.py` - line {}",
    "`src/a.py` — line {} — `step_9`",
    "src/a.py: line {} – `step_9`",
    "`src/a.py` (line {}, `step_9`) does it.",
    "`step_9` – `src/a.py` @ L{}",
    "`step_9` → `src/a.py` line #{}",
    "`step_9` is at {} in `src/a.py`.",
    "`step_9` ({}–{} in `src/a.py`)".replace("{}", "{0}"),
    "Open `src/a.py` and jump to {}: `step_9`.",
    "Open `src/a.py`. Go to {} for `step_9`.",
    "`step_9` is on row {} of `src/a.py`.",
    "`src/a.py` → `step_9` → {}",
    "`step_9` begins on line {}. It is in `src/a.py`.",
    "| Symbol | Defined at | Module |\n|---|---|---|\n| `step_9` | {} | `src/a.py` |",
    "`step_9` does it [1].\n\n**Sources**\n1. `src/a.py:{}`",
    "`step_9` is in `src/a.py`, **line {}**.",
    "`step_9` is in `src/a.py`, line `{}`.",
    "`step_9` is in `src/a.py` (:{}).",
    "`step_9` is in `src/a.py`, starting at line {}.",
    "`step_9` est dans `src/a.py` à la ligne {}.",
    "`step_9` staat in `src/a.py` op regel {}.",
    "`step_9` è in `src/a.py` alla riga {}.",
    "`step_9` jest w `src/a.py`, linia {}.",
    '{{"symbol": "`step_9`", "file": "src/a.py", "line": {}}}',
    "`step_9` at src/a.py:{} and 44.",
    "`step_9`: `/src/a.py:{}`",
    "[src/a.py:{0}](src/a.py#L{0}) defines `step_9`.",
    "[`src/a.py`, line {0}](src/a.py#L{0}) holds `step_9`.",
    "| Symbol | File | Line |\n|---|---|---|\n| `step_9` | `src/a.py` | {} |",
    "| `step_9` | `src/a.py` | L{} |",
    "- `src/a.py`\n  - line {}: `step_9`",
    "In `src/a.py`:\n- L{}: `step_9`\n",
    "**src/a.py**\n\n- `step_9` (line {})\n",
    "### `src/a.py`\n\n`step_9` starts at line {}.",
    "The file src/a.py has `step_9` at line {}.",
    "`src/a.py`: `step_9` (line {})",
    "`src/a.py` defines `step_9` on line {}.",
    "src/a.py ▸ {} ▸ `step_9`",
    "src/a.py, {}: `step_9`",
    "`src/a.py` : {} — `step_9`",
    "`src/a.py` ({}): `step_9`",
    "`src/a.py` ({},5): `step_9`",
    "`src/a.py` `:{}` `step_9`",
    "`src/a.py` | {} | `step_9`",
    "src/a.py [{}] `step_9`",
    "`step_9`: `src/a.py` at {}",
    "`src/a.py`, from {0} to {0}: `step_9`",
    "`src/a.py#step_9` (line {})",
    "`step_9` is there【F:src/a.py†L{}】",
    "参见 src/a.py（第{}行）里的 `step_9`",
    "siehe `src/a.py`, Z. {} f. (`step_9`)",
    "- `step_9` … `src/a.py` · L{}",
    "> **src/a.py** `L{}` — `step_9`",
    "| `step_9` | `src/a.py` | lines {0}-{0} |",
    "| `step_9` | [`src/a.py`](src/a.py) | [{0}](src/a.py#L{0}) |",
    "**step_9** (`src/a.py:{}`)",
    "step_9() is defined in src/a.py:{}.",
    "### step_9\n\nDefined in `src/a.py:{}`.",
    "1. **`step_9`**\n   - File: `src/a.py`\n   - Line: {}",
    "`step_9`\n: src/a.py:{}",
    "`step_9`\n`src/a.py`\n`L{}`",
    "`step_9` lives in `src/a.py`.\nIt starts at line {}.",
    "- `src/a.py` (`step_9`)\n  - starts at L{}",
    "| Line | File | Symbol |\n|---|---|---|\n| {} | `src/a.py` | `step_9` |",
    "| 行 | 文件 | 名称 |\n|---|---|---|\n| {} | `src/a.py` | `step_9` |",
    "`src/a.py`\n\n| Symbol | Line |\n|---|---|\n| `step_9` | {} |",
    "`src/a.py:{} (step_9)`",
    "`src/a.py:{} step_9`",
    "`step_9 @ src/a.py:{}`",
    "`step_9@src/a.py:{}`",
    "`src/a.py:{}#step_9`",
    "L{} `src/a.py` `step_9`",
    "The file is `src/a.py`; line {} of it has `step_9`.",
    "`step_9` is in `src/a.py`. It starts on line {} and ends a bit later.",
    "Take `step_9`. On line {} of `src/a.py` it begins, and it stays short.",
    "You asked about `step_9`. That one is defined in `src/a.py`, on line {}.",
    "Short answer: src/a.py:{}. That is `step_9`.",
    "It is in `src/a.py`, line {}. The name is `step_9`.",
    "`step_9` está en la línea {} del archivo `src/a.py`.",
    "In `src/a.py`, between line {0} and line {0}, `step_9` fails.",
    "`src/a.py`:**{}** declares `step_9`.",
    "`src/a.py`#step_9 (line {})",
    "`src/a.py`:\n- `step_9` at {}",
    "📄 `src/a.py`\n📍 line {}\n🔧 `step_9`",
    "| Function | Starts at | File |\n|---|---|---|\n| step_9 | {} | src/a.py |",
    "### `src/a.py:{}`\n\n`step_9` does it.",
    "**Name:** step_9\n**Path:** src/a.py\n**Line:** {}\n",
    "`step_9` fails.¹\n\n¹ src/a.py:{}\n",
    '```py filename="src/a.py" startLine={}\ndef step_9():\n```\n',
    "- line {}, `src/a.py`: `step_9`",
    "`src/a.py` {}행 `step_9`",
    "`step_9` в `src/a.py` (стр. {})",
    "`step_9` na řádku {} v `src/a.py`",
    "`step_9` ใน `src/a.py` บรรทัดที่ {}",
    "`step_9` (**src/a.py**:{})",
    "`src/a.py:{}+` `step_9`",
    "`src/a.py`, ln {}: `step_9`",
    "`step_9` in `src/a.py` at `:{}`",
    "`src/a.py`:`{}` `step_9`",
    "`step_9` (`src/a.py:{0}/{0}`)",
    "In `src/a.py` the function `step_9` begins at line {}, and it returns early.",
    "Take a look at line {} (`step_9`) in `src/a.py`.",
    "`step_9` → **src/a.py** line **{}**",
    "`step_9`는 `src/a.py`의 {}번째 줄에 있습니다.",
    "`src/a.py`: `step_9` (line {}), `step_3` (line 16)",
    "src/a.py defines `step_9` (line {}) and `step_3` (line 16).",
    "{} in `src/a.py` is `step_9`.",
    "It is short. {} of src/a.py defines `step_9`.",
    "| File | Symbol | Start | End |\n|---|---|---|---|\n| src/a.py | step_9 | {0} | {0} |",
    "| Function | File | Line |\n|:--|:--|--:|\n| `step_9()` | [src/a.py](src/a.py#L{0}) | {0} |",
    "`step_9`: vscode://file/home/me/code/yard/src/a.py:{}:1",
    "/home/ana/yard/src/a.py:{} (`step_9`)",
    "[`step_9`][1]\n\n[1]: src/a.py#L{}",
    "`step_9` is the one.[^1]\n\n[^1]: src/a.py:{}",
    "### `src/a.py:{}`\n\n`step_9` does the following:\n",
    "- **File:** `src/a.py:{}`\n- **Symbol:** `step_9`\n",
    "src/a.py:{} is the place. `step_9` is declared there.",
    "Steps:\n1. Go to `src/a.py:{}`.\n2. Change `step_9`.\n",
    "Path: `src/a.py`\nLine: `{}`\nName: `step_9`\n",
    "`step_9` is the entry point. It's defined in `src/a.py` at line {}.",
    "`step_9` is at the {}th line of `src/a.py`",
    "src/a.py:{} defines step_9.",
    "src/a.py:{} → src/a.py:16 (`step_9` → `step_3`)",
    '```py title="src/a.py:{}"\ndef step_9():\n```\n',
    "```py\n# src/a.py:{}\ndef step_9():\n```\n",
    "```py file=src/a.py line={}\ndef step_9():\n```\n",
    "```py:src/a.py:{}\ndef step_9():\n```\n",
    "`src/a.py:{}`:\n\n```py\ndef step_9():\n```\n",
    "Current code in `src/a.py:{0}-{0}`:\n```py\n    job = 9\n```\n",
]


@pytest.mark.parametrize("step", [0, 5])
async def test_the_fence_of_a_coding_assistant_says_where_its_code_stands(made: Library, step: int) -> None:
    text = "It is:\n```{}:src/a.py\ndef step_9():\n```\nSo."

    assert await checked(made, text.format("40:42"), step) == (
        "It is:\n`src/a.py:40-42`\n\n```py\ndef step_9():\n```\nSo."
    )
    assert "900" not in await checked(made, text.format("900:905"), step)
    inner = "````md\n```900:905:src/a.py\n```\n````\n"
    assert await checked(made, inner, step) == inner


@pytest.mark.parametrize(
    "link",
    [
        "[`step_9`](src/a.py:{})",
        "[a.py:{0}](./src/a.py#L{0}): `step_9`",
        "[`step_9`](vscode://file/home/me/yard/src/a.py:{})",
        "`step_9`: [open](file:///home/me/yard/src/a.py#L{})",
    ],
)
async def test_a_link_to_a_path_leads_to_its_page(made: Library, link: str) -> None:
    for written, shown in ((40, "src/a.py#L40)"), (90, "src/a.py#L40)")):
        found = await checked(made, link.format(written))
        assert shown in relative(found)
        assert "](https://github.example/acme/yard/blob/" in found
    assert "blob" not in await checked(made, "[`step_9`](src/none.py:4) and [docs](docs/)")


@pytest.mark.parametrize("form", AWAY)
async def test_a_right_line_stays_and_a_wrong_one_does_not(made: Library, form: str) -> None:
    right, wrong, beyond = form.format(40), form.format(90), form.format(900)

    assert relative(await checked(made, right)) == right
    assert "90" not in await checked(made, wrong, step=3)
    assert "900" not in await checked(made, beyond)


@pytest.mark.parametrize(
    "text",
    [
        "`src/a.py` is called from line 1 of `src/b.py`.",
        "`step_9` at src/a.py:40 and 25 others.",
        "| File | Count |\n|---|---|\n| `src/a.py` | 900 |",
        "### `src/a.py`\n\nThe server logs line 900 of the request.",
        "`src/a.py` and `src/b.py`:\n- line 900: `step_9`",
        "# `src/a.py`\n\n## Elsewhere\n\n- line 900: `step_9`",
        "See `src/a.py`.\n" + "Words.\n" * 15 + "- line 900: `step_9`",
        "The string defined in `editor.statusline.separator` is shown.",
        "The parser is located at `grammars/<name>.so`.",
        "It lives in `src/**/*.py` and is defined in `hex.docs.example.pm`.",
    ],
)
async def test_what_is_said_of_something_else_is_left_alone(made: Library, text: str) -> None:
    assert await checked(made, text) == text


async def test_a_label_names_no_line_that_the_file_does_not_have(made: Library) -> None:
    text = "- **File:** `src/a.py`\n- **Lines:** {}\n- **Function:** `step_9`"

    assert await checked(made, text.format(40)) == text.format(40)
    assert "900" not in await checked(made, text.format(900))


async def test_an_arrow_in_the_line_of_code_under_a_place_is_no_quotation_mark(made: Library) -> None:
    text = "`src/c.rs:{}`:\n```rust\nfn charge(n: u8) -> u8 {{\n```\n"

    assert await checked(made, text.format(5)) == text.format(91)


async def test_the_words_of_an_address_are_corrected_as_it_is(made: Library) -> None:
    shown = await checked(made, "[step_9 (src/a.py, line 90)](https://github.example/acme/yard/blob/main/src/a.py#L90)")

    assert "line 40)" in shown
    assert shown.endswith("#L40)")


async def test_words_between_a_path_and_its_line_stay_when_the_line_goes(made: Library) -> None:
    shown = await checked(made, "`src/a.py` does its work, see line 900.")

    assert shown == "`src/a.py` does its work."


@pytest.mark.parametrize("text", ["a " * 4_000, "L1 " * 4_000, ", see the " * 1_000 + "line", "| " * 4_000])
def test_looking_for_lines_ends_in_time(text: str) -> None:
    assert mentions.mentions(text, ()) is not None
    assert lines.TIE.fullmatch(text, 1) is None or text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Run `src/gone.py#nobody_216` first.", "Run `(reference removed)` first."),
        ("See src/java/gone.java, line 216, for it.", "See (reference removed), for it."),
        ("See [`nobody` on line 216](https://github.example/acme/yard/blob/main/src/gone.py#L216).", "See `nobody`."),
        ("In `src/gone.py`, `nobody` is on line 216.", "In `(reference removed)`, `nobody` is."),
        ("`src/gone.py`:\n\n* L216: `nobody`\n", "`src/gone.py`:\n\n* `nobody`\n"),
        ("See `gone.py` (`nobody`, lines 216-217).", "See `gone.py` (`nobody`)."),
        ("[`nobody`](/src/gone.py#L216)", "`nobody`"),
        ("/home/me/yard/src/gone.py:216 (`nobody`)", "(reference removed) (`nobody`)"),
        ('```py title="src/gone.py:216"\nx = 2\n```\n', "```py\nx = 2\n```\n"),
        ("```py\n# src/gone.py:216\nx = 2\n```\n", "```py\n# (reference removed)\nx = 2\n```\n"),
        ("[on line 900](https://github.example/acme/yard/blob/main/src/gone.py#L900)", "(reference removed)"),
    ],
)
async def test_a_path_that_is_nowhere_keeps_no_line(made: Library, written: str, shown: str) -> None:
    whole = await checked(made, written)

    assert "900" not in whole
    assert whole == shown if "216" in shown else "216" not in whole
    assert await checked(made, written, step=3) == whole


PROPOSALS = [
    "Create `src/new.py` with `x` on line 1 of your choice.",
    "Put `x` into a new `src/new.py`, say at line 3.",
    "thread 'main' panicked at src/a.py:900:5:\n",
    "src/a.py:900:in `step_9'\n",
    "#0 src/a.py(900): step_9()\n",
    "  --> src/a.py:900:5\n",
    "`step_9` has a timeout of 90 s (see `src/a.py`).",
    "The code lives in [yard/yard.github.io](https://github.example/other).",
    "```py\n# TODO: port 8080\nx = 1\n```\n",
    "```sh\n$ grep -n job src/a.py\nsrc/a.py:900: job\n```\n",
    "`src/a.py:40`:\n\n```py\n# what it could be\ndef better():\n```\n",
]


@pytest.mark.parametrize("text", PROPOSALS)
async def test_a_proposal_a_frame_and_code_are_no_citation(made: Library, text: str) -> None:
    assert await checked(made, text) == text
    assert await checked(made, text, step=4) == text


async def test_a_place_that_waits_is_shown_at_the_end_of_the_answer(made: Library) -> None:
    text = "### `src/a.py:40`"

    assert await checked(made, text, step=2) == text


async def test_a_word_that_is_also_a_folder_is_held_to_its_definition(made: Library) -> None:
    assert await checked(made, "Both `src/a.py:40` (`step_9`) and `src/b.py:1` (`src`) do.") == (
        "Both `src/a.py:40` (`step_9`) and `src/b.py:1` (`src`) do."
    )


COUNTS = [
    "| Name | File | Calls |\n|---|---|---|\n| `step_9` | `src/a.py` | 90 |",
    "`step_9` in `src/a.py` is at 90 % coverage.",
    "`step_9` in `src/a.py` begins at 09:30.",
    "ts=17 level=error msg=x caller=main.go:90",
    "`Step::run` and `a::b::step_9` are in `src/a.py`.",
    "3 in `src/a.py` are left: `step_9` is one.",
    "3 in `src/a.py` call `step_9`.",
    "90 in `src/a.py` is the most that `step_9` takes.",
    "90 of `src/a.py` workers run `step_9`.",
    "`step_9` is capped at 90 in `src/a.py`.",
    "Go to 90 workers in `src/a.py` before `step_9`.",
    "Look at 12 in `src/a.py`: `step_9` sets it.",
    "Raise it from 10 to 90 in `src/a.py`, as `step_9` needs more.",
    "`src/a.py`: 3 matches of `step_9`.",
    "`src/a.py` (2 calls): `step_9`",
    "`src/a.py` (3): `step_1`, `step_2` and `step_3`",
    "src/a.py, 12% of `step_9`",
    "`src/a.py` 3.11: `step_9`",
    "The `step_9` function validates.\nIt then calls the gateway (src/a.py:8).",
    "`step_9` runs.\n\nThe import stands at src/a.py:1.",
    "**Note** (`src/a.py:1`)",
    "Unlike otherName(), this is `src/a.py:1`.",
    "| Line | Count |\n|---|---|\n| `step_9` | 7 |",
    "On line 7 we call `src/a.py`, `src/b.py` too.",
    "`git show abc:src/a.py step_1 step_2`",
    "pip@src/a.py is no file.",
    "Your line 90 is not in `src/a.py`; `step_9` is.",
    "See `src/a.py:8`. `step_9` calls it.",
    "See `src/a.py:8`. That is what `step_9` calls.",
    "`src/a.py` and `src/b.py` differ: lines 8 and 1, respectively.",
    "`step_9` prepares it. The check itself is in `src/a.py:8`.",
    "`src/a.py:L8-L9`, `src/a.py#L8C3-L9C5` and L8-L9 in src/a.py",
]


@pytest.mark.parametrize("text", COUNTS)
async def test_a_number_beside_a_path_that_may_be_something_else_stays(made: Library, text: str) -> None:
    assert await checked(made, text) == text
