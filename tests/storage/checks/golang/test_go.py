"""Go by its compiler: where a block stands among the team's packages, and which of the compiler's words are believed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.confined import may_confine_reading
from storage.checks.golang import placing, told
from storage.checks.golang.room import GoRoom
from storage.checks.golang.toolchain import NoToolchain, Toolchain, find_root
from storage.checks.pins import Pins
from storage.checks.room import Stand

STANDARD = {"http": "net/http", "errors": "errors", "fmt": "fmt"}


@pytest.fixture
def module(tmp_path: Path) -> placing.Module:
    files = {
        "go.mod": "module shop.example/shop\n\ngo 1.22\n",
        "store/store.go": 'package store\n\nimport "github.com/jackc/pgx/v5"\n\ntype Order struct{}\n\nvar _ pgx.Conn\n',
        "api/store.go": "package store\n\ntype Basket struct{}\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (found,) = placing.modules(tmp_path)
    return found


def test_a_part_of_a_file_gets_the_imports_that_it_leaves_out_on_its_own_first_line(module: placing.Module) -> None:
    code = "resp, err := http.Get(url)\nif err != nil {\n\treturn err\n}\nvar c pgx.Conn\n"

    found = placing.placed(code, "", module, STANDARD)

    assert found is not None
    assert set(found.imports) == {"net/http", "github.com/jackc/pgx/v5"}
    assert found.text.split("\n")[1:5] == code.split("\n")[1:5]
    assert not found.is_whole


def test_a_block_stands_in_the_package_whose_names_it_uses(module: placing.Module) -> None:
    by_names = placing.placed("package store\n\nfunc F(b Basket) {}\n", "", module, STANDARD)
    by_path = placing.placed("package store\n\ntype Order struct{ ID int }\n", "store/store.go", module, STANDARD)
    elsewhere = placing.placed("package main\n\nfunc main() {}\n", "", module, STANDARD)

    assert by_names is not None
    assert by_names.folder == module.folder / "api"
    assert by_path is not None
    assert (by_path.folder, by_path.replaces) == (module.folder / "store", "store.go")
    assert elsewhere is not None
    assert elsewhere.folder is None


@pytest.mark.parametrize("code", ["type A struct {\n\t...\n}\n", 'ID int `json:"id"`', 'import "fmt"\nfmt.Println(1)'])
def test_what_is_only_a_part_of_something_is_not_compiled(code: str) -> None:
    assert placing.placed(code, "", None, STANDARD) is None


SAID = """# shop.example/shop/store
/tmp/x/b.go:3:4: o.Totl undefined (type Order has no field or method Totl, but does have method Total)
/tmp/x/b.go:4:7: undefined: http.Fetch
/tmp/x/b.go:5:2: not enough arguments in call to http.Get
\thave ()
\twant (string)
/tmp/x/b.go:6:2: declared and not used: x
/tmp/x/b.go:7:2: undefined: helper
/tmp/x/b.go:8:6: F redeclared in this block
/tmp/x/other.go:9:6: undefined: Elsewhere
"""


def test_the_compiler_is_believed_of_the_block_and_not_of_what_it_leaves_to_the_reader() -> None:
    code = "\n" * 9

    found, assumed = told.findings(SAID, "b.go", code, {"F"}, is_whole=False)

    assert [(one.line, one.kind) for one in found] == [(3, "attribute"), (4, "attribute"), (5, "argument")]
    assert "Totl" in found[0].message
    assert "Total" in found[0].message
    assert "want (string)" in found[2].message
    assert assumed == ["helper"]
    whole, _ = told.findings(SAID, "b.go", code, {"F", "hellper"}, is_whole=True)
    assert [one.line for one in whole] == [3, 4, 5, 6, 7]


def test_the_tools_run_without_network_and_without_another_toolchain(tmp_path: Path) -> None:
    """A program that writes down what it was given stands for Go."""
    root, scratch = tmp_path / "go", tmp_path / "scratch"
    (root / "bin").mkdir(parents=True)
    scratch.mkdir()
    program = root / "bin" / "go"
    said = '{"ImportPath": "a", "Export": "/e"}'
    told = "$GOFLAGS $GOPROXY $CGO_ENABLED $GOTOOLCHAIN $GOENV"
    program.write_text(f"#!{shell_in(root)}\necho \"{told}\" > ran\necho '{said}'\n")
    program.chmod(0o700)
    (root / "VERSION").write_text("go1.27.3\n")

    packages = Toolchain(root, scratch, scratch, scratch, tmp_path).packages(tmp_path, ["a"])

    assert (tmp_path / "ran").read_text() == "-mod=readonly off 0 local off\n"
    assert packages["a"].export == "/e"
    assert find_root(str(root)) == root


def shell_in(root: Path) -> Path:
    """A shell of its own: what the tools may not read, they may not start."""
    own = root / "sh"
    shutil.copy(shutil.which("sh") or "/bin/sh", own)
    return own


def placed_tools(tmp_path: Path, said: str) -> tuple[Toolchain, Path]:
    """Programs that say this stand for Go's, beside another folder of the machine."""
    root, scratch, tree = tmp_path / "go", tmp_path / "scratch", tmp_path / "trees" / "mine"
    for one in (root / "bin" / "go", root / "pkg" / "tool" / "any" / "compile"):
        one.parent.mkdir(parents=True)
        one.write_text(f"#!{shell_in(root)}\n{said}\n")
        one.chmod(0o700)
    for folder in (scratch, tree, tmp_path / "trees" / "other"):
        folder.mkdir(parents=True)
    return Toolchain(root, scratch, scratch, scratch).within(tree), tree


