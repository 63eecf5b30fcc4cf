"""Every form in which models write a place: a right one survives as it is, a wrong one is corrected or goes, and so does its line."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.capabilities.team_code.cited.stream import CitationCheck
from bot.capabilities.team_code.tools.access import Access
from storage.memory import MemoryPins
from storage.repos.library import Library
from tests.bot.team_code.tools.conftest import indexed_library as indexed
from tests.fakes import THREAD
from tests.repositories import MadeRepository, Submodule

pytestmark = pytest.mark.slow

CODE = "import os\n\n\n" + "".join(f"def step_{n}():\n    job = {n}\n    return job\n\n" for n in range(30))
"""`step_n` is defined at line 4 + 4n."""

ODD = [
    "app/(shop)/[id]/page.tsx",
    "src/my notes/a b.py",
    "src/x~1.py",
    "src/a=b&c.py",
    "src/it's,1.py",
    "src/c#/a.py",
    "src/50%.py",
    "docs/план/план.md",
]
FILES = {"src/a.py": CODE, "src/lib/deep.py": CODE, "lib/deep.py": "x = 1\n", "Dockerfile": CODE, "bin/deploy": CODE}
AWAY = Submodule("1" * 40)


def relative(shown: str) -> str:
    """With the links to pages of the yard as links to their paths."""
    return re.sub(r"(?<=\]\()https://github\.example/acme/yard/blob/[0-9a-f]{40}/", "", shown)


class Yard:
    """One repository with a path of every kind, and the check of one answer about it."""

    def __init__(self, library: Library) -> None:
        self.library = library

    async def access(self, *names: str) -> Access:
        granted = [one for one in self.library.declared() if one.name in names]
        access = Access(THREAD, granted, "", self.library, MemoryPins())
        for name in names:
            await access.snapshot(name)
        return access

    async def checked(self, text: str, said: str = "") -> str:
        check = CitationCheck(await self.access("yard"), said)
        return await check.feed(text) + await check.end()


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """Indexed once for all tests."""
    tmp_path = tmp_path_factory.mktemp("yard")
    made = MadeRepository(tmp_path / "yard")
    made.commit({**FILES, **dict.fromkeys(ODD, CODE), "vendor/lib": AWAY})
    other = MadeRepository(tmp_path / "other")
    other.commit({"src/a.py": CODE, "src/only.py": CODE})
    file = tmp_path / "repos.toml"
    file.write_text(
        f'[repos.yard]\npath = "{made.folder}"\nchannels = ["slack:*"]\nweb = "https://github.example/acme/yard"\nweb_kind = "github"\n'
        f'[repos.other]\npath = "{other.folder}"\nchannels = ["slack:*"]\n'
    )
    return Yard(indexed(Library(tmp_path / "data", file)))


RIGHT = [
    "src/a.py:50",
    "src/a.py:50-60",
    "src/a.py:50–60",
    "src/a.py:50:5",
    "src/a.py:50: text",
    "`src/a.py`, line 50",
    "`src/a.py` line 50",
    "`src/a.py` (line 50)",
    "`src/a.py` (lines 50-60)",
    "src/a.py:L50-L60",
    "src/a.py#L50-L60",
    "src/a.py#L50",
    "src/a.py, lines 50 to 60",
    "lines 50 to 60 of `src/a.py`",
    "line 50 of src/a.py",
    "`src/a.py::step_3`",
    "src/a.py::step_3",
    "Dockerfile:12",
    "`Dockerfile:12`",
    "`src/a.py`",
    "src/a.py",
    "`src/lib/`",
    "src/lib/",
    "`src\\a.py:50`",
    "src\\a.py:50",
    "a/src/a.py:50",
    "b/src/a.py:50-51",
    "./src/a.py:50",
    "yard/src/a.py:50",
    "bin/deploy:4",
    "`src/a.py`:50",
    "src/a.py(50)",
    "src/a.py[50]",
    "`src/a.py[50-60]`",
    "src/a.py:50+4",
    "[src/a.py:50]",
    "[`x`](src/a.py#L50)",
    "`src/a.py:50-60`",
    "请看src/a.py:50里",
    "见`src/a.py:50`。",
    "src/a.py:50, src/a.py:60",
    "src/a.py@3fa9c1d:50",
    "src/\\_x.py and src/a.py:5",
    *(f"`{path}:50`" for path in ODD),
    *(f"`{path}`, line 50" for path in ODD),
    "app/(shop)/[id]/page.tsx:5",
    "docs/план/план.md:5",
]


@pytest.mark.parametrize("written", RIGHT)
async def test_a_right_place_survives_in_every_form(yard: Yard, written: str) -> None:
    assert relative(await yard.checked(f"See {written} for it.\n")) == f"See {written} for it.\n"


@given(
    st.sampled_from(RIGHT),
    st.sampled_from(["", "(", "[", "“", "*", "**", "_", '"', "'", "«", "，", "—", "=", "> ", "- ", "1. ", "看", "| "]),
    st.sampled_from(
        ["", ")", "]", "”", "*", "**", "_", '"', "'", "»", "，", "。", ".", ",", ";", "!", "?", "…", " |", "."]
    ),
)
@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_a_right_place_survives_whatever_stands_around_it(
    yard: Yard, written: str, before: str, behind: str
) -> None:
    text = f"{before}{written}{behind}"

    assert relative(await yard.checked(text)) == text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("(src/a.py:9000)", "(src/a.py)"),
        ("[src/a.py:9000]", "[src/a.py]"),
        ("[x](src/a.py:9000)", "[x](src/a.py)"),
        ("`src/a.py`, line 9000.", "`src/a.py`."),
        ("lines 9000 to 9001 of `src/a.py`", "`src/a.py`"),
        ("`src/a.py` (lines 9000-9001)", "`src/a.py`"),
        ("`src/a.py:L9000-L9001`", "`src/a.py`"),
        ("`src/a.py::gone`", "`src/a.py`"),
        ("src/a.py[9000].", "src/a.py."),
        ("`src/a.py[9000-9001]`", "`src/a.py`"),
        ("`src/a.py:9000+4`", "`src/a.py`"),
        ("Dockerfile:9000", "Dockerfile"),
        ("`src/my notes/a b.py:9000`", "`src/my notes/a b.py`"),
        ("请看src/gone.py:50里", "请看(reference removed)里"),
        ("(src/gone.py:3)", "((reference removed))"),
        ("[src/gone.py:3]", "[(reference removed)]"),
        ("[x](src/gone.py:3)", "x"),
        ("`src/gone.py`, line 3, has it", "`(reference removed)`, has it"),
        ("`elsewhere/gone.py:3`", "`elsewhere/gone.py`"),
        ("`gone.py:3`", "`gone.py`"),
        ("it is defined in `src/gone.py`.", "it is defined in `(reference removed)`."),
        ("make `src/gone.py`", "make `src/gone.py`"),
        ("`page.tsx:5`", "`app/(shop)/[id]/page.tsx:5`"),
        ("`src/a.py:2-3`", "`src/a.py`"),  # nothing stands there
    ],
)
async def test_a_wrong_place_loses_its_line_or_goes(yard: Yard, written: str, shown: str) -> None:
    assert relative(await yard.checked(written)) == shown


@pytest.mark.parametrize(
    "written",
    [
        "    at charge (src/a.py:9000)",
        "at charge (src/pay.js:9000:3)",
        "- at src/gone.js:10:5",
        'File "src/gone.py", line 88, in pay',
        "src/gone.go:88 +0x1f",
        "ghcr.io/acme/app.web:443",
        "host/image:443",
        "docker.io/library/x.y:443",
        "localhost:8080/a.py:3",
        "/usr/lib/python3/os.py:12",
        "C:\\tmp\\gone.py:12",
        "~/notes/gone.py:3",
        "std::io",
        "sys.argv[9000]",
        "`orders.first[9000]` and `src/gone.rows[9000]`",
        "redis:6379",
        "10:30",
        "v1.2.3:4",
        "db.acme.internal:5432",
        "git@host.example:team/app.py:5",
        "http://h.example/a.py:80",
        "Note:12",
    ],
)
async def test_what_cites_nothing_stays(yard: Yard, written: str) -> None:
    assert await yard.checked(f"{written}\n") == f"{written}\n"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("`step_3` is defined in `src/a.py:90`.", "`step_3` is defined in `src/a.py:16`."),
        ("`step_3` is defined in `src/a.py:16`.", "`step_3` is defined in `src/a.py:16`."),
        ("`step_3` is in src/a.py, lines 90 to 92.", "`step_3` is in src/a.py, lines 16 to 18."),
        ("`src/a.py:90` defines `step_3()`.", "`src/a.py:16` defines `step_3()`."),
        ("| `step_3` | `src/a.py:90` | x. y |", "| `step_3` | `src/a.py:16` | x. y |"),
        ("`step_3` and `step_5` are at `src/a.py:90`.", "`step_3` and `step_5` are at `src/a.py`."),
        (
            "`src/a.py:16` has `step_3`, `src/a.py:24` has `step_5`.",
            "`src/a.py:16` has `step_3`, `src/a.py:24` has `step_5`.",
        ),
        ("`step_3` is used at `src/a.py:16`, `src/a.py:17`.", "`step_3` is used at `src/a.py:16`, `src/a.py:17`."),
        ("`step_3` is defined in `src/a.py:9000`.", "`step_3` is defined in `src/a.py:16`."),
        ("`step_3` is defined at [here](src/a.py:90).", "`step_3` is defined at [here](src/a.py#L16)."),
        ("`step_3` is defined at src/a.py:90:5.", "`step_3` is defined at src/a.py:16."),
        ("`os` is said to matter in `src/a.py:60`.", "`os` is said to matter in `src/a.py`."),
        ("It returns. See `src/a.py:90`.", "It returns. See `src/a.py:90`."),
        ("`True` at `src/a.py:90`", "`True` at `src/a.py:90`"),
    ],
)
async def test_a_line_is_tied_to_the_symbol_of_its_sentence(yard: Yard, written: str, shown: str) -> None:
    assert relative(await yard.checked(written)) == shown


async def test_lines_that_a_tool_showed_are_believed_where_no_definition_contradicts(yard: Yard) -> None:
    access = await yard.access("yard")
    access.saw("yard", "src/a.py", 58, 62)
    check = CitationCheck(access, "")
    text = "The `worker` ends in `src/a.py:60`."

    assert await check.feed(text) + await check.end() == text


async def test_what_a_person_wrote_keeps_its_lines(yard: Yard) -> None:
    text = "Your log says `step_3` at `src/a.py:90`."
    assert await yard.checked(text, said="step_3 src/a.py:90") == text


async def shown_in_both(yard: Yard, text: str, seen: Sequence[str] = ()) -> tuple[str, list[str]]:
    access = await yard.access("yard", "other")
    for name in seen:
        access.saw(name, "src/a.py", 1, 100)
    check = CitationCheck(access, "")
    shown = await check.feed(text) + await check.end()
    return shown, [one.repository for one in check.checked.sources]


async def test_of_several_repositories_the_one_that_was_shown_is_cited_else_the_one_that_is_named(yard: Yard) -> None:
    text = "See `src/a.py:50`."

    assert await shown_in_both(yard, text) == (text, [])
    assert await shown_in_both(yard, text, seen=["other"]) == (text, ["other"])
    assert await shown_in_both(yard, "In yard, see `src/a.py:50`.") == ("In yard, see `src/a.py:50`.", ["yard"])
    assert await shown_in_both(yard, "See `other/src/a.py:50`.") == ("See `other/src/a.py:50`.", ["other"])
    assert (await shown_in_both(yard, "`only.py:50`"))[1] == ["other"]


async def unlooked(yard: Yard, text: str, default: str = "") -> tuple[str, list[str]]:
    """Where nothing was looked at yet."""
    access = Access(THREAD, list(yard.library.declared()), default, yard.library, MemoryPins())
    check = CitationCheck(access, "")
    shown = await check.feed(text) + await check.end()
    return shown, [one.repository for one in check.checked.sources]


async def test_a_right_place_of_a_repository_that_is_not_named_survives(yard: Yard) -> None:
    text = "In yard, see `src/only.py:50`. And `src/gone.py:3`."

    assert await unlooked(yard, text) == ("In yard, see `src/only.py:50`. And `(reference removed)`.", ["other"])


async def test_a_folder_that_is_called_like_a_repository_names_none(yard: Yard) -> None:
    assert await unlooked(yard, "See `src/yard/only.py:50`, `src/a.py:50`.") == (
        "See `(reference removed)`, `src/a.py:50`.",
        [],
    )


async def test_what_is_opened_last_takes_nothing_from_the_channels_own_repository(yard: Yard) -> None:
    text = "See `src/only.py:50`. And `src/a.py:50`."

    assert await unlooked(yard, text, default="yard") == (text, ["other", "yard"])


async def test_a_proposed_file_opens_no_further_repository(yard: Yard) -> None:
    access = Access(THREAD, list(yard.library.declared()), "yard", yard.library, MemoryPins())
    check = CitationCheck(access, "")

    assert await check.feed("Make `src/new.py` for it.\n") == "Make `src/new.py` for it.\n"
    assert list(access.opened) == ["yard"]


@given(
    st.lists(
        st.sampled_from(
            [*RIGHT, "`step_3` is defined in ", "`src/a.py:90`", ". ", " ", "\n", "(src/gone.py:3)", "`", "["]
        ),
        max_size=8,
    ),
    st.lists(st.integers(1, 12), max_size=40),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_pieces_give_what_the_whole_gives(yard: Yard, words: list[str], cuts: list[int]) -> None:
    text = "".join(words)
    access = await yard.access("yard")
    whole, pieces = CitationCheck(access, ""), CitationCheck(access, "")
    wanted, shown, at = await whole.feed(text) + await whole.end(), "", 0
    for cut in cuts:
        shown += await pieces.feed(text[at : at + cut])
        at += cut
        assert wanted.startswith(shown)
    shown += await pieces.feed(text[at:]) + await pieces.end()

    assert shown == wanted
    assert pieces.checked == whole.checked
