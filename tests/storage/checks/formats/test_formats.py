"""Configuration, commands, Go and Rust: errors are told at their line, and what is right, or a part of something, is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.formats.child import READERS, verdict
from storage.checks.formats.room import LANGUAGES

WORKFLOW = "on: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: make\n"

WRONG = [
    ("json", '{\n  "a": 1,\n  "b": \n}', 4, "JSON"),
    ("json", '{"a": 1,}', 1, "JSON"),
    ("yaml", "a: 1\n b: 2", 2, "YAML"),
    ("yaml", WORKFLOW.replace("steps:", "step:"), 5, "steps"),
    ("yaml", "services:\n  db:\n    image: postgres\n    port:\n      - '5432:5432'\n", 4, "ports"),
    ("toml", "[tool]\nname = \n", 2, "TOML"),
    ("dockerfile", "FROM python:3.12\nRUM pip install x\n", 2, "RUM"),
    ("dockerfile", "FROM a\n\nCOPY src\n", 3, "COPY"),
    ("go", 'package main\n\nfunc main() {\n\tfmt.Println("x"\n}\n', 4, "Go"),
    ("rust", "fn main() {\n    let x = vec![1, 2;\n}\n", 2, "Rust"),
    ("terraform", 'resource "a" "b" {\n  x = 1\n', 3, "Terraform"),
    ("graphql", "query {\n  user(id: 1) { name \n", 3, "GraphQL"),
    ("bash", "for f in *; do\n  echo $f\n", 1, "done"),
    ("sh", "if [ -f a ]\n  echo a\nfi\n", 1, "then"),
    ("bash", "npm install expresss\n", 1, "express"),
    ("console", "$ npm install lodahs\n", 1, "lodash"),
    ("bash", "cargo add serde_jsn\n", 1, "serde_json"),
]
RIGHT = [
    ("json", '{"a": [1, 2, {"b": null}]}'),
    ("json", '"scripts": {"test": "vitest"},\n"private": true'),
    ("json", '{"a": 1}\n{"a": 2}'),
    ("json", '{\n  // a comment\n  "a": 1\n}'),
    ("json", '{"a": 1, ...}'),
    ("yaml", WORKFLOW),
    ("yaml", "services:\n  db:\n    image: postgres:16\n    ports:\n      - '5432:5432'\n"),
    ("yaml", "a: {{ .Values.x }}\n"),
    ("yaml", "- name: a\n  on: true\n---\nb: 1\n"),
    ("toml", '[tool.ruff]\nline-length = 120\n[[tool.mypy.overrides]]\nmodule = ["a"]\n'),
    ("dockerfile", 'FROM a AS b\nRUN <<EOF\necho x\nEOF\nCOPY --from=b /x /y\nCMD ["x"]\n'),
    ("dockerfile", "RUN apt-get update && \\\n    # a comment\n    apt-get install -y curl\nEXPOSE 80 53/udp $PORT\n"),
    ("go", "x := 1\nfor i := range x {\n}\n"),
    ("go", 'type A struct { B string `json:"b"` }'),
    ("go", "func f() {\n\t// ...\n\tg(args...)\n}"),
    ("rust", "use serde::Deserialize;\n\n#[derive(Deserialize)]\nstruct A { b: String }\n"),
    ("rust", 'let x = a.await?;\nprintln!("{x}");'),
    ("terraform", 'variable "a" {\n  type = string\n}\n'),
    ("graphql", "type A { b: Int! }"),
    ("graphql", "user { name }"),
    ("bash", 'if [ -f a ]; then echo "it\'s"; fi\nnpm install react next\n'),
    ("bash", "docker run -e A=<your key> x [options]\n"),
    ("console", "$ ls\nREADME (1)\n"),
]


def looked(language: str, code: str, tree: Path | None = None) -> Verdict:
    return verdict(Block(language, code), tree)


@pytest.mark.parametrize(("language", "code", "line", "word"), WRONG)
def test_an_error_is_told_at_its_line(language: str, code: str, line: int, word: str) -> None:
    said = looked(language, code)

    assert said.state == "problems", said
    assert (said.findings[0].line, word in said.findings[0].message) == (line, True), said.findings


@pytest.mark.parametrize(("language", "code"), RIGHT)
def test_what_is_right_or_a_part_is_left_alone(language: str, code: str) -> None:
    said = looked(language, code)

    assert said.state in ("none", "partial", "unchecked"), said


def test_every_language_of_the_room_has_a_reader() -> None:
    assert set(READERS) == LANGUAGES


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {
        "go.mod": "module example.com/shop\n\ngo 1.22\n\nrequire github.com/gin-gonic/gin v1.9.1\n",
        "Cargo.lock": '[[package]]\nname = "serde-json"\nversion = "1.0.1"\nsource = "registry+https://x"\n',
        "Cargo.toml": '[package]\nname = "shop"\n',
        "package.json": '{"name": "a", "dependencies": {"react": "^18.2.0"}}',
        "package-lock.json": '{"name": "a", "lockfileVersion": 3, "packages": {"": {"dependencies": {"react": "^18.2.0"}}, '
        '"node_modules/react": {"version": "18.2.0", "resolved": "https://x/react-18.2.0.tgz"}}}',
        "schema.graphql": "type Query { user(id: ID!): User }\ntype User { id: ID!, name: String }\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("language", "code", "message"),
    [
        ("go", 'package a\n\nimport "github.com/gin-gonic/gin/binding"\n', ""),
        ("go", 'package a\n\nimport (\n\t"fmt"\n\t"example.com/shop/db"\n)\n', ""),
        ("go", 'package a\n\nimport "github.com/labstack/echo/v4"\n', "go.mod"),
        ("rust", "use serde_json::Value;\nuse std::fs;\nuse shop::db;\n", ""),
        ("rust", "use tokio::fs;\n", "Cargo.lock"),
        ("bash", "npm install react@18\n", ""),
        ("bash", "npm install react@17.0.2\n", "18.2.0"),
        ("bash", "npm install react@latest -D\n", ""),
        ("graphql", "{ user(id: 1) { name } }", ""),
        ("graphql", "query Q($id: ID!) { user(id: $id) { nam } }", "nam"),
    ],
)
def test_names_are_held_against_what_the_team_locks(tree: Path, language: str, code: str, message: str) -> None:
    said = looked(language, code, tree)

    assert ("".join(one.message for one in said.findings) == "") == (message == ""), said
    assert message in "".join(one.message for one in said.findings)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(set(READERS) - {"graphql", "gql"})),
    st.text(alphabet="{}[]\":,\n -#=\\'aé\t$<>/.*&!|", max_size=200),
)
def test_no_text_makes_a_reader_fail_and_lines_are_of_the_block(language: str, code: str) -> None:
    said = looked(language, code)

    assert all(1 <= one.line <= code.count("\n") + 2 for one in said.findings)


@pytest.mark.parametrize("language", ["json", "yaml", "toml", "dockerfile", "go", "rust", "terraform", "graphql"])
def test_deep_nesting_and_many_references_end_in_a_verdict(language: str) -> None:
    bombs = [
        "[" * 10_000,
        "{" * 10_000,
        "- " * 10_000,
        "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(2_000)),
        "a = " + "[" * 10_000,
    ]

    for bomb in bombs:
        assert looked(language, bomb).state in ("problems", "unchecked", "partial", "none")