def test_a_module_that_leads_to_another_repository_is_not_looked_at(tmp_path: Path) -> None:
    """`replace secret.example/other => ../other`; the compiler would tell the constants of what it reads."""
    listed = {"ImportPath": "secret.example/other", "Dir": str(tmp_path / "trees" / "other"), "Export": "/e"}
    tools, tree = placed_tools(tmp_path, f"echo '{json.dumps(listed)}'")

    with pytest.raises(NoToolchain, match="out of the repository"):
        tools.packages(tree, ["secret.example/other"])


@pytest.mark.skipif(not may_confine_reading(), reason="Landlock")
def test_the_tools_read_nothing_but_what_they_are_for(tmp_path: Path) -> None:
    other, own = tmp_path / "trees" / "other" / "a.go", tmp_path / "trees" / "mine" / "a.go"
    tools, _ = placed_tools(tmp_path, f"for one in {other} {own}; do read -r line < $one; echo $line; done")
    other.write_text("hidden-word")
    own.write_text("own-word")

    said = tools.compile([], tmp_path / "importcfg", "a", 0)

    assert "hidden-word" not in said
    assert "own-word" in said


def test_a_workspace_above_the_repository_is_none_of_its_own(tmp_path: Path) -> None:
    tools, _ = placed_tools(tmp_path, "echo $GOWORK >&2")
    (tmp_path / "go.work").write_text("go 1.22\n")

    above = tools.compile([], tmp_path / "importcfg", "a", 0)

    assert above.strip() == "off"


class Formats:
    languages = frozenset(["go"])

    async def check(self, blocks: list[Block], stand: Stand) -> list[Verdict]:
        return [
            Verdict("partial", reasons=("types and methods are not looked at: no Go toolchain is used",))
            for _ in blocks
        ]


async def test_without_a_toolchain_the_line_says_so(tmp_path: Path) -> None:
    room = GoRoom(tmp_path, tmp_path, Formats(), "none")  # type: ignore[arg-type]

    (said,) = await room.check([Block("go", "package a\n")], Stand(Pins("3.11")))

    assert json.dumps(said.reasons).count("no Go toolchain") == 1
    assert said.state == "partial"
    await room.stop()


def test_files_that_packages_take_in_and_that_were_not_exported_are_named(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module a\n")
    (tmp_path / "there.sql").write_text("")
    text = 'package a\n\n//go:embed there.sql all:pages\n//go:embed "web/*.html" ../out\nvar F embed.FS\n'
    (tmp_path / "a.go").write_text(text)

    (found,) = placing.modules(tmp_path)

    assert found.embedded == (str(tmp_path / "pages"), str(tmp_path / "web/x.html"))
