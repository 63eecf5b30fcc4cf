"""Answers as models write them, from the constructs of CommonMark and GitHub's Markdown and from what stands in backend answers: each
with what a reader must find on the screen.

Written by what a construct means, not by what any of our readers does: every piece says itself which words it shows, in order, and
which bytes of code.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

LIVE = "https://docs.example/guide"
"""The one address that may be live."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Markdown, and what is seen of it: `words` in order, blocks of `code` with their languages, `numbers` of ordered items."""

    text: str
    words: tuple[str, ...] = ()
    code: tuple[tuple[str, str], ...] = ()
    numbers: tuple[int, ...] = ()

    def __add__(self, other: Piece) -> Piece:
        return Piece(
            self.text + other.text, self.words + other.words, self.code + other.code, self.numbers + other.numbers
        )

    def within(self, first: str, margin: str) -> Piece:
        """As a container has it."""
        lines = self.text.split("\n")
        held = [first + lines[0], *(margin + line if line or ">" in margin else line for line in lines[1:])]
        return Piece("\n".join(held), self.words, self.code, self.numbers)


def joined(pieces: list[Piece], gap: str) -> Piece:
    whole = Piece("")
    for number, piece in enumerate(pieces):
        whole = whole + Piece(gap if number else "") + piece
    return whole


LITERAL = [
    "wordN", "__dunderN__", "snake_case_N", "_private_N", "C:\\new\\tableN", "10:30:N", "a:b:cN", ":tadaN:",
    "src/**/*.pyN", "*argsN,",
    "**kwargsN",
    "f(*argsN,", "$VARN", "${HOMEN}", "$N", "Vec<TN>", "Map<String,List<TN>>", "<UN>", "@everyoneN", "<@U12N>", "<!hereN>",
    "#channelN", "a||bN", "x|yN", "2*3*N", "a*b*cN", "N%", "~N", "~/binN", "a~bN", "^N", "[N]", "{N}",
    "(N)", "N)", "-N", "+N", "#N", "N.5",
    "user_N@host", "--flag-N", "-fN", "&N", "a&b=N", "$1N", "!importantN", "!N", "=N", "=>N", "->N", "…N",
    "“N”", "don'tN", "名前N", "ข้อความN",
    "مرحباN", "שלוםN", "👩‍👩‍👧N", "🇩🇪N", "e\u0301N", "main.pyN", "v1.N", "1e-N", "0xN", "a/b/cN", "/api/*/v1N",
    "logs/*.gzN", "N°", "┌─N─┐",
    "*", "_", "|", "~", "<", ">", "&", "\\", "#tagN", "@handleN", "@N", "U+00N", "%sN", "\\dN", "\\wN+", "^\\d{N}",
    "\\server\\shareN", "\\\\hostN\\share", "C:\\_buildN\\.cache",
    "C:\\(N)\\*.log", "D:\\$N\\", "foo[N](x)", "a[N][0]", "!cmdN", "?N", "a::bN", "std::vec<N>", "::1N", "1:N", "key:N",
]  # fmt: skip
"""As typed, so shown; the marks that stand alone are told by nobody."""

