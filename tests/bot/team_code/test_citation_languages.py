"""Places as they are written around the world: lists of lines, words for lines, full-width signs, paths with spaces in running text."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.capabilities.team_code.cited.sources import Source
from bot.capabilities.team_code.cited.stream import CitationCheck
from bot.capabilities.team_code.tools.access import Access
from storage.memory import MemoryPins
from storage.repos.library import Library
from tests.bot.team_code.tools.conftest import indexed_library as indexed
from tests.fakes import THREAD
from tests.repositories import MadeRepository

pytestmark = pytest.mark.slow

CODE = "import os\n\n\n" + "".join(f"def step_{n}():\n    job = {n}\n    return job\n\n" for n in range(30))
"""`step_n` is defined at line 4 + 4n; every fourth line is empty."""

CLASS = "class Cart:\n    def total(self):\n        return 1\n\n    def clear(self):\n        return 2\n"


CART = (
    "# frozen\nclass Cart\n  attr_reader :size\n\n  def size=(value)\n    @size = value\n  end\n\n"
    "  def empty?\n    size.zero?\n  end\n\n"
    "  def take(limit=3)\n    limit\n  end\nend\n"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Indexed once for all tests."""
    folder = tmp_path_factory.mktemp("languages")
    yard, cart = MadeRepository(folder / "yard"), MadeRepository(folder / "cart")
    yard.commit({"src/a.py": CODE, "src/cart.py": CLASS, "how to/release notes.md": CODE, "how to/b.py": CODE})
    cart.commit({"lib/cart.rb": CART, "x/one.py": CODE, "y/one.py": CODE})
    file = folder / "repos.toml"
    file.write_text(
        f'[repos.yard]\npath = "{yard.folder}"\nchannels = ["slack:*"]\n[repos.cart]\npath = "{cart.folder}"\nchannels = ["slack:*"]\n'
    )
    return indexed(Library(folder / "data", file))


@pytest.fixture
def access(library: Library) -> Access:
    return opened(library, "yard")


@pytest.fixture
def cart(library: Library) -> Access:
    return opened(library, "cart")


def opened(library: Library, name: str) -> Access:
    return Access(THREAD, [one for one in library.declared() if one.name == name], "", library, MemoryPins())


async def checked(access: Access, text: str) -> tuple[str, list[tuple[str, int, int]]]:
    check = CitationCheck(access, "")
    shown = await check.feed(text) + await check.end()
    return shown, [_place(one) for one in check.checked.sources]


def _place(source: Source) -> tuple[str, int, int]:
    return source.path, source.start, source.end


SAME = {
    "In Zeile 50 von `src/a.py` beginnt es.": [50],
    "Das steht in `src/a.py`, Zeile 50.": [50],
    "Siehe `src/a.py` (Zeilen 50–52).": [(50, 52)],
    "Die Zeilen 50 bis 52 von src/a.py tun es.": [(50, 52)],
    "Voir `src/a.py`, ligne 50.": [50],
    "Véase `src/a.py`, líneas 50 a 52.": [(50, 52)],
    "См. `src/a.py`, строка 50.": [50],
    "`src/a.py` 第 50 行": [50],
    "`src/a.py` の 50 行目です。": [50],
    "请看 `src/a.py` 的第50行。": [50],
    "`src/a.py`（50〜52行目）を参照。": [(50, 52)],
    "`src/a.py`、50行目": [50],
    "见 src/a.py：50": [50],
    "見る：`src/a.py：50～52`": [(50, 52)],
    "See `src/a.py:50,52,54-56`.": [50, 52, (54, 56)],
    "See src/a.py:50,52.": [50, 52],
    "`src/a.py`, lines 50, 52 and 54.": [50, 52, 54],
    "lines 50 and 54 of `src/a.py`": [50, 54],
    "Siehe `src/a.py`, Zeilen 50, 52 und 54.": [50, 52, 54],
    "It is on line 50 of `src/a.py`, 3 times.": [50],
    "See `yard:src/a.py:50`.": [50],
    "See yard:src/a.py:50.": [50],
    "See `HEAD:src/a.py:50`.": [50],
    "See `main:src/a.py`.": [0],
    "__src/a.py:50__": [50],
    "See src/a.py:50ff.": [50],
}


@pytest.mark.parametrize(("written", "lines"), list(SAME.items()), ids=str)
async def test_a_right_place_is_read_in_every_language(
    access: Access, written: str, lines: list[int | tuple[int, int]]
) -> None:
    text, cited = await checked(access, written)

    assert text == written
    assert cited == [("src/a.py", *((one, one) if isinstance(one, int) else one)) for one in lines]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("In Zeile 9000 von `src/a.py` steht es.", "In `src/a.py` steht es."),
        ("Das steht in `src/a.py`, Zeile 9000.", "Das steht in `src/a.py`."),
        ("`src/a.py`（9000行目）を参照", "`src/a.py`を参照"),
        ("`src/a.py` 第 9000 行", "`src/a.py`"),
        ("见 src/a.py：9000。", "见 src/a.py。"),
        ("`step_3` steht in `src/a.py`, Zeile 90.", "`step_3` steht in `src/a.py`, Zeile 16."),
        ("`step_3(...)` wird in src/a.py:90 definiert.", "`step_3(...)` wird in src/a.py:16 definiert."),
        ("`step_3` は `src/a.py` の 90 行目", "`step_3` は `src/a.py` の 16 行目"),
        ("Das Limit ist in `src/limits.py` umgesetzt.", "Das Limit ist in `(reference removed)` umgesetzt."),
        ("`src/a.py:50,9000,52`", "`src/a.py:50, 52`"),
        ("`src/a.py`, lines 9000, 9001 and 9002, do it", "`src/a.py`, do it"),
        ("`step_3` is at `src/a.py:90,91`.", "`step_3` is at `src/a.py:16`."),
        ("`step_3` (src/a.py:16,90)", "`step_3` (src/a.py:16,90)"),
    ],
)
async def test_a_wrong_place_is_mended_in_every_language(access: Access, written: str, shown: str) -> None:
    assert (await checked(access, written))[0] == shown


