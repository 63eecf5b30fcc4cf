"""A block of Python as people write it in answers, made readable: prompts, magics, excerpts, things left out. Lines keep their numbers.

What cannot be made readable is told apart: code with a mistake in its syntax, and what only looks like code.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

MOST_CHARS = 100_000
MOST_DEEP = 60
"""Brackets, or steps of indentation, within each other: more is no code that a person wrote."""

MOST_STEPS = 250
"""Of a syntax tree: a chain of calls or additions is as deep as it is long."""

PROMPT = re.compile(r"[ \t]*(?:>>>|In \[\d+\]:)(?: |$)")
ELIDED = re.compile(r"^\s*# ?\.\.\.\s*$|\(\s*\.\.\.\s*\)", re.M)
"""What a block leaves out, in words of its own."""

MORE = re.compile(r"[ \t]*(?:\.\.\.(?!\.)|\.\.\.:)(?: |$)")
SHELL = re.compile(
    r"([ \t]*)(?:!(?!=)|\$)\s?(?=\S)(.*)|([ \t]*)((?:pip3?|uv|poetry|conda|python3? -m pip) (?:install|add|pip|sync)\b.*)"
)
MAGIC = re.compile(r"([ \t]*)%\w")
GENERIC = re.compile(r"^([ \t]*(?:async[ \t]+def|def|class)[ \t]+\w+)(\[[^\n]*?\])(?=[(:])", re.M)
ALIAS = re.compile(r"^([ \t]*)type([ \t]+\w+)(\[[^\n=]*\])?([ \t]*=)", re.M)
BARE_DEF = re.compile(
    r"^([ \t]*(?:async[ \t]+)?(?:def[ \t]+\w+\(.*\)(?:[ \t]*->[^:]+)?|class[ \t]+\w+(?:\(.*\))?))[ \t]*$"
)
LEFT_OUT = re.compile(r"(?<=[(,])\s*\.\.\.\s*,?(?=[\s)])|,\s*\.\.\.\s*(?=[)\]}])")
PLACEHOLDER = re.compile(r"<[\w \-./|]+>|…|\.\.\.|\$\{?\w|^\s*\.\s*$|[│├└→⇒]|^\s*[-=]{3,}|\)\s*(?:->|=>)\s*\w+$")
PROSE = re.compile(r"^[ \t]*[A-Z][\w']+(?: [\w',]+){3,}[.:!]?\s*$")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A fault of the syntax, at a line of the block."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """`text` stands `offset` lines lower than the block; `tree` is None where only the checkers can read it. An excerpt leaves out
    what stands around it. `shell` are its lines for a shell, by number.
    """

    text: str
    tree: ast.Module | None = None
    offset: int = 0
    is_excerpt: bool = False
    shell: tuple[tuple[int, str], ...] = ()
    fails: frozenset[int] = frozenset()
    """Lines whose failure the block shows by itself, by the traceback that follows."""
    mistake: Mistake | None = None
    reason: str = ""

    @property
    def is_readable(self) -> bool:
        return not self.reason and self.mistake is None


def prepare(code: str) -> Snippet:
    """Never raises. The tree is one of Python 3.11's grammar; what is newer is taken out of it, not out of the text."""
    if len(code) > MOST_CHARS:
        return Snippet("", reason=f"it is longer than {MOST_CHARS:,} characters")
    if "\0" in code:
        return Snippet("", reason="it holds characters that no code has")
    code = code.replace("\r\n", "\n").replace("\r", "\n").replace("\f", " ")
    if _too_deep(code):
        return Snippet("", reason="it is nested too deep")
    if re.match(r"\s*%%(?!time|capture)\w+", code):
        return Snippet("", reason="it is no Python")
    text, fails, is_session = _session(code)
    text, shell = _without_shell(text) if parsed(textwrap.dedent(text)) is None else (text, ())
    plain = textwrap.dedent(text.replace("…", "..."))
    is_excerpt = is_session or plain != text or ELIDED.search(plain) is not None
    for candidate, offset, is_cut in _candidates(plain):
        tree = parsed(candidate)
        if tree is not None and _depth(tree) > MOST_STEPS:
            return Snippet("", reason="it is nested too deep")
        if tree is not None:
            return Snippet(
                candidate, tree, offset, is_excerpt or is_cut or _is_leaving_out(candidate, tree), shell, fails
            )
    fault = _fault(plain)
    if fault is None:
        return Snippet("", reason="no parser of Python takes it: it is nested too deep, or holds what no file can")
    if not is_session and _is_code(plain, fault.line):
        return Snippet(plain, None, 0, is_excerpt, shell, fails, mistake=fault)
    return Snippet(plain, None, 0, True, shell, fails, reason="it is only like Python, not whole enough to be read")


def _is_leaving_out(text: str, tree: ast.Module) -> bool:
    """Whether a line of `...` stands for statements that are not shown: not where it is all that a function or class does."""
    empty = {
        node.body[-1].lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and all(isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) for one in node.body)
    }
    return any(line.strip() == "..." and number not in empty for number, line in enumerate(text.split("\n"), 1))