STYLES: list[tuple[str, str]] = [
    ("**N**", "N"), ("*N*", "N"), ("_N_", "N"), ("__N__", "__N__"), ("***N***", "N"), ("~~N~~", "N"),
    ("**N:** ", "N:"), ("`N`", "N"),
    ("`` `N` ``", "`N`"), ("`a | N`", "a | N"), ("`**N**`", "**N**"), ("`&lt;N&gt;`", "&lt;N&gt;"),
    ("`<@U1N>`", "<@U1N>"), ("`:N:`", ":N:"),
    ("`C:\\N\\`", "C:\\N\\"), ("`{{ N }}`", "{{ N }}"), ("&lt;N&gt;", "<N>"), ("&amp;N", "&N"),
    ("N&copy;", "N©"), ("&quot;N&quot;", '"N"'),
    ("\\*N\\*", "*N*"), ("\\_N\\_", "_N_"), ("\\`N\\`", "`N`"), ("\\#N", "#N"), ("\\<N\\>", "<N>"),
    ("N\\|x", "N|x"), ("\\[N\\]x", "[N\\]x"),
    ("<kbd>N</kbd>", "N"), ("H<sub>N</sub>O", "N"), ("x<sup>N</sup>", "N"), ("<b>N</b>", "N"),
    ("<span>N</span>", "N"),
    (f"[N]({LIVE})", "N"), (f"[**N**]({LIVE})", "N"), (f"[`N`]({LIVE})", "N"),
    ("[N](https://elsewhere.example/x)", "N"),
    ("[N](./docs/a.md)", "N"), ("https://elsewhere.example/N", "https://elsewhere.example/N"),
    ("<https://elsewhere.example/N>",) * 2,
    ("![N](diagram.png)", "N"), ("[![N](https://img.example/b.svg)](https://ci.example/x)", "N"),
    ("N.md", "N.md"), ("a.N@b.example", "a.N@b.example"),
    ("\\(x_N^2\\)", "\\(x_N^2\\)"), ("$x_N^2$", "$x_N^2$"), ("$$\\frac{N}{2}$$", "$$\\frac{N}{2}$$"),
    ("**注意N：**请", "注意N："),
    ("**`N`**", "N"), ("*`N`*", "N"), ("**N *M***", "N"), ("_**N**_", "N"), ("N<br>x", "N"), ("**N**.", "N"),
    ("(**N**)", "N"), ("**N**'s", "N"), ("“*N*”", "N"), ("**`N`:**", "N"), ("*N*-x", "N"), ("~~**N**~~", "N"),
    ("N  \nx", "N"), ("N\\\nx", "N"),
    ("N\nx", "N"), ("**ไทยN**ครับ", "ไทยN"), ("**مرN**.", "مرN"), ("**שN**,", "שN"), ("**👩‍👩‍👧N**", "👩‍👩‍👧N"),
    ("N[^1]", "N"), ("==N==", "==N=="),
]  # fmt: skip

CODE_LINES = [
    "N = 1", "    return N", "\tif N:", "", "# comment N", "* N", "- N", "1. N", "> N", "| N | x |",
    "|---|---|", "def __initN__(self): pass",
    "f(*args, **kwargs)  # N", "SELECT * FROM t WHERE a <> 'N' -- :x:", "@@ -1,N +1 @@", "-removed N", "+added N",
    "echo \"$HOME\" `N` ${N}",
    "C:\\new\\N", "<div>N</div>", "&lt;N&gt;", "<@U1N> <!here> @everyone", "[N]: https://a.example/N", "N  ",
    "a    b\tN", "漢字N 👩‍👩‍👧", "~~~ N",
    "├── N", "└── N", "+---+ N", "  | N |  ",
    "\\(N\\)", "$$N$$", "---", "===", "{{ N }}", "**N**", "_N_", "https://a.example/N",
    "graph TD; A-->N", "x,y,N", '"q;N"', "N" + "x" * 200, "::: N", "</details>N", "<!-- N -->", "%N%", "^N$",
    "\\", "'''", '"""N"""',
]  # fmt: skip
INFOS = ["", "", "python", "sql", "ts", "bash", "diff", "mermaid", "json", "yaml", "text", "c++", "go"]