@pytest.mark.parametrize(
    ("written", "shown", "cited"),
    [
        ("See how to/release notes.md:50 now.", "See how to/release notes.md:50 now.", 50),
        ("It is in how to/release notes.md, line 50.", "It is in how to/release notes.md, line 50.", 50),
        ("See (how to/b.py:9000).", "See (how to/b.py).", 0),
        ("`step_3` is in how to/b.py:90.", "`step_3` is in how to/b.py:16.", 16),
    ],
)
async def test_a_path_with_spaces_is_found_in_running_text(
    access: Access, written: str, shown: str, cited: int
) -> None:
    text, places = await checked(access, written)

    assert text == shown
    assert [(place[0].startswith("how to/"), place[1]) for place in places] == [(True, cited)]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (
            "`step_3` (src/a.py:24) works with `step_5` (src/a.py:16).",
            "`step_3` (src/a.py:16) works with `step_5` (src/a.py:24).",
        ),
        (
            "`step_3` steht in src/a.py:24, `step_5` in src/a.py:16.",
            "`step_3` steht in src/a.py:16, `step_5` in src/a.py:24.",
        ),
        (
            "`step_3` (src/a.py:17) works with `step_5` (src/a.py:25).",
            "`step_3` (src/a.py:17) works with `step_5` (src/a.py:25).",
        ),
        ("`Cart.total` is defined in `src/cart.py:5`.", "`Cart.total` is defined in `src/cart.py:2`."),
        ("`Cart.clear()` is in src/cart.py:2.", "`Cart.clear()` is in src/cart.py:5."),
        ("Beside `gone.py`, see src/a.py:90.", "Beside `gone.py`, see src/a.py:90."),
    ],
)
async def test_each_place_answers_for_the_symbol_beside_it(access: Access, written: str, shown: str) -> None:
    assert (await checked(access, written))[0] == shown


async def test_a_path_alone_is_the_first_citation_as_well(access: Access) -> None:
    text, cited = await checked(access, "Der Rest liegt dort: `src/a.py`, und `app/models.py` gäbe es noch.")

    assert text == "Der Rest liegt dort: `src/a.py`, und `app/models.py` gäbe es noch."
    assert cited == [("src/a.py", 0, 0)]


@given(
    st.lists(
        st.sampled_from([*SAME, "`step_3` ", "(src/a.py:24) ", "how to/", "release notes.md", ":50,52", "第", "Zeilen 50, ", "："]),
        max_size=6,
    ),
    st.lists(st.integers(1, 15), max_size=40),
)  # fmt: skip
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_pieces_give_what_the_whole_gives(access: Access, words: list[str], cuts: list[int]) -> None:
    text = "".join(words)
    await access.snapshot("yard")
    whole, pieces = CitationCheck(access, ""), CitationCheck(access, "")
    wanted, shown, at = await whole.feed(text) + await whole.end(), "", 0
    for cut in cuts:
        shown += await pieces.feed(text[at : at + cut])
        at += cut
        assert wanted.startswith(shown)
    shown += await pieces.feed(text[at:]) + await pieces.end()

    assert shown == wanted
    assert pieces.checked == whole.checked


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("`cart.size=` is defined in `lib/cart.rb:1`.", "`cart.size=` is defined in `lib/cart.rb:5`."),
        ("`size=` (lib/cart.rb:14)", "`size=` (lib/cart.rb:5)"),
        ("`::Cart` is defined in lib/cart.rb:6.", "`::Cart` is defined in lib/cart.rb:2."),
        ("`empty?` is defined in lib/cart.rb:1.", "`empty?` is defined in lib/cart.rb:9."),
        ("`limit=` is taken at lib/cart.rb:13.", "`limit=` is taken at lib/cart.rb:13."),
    ],
)
async def test_setters_questions_and_roots_are_symbols_too(cart: Access, written: str, shown: str) -> None:
    assert (await checked(cart, written))[0] == shown


@pytest.mark.parametrize(
    "written",
    [
        "It is at `one.py:3`.",  # there are two of that name
        "`at com.acme.Pay.charge(Pay.java:42)`",
        "Caused by at com.acme.Pay.charge(Pay.java:42).",
    ],
)
async def test_what_may_be_there_and_frames_in_a_sentence_stand(cart: Access, written: str) -> None:
    assert await checked(cart, written) == (written, [])


async def test_a_path_with_spaces_in_a_code_span_may_be_the_first_citation(access: Access) -> None:
    text, cited = await checked(access, "In `how to/release notes.md`, line 50.")

    assert (text, cited) == ("In `how to/release notes.md`, line 50.", [("how to/release notes.md", 50, 50)])


async def test_each_place_in_a_code_span_answers_for_the_symbol_beside_it(access: Access) -> None:
    text, _ = await checked(access, "`step_3` is at `src/a.py:24`; `step_5` is at `src/a.py:16`.")

    assert text == "`step_3` is at `src/a.py:16`; `step_5` is at `src/a.py:24`."
