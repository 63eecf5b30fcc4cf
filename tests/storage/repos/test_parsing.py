"""Parsing runs bounded: whatever a file holds, it costs that file its symbols and nothing more."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from storage.repos import parsing, parsing_child
from storage.repos.builder import build
from storage.repos.components import COMPONENTS
from storage.repos.grammar import GRAMMARS
from storage.repos.index import CodeIndex
from storage.repos.parsing import Parsing
from storage.repos.symbols import PARSE_BYTES
from tests.repositories import MadeRepository

pytestmark = pytest.mark.slow

SECONDS = 0.1
BOMB = b"".join(
    (
        b"(" * 1_999,
        b"()[]{}" * 8_000,
        b"(" * 20_000 + b"1" + b")" * 20_000,
        b"<<A\n" * 10_000,
        b"a<" * 20_000,
        b'"#{' * 9_000 + b'}"' * 9_000,
        b'<script "' * 8_000,
        b"'\"`" * 10_000,
    )
)
SLOW = b"()[]{}" * 60_000
GOOD = b"def total():\n    pass\n"


@pytest.mark.parametrize("language", sorted({*GRAMMARS, *COMPONENTS, "protobuf"}))
def test_no_file_of_any_grammar_keeps_the_parser(language: str) -> None:
    before = os.times()
    with Parsing(SECONDS) as bounded:
        assert len(BOMB) <= PARSE_BYTES
        bounded.parse(BOMB, language)
    after = os.times()

    used = after.children_user + after.children_system - before.children_user - before.children_system
    assert used < SECONDS + 2


def test_a_file_that_is_given_up_keeps_its_text_and_says_so(tmp_path: Path) -> None:
    made = MadeRepository(tmp_path / "made.git")
    bomb = b"(" * 10_000 + b"\nneedle_in_here\n" * 400
    made.commit({"bomb.js": bomb, "good.py": GOOD, "page.dart": "void main() {}\n"})

    build(made.folder, tmp_path / "index.db", made.head)
    index = CodeIndex.open(tmp_path / "index.db", made.head)

    assert index
    symbols = {one.path: one.symbols for one in index.files()}
    assert symbols == {"bomb.js": "given up", "good.py": "known", "page.dart": "none"}
    assert "needle_in_here" in (index.text("bomb.js") or "")
    assert [one.path for one in index.definitions("total")] == ["good.py"]


def test_after_many_files_that_were_given_up_nothing_more_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MOST_GIVEN_UP", 2)
    with Parsing(0.001) as bounded:
        for _ in range(2):
            bounded.parse(SLOW, "javascript")
        begun = time.monotonic()

        assert bounded.parse(GOOD, "python").symbols == []
        assert time.monotonic() - begun < 0.1
        assert bounded.given_up == 2


def test_a_process_that_needs_too_much_memory_or_dies_costs_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with Parsing() as bounded:
        bounded.parse(GOOD, "python")
        assert bounded._process
        bounded._process.kill()
        bounded._process.wait()

        assert bounded.parse(GOOD, "python").symbols == []
        assert [one.name for one in bounded.parse(GOOD, "python").symbols] == ["total"]
        assert bounded.given_up == 1


def test_the_process_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "canary")
    with Parsing() as bounded:
        bounded.parse(GOOD, "python")
        assert bounded._process
        told = Path(f"/proc/{bounded._process.pid}/environ").read_bytes()

    assert b"canary" not in told
    assert parsing_child.MEMORY_BYTES < 2_000_000_000