@dataclass(slots=True)
class Writer:
    """Writes answers; every piece that is told has a number of its own."""

    seed: int
    count: int = 0
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def number(self, text: str) -> str:
        self.count += 1
        return text.replace("N", f"q{self.count}q")

    def atom(self, *, styled: bool = True) -> Piece:
        if self.random.random() < 0.4:
            return Piece(word := self.number("wordN"), (word,))
        if styled and self.random.random() < 0.5:
            source, shown = self.random.choice(STYLES)
            source, shown = self.number(f"{source}\0{shown}").split("\0")
            return Piece(
                source, (shown.replace("<https://", "https://").removesuffix(">") if "<https://" in shown else shown,)
            )
        text = self.number(self.random.choice(LITERAL))
        return Piece(text, (text,) if "q" in text else ())

    def line(self, most: int = 9, *, breaks: bool = True) -> Piece:
        first = Piece(word := self.number("WordN"), (word,))
        others = [self.atom() for _ in range(self.random.randint(0, most))]
        piece = joined([first, *others], " ")
        return (
            piece
            if breaks
            else Piece(piece.text.replace("  \n", " ").replace("\\\n", " ").replace("\n", " "), piece.words)
        )

    def code(self, most: int = 8) -> str:
        lines = [self.number(self.random.choice(CODE_LINES)) for _ in range(self.random.randint(1, most))]
        return "\n".join([*lines, self.number("endN")]) + "\n"

    # --- blocks --------------------------------------------------------------------------------------------------------

    def paragraph(self) -> Piece:
        return joined([self.line() for _ in range(self.random.randint(1, 3))], "\n")

    def heading(self) -> Piece:
        level = self.random.randint(1, 6)
        line = self.line(4, breaks=False)
        if self.random.random() < 0.2:
            return line + Piece("\n" + self.random.choice(("===", "---")))
        return Piece("#" * level + " ") + line

    def fence(self) -> Piece:
        code, info = self.code(), self.random.choice(INFOS)
        mark = self.random.choice(("```", "````", "~~~~~", "`````"))
        return Piece(f"{mark}{info}\n{code}{mark}", code=((info, code),))

    def nested_fence(self) -> Piece:
        inner = f"~~~ inner\n{self.code(3)}~~~\n```py\n{self.code(2)}```\n"
        return Piece(f"````markdown\n{inner}````", code=(("markdown", inner),))

    def indented(self) -> Piece:
        code = self.code(3)
        code = "\n".join(line for line in code.split("\n") if line.strip()) + "\n"
        lead = self.line(2)
        held = "".join(f"    {line}\n" for line in code.rstrip("\n").split("\n")).rstrip("\n")
        return lead + Piece("\n\n" + held, code=(("", code.rstrip("\n") + "\n"),))

    def table(self) -> Piece:
        columns = self.random.randint(2, 5)
        head = [Piece(word := self.number("HeadN"), (word,)) for _ in range(columns)]
        rows = [[self.cell() for _ in range(columns)] for _ in range(self.random.randint(1, 6))]
        side = self.random.choice(("---", ":--", "--:", ":-:"))
        lines = [self._row(head), Piece("|" + f" {side} |" * columns), *(self._row(row) for row in rows)]
        return joined(lines, "\n")

    def cell(self) -> Piece:
        if self.random.random() < 0.15:
            return Piece("")
        word = Piece(named := self.number("CellN"), (named,))
        more = self.random.choice(
            ("", " `x \\| N`", " `a || N`", "<br>N", " **N**", " N\\|y", " `**/*.N`", f" [N]({LIVE})", " <N>", " $N")
        )
        if not more:
            return word
        source = self.number(more)
        shown = f"q{self.count}q"
        return word + Piece(source, (shown,))

    @staticmethod
    def _row(cells: list[Piece]) -> Piece:
        return Piece("| ") + joined(cells, " | ") + Piece(" |")

    def quote(self) -> Piece:
        return self.blocks(2).within("> ", "> ")

    def bullets(self) -> Piece:
        mark = self.random.choice("-*+")
        gap = self.random.choice(("\n", "\n\n"))
        return joined([self.item(f"{mark} ") for _ in range(self.random.randint(1, 4))], gap)

    def steps(self) -> Piece:
        start = self.random.choice((1, 1, 1, 2, 7, 9))
        lazy, end, gap = self.random.random() < 0.2, self.random.choice(".)"), self.random.choice(("\n", "\n\n"))
        items = []
        for place in range(self.random.randint(2, 5)):
            item = self.item(f"{start if lazy else start + place}{end} ")
            items.append(Piece(item.text, item.words, item.code, (start + place, *item.numbers)))
        return joined(items, gap)

    def item(self, mark: str) -> Piece:
        line, margin = self.line(4), " " * len(mark)
        if self.random.random() < 0.6:
            return line.within(mark, margin)
        inner = self.random.choice((self.fence, self.table, self.bullets, self.steps, self.paragraph, self.quote))()
        return (line + Piece("\n\n") + inner).within(mark, margin)

    def tasks(self) -> Piece:
        boxes = (self.random.choice(("[ ]", "[x]")) for _ in range(self.random.randint(1, 4)))
        return joined([Piece(f"- {box} ") + self.line(4, breaks=False) for box in boxes], "\n")

    def tabbed(self) -> Piece:
        """A fence in an item, its margin of tabs."""
        code = self.code(3).replace("\t", "    ")
        held = "".join(f"\t{line}\n" if line else "\n" for line in code.rstrip("\n").split("\n"))
        line = self.line(2, breaks=False)
        return Piece("- ") + line + Piece(f"\n\n\t```py\n{held}\t```", code=(("py", code),))

    def notes(self) -> Piece:
        lines = [self.line(3, breaks=False) for _ in range(self.random.randint(1, 3))]
        named = [self.number("noteN") for _ in lines]
        return joined([Piece(f"[^{name}]: ", (name,)) + line for name, line in zip(named, lines, strict=True)], "\n")

    def log(self) -> Piece:
        lines = [self.line(3, breaks=False) for _ in range(self.random.randint(1, 3))]
        return joined(
            [
                Piece(f"[{level}]: ", (level,)) + line
                for level, line in zip(("INFO", "WARN", "ERROR"), lines, strict=False)
            ],
            "\n",
        )

    def definitions(self) -> Piece:
        return self.line(1, breaks=False) + Piece("\n: ") + self.line(4, breaks=False)

    def details(self) -> Piece:
        summary = Piece(word := self.number("SummaryN"), (word,))
        return (
            Piece("<details>\n<summary>") + summary + Piece("</summary>\n\n") + self.blocks(2) + Piece("\n\n</details>")
        )

    def sources(self) -> Piece:
        names = [self.number("siteN") for _ in range(2)]
        return Piece("Sources:", ("Sources:",)) + Piece(
            "".join(f"\n[{place}]: https://elsewhere.example/{name}" for place, name in enumerate(names, 1)),
            tuple(f"https://elsewhere.example/{name}" for name in names),
        )

    def referenced(self) -> Piece:
        word, label = self.number("refN"), self.number("labelN")
        return Piece(f"See [{word}][{label}].\n\n[{label}]: {LIVE}", (word,))

    def art(self) -> Piece:
        code = "".join(f"{line}\n" for line in (self.number("┌────┐ N"), "│ a ▶│──▶ b", "└────┘"))
        return Piece(f"```\n{code}```", code=(("", code),))

    def formula(self) -> Piece:
        text = self.number("\\[\nx_N = \\frac{-b \\pm \\sqrt{b^2}}{2a}\n\\]")
        return Piece(text, ("\\[", f"x_q{self.count}q = \\frac{{-b \\pm \\sqrt{{b^2}}}}{{2a}}", "\\]"))

    def rule(self) -> Piece:
        return Piece(self.random.choice(("---", "***", "* * *", "___")))

    def html(self) -> Piece:
        word = self.number("N")
        return Piece(f'<div align="center">\n  {word}\n</div>', (word,))

    def blocks(self, most: int) -> Piece:
        """Between two lists, which would be one, stands a paragraph."""
        chosen: list[Block] = []
        for _ in range(self.random.randint(1, most)):
            block = self.random.choice(BLOCKS)
            chosen += [Writer.paragraph, block] if block in LISTS and chosen and chosen[-1] in LISTS else [block]
        return joined([block(self) for block in chosen], "\n\n")

    def answer(self, most: int = 8) -> Piece:
        whole = self.blocks(most)
        if self.random.random() < 0.15:
            code = self.code(4)
            whole = whole + Piece(f"\n\n```py\n{code}", code=(("py", code),))
        if self.random.random() < 0.1:
            whole = Piece(whole.text.replace("\n", "\r\n"), whole.words, whole.code, whole.numbers)
        return whole


Block = Callable[[Writer], Piece]
LISTS: list[Block] = [Writer.bullets, Writer.steps, Writer.tasks]
BLOCKS: list[Block] = [
    Writer.paragraph, Writer.paragraph, Writer.heading, Writer.fence, Writer.nested_fence, Writer.indented, Writer.table, Writer.table,
    Writer.quote, Writer.bullets, Writer.steps, Writer.steps, Writer.tasks, Writer.notes, Writer.log, Writer.definitions,
    Writer.details, Writer.sources, Writer.referenced, Writer.art, Writer.formula, Writer.rule, Writer.html,
]  # fmt: skip
