"""Rust by its compiler: where a block stands among the team's sources, which words are believed, and that nothing else can be read."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.pins import Pins
from storage.checks.room import Stand
from storage.checks.rust import bodies, crates, placing, told, toolchain
from storage.checks.rust.child import Keeper
from storage.checks.rust.room import RustRoom
from storage.checks.rust.standing import Copies
from storage.checks.rust.toolchain import Compiler, find_compiler

FILES = {
    "Cargo.toml": '[package]\nname = "book-keeping"\nedition = "2021"\n\n[features]\nextra = []\n',
    "src/lib.rs": (
        "use serde::Serialize;\n#[derive(Debug, Serialize)]\npub struct Entry { pub cents: i64 }\n"
        "pub enum Fault { Unknown, Overdraft { by: i64 } }\npub mod store;\n"
    ),
    "src/store.rs": "use crate::Entry;\npub struct Book;\nimpl Book { pub fn post(&mut self, _: Entry) -> i64 { helper() } }\n",
}
COMPILER = find_compiler("")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="this machine has no rustc")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def test_a_crate_is_what_its_manifest_says(tree: Path) -> None:
    (one,) = crates.crates(tree)

    assert (one.name, one.edition, one.root, one.features) == ("book_keeping", "2021", "src/lib.rs", ("extra",))


@pytest.mark.parametrize("code", ["fn post(&self) {}\n", "use std::fs;\n", "Some(x) => 1,\n"])
def test_what_is_only_a_part_of_something_is_not_compiled(code: str) -> None:
    assert placing.placed(code) is None


def test_statements_become_a_body_on_their_own_lines() -> None:
    one = placing.placed('let x = 1;\nprintln!("{x}");\n')

    assert one is not None
    assert one.is_wrapped
    assert one.text.split("\n")[1] == 'println!("{x}");'


def test_a_block_stands_beside_the_items_of_its_file_and_what_it_changed_is_put_back(
    tree: Path, tmp_path: Path
) -> None:
    (crate,) = crates.crates(tree)
    copies = Copies(tmp_path)
    part, whole = (
        placing.placed("fn g() -> Book { Book }\n"),
        placing.placed(FILES["src/store.rs"].replace("i64", "u64")),
    )
    assert part is not None
    assert whole is not None

    first = copies.stand(part, "src/store.rs", crate)
    text = first.file.read_text()
    second = copies.stand(whole, "src/store.rs", crate)
    instead = second.file.read_text()
    third = copies.stand(part, "", crate)

    assert text.startswith("use super::*; fn g()")
    assert instead == whole.text
    assert "mod plumbline_block" in third.root.read_text()
    assert "u64" not in second.file.read_text()
    assert tree.joinpath("src/store.rs").read_text() == FILES["src/store.rs"]


def test_bodies_and_other_crates_attributes_of_the_team_s_files_are_left_out() -> None:
    text = '#[derive(Debug, Serialize)]\n#[serde(rename = "x")]\nstruct A;\nfn a() { b(); }\n'
    kept = "const fn c() -> u8 { 1 }\nfn d() -> impl Fn() { || () }\n"

    assert bodies.emptied(text + kept) == "#[derive(Debug)]\n\nstruct A;\nfn a() { loop {} }\n" + kept


def _said(code: str, message: str, *more: str, level: str = "error", line: int = 2, label: str = "") -> str:
    span = {"file_name": "/b.rs", "line_start": line, "is_primary": True, "label": label}
    children = [{"level": "help", "message": one} for one in more]
    return json.dumps(
        {"message": message, "code": {"code": code}, "level": level, "spans": [span], "children": children}
    )


def _setting(
    code: str, *, lacks: bool = False, may_add: bool = False, derived: frozenset[str] = frozenset()
) -> told.Setting:
    one = placing.placed(code)
    assert one is not None
    return told.Setting(
        one, frozenset(["book_keeping"]), lacks, may_add, derived, frozenset(["made_by_macro"]), "/scratch"
    )


WHOLE, PART = "use std::fs;\nfn f() {}\n", "fn f() {}\n"


@pytest.mark.parametrize(
    ("said", "setting"),
    [
        (_said("E0599", "no method named `lenn` found for struct `String`"), _setting(WHOLE)),
        (_said("E0425", "cannot find function `red` in module `std::fs`"), _setting(PART)),
        (_said("E0432", "unresolved import `book_keeping::Entri`", label="no `Entri` in the root"), _setting(WHOLE)),
        (_said("E0433", "cannot find type `HashMap` in this scope", "consider importing this struct"), _setting(WHOLE)),
        (_said("E0609", "no field `total` on type `Entry`"), _setting(PART, lacks=True)),
    ],
)
def test_what_the_compiler_is_believed(said: str, setting: told.Setting) -> None:
    found, _ = told.findings(said, "/b.rs", 3, setting)

    assert [one.line for one in found] == [2]


@pytest.mark.parametrize(
    ("said", "setting"),
    [
        (
            _said("E0599", "no method named `sorted` found for struct `IntoIter`"),
            _setting(WHOLE, lacks=True, may_add=True),
        ),
        (
            _said("E0599", "no function `parse` found for struct `Args`"),
            _setting(WHOLE, lacks=True, derived=frozenset(["Args"])),
        ),
        (_said("E0599", "no method named `green` found for reference `&str`"), _setting(PART)),
        (
            _said("E0432", "unresolved import `book_keeping::made_by_macro`", label="no `made_by_macro` in the root"),
            _setting(WHOLE),
        ),
        (
            _said("E0432", "unresolved import `serde`", label="use of unresolved module or unlinked crate `serde`"),
            _setting(WHOLE),
        ),
        (_said("E0433", "cannot find type `HashMap` in this scope", "consider importing this struct"), _setting(PART)),
        (_said("E0277", "the trait bound `A: Serialize` is not satisfied"), _setting(WHOLE, lacks=True)),
        (_said("E0308", "mismatched types (/scratch/plumbline_block.rs)"), _setting(WHOLE)),
    ],
)
def test_what_follows_from_what_is_not_there_is_no_finding(said: str, setting: told.Setting) -> None:
    assert told.findings(said, "/b.rs", 3, setting)[0] == []


@needs_compiler
def test_the_compiler_sees_the_team_s_crate_without_building_what_it_needs(tree: Path, tmp_path: Path) -> None:
    """Fields, arms of a match and moved values, though `serde` is not there."""
    assert COMPILER is not None
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    code = (
        "use book_keeping::{store::Book, Entry, Fault};\n\npub fn f(mut book: Book, fault: &Fault) -> i64 {\n"
        "    match fault {\n        Fault::Unknown => 1,\n    };\n    book.post(Entry { amount: 1 });\n    book.pst(1)\n}\n\n"
        'pub fn g(a: String) {\n    drop(a);\n    println!("{a}");\n}\n'
    )
    asked = {"tree": str(tree), "blocks": [{"language": "rust", "code": code}]}

    (said,) = asyncio.run(Keeper(Compiler(COMPILER, scratch)).answer(asked))["said"]

    assert [(one["line"], one["kind"]) for one in said["findings"]][:2] == [(7, "attribute"), (8, "attribute")]
    assert 13 in [one["line"] for one in said["findings"]]
    assert said["reason"] == ""


@needs_compiler
@pytest.mark.skipif(sys.platform != "linux", reason="Landlock")
def test_a_block_cannot_have_a_file_of_the_machine_told(tmp_path: Path) -> None:
    assert COMPILER is not None
    secret, scratch = tmp_path / "secret", tmp_path / "scratch"
    secret.write_text("hidden-word")
    scratch.mkdir()
    code = f'compile_error!(include_str!("{secret}"));\nfn f() {{ let x: u8 = include_str!("{secret}"); }}\n'
    asked = {"tree": "", "blocks": [{"language": "rust", "code": code}]}

    said = asyncio.run(Keeper(Compiler(COMPILER, scratch)).answer(asked))

    assert "hidden-word" not in json.dumps(said)


def test_the_compiler_is_not_started_where_nothing_keeps_it_from_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolchain, "may_confine_reading", lambda: False)
    program = tmp_path / "rustc"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    program.chmod(0o700)

    with pytest.raises(toolchain.NoToolchain, match="Landlock"):
        Compiler(program, tmp_path).version()

    assert not (tmp_path / "started").exists()


class Formats:
    languages = frozenset(["rust"])

    async def check(self, blocks: list[Block], stand: Stand) -> list[Verdict]:
        return [Verdict("partial", reasons=("building a crate would run its scripts",)) for _ in blocks]


async def test_without_a_compiler_the_line_says_so(tmp_path: Path) -> None:
    room = RustRoom(tmp_path, tmp_path, Formats(), "none")  # type: ignore[arg-type]

    (said,) = await room.check([Block("rust", "fn f() {}\n")], Stand(Pins("3.11")))

    assert said.state == "partial"
    assert said.reasons == ("building a crate would run its scripts",)
    await room.stop()
