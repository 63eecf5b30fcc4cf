"""Slack's blocks as CommonMark: what people paste and forward, what other apps post, and our own answers read back.

Text in `rich_text` and `plain_text` is literal, text in `mrkdwn` is Slack's dialect: https://docs.slack.dev/reference/block-kit/blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.phrases import picture
from adapters.slack.mrkdwn import from_mrkdwn, group_name, moment
from bot.writing.text import fence_for

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that a message says. `texts` is what must have been said before for it to be no news; one that `stands_apart` has empty
    lines around it."""

    words: str
    texts: tuple[str, ...]
    stands_apart: bool = False


def pieces(blocks: Sequence[Block], names: Mapping[str, str]) -> Iterator[Piece]:
    """What blocks say, in order. `names` gives a user id's name."""
    for block in blocks:
        match block.get("type"):
            case "table" | "data_table":
                words = table(block, names)
                yield Piece(words, (words,), stands_apart=True)
            case "rich_text":
                texts = (*_texts(block), *_addresses(block))
                yield Piece(_rich_text(block, names), texts, stands_apart=_is_code(block))
            case "image":
                named = " ".join(_texts(block.get("title"))) or str(block.get("alt_text") or "")
                words = picture(named, str(block.get("image_url") or ""))
                yield Piece(words, (words,))
            case "video":
                named = " ".join(_texts(block.get("title"))) or str(block.get("alt_text") or "")
                words = f"Video: {named}, {block.get('title_url') or block.get('video_url')}"
                yield Piece(words, (words,))
                yield from (Piece(text, (text,)) for text in _texts(block.get("description")))
            case "markdown":
                yield Piece(str(block.get("text")), (str(block.get("text")),))
            case "file":
                words = f"File (not looked at): {block.get('external_id') or block.get('file_id') or 'without a name'}"
                yield Piece(words, (words,))
            case "call":
                yield from (Piece(text, (text,)) for text in _call(block))
            case "divider" | "actions" | "section" | "context" | "context_actions" | "header":
                yield from (Piece(text, (text,)) for text in _text_objects(block, names))
            case _:
                yield from _of_any_kind(block, names)


def _call(block: Block) -> Iterator[str]:
    """https://docs.slack.dev/apis/web-api/using-the-calls-api"""
    for call in (block.get("call") or {}).values():
        if isinstance(call, Mapping):
            named = str(call.get("name") or "").strip()
            yield ": ".join(part for part in ("Call", named, str(call.get("join_url") or "")) if part)


UNREADABLE = "(something of a kind that I cannot read: {kind})"

SAYING = ("title", "caption", "subtitle", "label", "name", "status", "details", "output", "initial_value", "chart")
"""Where other blocks hold bare words: charts, tasks, plans, inputs. What else stands in them are ids and numbers."""


def _of_any_kind(block: Block, names: Mapping[str, str]) -> Iterator[Piece]:
    """The words of a block of another kind; one without any is named by its kind. A chart is named, too: its figures are not read."""
    texts = list(dict.fromkeys(_text_objects(block, names, bare=SAYING)))
    kind = str(block.get("type") or "")
    if not texts or kind == "data_visualization":
        texts.append(UNREADABLE.format(kind=kind or "no name"))
    yield from (Piece(text, (text,)) for text in texts)


NOTICE = "notice"
"""What the ids of plain sections begin with that hold what the bot says in its own name."""


def read_back(blocks: Sequence[Block]) -> str:
    """The Markdown of an answer of ours, from the blocks that `formatting` made of it, or from plain sections; notices and buttons are
    left out."""
    return "\n\n".join(said for block in blocks if (said := _said(block)))


def _said(block: Block) -> str:
    match block.get("type"):
        case "table":
            return table(block, {})
        case "rich_text":
            return _rich_text(block, {})
        case "section" if not str(block.get("block_id") or "").startswith(NOTICE):
            return from_mrkdwn(str((block.get("text") or {}).get("text") or ""), {})
    return ""


def tables(blocks: Sequence[Block]) -> list[Block]:
    return [block for block in blocks if block.get("type") in ("table", "data_table")]


def table(block: Block, names: Mapping[str, str]) -> str:
    """GitHub's table; the first row is its head."""
    rows = [[_cell(cell, names) for cell in row or ()] for row in block.get("rows") or ()]
    columns = max((len(row) for row in rows), default=0)
    lines = [f"| {' | '.join([*row, *[''] * (columns - len(row))])} |" for row in rows]
    return "\n".join([*lines[:1], "|" + " --- |" * columns, *lines[1:]]) if columns else ""


def _cell(cell: Any, names: Mapping[str, str]) -> str:
    if not isinstance(cell, Mapping):
        return ""
    if cell.get("type") == "rich_text":
        said = " ".join(_inline(element.get("elements") or (), names) for element in cell.get("elements") or ())
    else:
        said = str(cell.get("text", cell.get("value", "")))
    return " ".join(said.replace("|", "\\|").split())


def _rich_text(block: Block, names: Mapping[str, str]) -> str:
    return "\n\n".join(_element(element, names) for element in block.get("elements") or ())


