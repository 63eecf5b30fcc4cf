"""What models write is read as they mean it: nothing that people should read vanishes, and names are no emphasis."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.writing.markdown import Span, Table, Text, parse, plain
from bot.writing.tables import cells, header
from tests.stalls import grows_at_most

DOCS = "https://docs.python.org/3/library/asyncio.html"
PLENTY = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def shown(markdown: str, links: tuple[str, ...] = ()) -> str:
    """The text of all blocks; a table's cells between bars."""
    out = []
    for block in parse(markdown, links):
        if isinstance(block, Table):
            out += [" ¦ ".join(row) for row in block.texts]
        elif isinstance(block, Text):
            out.append(plain(block.spans))
    return "\n".join(out)


@pytest.mark.parametrize(
    "typed",
    [
        "[INFO]: started\n[ERROR]: timeout",
        "[^1]: RFC9110",
        "As RFC 9110 says.[^1]\n\n[^1]: RFC9110",
        "[INFO] comes first.\n\n[INFO]: started",
        "[other]:\n/url",
        "[1]: https://docs.python.org/3/library/asyncio.html\n[2]: https://other.example/x",
        "[a]: https://other.example/x 'its title'",
        "See [1] and [2].\n\n[1]: https://other.example/x\n[2]: not-an-address",
    ],
)
def test_a_definition_that_no_link_needs_is_shown_as_typed(typed: str) -> None:
    found = shown(typed).replace("\n", " ").replace("1 https://other.example/x and", "[1] and")

    assert found.split() == typed.replace("\n\n", "\n").split()


def test_such_a_line_in_a_list_or_a_quotation_is_shown() -> None:
    assert shown("- [WARN]: deprecated\n- [1]: https://x.example/a\n\n> [NOTE]: read") == (
        "[WARN]: deprecated\n[1]: https://x.example/a\n[NOTE]: read"
    )


def test_a_definition_that_a_link_needs_goes_into_the_link() -> None:
    (block,) = parse(f'See [the docs][d] and [d].\n\n[d]: {DOCS} "on loops"', (DOCS,))

    assert isinstance(block, Text)
    assert [span.text for span in block.spans if span.link == DOCS] == ["the docs", "d"]
    assert plain(block.spans).count("on loops") == 2


def test_a_numbered_source_stays_below_and_its_number_is_a_link() -> None:
    text, source = parse(f"It waits [1].\n\n[1]: {DOCS}", (DOCS,))

    assert isinstance(text, Text)
    assert isinstance(source, Text)
    assert Span("1", link=DOCS) in text.spans
    assert plain(source.spans) == f"[1]: {DOCS}"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("| `name` | `string | null` | may be absent |", ["`name`", "`string | null`", "may be absent"]),
        ("| a | ``x ` | y`` | c |", ["a", "``x ` | y``", "c"]),
        ("| a | b | c | d | e |", ["a", "b", "c | d | e"]),
        ("| a | b | c | |", ["a", "b", "c"]),
        ("| a | b |", ["a", "b"]),
        ("| a \\| b | `c \\| d` | e |", ["a | b", "`c | d`", "e"]),
        ("| a ` b | c ` d | e |", ["a ` b", "c ` d", "e"]),
        ("a|b|c", ["a", "b", "c"]),
        ("| `a` | `b|c|d` | `e` | f |", ["`a`", "`b|c|d`", "`e` | f"]),
    ],
)
def test_no_cell_of_a_row_is_lost_and_code_is_whole(row: str, expected: list[str]) -> None:
    assert [cell.strip() for cell in cells(row, 3)] == expected


def test_a_header_with_code_begins_a_table() -> None:
    assert [cell.strip() for cell in header("| `a || b` | sum |", "|---|--:|")] == ["`a || b`", "sum"]
    (table,) = parse("| `a || b` | sum |\n|---|--:|\n| 1 | 2 |")
    assert isinstance(table, Table)
    assert (table.alignments, table.texts) == (("", "right"), [["a || b", "sum"], ["1", "2"]])


@given(
    st.lists(st.sampled_from(["w1", "w2", "`", "``", "|", " | ", "\\|", "\\", " "]), max_size=25).map("".join),
    st.integers(1, 5),
)
@PLENTY
def test_every_word_of_a_row_is_in_a_cell(row: str, columns: int) -> None:
    found = cells(row, columns)

    assert len(found) <= columns
    for word in ("w1", "w2"):
        assert "".join(found).count(word) == row.count(word)


