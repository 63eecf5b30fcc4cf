"""One reader says which lines are code: the same as the parser that draws the text, whole and in any pieces."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.writing.containers import DEEPEST
from bot.writing.dialect import parser
from bot.writing.fences import LINE, FenceReader, Line, code_lines
from bot.writing.text import by_code
from tests.stalls import grows_at_most

pytestmark = pytest.mark.slow

DRAWN = parser()
COMMONMARK = MarkdownIt("commonmark", {"html": False, "maxNesting": 200}).disable("reference")

MARKS = [
    "```",
    "````",
    "~~~",
    "~~~~",
    "``",
    "`",
    " ",
    "  ",
    "    ",
    "\t",
    " \t",
    "> ",
    ">",
    "- ",
    "-",
    "* ",
    "+ ",
    "1. ",
    "1.",
    "2) ",
]
MARKS += ["10. ", "a", "b", "---", "***", "===", "# ", "#", "py", "``` x", "~~~ x", "a`b", "text", "[a]: b", "<div>"]
ROWS = ["| a |", "|---|", "x|y", "-|-", "|", "--|--", "\\|", "`x|y`"]
ENDS = st.sampled_from(["\n"] * 8 + ["\r\n", "\r", "\n\n", "\n>\n"])


def documents(marks: list[str]) -> st.SearchStrategy[str]:
    line = st.lists(st.sampled_from(marks), max_size=6).map("".join)
    lines = st.lists(st.tuples(line, ENDS).map("".join), max_size=12).map("".join)
    return st.tuples(lines, line).map("".join)


DOCUMENTS = documents(MARKS + ROWS)
PLENTY = settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
SOME = settings(PLENTY, max_examples=250)


def by_the_parser(markdown: MarkdownIt, text: str) -> list[bool | None]:
    """Whether each line is code; None for what is said of no line: an empty one in indented code."""
    lines = [line.rstrip("\r\n") for line in LINE.findall(text)]
    tokens: list[Token] = []
    markdown.block.parse("\n".join(lines), markdown, {}, tokens)
    code: list[bool | None] = [False] * len(lines)
    for token in tokens:
        if token.type in ("fence", "code_block"):
            for number in range(*token.map):  # type: ignore[misc]
                is_open = token.type == "fence" or lines[number].strip("> \t")
                code[number] = True if is_open else None
    if lines and not lines[-1].strip("> \t"):
        code[-1] = None  # a margin at the very end is no line to the parser
    return code


def assert_same(markdown: MarkdownIt, text: str) -> None:
    wanted = by_the_parser(markdown, text)
    found = [kind is Line.CODE for _, kind in code_lines(text)]
    assert [one if two is not None else None for one, two in zip(found, wanted, strict=True)] == wanted


@given(DOCUMENTS)
@example("````markdown\n# Deploy\n```bash\nx\n```\n````\n")
@example("> ```\ncode of nobody\n> ```\n")
@example("- ```\n  x\n y\n")
@example("1. a\n\n   ~~~ `\n   ```\n\n   ~~~\n")
@example("-\n\n      code\n")
@example("> -\t\tx\n>\n>\t\ty\n")
@example("a\n10. ```--|--\n--|--\n")
@example(">" * 40 + " ```\nx\n")
@example("- " * 40 + "```\nx\n")
@example("> ```\n> ")
@PLENTY
def test_a_line_is_code_when_the_parser_draws_it_as_code(text: str) -> None:
    assert_same(DRAWN, text)


@given(documents(MARKS))
@PLENTY
def test_without_tables_and_definitions_it_is_commonmark(text: str) -> None:
    assert_same(COMMONMARK, text)


@given(DOCUMENTS, st.data())
@SOME
def test_in_pieces_it_says_the_same_as_of_the_whole(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    reader = FenceReader()

    read = [
        line for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True) for line in reader.feed(text[start:end])
    ]

    assert read + reader.end() == list(code_lines(text))


@given(DOCUMENTS)
@SOME
def test_what_is_said_of_a_line_in_progress_is_what_it_becomes(text: str) -> None:
    reader = FenceReader()
    said: bool | None = None
    for character in text + "\n":
        for _, kind in reader.feed(character):
            assert said in (None, kind is Line.CODE)
            said = None
        if reader.rest:
            said = reader.in_code if said is None else said


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        ("", None), ("`", None), ("``", None), ("```", None), ("```py", None), ("``a", False), ("```a`", False), ("~~~x", True),
        ("> ``", None), ("1", None), ("1.", None), ("- ", None), ("-x", False), ("    ", None), ("    x", True), ("a", False),
        ("```\n", None), ("```\n`", True), ("```\nx", True), ("- ```\n", None), ("- ```\nx", False), ("- ```\n  x", True),
        ("a\n    x", False), ("> ```\n> x", True), ("> ```\nx", False),
    ],
)  # fmt: skip
def test_a_line_in_progress_is_code_or_not_or_not_known_yet(text: str, is_code: bool | None) -> None:
    reader = FenceReader()

    reader.feed(text)

    assert reader.in_code is is_code


@given(DOCUMENTS)
@example("> - ```\n>   x\n")
@example("- a\n\n  > 1. ~~~~ py\n")
@SOME
def test_what_closes_the_open_fence_closes_it(text: str) -> None:
    reader = FenceReader()
    for line in LINE.findall(text):
        reader.line(line)
    was_open, closing = reader.is_in_fence, reader.closing()

    kind = reader.line(closing)

    assert bool(closing) == was_open
    assert not was_open or (kind is Line.CODE and not reader.is_in_fence)


def test_nothing_is_nested_deeper_than_the_limit_and_nothing_of_it_vanishes() -> None:
    deep = "> " * (DEEPEST + 9) + "told"

    tokens = DRAWN.parse(deep)

    assert sum(token.type == "blockquote_open" for token in tokens) == DEEPEST
    assert [token.content for token in tokens if token.type == "inline"] == ["> " * 9 + "told"]


def test_spans_of_code_end_with_their_block() -> None:
    text = "# a ` b\n- c ` d\n- `e`\n"

    assert [part for is_code, part in by_code(text) if is_code] == ["`e`"]


def test_reading_takes_time_in_proportion_to_the_text() -> None:
    part = (
        "> - word `code` and more\n>   ```\n>   x = 1\n>   ```\n1. item\n\n   | a | b |\n   |---|---|\n   | 1 | 2 |\n\n"
    )

    assert grows_at_most(24, lambda count: list(code_lines(part * count)), 100, 800)


def test_a_long_line_in_progress_is_decided_once() -> None:
    reader = FenceReader()
    start = time.process_time()
    for _ in range(20_000):
        reader.feed("word ")
        assert reader.in_code is (None if not reader.rest else False)
    seconds = time.process_time() - start

    assert re.fullmatch(r"(?:word ){20000}", reader.rest)
    assert seconds < 5
