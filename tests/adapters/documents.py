"""Markdown as models write it, and worse: for tests of everything that draws it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

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


LITERAL = "\ufffc"


def outside_code(content: str) -> str:
    """What Discord's client reads as text: without code, and with a stand-in for whatever a backslash makes literal."""
    out, at = [], 0
    while at < len(content):
        run = re.compile("`+").match(content, at)
        mark = "```" if run and len(run[0]) >= 3 else run[0] if run else ""
        end = content.find(mark, at + len(mark)) if mark else -1
        if end >= 0:
            at = end + len(mark)
        elif content[at] == "\\":
            out.append(LITERAL)
            at += 2
        else:
            out.append(content[at])
            at += 1
    return "".join(out)


# --- every construct of CommonMark, by a seeded grammar -----------------------------------------------------------------


class Writer:
    """Writes documents whose words can be told: prose is `w1 w2 ...` and code `k7 k8 ...`, numbered in the order of reading."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def document(self, characters: int) -> str:
        out: list[str] = []
        size = 0
        while size < characters or not out:
            construct = self.random.choice(CONSTRUCTS)
            out.append(construct(self) + "\n\n<!-- -->" * self.random.randint(0, 1))
            size += len(out[-1])
        return "\n\n".join(out) + "\n" * self.random.randint(0, 2)

    @property
    def w(self) -> str:
        self.count += 1
        return f"w{self.count}"

    def words(self, most: int = 12) -> str:
        return " ".join(self.inline() for _ in range(self.random.randint(1, most)))

    def inline(self) -> str:
        """One piece of a line: in half of the cases a plain word."""
        return self.w if self.random.random() < 0.5 else self.random.choice(INLINES)(self)

    def code(self, most: int = 12) -> str:
        lines = []
        for _ in range(self.random.randint(1, most) * self.random.choice((1, 1, 1, 8))):
            self.count += 1
            lines.append(self.random.choice(CODE_LINES).replace("K", f"k{self.count}"))
        self.count += 1
        return "\n".join([*lines, f"k{self.count}"])

    def fence(self) -> str:
        mark = self.random.choice(("```````", "~~~", "~~~~~~"))
        return f"{mark}{self.random.choice(INFOS)}\n{self.code()}\n{mark}"

    def blocks(self) -> str:
        return "\n\n".join(self.random.choice(LEAVES)(self) for _ in range(self.random.randint(1, 3)))


Construct = Callable[[Writer], str]

CODE_LINES = [
    "K",
    "K = 1",
    "\tK",
    "    K",
    "K  ",
    "",
    "K <b> & *x* _y_",
    '  "K" | `x`',
    "K ``` K",
    "> K",
    "- K",
    "# K",
    "漢字 K 🎉",
    "K" + "x" * 300,
]
INFOS = ["", "python", "ts", " go ", "sql title=x", "{.rust}", "l" * 200, "c++", "Bash"]
INLINES: list[Construct] = [
    lambda d: f"*{d.w}*", lambda d: f"_{d.w} {d.w}_", lambda d: f"**{d.w}**", lambda d: f"__{d.w}__", lambda d: f"***{d.w}***",
    lambda d: f"**{d.w} *{d.w}* {d.w}**", lambda d: f"*{d.w} **{d.w}***", lambda d: f"~~{d.w}~~", lambda d: f"~~*{d.w}*~~ {d.w}*",
    lambda d: f"`{d.w}`",
    lambda d: f"`` ` {d.w} ``", lambda d: f"` {d.w}  {d.w} `", lambda d: f"[{d.w}](/x)",
    lambda d: f"[{d.w} *{d.w}*](<https://a.example/b c> 'title')",
    lambda d: f"[{d.w}][ref]", lambda d: f"[{d.w}][]", lambda d: f"![{d.w}](x.png)",
    lambda d: f"[![{d.w}](x.png)](https://a.example)",
    lambda d: f"<https://a.example/{d.w}>", lambda d: f"<{d.w}@a.example>", lambda d: f"https://a.example/{d.w}",
    lambda d: f"\\*{d.w}\\*",
    lambda d: f"{d.w}&amp;{d.w}&copy;&#35;", lambda d: f"<b>{d.w}</b>", lambda d: f"{d.w}  \n{d.w}", lambda d: f"{d.w}\\\n{d.w}",
    lambda d: f"{d.w}\n{d.w}",
    lambda d: f"{d.w}_x_{d.w}", lambda d: f"{d.w}*x*{d.w}", lambda d: f"漢{d.w}字。", lambda d: f"{d.w} 👩\u200d👩\u200d👧 é",
    lambda d: f"[{d.w}", lambda d: f"{d.w}](",
    lambda d: f"`{d.w}*", lambda d: f"**{d.w}", lambda d: f"{d.w} < {d.w} > {d.w}", lambda d: f"<!channel> {d.w} @everyone",
]  # fmt: skip
LEAVES: list[Construct] = [
    lambda d: d.words(), lambda d: d.words(60), lambda d: f"# {d.w} {d.w}", lambda d: f"###### {d.w} ##",
    lambda d: f"{d.w} *{d.w}*\n===", lambda d: f"{d.w}\n---",
    lambda d: "***", lambda d: "_ _ _", lambda d: f"#\n\n{d.w}", lambda d: f"#{d.w}", lambda d: f"   {d.w}\n     {d.w}",
    Writer.fence, Writer.fence,
    lambda d: "    " + d.code(4).replace("\n", "\n    "), lambda d: f"<div>\n{d.w}\n</div>", lambda d: f"{d.w}\n***\n{d.w}",
    lambda d: "[ref]: https://a.example 'title'", lambda d: f"[ref]: <x>\n[other]:\n/url\n\n{d.w} [ref]",
    lambda d: f"\t{d.code(1).strip()}",
]  # fmt: skip


def _held(first: str, margin: str, text: str) -> str:
    return first + text.replace("\n", "\n" + margin)


def _table(d: Writer) -> str:
    columns = d.random.randint(1, 5)
    cells = ["{}", "{}", "", "`{}`", "**{}**", "{} \\| x", "~~{}~~", "[{}](x)"]
    rows = [[d.random.choice(cells).replace("{}", d.w) for _ in range(columns)] for _ in range(d.random.randint(0, 8))]
    head = ["Head" * d.random.randint(1, 4)] * columns
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, [":-:"] * columns, *rows])


def _list(d: Writer, marks: list[str], gap: str) -> str:
    mark = d.random.choice(marks)
    return gap.join(_held(f"{mark} ", " " * (len(mark) + 1), d.blocks()) for _ in range(d.random.randint(1, 4)))


CONSTRUCTS: list[Construct] = [
    *LEAVES,
    _table, _table,
    lambda d: _list(d, ["-", "*", "+"], "\n\n"), lambda d: _list(d, ["1.", "7)", "123."], "\n"),
    lambda d: f"- {d.words()}\n- {d.words()}\n  - {d.words()}\n    1. {d.words()}\n- {d.w}",
    lambda d: f"- [ ] {d.words()}\n- [x] {d.words()}\n- [{d.w}]",
    lambda d: f"-\n  {d.w}\n-\n- {d.w}", lambda d: f"10) {d.w}\n11) {d.w}\n\n    {d.w}",
    lambda d: f"- {d.w}\n\n\n- {d.w}\n* {d.w}",
    lambda d: _held("> ", "> ", d.blocks()), lambda d: _held("> > ", "> > ", d.blocks()), lambda d: f"> {d.w}\n{d.w}\n> {d.w}",
    lambda d: _held("> - ", ">   ", d.blocks()), lambda d: _held("- > ", "  > ", d.blocks()),
    lambda d: _held("1. - > ", "     > ", d.blocks()),
]  # fmt: skip