def parsed(text: str) -> ast.Module | None:
    """The tree, also of what is newer than this interpreter, as far as it can be taken out. None where it is no Python."""
    for one in (
        text,
        ALIAS.sub(
            lambda found: f"{found[1]}{found[2].strip()}{found[4]}",
            GENERIC.sub(lambda found: found[1] + " " * len(found[2]), text),
        ),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return ast.parse(one)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return None


def _session(code: str) -> tuple[str, frozenset[int], bool]:
    """An interactive session without its prompts and what was printed; the lines that ended in a traceback."""
    lines = code.split("\n")
    if not any(PROMPT.match(line) for line in lines):
        return code, frozenset(), False
    kept, fails, statement = [], set(), []
    for number, line in enumerate(lines, 1):
        if found := PROMPT.match(line):
            kept.append(line[found.end() :])
            statement = [number]
        elif statement and (found := MORE.match(line)):
            kept.append(line[found.end() :])
            statement.append(number)
        elif statement and _is_open(kept[statement[0] - 1 :]):
            kept.append(line)
            statement.append(number)
        else:
            kept.append("")
            if line.strip().startswith("Traceback (") or re.match(r"\s*\w*(?:Error|Exception|Warning)\b", line):
                fails |= set(statement)
    return "\n".join(kept), frozenset(fails), True


def _is_open(lines: list[str]) -> bool:
    """Whether a bracket that these lines open is still to be closed."""
    bare = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"|#[^\n]*", "", "\n".join(lines[:200]))
    return sum(map(bare.count, "([{")) > sum(map(bare.count, ")]}"))


def _without_shell(text: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    lines, shell = text.split("\n"), []
    for number, line in enumerate(lines, 1):
        if found := SHELL.fullmatch(line):
            shell.append((number, (found[2] or found[4]).strip()))
            lines[number - 1] = (found[1] or found[3] or "") + "pass"
        elif found := MAGIC.match(line):
            lines[number - 1] = found[1] + "pass"
    return "\n".join(lines), tuple(shell)


def _candidates(text: str) -> Iterator[tuple[str, int, bool]]:
    """The text, and what it may be an excerpt of: text, lines put before it, whether it is one."""
    yield text, 0, False
    body = re.sub(r"^(\s*#.*\n|\s*\n)*", "", text)
    if re.match(r"(?:except|finally)\b", body):
        yield "try:\n    pass\n" + text, 2, True
    if re.match(r"(?:elif|else)\b", body):
        yield "if 1:\n    pass\n" + text, 2, True
    if re.match(r"case\b", body):
        yield "match 1:\n" + textwrap.indent(text, "    "), 1, True
    lines = text.rstrip().split("\n")
    last = lines[-1] if lines else ""
    indentation = " " * (len(last) - len(last.lstrip()))
    if last.rstrip().endswith(":"):
        yield text.rstrip() + f"\n{indentation}    ...", 0, True
    if last.lstrip().startswith("@"):
        yield text.rstrip() + f"\n{indentation}def _(): ...", 0, True
    if any(BARE_DEF.match(line) for line in lines):
        yield "\n".join(BARE_DEF.sub(r"\1: ...", line) for line in lines), 0, True
    without = LEFT_OUT.sub("", text)
    if without != text and without.count("\n") == text.count("\n"):
        yield without, 0, True
    if indented := _evened(text):
        yield indented, 0, True
    if re.match(r"[\w.]+\s*=|\w+\(", body) and body.rstrip().endswith(","):
        yield "dict(\n" + text.rstrip() + "\n)", 1, True
    yield from _ended(text)


def _evened(text: str) -> str:
    """The first line at the margin, the rest as deep as it stood: what a copied method looks like."""
    head, mark, rest = text.partition("\n")
    if not mark or not head.strip() or head[0].isspace() or head.rstrip().endswith((":", "(", "[", "{", ",", "\\")):
        return ""
    return head + "\n" + textwrap.dedent(rest)


def _ended(text: str) -> Iterator[tuple[str, int, bool]]:
    """With the body that a last comment stands for: `def f(x):` and `# your code`."""
    lines = text.split("\n")
    for place in range(len(lines) - 1, -1, -1):
        line = lines[place]
        if line.strip().startswith("#") and place and lines[place - 1].rstrip().endswith(":"):
            lines[place] = line[: len(line) - len(line.lstrip())] + "pass"
    if "\n".join(lines) != text:
        yield "\n".join(lines), 0, True


def _depth(tree: ast.Module) -> int:
    level: list[ast.AST] = [tree]
    depth = 0
    while level and depth <= MOST_STEPS:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return depth


def _too_deep(code: str) -> bool:
    deep = most = 0
    for character in code:
        if character in "([{":
            deep += 1
            most = max(most, deep)
        elif character in ")]}":
            deep -= 1
    steps = max((len(line) - len(line.lstrip()) for line in code.split("\n")), default=0)
    return (
        most > MOST_DEEP
        or steps > 8 * MOST_DEEP
        or "not " * MOST_DEEP in code
        or "-" * 2_000 in code
        or "." * 2_000 in code
    )


def _fault(text: str) -> Mistake | None:
    """None where the parser gives up: that is no fault of its grammar."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except SyntaxError as fault:
            return Mistake(fault.lineno or 1, _plain(fault.msg))
        except (ValueError, RecursionError, MemoryError):
            return None
    return Mistake(1, "it cannot be parsed")


def _plain(message: str) -> str:
    return message.replace("invalid syntax. ", "").replace("Maybe you meant", "did you mean").rstrip(".")


def _is_code(text: str, line: int) -> bool:
    """Whether it was meant to be run as it stands: most of it parses, and the faulty line stands for nothing else."""
    lines = text.split("\n")
    near = lines[max(0, line - 2) : line + 1]
    if any(PLACEHOLDER.search(one) or PROSE.match(one) for one in near):
        return False
    parts = [part for part in re.split(r"\n(?=\S)", text) if part.strip()]
    good = sum(1 for part in parts if parsed(part) is not None)
    is_marked = bool(
        re.search(r"^\s*(?:import|from|def|class|async def|return|with|for|if|try|print|@|\w+ = )", text, re.M)
    )
    return is_marked and (good >= len(parts) / 2 or len(parts) <= 3)