def styles(markdown: str) -> list[tuple[str, str]]:
    """Each run of text with its style's name."""
    (block,) = parse(markdown)
    assert isinstance(block, Text)
    names = ("bold", "italic", "strike", "code")
    return [(span.text, "+".join(name for name in names if getattr(span, name))) for span in block.spans]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("**注意：**请先备份。", [("注意：", "bold"), ("请先备份。", "")]),
        ("使用**`SELECT`**语句。", [("使用", ""), ("SELECT", "bold+code"), ("语句。", "")]),
        ("これは**「重要」**です。", [("これは", ""), ("「重要」", "bold"), ("です。", "")]),
        ("이것은 **중요(重要)**합니다", [("이것은 ", ""), ("중요(重要)", "bold"), ("합니다", "")]),
        ("~~删除：~~请", [("删除：", "strike"), ("请", "")]),
        ("中文*（强调）*中文", [("中文", ""), ("（强调）", "italic"), ("中文", "")]),
        ("**a.** b **c**.", [("a.", "bold"), (" b ", ""), ("c", "bold"), (".", "")]),
    ],
)
def test_emphasis_works_beside_the_punctuation_of_chinese_japanese_and_korean(
    markdown: str, expected: list[tuple[str, str]]
) -> None:
    assert styles(markdown) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "__init__", "__init__.py", "a.__class__.__name__", "Foo.__init__()", "__VA_ARGS__", "x = 2*3*4", "a*b*c", "*args, **kwargs",
        "\\(x\\)", "\\(x_i * y_i\\) and \\(z\\)", "\\[ a \\\\ b \\]", "$$\\frac{a}{b}$$", "so $\\alpha_1 * \\beta$ it is",
        "snake_case_name", "100 % of $5 and $6", "$a_b + c^*d^*$ holds", "$x^2 * y^2$", "GET /api/*/v1/*", "src/**/*.ts",
        "logs*/today and logs*/old", "/a/*/b", "${HOME}/*/x/*/y", "arr[0](1)", "handlers[0](req, res)", "a[i](b)[j](c)",
    ],
)  # fmt: skip
def test_identifiers_and_formulas_stay_as_typed(typed: str) -> None:
    found = styles(typed)

    assert "".join(text for text, _ in found) == typed
    assert {style for _, style in found} <= {"", "code"}  # a file's name may be code, for clients make addresses of it


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("__two words__", [("two words", "bold")]),
        ("_one_", [("one", "italic")]),
        ("**GET**/**POST**", [("GET", "bold"), ("/", ""), ("POST", "bold")]),
        ("**/ask** and */plumbline*", [("/ask", "bold"), (" and ", ""), ("/plumbline", "italic")]),
        ("see [docs](x.md)", [("see docs ", ""), ("x.md", "code")]),
        ("costs $5 *and* $6", [("costs $5 ", ""), ("and", "italic"), (" $6", "")]),
        ("un**real**ly", [("un", ""), ("real", "bold"), ("ly", "")]),
        ("\\*no\\* \\[x\\](y)", [("*no* [x](y)", "")]),
        ("\\(`a` b\\)", [("(", ""), ("a", "code"), (" b)", "")]),
    ],
)
def test_what_is_emphasis_stays_it(markdown: str, expected: list[tuple[str, str]]) -> None:
    assert styles(markdown) == expected


def test_what_a_fence_says_beside_its_language_is_shown_above_it() -> None:
    assert shown("```python src/app.py\nx\n```\n\n```lib/run.sh\ny\n```") == "src/app.py\nlib/run.sh"


@pytest.mark.slow
@pytest.mark.parametrize(
    "opening", ["\\(", "$", "$\\", "__a", "[x]: ", "[a]: https://x.example/a\n", "| ` ", "`` | ` |", "* a", "["]
)
def test_reading_takes_time_in_proportion_to_the_text(opening: str) -> None:
    """Four times the text; a quadratic reader takes sixteen times as long."""
    head = "| a | b |\n|---|---|\n" * ("|" in opening)

    assert grows_at_most(12, lambda count: parse(head + opening * count), 1_000, 4_000, free_seconds=0.05)
