"""A file that stands whole in a block: names that nothing in it defines, values that its format does not have, at their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.formats.child import verdict


def looked(language: str, code: str, path: str | None = None, tree: Path | None = None) -> Verdict:
    return verdict(Block(language, code, path=path), tree)


def told(said: Verdict) -> list[tuple[int, str]]:
    return [(one.line, one.message) for one in said.findings]


def holds(said: Verdict, line: int, word: str) -> None:
    assert any(one.line == line and word in one.message for one in said.findings), said


PROTO = 'syntax = "proto3";\npackage shop.v1;\n'


@pytest.mark.parametrize(
    ("code", "line", "word"),
    [
        (PROTO + "message Order {\n  Address to = 1;\n}\n", 4, "Address"),
        (PROTO + "message Order {\n  google.protobuf.Timestamp at = 1;\n}\n", 4, "google/protobuf/timestamp.proto"),
        (
            PROTO + 'import "google/protobuf/timestamp.proto";\nmessage Order {\n  Timestamp at = 1;\n}\n',
            5,
            "google.protobuf.Timestamp",
        ),
        (PROTO + "message Order {\n  google.type.Money sum = 1;\n}\n", 4, "google.type.Money"),
        (PROTO + "message A { message In {} }\nmessage B {\n  In one = 1;\n}\n", 5, "A.In"),
        (PROTO + "message A {}\nservice S {\n  rpc Get(A) returns (stream Answer);\n}\n", 5, "Answer"),
        (PROTO + "message A {\n  map<string, Part> parts = 1;\n}\n", 4, "Part"),
    ],
)
def test_a_type_that_a_whole_proto_neither_defines_nor_imports_is_told(code: str, line: int, word: str) -> None:
    holds(looked("proto", code), line, word)


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("message Order {\n  Address to = 1;\n}\n", "partial"),
        (PROTO + 'import "shop/v1/address.proto";\nmessage Order { Address to = 1; }\n', "partial"),
        (PROTO + "message Order { Address to = 1; }\n// the rest stays\n", "partial"),
        (
            PROTO
            + "message A { message In {} In a = 1; v1.A.In b = 2; .shop.v1.A c = 3; A.In d = 4; shop.v1.A e = 5; }\n",
            "none",
        ),
        (
            'syntax = "proto2";\nmessage A { repeated group Part = 1 { optional Part part = 2; } optional Part b = 3; }\n',
            "none",
        ),
        ("\ufeff" + PROTO + "message A {}\n", "none"),
        (PROTO + 'import "google/protobuf/any.proto";\nmessage A { repeated google.protobuf.Any a = 1; }\n', "none"),
    ],
)
def test_types_of_other_files_are_left_alone_and_that_is_said(code: str, state: str) -> None:
    assert looked("proto", code).state == state, looked("proto", code)
