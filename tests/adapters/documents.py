"""Markdown as models write it, and worse: for tests of everything that draws it."""

from __future__ import annotations

import re

from hypothesis import strategies as st
from markdown_it import MarkdownIt

ORACLE = MarkdownIt("commonmark").enable(["table", "strikethrough"])

PINGS = [
    "<!channel>", "<!here>", "<!everyone>", "<@U012AB3CD>", "<!subteam^S1|@team>", "<#C01|general>", "@everyone", "@here",
    "<@80351110224678912>", "<@!80351110224678912>", "<@&165511591545143296>", "&lt;!channel&gt;", "discord.gg/abc", "@channel",
]  # fmt: skip

WORDS = st.one_of(
    st.text(alphabet="abcXYZ ,.é漢👩‍👩‍👧\u0301🇩🇪_*`~|<>[]()#@:&\\-+!\"'", min_size=1, max_size=30),
    st.sampled_from(
        [*PINGS, "snake_case", "__init__", "a || b", "List<String>", "x < y > z", "`a | b`", "**bold**", "1. ", "- "]
    ),
    st.sampled_from(
        [
            "[docs](https://example.com/a_(b))",
            "https://example.com/x?a=1&b=2",
            "![x](https://e.com/x.png)",
            "[j](javascript:x)",
        ]
    ),
)
LINES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join).map(lambda line: line.replace("\n", " "))
CODE = st.lists(
    st.one_of(
        st.text(alphabet="ab \t<>&`'\"{}漢🎉:;|", max_size=60),
        st.sampled_from(
            ["", "    indented", "```", "'''", "``` inner", "x" * 300, "<!channel>", "@everyone", ":smile:", "~~~"]
        ),
    ),
    max_size=40,
).map("\n".join)
LANGUAGES = st.sampled_from(["python", "", "ts", "sql title=x", "{.go}", "l" * 300, "c++", "<!channel>"])


@st.composite
def fences(draw: st.DrawFn) -> str:
    code = draw(CODE)
    mark = "~" * 3 if "`" in code and "~" not in code else "`" * 12
    return f"{mark}{draw(LANGUAGES).replace('`', '')}\n{code}\n{mark}"


@st.composite
def tables(draw: st.DrawFn) -> str:
    columns = draw(st.integers(1, 5))
    cell = WORDS.map(lambda text: text.replace("|", "\\|").replace("\n", " "))
    rows = [[draw(cell) for _ in range(columns)] for _ in range(draw(st.integers(0, 30)))]
    head = [draw(cell) for _ in range(columns)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * columns, *rows])


BLOCKS = st.one_of(
    LINES,
    fences(),
    tables(),
    LINES.map(lambda line: "# " + line),
    st.lists(LINES, min_size=1, max_size=4).map(lambda items: "\n".join(f"- {item}" for item in items)),
    st.lists(LINES, min_size=1, max_size=4).map(
        lambda items: "\n".join(f"{n}. {item}" for n, item in enumerate(items, 7))
    ),
    st.lists(LINES, min_size=1, max_size=3).map(lambda lines: "\n".join(f"> {line}" for line in lines)),
    fences().map(lambda fence: "- item\n\n" + "\n".join("  " + line for line in fence.split("\n")) + "\n- next"),
    st.just("---"),
)
DOCUMENTS = st.lists(BLOCKS, max_size=12).map("\n\n".join)


def outside_code(content: str) -> str:
    """What Discord's client reads as text: code skipped, and whatever a backslash makes literal."""
    out, at = [], 0
    while at < len(content):
        run = re.compile("`+").match(content, at)
        mark = "```" if run and len(run[0]) >= 3 else run[0] if run else ""
        end = content.find(mark, at + len(mark)) if mark else -1
        if end >= 0:
            at = end + len(mark)
        elif content[at] == "\\":
            at += 2
        else:
            out.append(content[at])
            at += 1
    return "".join(out)
