"""What Discord's client shows of a message: its own dialect, read by the rules of its published parsers, in their order.

Rules as in https://github.com/brussell98/discord-markdown and https://github.com/Khan/simple-markdown, which the client is built on;
headings, lists, masked links and small text as in https://support.discord.com/hc/en-us/articles/210298617.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = re.compile(r"```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n][\s\S]*?)\n*```", re.IGNORECASE)
CODE = re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")
ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
ANGLED = re.compile(r"<(https?://[^ >]+)>")
MASKED = re.compile(r"\[((?:\\.|[^\[\]\\\n]|\[[^\]\n]*\])+)\]\(<?(https?://[^\s<>()]*(?:\([^\s()]*\)[^\s<>()]*)*)>?\)")
BARE = re.compile(r"https?://[^\s<]+[^<.,:;\"')\]\s]")
MENTION = re.compile(r"<(?:@[!&]?\d+|#\d+|a?:\w+:\d+|t:-?\d+(?::[tTdDfFR])?|/[\w ]+:\d+|id:\w+)>|@everyone|@here")
EMOJI = re.compile(r":(?=[\w+-]*[A-Za-z_])[\w+-]+:|:(?:100|1234|[+-]1):")
STYLES = [
    re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)"),
    re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)"),
    re.compile(r"\b_((?:__|\\[\s\S]|[^\\_])+?)_\b"),
    re.compile(r"\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)"),
    re.compile(r"~~(?=\S)((?:\\[\s\S]|[^\\])*?\S)~~"),
    re.compile(r"\|\|((?:\\[\s\S]|[^\\])+?)\|\|"),
]
LINE = re.compile(r"(?P<quote>>[ ](?:>>)?)?(?P<head>#{1,3}[ ]+|-#[ ])?(?P<item>[ \t]*(?:[-*][ ]+|\d+\.[ ]+))?")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as it is read: text with its list marks, blocks of code with their languages, whom it calls, where it leads."""

    text: str
    code: tuple[tuple[str, str], ...]
    live: tuple[str, ...]
    links: tuple[str, ...]


def shown(content: str) -> Shown:
    code: list[tuple[str, str]] = []
    live: list[str] = []
    links: list[str] = []
    text = "".join(_read(content, code, live, links, at_start=True))
    return Shown(text, tuple(code), tuple(live), tuple(links))


def _read(
    text: str, code: list[tuple[str, str]], live: list[str], links: list[str], *, at_start: bool = False
) -> Iterator[str]:
    at = 0
    while at < len(text):
        if at_start or text[at - 1 : at] == "\n":
            at_start = False
            found = LINE.match(text, at)
            if found and found[0]:
                yield found["item"] or ""
                at = found.end()
                continue
        if found := FENCE.match(text, at):
            code.append((found[1] or "", found[2]))
            yield f"\n{found[2]}\n"
        elif found := CODE.match(text, at):
            yield found[2]
        elif found := ESCAPE.match(text, at):
            yield found[1]
        elif found := ANGLED.match(text, at):
            links.append(found[1])
            yield found[1]
        elif found := MENTION.match(text, at):
            live.append(found[0])
        elif found := MASKED.match(text, at):
            links.append(found[2])
            yield from _read(found[1], code, live, links)
        elif found := BARE.match(text, at):
            links.append(found[0])
            yield found[0]
        elif found := EMOJI.match(text, at):
            live.append(found[0])
        elif found := next((one for style in STYLES if (one := style.match(text, at))), None):
            yield from _read(found[1], code, live, links)
        else:
            yield text[at]
            at += 1
            continue
        at = found.end()
