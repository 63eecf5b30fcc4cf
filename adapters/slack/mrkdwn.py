"""CommonMark -> Slack's own dialect, and back: for places that take no blocks, for the text beside blocks, and for what people type.

Slack decodes three entities and reads `<...>` as mentions and links; what is escaped here is never a mention:
https://docs.slack.dev/messaging/formatting-message-text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.writing.columns import aligned
from bot.writing.cutting import split_code, split_spans
from bot.writing.markdown import NO_NOTES, Code, Note, Rule, Span, Spans, Table, Text, parse, words

TEXT_CHARACTERS = 3_900
"""Of one plain text: Slack cuts longer ones into several messages at any character."""


LOOKALIKE = "\u02cb"
"""Stands for a backtick that begins no code: with the next one it would, and what is code would stand outside."""


def escape(text: str) -> str:
    """Slack's three entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


BEGINNING = re.compile(r"[@#](?!\s|\Z)|:(?=(?:[^\s:]*[^\W\d][^\s:]*|100|1234|[+-]1):)|(?<![^\W_])[*_~]|[*_~](?![^\W_])")
"""An emoji's name, an @ or a mark that could begin something, which a zero-width space behind it prevents. Within a word (`A_NAME`) a
mark begins nothing, and the name stays whole for whoever copies it."""

WHOLE = re.compile(r"```[\s\S]*?(?:```|\Z)|`[^`\n]+`|<[^>\n]*>|&\w{1,4};")
"""What must not be cut: code, a link, an entity."""

SENTENCE = re.compile(r"[\s\S]*(?:[.!?:…。！？](?=\s|\Z)|\n)")
ROOM = TEXT_CHARACTERS - 8


def fallback(text: str) -> str:
    """Plain text beside blocks, within its limit: whole sentences, or else words; code that is cut is closed again."""
    text = text.strip() or " "
    if len(text) <= TEXT_CHARACTERS:
        return text
    for whole in WHOLE.finditer(text):
        if whole.end() <= ROOM:
            continue
        if whole.start() < ROOM - 200 and whole[0].startswith("```"):
            return text[:ROOM].rstrip("`") + "…\n```"
        return _to_sentence(text[: min(whole.start(), ROOM)]) + "…"
    return _to_sentence(text[:ROOM]) + "…"


def _to_sentence(text: str) -> str:
    """Up to the last sentence that ends, if that is most of it, else up to the last word."""
    found = SENTENCE.match(text)
    if (
        found
        and len(found[0]) > len(text) * 2 // 3
        and not any(one.start() < found.end() < one.end() for one in WHOLE.finditer(text))
    ):
        return found[0].rstrip() + " "
    return text.rstrip() if text[-1:].isspace() else text.rpartition(" ")[0] or text


def mrkdwn(
    markdown: str, limit: int = TEXT_CHARACTERS, links: Sequence[str] = (), notes: Mapping[int, str] = NO_NOTES
) -> list[str]:
    """The text in Slack's dialect, in parts of at most `limit` characters; fences are closed and opened again."""
    room = limit - 200
    pieces: list[str] = []
    for block in parse(markdown, links, notes):
        match block:
            case Text():
                rows = split_spans(block.spans, room, lambda span: 2 * len(escape(span.text)) + len(span.link) + 8)
                pieces += [text_mrkdwn(one, spans) for one, spans in marked_once(block, rows or [()])]
            case Code():
                pieces += _fences(block.text, room)
            case Table():
                pieces += _fences(aligned(block.texts, block.alignments), room)
            case Rule():
                pieces.append("———")
            case Note(line):
                pieces.append(said(line))
    return _joined(pieces, limit)


def _fences(text: str, room: int) -> list[str]:
    return [fenced(piece) for piece in split_code(text, room, lambda piece: len(in_fence(piece)))]


def fenced(text: str) -> str:
    """A block of code in Slack's dialect."""
    return f"```\n{in_fence(text)}{'' if text.endswith(chr(10)) else chr(10)}```"


def in_fence(text: str) -> str:
    """Code as it may stand between two fences of Slack's: three backticks in it, which would end it, are kept apart."""
    return re.sub("`(?=``)", "`\u200b", escape(text))


def _joined(pieces: Sequence[str], limit: int) -> list[str]:
    parts: list[str] = []
    for piece in pieces:
        if parts and len(parts[-1]) + len(piece) + 1 <= limit:
            parts[-1] += "\n" + piece
        else:
            parts.append(piece)
    return parts or [" "]


def marked_once(block: Text, rows: Sequence[Spans]) -> Iterator[tuple[Text, Spans]]:
    """A text in pieces; an item's mark stands before the first."""
    for place, spans in enumerate(rows):
        yield (replace(block, marker="") if place else block), spans


