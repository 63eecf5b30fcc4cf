"""Other words for the question's: what stands for what, that they lengthen the list and do not lead it; and a real tree."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.repos.builder import build
from storage.repos.finding import FIRST
from storage.repos.index import CodeIndex
from storage.repos.questions import stems
from storage.repos.signals import IndexedCommit, Signals
from storage.repos.thesaurus import WORDS, related, vocabulary
from tests.repositories import Content, MadeRepository


def asked(folder: Path, files: dict[str, Content], question: str) -> list[str]:
    made = MadeRepository(folder / "git")
    made.commit(files)
    build(made.folder, folder / "index.db", made.head)
    opened = CodeIndex.open(folder / "index.db", made.head)
    assert opened
    try:
        return [one.path for one in opened.candidates(question, "", 40).files]
    finally:
        opened.close()


def test_people_say_one_thing_and_software_calls_it_another() -> None:
    assert "avatar" in related(["pictures"])["pictures"]
    assert "webauthn" in related(["passkey"])["passkey"]
    assert related(["zebra"]) == {}


def test_a_line_with_a_colon_leads_one_way_and_a_group_all_ways() -> None:
    found = related(["bill", "invoice", "retry", "resend"])

    assert "invoice" in found["bill"]
    assert "resend" in found["retry"]
    assert "retry" in found["resend"]


def test_the_vocabulary_is_well_formed() -> None:
    for line in WORDS.read_text().splitlines():
        if not line.startswith("#"):
            said, colon, meant = line.partition(":")
            assert line == line.lower()
            assert said.split(), line
            assert meant.split() or not colon, line


@given(st.lists(st.sampled_from(sorted(vocabulary())), min_size=1, max_size=8, unique=True))
def test_no_word_stands_for_itself(terms: list[str]) -> None:
    for term, others in related(terms).items():
        assert stems([term])[term] not in stems([*others]).values()


def test_endings_are_overlooked() -> None:
    assert related(["uploads"])["uploads"] >= related(["upload"])["upload"] - {"uploads"}
    assert stems(["uploads", "upload"])["uploads"] == stems(["upload"])["upload"]


def test_what_says_the_words_themselves_comes_before_what_says_others(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        "a/own.py": "def one():\n    return picture + wagon\n",
        "b/other.py": "def two():\n    return image + avatar + photo + thumbnail + icon + image_of_avatar\n",
        **{f"c/n{number}.py": f"def name{number}():\n    return {number}\n" for number in range(20)},
    }

    assert asked(tmp_path, files, "where does the picture of a wagon come from?") == ["a/own.py", "b/other.py"]


def test_many_words_for_one_count_less_than_words_for_two(tmp_path: Path) -> None:
    many = " + ".join(["image", "avatar", "thumbnail", "image_avatar", "avatar_thumbnail"] * 3)
    files: dict[str, Content] = {
        "a/many.py": f"def one():\n    return {many}\n",
        "b/two.py": "def two():\n    return (image, thumbnail, invoice, invoice)\n",
        **{f"c/n{number}.py": f"def name{number}():\n    return {number}\n" for number in range(20)},
    }

    assert asked(tmp_path, files, "the picture on a bill") == ["b/two.py", "a/many.py"]


def test_another_word_that_stands_everywhere_is_not_looked_for(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        f"p{number}.py": f"def image_{number}():\n    return {number}\n" for number in range(40)
    }

    assert asked(tmp_path, files, "picture") == []


def test_what_is_said_of_the_code_counts_and_what_it_only_mentions_does_not(tmp_path: Path) -> None:
    made = MadeRepository(tmp_path / "git")
    made.commit(
        {
            "a.py": "def other():\n    return zebra + stripes\n",
            "b.py": "# stripes\ndef coat():\n    return zebra\n",
            "stripes/c.py": "# stripes of a zebra\ndef zebra():\n    return stripes\n",
            "docs/stripes/zebra.md": "# Zebra stripes\n\nzebra stripes\n",
        }
    )
    build(made.folder, tmp_path / "index.db", made.head)
    opened = CodeIndex.open(tmp_path / "index.db", made.head)
    assert opened
    database = opened._database
    signals = Signals(database, IndexedCommit.of(database, 1), "")
    names = list(signals.by_text(["zebra", "stripes"]))

    placed = signals.by_place(names, ["zebra", "stripes"])

    assert placed["a.py"] == 0 < placed["b.py"] < placed["stripes/c.py"] <= 1
    assert placed["docs/stripes/zebra.md"] < placed["stripes/c.py"] / 2
    opened.close()


def test_of_two_alike_the_longer_comes_first(tmp_path: Path) -> None:
    long = "".join(f"\n\ndef part_{number}():\n    return {number}\n" for number in range(60))
    files: dict[str, Content] = {
        "a.py": "def zebra():\n    return 1\n",
        "b.py": f"def zebra():\n    return 1\n{long}",
    }

    assert asked(tmp_path, files, "zebra")[0] == "b.py"


def test_a_list_longer_than_what_is_looked_at_again_stays_whole(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        f"src/f{number}.py": "def zebra():\n    return 1\n" + "\n" * number for number in range(3 * FIRST)
    }

    found = asked(tmp_path, files, "zebra")

    assert sorted(found) == sorted(files)
    assert len(found) == len(set(found))


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> CodeIndex:
    """The tree of an installed package, as its authors wrote it."""
    spec = find_spec("aiohttp")
    assert spec
    assert spec.origin
    folder, root = tmp_path_factory.mktemp("real"), Path(spec.origin).parent
    made = MadeRepository(folder / "git")
    made.commit({f"aiohttp/{path.relative_to(root)}": path.read_bytes() for path in sorted(root.rglob("*.py"))})
    build(made.folder, folder / "index.db", made.head)
    opened = CodeIndex.open(folder / "index.db", made.head)
    assert opened
    return opened


REAL = [
    ("Who remembers what a site asked us to send back with every call?", "aiohttp/cookiejar.py"),
    ("How many sockets to one host are kept open for later?", "aiohttp/connector.py"),
    ("A form with a picture is uploaded, who builds its parts?", "aiohttp/formdata.py"),
    ("Which classes unpack a squeezed answer?", "aiohttp/compression_utils.py"),
    ("Somebody asks for a range of a static file only", "aiohttp/web_fileresponse.py"),
    ("Where is the name of a host turned into an address?", "aiohttp/resolver.py"),
    ("The order in which middlewares of an application are run", "aiohttp/web_app.py"),
    ("What is written to the log for every request that was served?", "aiohttp/web_log.py"),
]


def test_plain_questions_find_their_files_in_a_real_tree(http: CodeIndex) -> None:
    places = [[one.path for one in http.candidates(question, "", 40).files].index(path) for question, path in REAL]

    assert sum(place < 10 for place in places) >= 6
    assert sum(place == 0 for place in places) >= 2
