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


STANDARD = """package report

import (
	"context"
	"net/http"
	"os"
	"strings"
	"time"

	"example.com/shop/store"
)

type Cached struct{ inner store.Reader }

func (c *Cached) Read(ctx context.Context) (store.Item, error) { return c.inner.Read(ctx) }

func run(ctx context.Context, r store.Reader, w http.ResponseWriter) (store.Reader, error) {
	item, err := r.Read(ctx)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Timeout: 5 * time.Second}
	text, err := os.ReadFile("a")
	var b strings.Builder
	b.WriteString(item.ID + string(text))
	_, _ = client.Get(b.String())
	for _, one := range []store.Item{item} {
		w.Header().Set("id", one.ID)
	}
	return &Cached{inner: r}, err
}
"""


@pytest.mark.parametrize(
    ("before", "after", "line", "word"),
    [
        ("", "", 0, ""),
        ("item.ID", "item.Name", 25, "`store.Item` has no `Name`"),
        ("one.ID", "one.Sku", 28, "`store.Item` has no `Sku`"),
        ("Timeout: 5", "TimeOut: 5", 22, "`http.Client` has no field `TimeOut`"),
        ("text, err := os", "text := os", 23, "gives 2 values"),
        ("b.WriteString(", "b.WriteText(", 25, "`strings.Builder` has no `WriteText`"),
        ("w.Header().Set(", "w.Header().Put(", 28, "`http.Header` has no `Put`"),
        ("client.Get(b.String())", 'client.Get(b.String(), "x")', 26, "takes 1 argument, not 2"),
        ("(c *Cached) Read(", "(c *Cached) Load(", 30, "has no `Read`, and so is no `store.Reader`"),
    ],
)
def test_values_are_followed_through_the_standard_library_and_the_team_s_own_packages(
    tmp_path: Path, before: str, after: str, line: int, word: str
) -> None:
    """In a module that needs no other: its go.mod locks nothing."""
    (tmp_path / "go.mod").write_text("module example.com/shop\n\ngo 1.22\n")
    (tmp_path / "store").mkdir()
    declared = (
        "type Item struct{ ID string }\n\ntype Reader interface {\n\tRead(ctx context.Context) (Item, error)\n}\n"
    )
    (tmp_path / "store/store.go").write_text(f'package store\n\nimport "context"\n\n{declared}')

    found = verdict(Block("go", STANDARD.replace(before, after, 1) if before else STANDARD), tmp_path).findings

    assert [one.line for one in found] == ([line] if line else [])
    assert not line or word in found[0].message


def test_what_only_a_file_of_tests_declares_has_what_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module a\n")
    (tmp_path / "a.go").write_text("package a\n")
    code = "package a\n\nfunc (s *Suite) Check() { s.T(); s.db.Close() }\n\nvar now = new(time.Now())\n"

    assert verdict(Block("go", code, "a_test.go"), tmp_path).findings == ()


MEMBERS = """package report

import (
	"sync"

	"example.com/shop/store"
)

func run(q *store.Queue[string], a []int) (n int, err error) {
	var wg sync.WaitGroup
	kept := 1
	wg.Add(kept)
	q.Add("a")
	for i, one := range a {
		one, err := one+i, error(nil)
		func() { kept = one; _ = err }()
	}
	n, late := 2, kept
	return n + late, err
}
"""


@pytest.mark.parametrize(
    ("before", "after", "line", "word"),
    [
        ("", "", 0, ""),
        ("wg.Add(kept)", "wg.Go(nil)", 12, "1.25"),
        ('q.Add("a")', 'q.Push("a")', 13, "`store.Queue` has no `Push`"),
        ("return n + late", "return n", 18, "`late` is declared and not used"),
        ("q.Add", "idle := 1\n\tidle = 2\n\tq.Add", 13, "`idle` is declared and not used"),
        ("one+i", "one", 14, "`i` is declared and not used"),
        ("kept = one; ", "", 15, "`one` is declared and not used"),
    ],
)
def test_members_of_generic_types_and_of_newer_versions_and_variables_that_nobody_reads(
    tmp_path: Path, before: str, after: str, line: int, word: str
) -> None:
    (tmp_path / "go.mod").write_text("module example.com/shop\n\ngo 1.24\n")
    (tmp_path / "store").mkdir()
    (tmp_path / "store/q.go").write_text(
        "package store\n\ntype Queue[T any] struct{ all []T }\n\nfunc (q *Queue[T]) Add(one T) {}\n"
    )

    found = verdict(Block("go", MEMBERS.replace(before, after, 1) if before else MEMBERS), tmp_path).findings

    assert [one.line for one in found][:1] == ([line] if line else [])
    assert not line or word in found[0].message


@pytest.mark.parametrize(
    ("version", "lines"),
    [("1.17", {6, 7, 8, 10, 13}), ("1.20", {7, 8, 10, 13}), ("1.21", {7, 8, 10}), ("1.22", {10}), ("1.23", set[int]())],
)
def test_what_the_language_took_later_than_go_mod_says_is_told(tmp_path: Path, version: str, lines: set[int]) -> None:
    (tmp_path / "go.mod").write_text(f"module a.example/x\n\ngo {version}\n")
    code = """package a

func limit(given int) int { return given }

// All counts.
func All[T any](n int, some []T, each func(yield func(int) bool)) int {
	for range n {
		for i := range len(some) { limit(i) }
	}
	for i := range each { limit(i) }
	for _, one := range some { _ = one }
	limit(n)
	return min(1, 2)
}
"""

    found = verdict(Block("go", code, path="all.go"), tmp_path).findings

    assert {one.line for one in found} == lines, found
    (tmp_path / "more.go").write_text("package a\n\nfunc min(one, other int) int { return one }\n")
    assert 13 not in {one.line for one in verdict(Block("go", code, path="all.go"), tmp_path).findings}


SORTED = """package main

import (
	"slices"

	"example.com/shop/store"
)

func run(s []int) {
	slices.SortFunc(s, func(a, b int) int { return a - b })
	store.Each(func(i *store.Item) error { return nil })
}
"""


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("b int) int { return a - b", "b int) bool { return a < b", 10, "takes 2 and gives int here"),
        ("a, b int) int", "a int) int", 10, "takes 1"),
        ("a, b int) int { return a - b }", "a, b int) {}", 10, "gives nothing"),
        ("error { return nil }", "{}", 11, "takes a function that takes 1 and gives error"),
        ("package main", "package main", 0, ""),
    ],
)
def test_a_function_of_another_shape_than_is_asked_for_is_told(
    tree: Path, before: str, after: str, line: int, said: str
) -> None:
    (tree / "store" / "each.go").write_text("package store\n\nfunc Each(do func(i *Item) error) {}\n")

    found = verdict(Block("go", SORTED.replace(before, after)), tree).findings

    assert [one.line for one in found] == ([line] if line else []), found
    assert all(said in one.message for one in found), found
