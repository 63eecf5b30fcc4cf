"""A commit's index: what is found, what is never in it, and that it costs only what changed."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.team_code.code import CodeQuery
from bot.capabilities.team_code.repositories import BadQuery
from bot.writing.masking import RULES
from storage.repos import builder, schema
from storage.repos.builder import build, prune
from storage.repos.components import COMPONENTS
from storage.repos.grammar import GRAMMARS
from storage.repos.index import CodeIndex
from storage.repos.objects import GitObjects, NoSuchCommit
from storage.repos.past import Past
from storage.repos.symbols import names_at, parse, symbols, turns
from tests.repositories import SHOP, Content, Link, MadeRepository, Submodule, make_shop

pytestmark = pytest.mark.slow

CANARIES = (b"canaryCanary", b"canarycanary")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> MadeRepository:
    return make_shop(tmp_path_factory.mktemp("shop") / "shop.git")


@pytest.fixture(scope="module")
def database(shop: MadeRepository, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "index.db"
    build(shop.folder, path, shop.head)
    return path


@pytest.fixture
def index(shop: MadeRepository, database: Path) -> CodeIndex:
    opened = CodeIndex.open(database, shop.head)
    assert opened
    return opened


def test_every_path_is_listed_and_secrets_are_never_kept(index: CodeIndex, database: Path) -> None:
    kinds = {entry.path: entry.kind for entry in index.files()}

    assert set(kinds) == set(SHOP)
    assert kinds[".env"] == "secret"
    assert index.text(".env") is None
    assert index.text("config/settings.py") == 'API_KEY = "[masked: Anthropic key]"\nDEBUG = False\n'
    assert not any(canary in database.read_bytes() for canary in CANARIES)


def test_an_index_that_was_masked_by_other_rules_is_made_anew(shop: MadeRepository, tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    build(shop.folder, path, shop.head)
    with sqlite3.connect(path) as old:
        old.execute(f"PRAGMA user_version = {schema.VERSION - 1}")
        old.execute("UPDATE blobs SET text = 'API_KEY = hunter2'")

    assert schema.VERSION % 1_000 == RULES
    assert CodeIndex.open(path, shop.head) is None
    build(shop.folder, path, shop.head)

    opened = CodeIndex.open(path, shop.head)
    assert opened
    assert "hunter2" not in str(opened.text("config/settings.py"))


def test_literal_search_gives_every_line_with_definitions_first(index: CodeIndex) -> None:
    found = index.search(CodeQuery("PaymentError"))

    assert [(hit.path, hit.line, hit.is_definition) for hit in found.hits] == [
        ("billing/models.py", 17, True),
        ("billing/payments.py", 1, False),
        ("billing/payments.py", 12, False),
        ("billing/payments.py", 13, False),
    ]
    assert (found.total, found.files, found.is_complete) == (4, 2, True)


def test_small_letters_find_any_case_and_capitals_only_themselves(index: CodeIndex) -> None:
    assert index.search(CodeQuery("paymenterror")).total == 4
    assert index.search(CodeQuery("PAYMENTERROR")).total == 0


def test_pages_of_hits_follow_each_other(index: CodeIndex) -> None:
    whole = index.search(CodeQuery("invoice")).hits
    parts = [index.search(CodeQuery("invoice", limit=2, offset=offset)).hits for offset in range(0, len(whole), 2)]

    assert len(whole) > 4
    assert [hit for part in parts for hit in part] == list(whole)


def test_context_and_globs(index: CodeIndex) -> None:
    hit = index.search(CodeQuery("RETRIES", path_glob="billing/**", context_lines=1)).hits[0]

    assert (hit.path, hit.line, hit.text) == ("billing/payments.py", 3, "RETRIES = 4")
    assert hit.around == ((2, ""), (4, ""))
    assert index.search(CodeQuery("invoice", path_glob="*.md")).total == 0


@given(st.text(alphabet="abcdef()[]{}|*+?.^$\\ \t\"'%_éß\n", max_size=12), st.sampled_from(["literal", "regex"]))
def test_any_pattern_finds_what_python_finds_or_says_why_not(
    database: Path, shop: MadeRepository, pattern: str, mode: str
) -> None:
    index = CodeIndex.open(database, shop.head)
    assert index
    try:
        found = index.search(CodeQuery(pattern, "regex" if mode == "regex" else "literal", limit=10_000))
    except BadQuery:
        assert mode == "regex" or not pattern.strip() or "\n" in pattern
        return
    if mode == "literal":
        expected = sum(
            pattern.lower() in line.lower()
            for entry in index.files()
            for line in (index.text(entry.path) or "").split("\n")
        )
        assert found.total == expected
    index.close()


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [("", "empty"), ("(", "linear time"), (r"(a)\1", "linear time"), ("(?=x)", "linear time"), ("x" * 600, "longer")],
)
def test_a_pattern_that_cannot_be_searched_is_explained(index: CodeIndex, pattern: str, reason: str) -> None:
    with pytest.raises(BadQuery, match=reason):
        index.search(CodeQuery(pattern, "regex"))


def test_a_symbol_is_found_by_name_by_qualified_name_and_by_a_part_of_it(index: CodeIndex) -> None:
    assert [(one.qualified, one.path, one.start, one.end) for one in index.definitions("total")] == [
        ("Invoice.total", "billing/models.py", 12, 14)
    ]
    assert index.definitions("Invoice.total")[0].signature == "def total(self) -> int"
    assert not index.definitions("Order.total")
    assert [one.name for one in index.definitions("PaymentErr")] == ["PaymentError"]


def test_references_leave_out_comments_strings_and_the_definition(index: CodeIndex) -> None:
    found = index.references("PaymentError", "", 50)

    assert [(hit.path, hit.line) for hit in found.hits] == [("billing/payments.py", 1), ("billing/payments.py", 13)]


def test_plain_words_find_the_place(index: CodeIndex) -> None:
    best = index.passages("how is an invoice summed up with discounts?", ("code", "doc"), "", 5)[0]
    document = index.passages("why are amounts not floats", ("doc",), "", 5)[0]

    assert (best.path, best.start, best.title) == ("billing/models.py", 12, "Invoice.total")
    assert document.path == "docs/adr/0001-money.md"
    assert index.passages("the and of", ("code",), "", 5) == []


def test_a_new_commit_costs_what_changed_and_leaves_the_old_one_as_it_was(tmp_path: Path) -> None:
    shop = make_shop(tmp_path / "shop.git")
    path = tmp_path / "index.db"
    first = shop.head
    build(shop.folder, path, first)
    before = _count(path, "blobs")

    second = shop.commit({"billing/refunds.py": "def refund() -> None: ...\n", "README.md": None})
    build(shop.folder, path, second)

    assert _count(path, "blobs") == before + 1
    old, new = CodeIndex.open(path, first), CodeIndex.open(path, second)
    assert old
    assert new
    assert new.definitions("refund")
    assert not old.definitions("refund")
    assert old.text("README.md")
    assert new.text("README.md") is None


def test_a_build_that_dies_leaves_nothing_half(tmp_path: Path) -> None:
    shop = make_shop(tmp_path / "shop.git")
    path = tmp_path / "index.db"

    def die(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(shop.folder, path, shop.head, progress=die)
    assert CodeIndex.open(path, shop.head) is None

    build(shop.folder, path, shop.head)
    assert CodeIndex.open(path, shop.head)


@pytest.mark.parametrize("current", [0, 1])
def test_old_commits_are_pruned_and_the_current_one_never(tmp_path: Path, current: int) -> None:
    shop = make_shop(tmp_path / "shop.git")
    path = tmp_path / "index.db"
    commits = [shop.head, shop.commit({"a.py": "x = 1\n"})]
    for commit in commits:
        build(shop.folder, path, commit)

    prune(path, keep_days=0, current=commits[current])

    assert CodeIndex.open(path, commits[current])
    assert CodeIndex.open(path, commits[1 - current]) is None


def test_an_index_is_made_anew_only_when_most_of_it_is_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.repos.builder.WASTE_LEAST", 3)
    shop = make_shop(tmp_path / "shop.git")
    path = tmp_path / "index.db"
    build(shop.folder, path, shop.head)
    build(shop.folder, path, shop.commit({"a.py": "x = 1\n"}))
    prune(path, keep_days=30, current=shop.head)
    assert path.exists()

    build(shop.folder, path, shop.commit({**dict.fromkeys(SHOP), "b.py": "y = 2\n"}))
    prune(path, keep_days=0, current=shop.head)
    assert not path.exists()


HOSTILE: dict[str, Content] = {
    "evil\nname.py": "def found() -> None: ...\n",
    "bidi\u202egnp.py": "x = 'bidi'\n",
    "-rf --output=x.py": "option = 1\n",
    ":(top,exclude)magic.py": "magic = 1\n",
    "$(touch pwned).sh": "echo `id`\n",
    "link": Link("/etc/passwd"),
    "up": Link("../../../../etc/shadow"),
    "lib": Submodule("1" * 40),
    "big.bin": b"\0" * 2_000_000,
    "huge.sql": "x" * 3_000_000,
    "binary.py": b"\x7fELF\0\0\0",
    "data.csv": b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 5\n",
    "bomb.txt": "a" * 900_000 + "\n",
    "latin.py": "name = 'Jos\xe9'\n".encode("latin-1"),
    ".gitattributes": "* diff=evil filter=evil\n",
    ".gitmodules": '[submodule "lib"]\n\tpath = lib\n\turl = ext::sh -c touch% pwned\n',
    "nest/" + "d/" * 80 + "deep.py": "deep = 1\n",
    "broken.py": "def (((((((((((((((((\n" * 200,
    "deep.json": "[" * 100_000,
}


def test_a_hostile_repository_changes_nothing_and_ends_in_time(tmp_path: Path) -> None:
    made = MadeRepository(tmp_path / "evil.git")
    made.commit(HOSTILE)
    for hook in ("post-checkout", "fsmonitor", "post-index-change"):
        (made.folder / "hooks" / hook).write_text("#!/bin/sh\ntouch " + str(tmp_path / "pwned"))
        (made.folder / "hooks" / hook).chmod(0o755)
    with (made.folder / "config").open("a") as config:
        touch = f"touch {tmp_path / 'pwned'}"
        config.write(
            f'[core]\n\tfsmonitor = "{touch}"\n\thooksPath = hooks\n[diff "evil"]\n\ttextconv = "{touch}"\n\tcommand = "{touch}"\n'
        )
        config.write(f'[filter "evil"]\n\tsmudge = "{touch}"\n\tclean = "{touch}"\n[alias]\n\tls-tree = "!{touch}"\n')
    before = {path.name for path in tmp_path.iterdir()}
    started = time.process_time()

    build(made.folder, tmp_path / "index.db", made.head)
    index = CodeIndex.open(tmp_path / "index.db", made.head)
    assert index
    kinds = {entry.path: entry.kind for entry in index.files()}
    objects = Past(made.folder)
    objects.log(made.head, "evil\nname.py", None, 5)
    objects.blame(made.head, "broken.py", 1, 10)
    patch = objects.change(made.head, "", lambda path: True).patch
    for pattern in ("((a|aa)+)+b", "(a*)*b", "(.*a){20}", "a{1,900}b"):
        index.search(CodeQuery(pattern, "regex"))

    assert time.process_time() - started < 15
    assert {path.name for path in tmp_path.iterdir()} - before <= {"index.db", "index.db-wal", "index.db-shm"}
    assert (kinds["link"], kinds["up"], kinds["lib"]) == ("link", "link", "submodule")
    assert (kinds["big.bin"], kinds["huge.sql"], kinds["binary.py"], kinds["data.csv"]) == (
        "large",
        "large",
        "binary",
        "lfs",
    )
    assert "root:" not in patch
    assert index.text("link") is None
    assert index.text("latin.py") == "name = 'José'\n"
    assert [one.path for one in index.definitions("found")] == ["evil\nname.py"]


def test_a_large_file_is_kept_where_it_holds_dependencies_and_is_no_passage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder, "LARGE_ROOM_BYTES", 4_000_000)
    made = MadeRepository(tmp_path / "large.git")
    lock = (
        '{"packages": {\n' + "\n".join(f'"node_modules/wide{n}": {{"version": "1"}},' for n in range(40_000)) + "\n}}\n"
    )
    assert 1_000_000 < len(lock) < 2_000_000
    files = {"a/package-lock.json": lock, "a/data.json": lock, "node_modules/b/package-lock.json": lock}
    made.commit(files | {"z1/yarn.lock": lock + "1", "z2/yarn.lock": lock + "2"})

    build(made.folder, tmp_path / "index.db", made.head)
    index = CodeIndex.open(tmp_path / "index.db", made.head)
    assert index
    entries = {entry.path: (entry.kind, entry.lines) for entry in index.files()}

    assert entries["a/package-lock.json"] == ("text", 40_002)
    assert {path for path, (kind, _) in entries.items() if kind == "large"} == {
        "a/data.json",
        "node_modules/b/package-lock.json",
        "z2/yarn.lock",
    }, "and all of them together have an end"
    assert [hit.line for hit in index.search(CodeQuery('"node_modules/wide777"')).hits] == [779, 779]
    assert not index.passages("wide modules", ("code", "doc"), "", 10)


def test_forty_thousand_files_end_in_time(tmp_path: Path) -> None:
    made = MadeRepository(tmp_path / "wide.git")
    made.commit({f"d{number % 500}/f{number}.txt": f"file {number % 50}\n" for number in range(40_000)})
    started = time.process_time()

    build(made.folder, tmp_path / "index.db", made.head)
    index = CodeIndex.open(tmp_path / "index.db", made.head)
    assert index
    assert len(index.files()) == 40_000
    assert index.search(CodeQuery("file 7")).total >= 800
    assert time.process_time() - started < 24


@pytest.mark.parametrize(
    "name", ["--upload-pack=x", "-O", "HEAD", "main", "main..x", "HEAD@{1}", "../../x", "", "zzzz", "0" * 40, "abc"]
)
def test_nothing_but_a_commits_own_name_is_a_commit(shop: MadeRepository, name: str) -> None:
    with pytest.raises(NoSuchCommit):
        GitObjects(shop.folder).commit(name)


def test_history_names_people_and_pull_requests_and_no_addresses(shop: MadeRepository) -> None:
    objects = Past(shop.folder)

    log = objects.log(shop.head, "billing/payments.py", None, 10).commits
    blame = objects.blame(shop.head, "billing/payments.py", 1, 5)
    change = objects.change(shop.head, "", lambda path: True)

    assert [(one.author, one.pull_request) for one in log] == [("Ben Okri", "42"), ("Ana Ruiz", "1")]
    assert [(one.start, one.end, one.commit.author) for one in blame] == [
        (1, 2, "Ana Ruiz"), (3, 3, "Ben Okri"), (4, 5, "Ana Ruiz")
    ]  # fmt: skip
    assert change.files == (("billing/payments.py", 1, 1),)
    assert "+RETRIES = 4" in change.patch
    assert "mail.example" not in repr((log, blame, change))


def test_a_folder_without_a_repository_and_an_empty_one_are_said(tmp_path: Path) -> None:
    with pytest.raises(NoSuchCommit, match="not a git repository"):
        GitObjects(tmp_path)
    with pytest.raises(NoSuchCommit, match="no commit yet"):
        GitObjects(MadeRepository(tmp_path / "empty.git").folder).head()


@given(
    st.binary(max_size=300),
    st.sampled_from(sorted({*GRAMMARS, *COMPONENTS, "protobuf"})),
)
def test_any_bytes_have_definitions_within_them(source: bytes, language: str) -> None:
    for one in symbols(source, language):
        assert 1 <= one.start <= one.end + 1
        assert one.start <= one.line <= one.end + 1
        assert one.end <= source.count(b"\n") + 1
        assert one.name


def test_no_process_but_our_own_is_started_while_a_repository_is_looked_at(
    shop: MadeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = subprocess.Popen

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    def only_ours(command: list[str], **more: Any) -> subprocess.Popen[bytes]:
        assert command[:3] == [sys.executable, "-m", "storage.repos.parsing_child"]
        return start(command, **more)

    monkeypatch.setattr(subprocess, "Popen", only_ours)
    monkeypatch.setattr("os.posix_spawn", refuse)
    build(shop.folder, tmp_path / "index.db", shop.head)
    change = Past(shop.folder).change(shop.head, "", lambda path: True)

    assert change.files
    assert CodeIndex.open(tmp_path / "index.db", shop.head)


def _count(path: Path, table: str) -> int:
    with sqlite3.connect(path) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("python", 'x = f"name {name} name" # name\ny = name\n"""name"""\n', [False, True, False, False, True, False]),
        ("javascript", "const a = `name ${name}`; // name\nname('name')\n", [False, True, False, True, False]),
        ("go", 'package a // name\nvar name = "name"\n/* name\nname */\n', [False, True, False, False, False]),
        ("", "name 'name'\n", [True, True]),
    ],
)
def test_a_word_of_a_comment_or_a_string_is_no_name(language: str, source: str, expected: list[bool]) -> None:
    raw = source.encode()
    offsets = [found.start() for found in re.finditer(b"name", raw)]

    assert names_at(parse(raw, language).quiet, offsets) == expected


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12), st.booleans()), max_size=12))
def test_the_innermost_node_decides_whether_a_place_is_quiet(found: list[tuple[int, int, bool]]) -> None:
    nested: list[tuple[int, int, bool]] = []
    for begin, length, is_quiet in sorted(found):
        inside = [end for start, end, _ in nested if start <= begin < end]
        end = min([begin + length, *inside])
        if not any(start == begin for start, _, _ in nested):
            nested.append((begin, end, is_quiet))

    said = names_at(turns(nested), list(range(60)))

    for offset, is_name in enumerate(said):
        around = [one for one in nested if one[0] <= offset < one[1]]
        innermost = max(around, key=lambda one: (one[0], -one[1])) if around else None
        assert is_name is not (innermost is not None and innermost[2])


def test_a_declaration_stands_before_what_extends_it(tmp_path: Path) -> None:
    made = MadeRepository(tmp_path / "made.git")
    made.commit(
        {"A.swift": "extension Routes {\n    func get() {}\n}\n", "Routes.swift": "public protocol Routes {\n}\n"}
    )
    build(made.folder, tmp_path / "index.db", made.head)
    opened = CodeIndex.open(tmp_path / "index.db", made.head)

    assert opened
    assert [one.path for one in opened.definitions("Routes")] == ["Routes.swift", "A.swift"]
    assert [one.path for one in opened.defined(["Routes"])["Routes"]] == ["Routes.swift", "A.swift"]