def _element(element: Block, names: Mapping[str, str]) -> str:
    inside = element.get("elements") or ()
    match element.get("type"):
        case "rich_text_preformatted":
            code = "".join(_texts(inside))
            fence = fence_for(code)
            return f"{fence}{element.get('language', '')}\n{code.rstrip(chr(10))}\n{fence}"
        case "rich_text_list":
            return "\n".join(_items(element, names))
        case "rich_text_quote":
            return "\n".join(f"> {line}" for line in _inline(inside, names).split("\n"))
        case _:
            return _inline(inside, names)


def _items(element: Block, names: Mapping[str, str]) -> Iterator[str]:
    margin = "   " * int(element.get("indent") or 0)
    for number, item in enumerate(element.get("elements") or (), int(element.get("offset") or 0) + 1):
        marker = f"{number}." if element.get("style") == "ordered" else "-"
        yield f"{margin}{marker} {_inline(item.get('elements') or (), names)}"


def _inline(elements: Sequence[Block], names: Mapping[str, str]) -> str:
    return "".join(_styled(_word(element, names), element.get("style")) for element in elements)


def _styled(words: str, style: Any) -> str:
    """Of how words are set, what changes their meaning: code, and what somebody struck out."""
    if not isinstance(style, Mapping) or not words.strip() or "\n" in words:
        return words
    if style.get("code"):
        return f"`{words}`" if "`" not in words else f"`` {words} ``"
    bare = words.strip()
    return words.replace(bare, f"~~{bare}~~") if style.get("strike") else words


def _word(element: Block, names: Mapping[str, str]) -> str:
    """https://docs.slack.dev/reference/block-kit/blocks/rich-text-block#element-types"""
    match element.get("type"):
        case "user":
            user = str(element.get("user_id"))
            return f"@{names.get(user) or user}"
        case "usergroup":
            return group_name(str(element.get("usergroup_id")), names)
        case "broadcast":
            return f"@{element.get('range')}"
        case "channel":
            channel = str(element.get("channel_id"))
            return f"#{names.get(channel) or channel}"
        case "emoji":
            tone = f":skin-tone-{element['skin_tone']}:" if element.get("skin_tone") else ""
            return f":{element.get('name')}:{tone}"
        case "date":
            return str(element.get("fallback") or moment(element.get("timestamp") or ""))
        case "color":
            return str(element.get("value") or "")
        case "team":
            return f"@{element.get('team_id')} (a workspace)"
        case "link" if element.get("url"):
            shown, address = str(element.get("text") or ""), str(element["url"])
            return address if shown in ("", address) else f"[{shown}]({address})"
        case kind:
            said = "".join(_texts(element))
            return said or ("" if kind in ("text", "link") else UNREADABLE.format(kind=kind or "no name"))


def _text_objects(value: Any, names: Mapping[str, str], *, bare: Sequence[str] = ()) -> Iterator[str]:
    """The texts of any other block, each in its own dialect; `bare`: under which keys words stand by themselves."""
    if isinstance(value, Mapping):
        text = value.get("text")
        if address := leads_to(value):
            yield address
            return
        if value.get("type") == "image":
            yield from [picture(str(value["alt_text"]), "")] if value.get("alt_text") else []
            return
        if isinstance(text, str):
            yield from_mrkdwn(text, names) if value.get("type") == "mrkdwn" else text
        if value.get("type") == "rich_text":
            yield from [said] if (said := _rich_text(value, names)) else []
            return
        for key, one in value.items():
            if key in bare and isinstance(one, str) and one.strip():
                yield one
            elif key != "text" or not isinstance(one, str):
                yield from _text_objects(one, names, bare=bare)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            yield from _text_objects(one, names, bare=bare)


def leads_to(button: Mapping[str, Any]) -> str:
    """A button, or a choice in a menu, that leads somewhere, with its address; "" for anything else."""
    text = button.get("text")
    label = str(text.get("text") or "") if isinstance(text, Mapping) else str(text or "")
    return (
        f"{label}: {button['url']}" if label and isinstance(button.get("url"), str) and "elements" not in button else ""
    )


def _texts(value: Any) -> Iterator[str]:
    """Every text within, in order; of a link without one, its address."""
    if isinstance(value, str):
        return
    if isinstance(value, Mapping):
        if isinstance(value.get("text"), str):
            yield value["text"]
        elif value.get("type") == "link" and isinstance(value.get("url"), str):
            yield value["url"]
        for key, one in value.items():
            if key != "text" or not isinstance(one, str):
                yield from _texts(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from _texts(one)


def _addresses(value: Any) -> Iterator[str]:
    """Where the links within lead that have words of their own."""
    if isinstance(value, Mapping):
        if value.get("type") == "link" and value.get("text"):
            yield str(value.get("url") or "")
        yield from (address for one in value.values() for address in _addresses(one))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from (address for one in value for address in _addresses(one))


def _is_code(block: Block) -> bool:
    return any(element.get("type") == "rich_text_preformatted" for element in block.get("elements") or ())
