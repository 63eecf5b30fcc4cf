"""Other words for the question's: what stands for what, in the text and in the path, and that they count less; and a real tree."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.repos.builder import build
from storage.repos.index import CodeIndex
from storage.repos.questions import question_words, stems
from storage.repos.signals import IndexedCommit, Signals
from storage.repos.thesaurus import LONGEST_PHRASE, WORDS, meanings, related, vocabulary
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
    assert "invoice" in related(["Rechnung"])["Rechnung"]
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
            assert all(word.isalnum() or "_" in word for word in meant.split()), line
            assert all(len(word.split("-")) <= LONGEST_PHRASE for word in said.split()), line


@given(
    st.lists(
        st.sampled_from([word for word in sorted(vocabulary()) if " " not in word]), min_size=1, max_size=8, unique=True
    )
)
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


def path_shares(folder: Path, question: str, paths: list[str]) -> list[float]:
    """Which share of the question each path says in other words."""
    made = MadeRepository(folder / "git")
    made.commit({path: f"def name{place}():\n    return zebra + stripes\n" for place, path in enumerate(paths)})
    build(made.folder, folder / "index.db", made.head)
    opened = CodeIndex.open(folder / "index.db", made.head)
    assert opened
    try:
        signals = Signals(opened._database, IndexedCommit.of(opened._database, 1), "")
        signals.by_text(["zebra"])
        terms = question_words(question)
        found = signals.by_path(paths, terms, meanings(question, terms))
        return [found.get(path, 0.0) for path in paths]
    finally:
        opened.close()


def test_a_path_may_say_it_in_other_words_and_counts_once(tmp_path: Path) -> None:
    other, own, none, beside = path_shares(
        tmp_path, "picture of a zebra", ["src/avatarImage.py", "src/picture_avatar.py", "src/z.py", "docs/image/a.py"]
    )

    assert 1 > other > 0 == own == none
    assert beside == other / 2


def test_a_phrase_means_what_its_words_alone_do_not() -> None:
    found = meanings("Nobody may use the second factor after signing in", ["second", "factor", "signing"])

    assert [one.said for one in found] == [("second", "factor"), ("signing", "in")]
    assert "totp" in found[0].others
    assert "session" in found[1].others
    assert meanings("a second attempt", ["second", "attempt"])[0].said == ("second",)


def test_what_the_question_says_itself_is_no_other_word_for_it() -> None:
    (found,) = meanings("second factor by totp", ["second", "factor", "totp"])[:1]

    assert "totp" not in found.others
    assert "mfa" in found.others


@given(
    st.lists(st.sampled_from(["second", "factor", "sign", "in", "on", "single", "picture", "x", "the"]), max_size=12)
)
def test_any_row_of_words_is_read_once_and_in_order(said: list[str]) -> None:
    question = " ".join(said)
    phrases = [one.said for one in meanings(question, question_words(question)) if len(one.said) > 1]

    rest = f" {question} "
    for phrase in phrases:
        _, found, rest = rest.partition(f" {' '.join(phrase)} ")
        rest = f" {rest}"
        assert found, (question, phrases)


def test_a_phrase_leads_to_the_file_that_says_what_it_means(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        "a/seconds.py": "def one():\n    return seconds + duration\n",
        "b/totp.py": "def two():\n    return totp\n",
        **{f"c/n{number}.py": f"def name{number}():\n    return {number}\n" for number in range(20)},
    }

    assert "b/totp.py" in asked(tmp_path, files, "who checks the second factor?")


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
