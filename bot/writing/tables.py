"""Tables as models write them: GitHub's, but a pipe in code stands for itself, and no cell is lost.

GitHub cuts a row at every pipe, in code too, and drops what its header has no column for. Here a row with too many cells is joined
again between its backticks, and what is still too much stays in its last cell. A table begins with a line of text only: what begins
a fence, a list or a quotation is one. Apart, because the reader of fences must know a table as the parser does.
"""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

BREAK = re.compile(
    r"(?P<code>(?<!`)(?P<run>`++).+?(?<!`)(?P=run)(?!`))|(?<=[^\s\\])\s*<br\s*/?>\s*(?=\S)", re.IGNORECASE
)
"""A line feed as models write it in a cell, not in code."""

MOST_PADDED = 0x10000
"""Cells that a table's short rows may be given: a header of 256 columns makes a megabyte of two kilobytes else."""

DELIMITER = re.compile(r"(?!-[ \t])[|:-][|: \t-]+")
ALIGNMENT = re.compile(r"(:?)-+(:?)")
PIPE = re.compile(r"(\\?)\|")
RUN = re.compile("`+")
NAMES = {("", ""): "", (":", ""): "left", ("", ":"): "right", (":", ":"): "center"}


def alignments(line: str) -> list[str]:
    """The columns' alignments that a line below a header gives; none when it is no such line."""
    line = line.strip(" \t")
    if not DELIMITER.fullmatch(line):
        return []
    columns = [column.strip(" \t") for column in line.split("|")]
    columns = columns[not columns[0] : len(columns) - (not columns[-1])]
    found = [ALIGNMENT.fullmatch(column) for column in columns]
    return [NAMES[one[1], one[2]] for one in found if one] if all(found) else []


def header(line: str, below: str) -> list[str]:
    """The header's cells when these two lines begin a table."""
    if "|" not in line:
        return []
    columns = len(alignments(below))
    found = _joined(_pieces(line), columns) if columns else []
    return found if len(found) == columns else []


def cells(line: str, columns: int) -> list[str]:
    """A row's cells, at most as many as there are columns."""
    found = _joined(_pieces(line), columns)
    if len(found) > columns:
        last = found[columns - 1 :]
        while len(last) > 1 and not last[-1].strip():
            last.pop()
        found[columns - 1 :] = [" | ".join(one.strip() for one in last)]
    return found


def _pieces(line: str) -> list[str]:
    """Between the pipes that no backslash escapes."""
    out, at, current = [], 0, ""
    line = line.strip()
    for pipe in PIPE.finditer(line):
        escaped = pipe[1] and (pipe.start() == 0 or line[pipe.start() - 1] != "\\")
        current += line[at : pipe.start()] + ("" if escaped else pipe[1])
        if escaped:
            current += "|"
        else:
            out.append(current)
            current = ""
        at = pipe.end()
    out.append(current + line[at:])
    return out[not out[0] : len(out) - (not out[-1])] if len(out) > 1 else out


def _joined(pieces: list[str], columns: int) -> list[str]:
    """Pieces of one span of code put together again, from the left, as long as there are too many."""
    at = 0
    while len(pieces) > columns and at < len(pieces):
        if (end := _code_ends(pieces, at)) > at:
            pieces[at : end + 1] = ["|".join(pieces[at : end + 1])]
        else:
            at += 1
    return pieces


def _code_ends(pieces: list[str], at: int) -> int:
    """The piece in which a span of code ends that is open at the end of the piece `at`; -1 for none."""
    runs = [len(run) for run in RUN.findall(pieces[at])]
    place = 0
    while place < len(runs):
        if runs[place] in runs[place + 1 :]:
            place = runs.index(runs[place], place + 1) + 1
            continue
        ends = (end for end in range(at + 1, len(pieces)) if runs[place] in map(len, RUN.findall(pieces[end])))
        if (end := next(ends, -1)) > at:
            return end
        place += 1
    return -1


# --- the rule for markdown-it -----------------------------------------------------------------------------------------


def table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Tried when a line can only be text."""
    if start + 2 > end or min(state.sCount[start], state.sCount[start + 1]) < state.blkIndent:
        return False
    if state.is_code_block(start) or state.is_code_block(start + 1):
        return False
    heads = header(_line(state, start), _line(state, start + 1))
    if not heads or (silent and _begins_another(state, start, end)):
        return False
    if not silent:
        rows = _rows(state, start + 2, end, len(heads))
        _push(state, start, heads, alignments(_line(state, start + 1)), rows)
    return True


def _begins_another(state: StateBlock, line: int, end: int) -> bool:
    """Whether another block begins here, a list with any number too: so not in a paragraph, which a list ends with 1 only.

    A header must not end the paragraph to become a list.
    """
    parent, state.parentType = state.parentType, "table"
    found = any(rule(state, line, end, True) for rule in state.md.block.ruler.getRules("blockquote"))
    state.parentType = parent
    return found


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _rows(state: StateBlock, line: int, end: int, columns: int) -> list[list[str]]:
    """Until another block begins, or an empty line."""
    rows: list[list[str]] = []
    padded = 0
    while line < end and state.sCount[line] >= state.blkIndent and not state.isEmpty(line):
        if state.is_code_block(line) or _begins_another(state, line, end):
            break
        row = cells(_line(state, line), columns)
        padded += columns - len(row)
        if padded > MOST_PADDED:
            break
        rows.append(row + [""] * (columns - len(row)))
        line += 1
    return rows


def _push(state: StateBlock, start: int, heads: list[str], aligned: list[str], rows: list[list[str]]) -> None:
    last = start + 2 + len(rows)
    _open(state, "table", [start, last])
    _open(state, "thead", [start, start + 1])
    _row(state, start, "th", heads, aligned)
    state.push("thead_close", "thead", -1)
    if rows:
        _open(state, "tbody", [start + 2, last])
        for number, row in enumerate(rows, start + 2):
            _row(state, number, "td", row, aligned)
        state.push("tbody_close", "tbody", -1)
    state.push("table_close", "table", -1)
    state.line = last


def _open(state: StateBlock, tag: str, lines: list[int]) -> Token:
    token = state.push(f"{tag}_open", tag, 1)
    token.map = lines
    return token


def _row(state: StateBlock, line: int, tag: str, row: list[str], aligned: list[str]) -> None:
    _open(state, "tr", [line, line + 1])
    for cell, alignment in zip(row, aligned, strict=True):
        token = _open(state, tag, [line, line + 1])
        if alignment:
            token.attrs = {"style": f"text-align:{alignment}"}
        inline = state.push("inline", "", 0)
        inline.map, inline.children = [line, line + 1], []
        inline.content = BREAK.sub(lambda found: found["code"] or "\\\n", cell.strip())
        state.push(f"{tag}_close", tag, -1)
    state.push("tr_close", "tr", -1)