def text_mrkdwn(block: Text, spans: Spans) -> str:
    text = _spaced(_span_mrkdwn(span, bold=bool(block.level)) for span in spans)
    margin = "    " * max(0, block.indent - (1 if block.marker else 0))
    text = margin + (f"{block.marker} " if block.marker else "") + text
    return "\n".join("> " + line for line in text.split("\n")) if block.quote else text


def said(text: str) -> str:
    """Words that are no Markdown, in Slack's dialect, with nothing live in them."""
    return _spaced(_span_mrkdwn(span, bold=False) for span in words(text))


def _spaced(pieces: Iterable[str]) -> str:
    """Slack knows code only between backticks that touch no letter outside; a space keeps an address in it dead."""
    out = ""
    for piece in pieces:
        joint = out[-1:] + piece[:1]
        touching = len(joint) == 2 and "`" in joint and (joint == "``" or joint.strip("`").isalnum())
        out += (" " if touching else "") + piece
    return out


def _span_mrkdwn(span: Span, *, bold: bool) -> str:
    text = escape(span.text).replace("`", LOOKALIKE)
    if span.code:
        return f"`{text}`"
    marks = [mark for mark, on in (("*", span.bold or bold), ("_", span.italic), ("~", span.strike)) if on]
    text = BEGINNING.sub("\\g<0>\u200b", text)
    if span.link:
        text = f"<{_address(span.link)}|{text.replace('|', '¦')}>"
    lead, body, tail = re.fullmatch(r"(\s*)(.*?)(\s*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    for mark in marks:
        body = f"{mark}{body}{mark}" if body else body
    return f"{lead}{body}{tail}"


def _address(link: str) -> str:
    return link.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C").replace(" ", "%20")


# --- from Slack -------------------------------------------------------------------------------------------------------

TOKEN = re.compile(r"<([^<>\n]*)>")
CODE = re.compile(r"```(?P<fence>.*?)(?:```|\Z)|(?<!`)`(?P<inline>[^`\n]+)`(?!`)", re.DOTALL)
SMART = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " "})
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def from_mrkdwn(text: str, names: Mapping[str, str]) -> str:
    """What a person typed in Slack, as CommonMark: tokens as words and links, entities decoded, code as it was typed: without the links
    that Slack makes in it, and without the curly quotes of its composer. `names` gives a user id's name."""
    out = ""
    at = 0
    for code in CODE.finditer(text):
        out += _decode(TOKEN.sub(lambda token: _word(token[1], names), text[at : code.start()]))
        typed = _decode(TOKEN.sub(lambda token: _shown(token[1], names), code["fence"] or code["inline"] or ""))
        at = code.end()
        if code["inline"]:
            out += f"`{typed.translate(SMART)}`"
            continue
        out += "" if not out or out.endswith("\n") else "\n"
        out += f"```\n{typed.translate(SMART).strip(chr(10))}\n```"
        if at < len(text) and text[at] != "\n":
            out += "\n"
    return out + _decode(TOKEN.sub(lambda token: _word(token[1], names), text[at:]))


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with its prose changed; code stays as it is."""
    out, at = [], 0
    for code in CODE.finditer(text):
        out += [change(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join((*out, change(text[at:])))


def prose(text: str) -> str:
    """The text without its code: a mention in code calls nobody."""
    return CODE.sub(" ", text)


def _word(token: str, names: Mapping[str, str]) -> str:
    """What stands between < and >, in prose."""
    target, _, shown = token.partition("|")
    if target[:1] in ("@", "#", "!"):
        return _shown(token, names)
    scheme, _, address = target.partition(":")
    if scheme in ("mailto", "tel") and shown in ("", address, *([shown] if scheme == "tel" else [])):
        return shown or address  # Slack made a link of it by itself
    return target if not shown or shown == target else f"[{shown}]({target})"


def _shown(token: str, names: Mapping[str, str]) -> str:
    """The same as people see it: what was typed before Slack made a link of it."""
    target, _, shown = token.partition("|")
    match target[:1]:
        case "@":
            return "@" + (names.get(target[1:]) or shown or target[1:])
        case "#":
            return "#" + (shown or names.get(target[1:]) or target[1:])
        case "!" if target.startswith("!subteam^"):
            return shown or group_name(target.removeprefix("!subteam^"), names)
        case "!" if target.startswith("!date^"):
            return shown or moment(target.split("^")[1])
        case "!":
            return shown or "@" + target[1:]
        case _:
            return shown or target.removeprefix("mailto:").removeprefix("tel:")


def moment(seconds: object) -> str:
    """A moment that each reader sees by their own clock; one that no clock has stays as it is."""
    try:
        return f"{datetime.fromtimestamp(float(str(seconds)), UTC):%a %Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def group_name(group: str, names: Mapping[str, str]) -> str:
    """A user group that was called; one whose name nobody tells is said to be a group."""
    return f"@{names[group]}" if group in names else f"@{group} (a user group)"


def _decode(text: str) -> str:
    for entity, character in ENTITIES:
        text = text.replace(entity, character)
    return text
