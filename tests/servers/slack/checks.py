"""What Slack refuses of a message and of its blocks; the figures are in `limits.py`."""

from __future__ import annotations

import json
from collections.abc import Sized

from tests.servers.slack import limits
from tests.servers.slack.limits import Limit
from tests.servers.slack.posts import Json, Refused, found


def check_message(body: Json) -> None:
    """Raises Refused under Slack's own error name; for each message as it is sent."""
    blocks, text = body.get("blocks") or [], str(body.get("text") or "")
    if body.get("markdown_text") and (blocks or text):
        raise Refused("markdown_text_conflict")
    if not blocks and not (text or str(body.get("markdown_text") or "")).strip():
        raise Refused("no_text")
    within(text, limits.TEXT)
    within(str(body.get("markdown_text") or ""), limits.MARKDOWN_TEXT)
    check_blocks(blocks)


def check_blocks(blocks: list[Json]) -> None:
    within(blocks, limits.PER_MESSAGE)
    within(json.dumps(blocks, ensure_ascii=False), limits.JSON)
    within("".join(one["text"] for one in found(blocks, "markdown")), limits.MARKDOWN)
    within([block for block in blocks if block["type"] == "table"], limits.TABLES)
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    actions = [one["action_id"] for one in found(blocks, "button") if one.get("action_id")]
    if len(set(ids)) < len(ids) or len(set(actions)) < len(actions):
        raise Refused("invalid_blocks")
    for block in blocks:
        within(block.get("block_id") or "", limits.BLOCK_ID)
        _check_block(block)
        for button in found(block, "button"):
            _check_button(button)
        if any(not one.get("text") for one in found(block, "text", "plain_text", "mrkdwn", "markdown")):
            raise Refused("invalid_blocks")


def within(value: Sized, limit: Limit) -> None:
    if len(value) > limit.most:
        raise Refused(limit.error)


def _check_block(block: Json) -> None:
    match block["type"]:
        case "section":
            within((block.get("text") or {}).get("text") or "", limits.SECTION_TEXT)
            within(block.get("fields") or (), limits.SECTION_FIELDS)
            for one in block.get("fields") or ():
                within(one["text"], limits.FIELD_TEXT)
        case "header":
            within(block["text"]["text"], limits.HEADER_TEXT)
        case "context":
            _has_some(block["elements"], limits.CONTEXT_ELEMENTS)
        case "actions":
            _has_some(block["elements"], limits.ACTIONS_ELEMENTS)
        case "context_actions":
            _has_some(block["elements"], limits.CONTEXT_ACTIONS_ELEMENTS)
        case "rich_text":
            if not all(one.get("elements") for one in block["elements"]):
                raise Refused("invalid_blocks")
            for one in found(block, "rich_text_list"):
                _check_list(one)
        case "table":
            _check_table(block["rows"])
            within(block.get("column_settings") or (), limits.TABLE_CELLS)
            if {one.get("align", "left") for one in block.get("column_settings") or () if one} - {
                "left",
                "center",
                "right",
            }:
                raise Refused("invalid_blocks")


def _has_some(elements: list[Json], limit: Limit) -> None:
    within(elements, limit)
    if not elements:
        raise Refused(limit.error)


def _check_table(rows: list[list[Json]]) -> None:
    within(rows, limits.TABLE_ROWS)
    for row in rows:
        within(row, limits.TABLE_CELLS)
        if not all(list(found(cell, "text", "link", "raw_text")) for cell in row):
            raise Refused("invalid_blocks")
    within("".join(one["text"] for one in found(rows, "text", "raw_text")), limits.TABLE_TEXT)


def _check_list(one: Json) -> None:
    """https://docs.slack.dev/reference/block-kit/blocks/rich-text-block: a style, whole numbers, and sections in it only."""
    numbers = (one.get("indent", 0), one.get("offset", 0))
    sections = all(item["type"] == "rich_text_section" and item["elements"] for item in one["elements"])
    if one["style"] not in ("bullet", "ordered") or not sections or not all(type(n) is int and n >= 0 for n in numbers):
        raise Refused("invalid_blocks")


def _check_button(button: Json) -> None:
    within(button["text"]["text"], limits.BUTTON_TEXT)
    within(button.get("value") or "", limits.BUTTON_VALUE)
    within(button.get("action_id") or "", limits.ACTION_ID)
    within(button.get("url") or "", limits.BUTTON_URL)
