"""Go without a toolchain: what the team's own packages and those in the module cache have, by their sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks.formats.child import verdict

STORE = """package store

type base struct{ name string }

func (b *base) Name() string { return b.name }

type Store struct {
	base
	Size int
}

func New(names ...string) *Store { return nil }

func (s *Store) Get(id string) (*Item, error) { return nil, nil }

type Item struct{ ID string }

type Open struct{ elsewhere.Thing }
"""
BLOCK = """package main

import (
	"example.com/shop/store"
	"github.com/Acme/kit"
)

func run(o *store.Open) {
	s := store.New("a")
	i, err := s.Get("b")
	_, _ = i.ID, err
	_ = s.Name() + o.Anything()
	kit.Do(1)
}
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "tree/go.mod": "module example.com/shop\n\ngo 1.22\n\nrequire github.com/Acme/kit v1.2.3\n",
        "tree/store/store.go": STORE,
        "cache/github.com/!acme/kit@v1.2.3/kit.go": "package kit\n\nfunc Do(a int) {}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "cache"))
    return tmp_path / "tree"


def test_what_the_packages_have_is_no_finding(tree: Path) -> None:
    assert verdict(Block("go", BLOCK), tree).state == "partial"


@pytest.mark.parametrize(
    ("right", "slip", "line", "said"),
    [
        ("store.New", "store.Nwe", 9, "did you mean `New`"),
        ("s.Get(", "s.Fetch(", 10, "`store.Store` has no `Fetch`"),
        ("i.ID", "i.Id", 11, "`store.Item` has no `Id`"),
        ('Get("b")', "Get()", 10, "takes 1 argument"),
        ("*store.Open", "*store.Opne", 8, "did you mean `Open`"),
        ("kit.Do(1)", "kit.Do(1, 2)", 13, "takes 1 argument"),
        ("kit.Do", "kit.Undo", 13, "has no `Undo`"),
    ],
)
def test_what_they_lack_is_told_at_its_line(tree: Path, right: str, slip: str, line: int, said: str) -> None:
    found = verdict(Block("go", BLOCK.replace(right, slip)), tree).findings

    assert [(one.line, said in one.message) for one in found] == [(line, True)]


@pytest.mark.parametrize(
    "more",
    [
        "func (s *store.Store) Fetch() {}\n",
        "func other() { s := 1; _ = s.Fetch() }\n",
        "func again(store struct{ Nwe int }) { _ = store.Nwe }\n",
    ],
)
def test_what_the_block_makes_itself_is_no_finding(tree: Path, more: str) -> None:
    assert verdict(Block("go", BLOCK + more), tree).findings == ()
