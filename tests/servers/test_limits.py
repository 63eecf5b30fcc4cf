"""What the platforms' servers refuse: each limit at its figure and one above, under the platform's own error; and that the figures are
theirs alone."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers import claude_limits
from tests.servers.claude_rules import invalid
from tests.servers.discord import checks as discord_checks
from tests.servers.discord import limits as discord_limits
from tests.servers.slack import checks as slack_checks
from tests.servers.slack import limits as slack_limits
from tests.servers.slack.posts import Refused

Json = dict[str, Any]


def text(length: int, kind: str = "mrkdwn") -> Json:
    return {"type": kind, "text": "x" * length}


def button(number: int = 0, **more: Any) -> Json:
    return {"type": "button", "text": text(1, "plain_text"), "action_id": f"a{number}", **more}


def cells(count: int, length: int = 1) -> list[Json]:
    section = {"type": "rich_text_section", "elements": [text(length, "text")]}
    return [{"type": "rich_text", "elements": [section]} for _ in range(count)]


def table(rows: int, columns: int = 1, length: int = 1) -> Json:
    return {"type": "table", "rows": [cells(columns, length) for _ in range(rows)]}


def actions(count: int, kind: str = "actions") -> Json:
    return {"type": kind, "elements": [button(number) for number in range(count)]}


SLACK: dict[str, tuple[slack_limits.Limit, Callable[[int], Json]]] = {
    "text": (slack_limits.TEXT, lambda most: {"text": "x" * most}),
    "markdown_text": (slack_limits.MARKDOWN_TEXT, lambda most: {"markdown_text": "x" * most}),
    "blocks": (slack_limits.PER_MESSAGE, lambda most: {"blocks": [{"type": "divider"}] * most}),
    "section": (slack_limits.SECTION_TEXT, lambda most: {"blocks": [{"type": "section", "text": text(most)}]}),
    "fields": (
        slack_limits.SECTION_FIELDS,
        lambda most: {"blocks": [{"type": "section", "fields": [text(1) for _ in range(most)]}]},
    ),
    "field": (slack_limits.FIELD_TEXT, lambda most: {"blocks": [{"type": "section", "fields": [text(most)]}]}),
    "header": (
        slack_limits.HEADER_TEXT,
        lambda most: {"blocks": [{"type": "header", "text": text(most, "plain_text")}]},
    ),
    "context": (
        slack_limits.CONTEXT_ELEMENTS,
        lambda most: {"blocks": [{"type": "context", "elements": [text(1) for _ in range(most)]}]},
    ),
    "actions": (slack_limits.ACTIONS_ELEMENTS, lambda most: {"blocks": [actions(most)]}),
    "context actions": (
        slack_limits.CONTEXT_ACTIONS_ELEMENTS,
        lambda most: {"blocks": [actions(most, "context_actions")]},
    ),
    "block id": (slack_limits.BLOCK_ID, lambda most: {"blocks": [{"type": "divider", "block_id": "x" * most}]}),
    "tables": (slack_limits.TABLES, lambda most: {"blocks": [table(1)] * most}),
    "rows": (slack_limits.TABLE_ROWS, lambda most: {"blocks": [table(most)]}),
    "columns": (slack_limits.TABLE_CELLS, lambda most: {"blocks": [table(1, most)]}),
    "table": (slack_limits.TABLE_TEXT, lambda most: {"blocks": [table(1, 1, most)]}),
    "button": (
        slack_limits.BUTTON_TEXT,
        lambda most: {"blocks": [{"type": "actions", "elements": [button(text=text(most, "plain_text"))]}]},
    ),
    "value": (
        slack_limits.BUTTON_VALUE,
        lambda most: {"blocks": [{"type": "actions", "elements": [button(value="x" * most)]}]},
    ),
    "action id": (
        slack_limits.ACTION_ID,
        lambda most: {"blocks": [{"type": "actions", "elements": [button(action_id="x" * most)]}]},
    ),
}


@pytest.mark.parametrize("name", SLACK)
def test_slack_takes_so_much_and_no_more(name: str) -> None:
    limit, body = SLACK[name]
    slack_checks.check_message(body(limit.most))
    with pytest.raises(Refused, match=f"^{limit.error}$"):
        slack_checks.check_message(body(limit.most + 1))


def embed(**parts: Any) -> Json:
    return {"embeds": [parts]}


def row(count: int, **more: Any) -> Json:
    return {
        "type": 1,
        "components": [{"type": 2, "style": 2, "label": "x", "custom_id": f"b{n}", **more} for n in range(count)],
    }


def slash(**parts: Any) -> Json:
    return {"name": "ask", "description": "x", **parts}


def option(number: int = 0, **more: Any) -> Json:
    return {"name": f"o{number}", "description": "x", "type": 3, **more}


def check_body(body: Json) -> None:
    discord_checks.check_message(body, body.pop("files", {}))


def check_one(command: Json) -> None:
    discord_checks.check_commands([command])


Size = discord_limits.Size
Check = Callable[[Any], None]
DISCORD: dict[str, tuple[Size, Check, Callable[[int], Any]]] = {
    "content": (discord_limits.CONTENT, check_body, lambda most: {"content": "x" * most}),
    "files": (discord_limits.FILES, check_body, lambda most: {"files": {f"{n}": "x" for n in range(most)}}),
    "file": (discord_limits.FILE_BYTES, check_body, lambda most: {"files": {"a": "x" * most}}),
    "embeds": (discord_limits.EMBEDS, check_body, lambda most: {"embeds": [{"title": "x"}] * most}),
    "embed title": (discord_limits.EMBED_TITLE, check_body, lambda most: embed(title="x" * most)),
    "embed": (discord_limits.EMBED_DESCRIPTION, check_body, lambda most: embed(description="x" * most)),
    "embed fields": (
        discord_limits.EMBED_FIELDS,
        check_body,
        lambda most: embed(fields=[{"name": "x", "value": "x"}] * most),
    ),
    "embed field": (
        discord_limits.EMBED_FIELD_VALUE,
        check_body,
        lambda most: embed(fields=[{"name": "x", "value": "x" * most}]),
    ),
    "all embeds": (
        discord_limits.EMBED_TEXT,
        check_body,
        lambda most: {"embeds": [{"description": "x" * 4_000}, {"description": "x" * (most - 4_000)}]},
    ),
    "rows": (
        discord_limits.ROWS,
        check_body,
        lambda most: {"components": [row(1, custom_id=f"r{n}") for n in range(most)]},
    ),
    "buttons": (discord_limits.BUTTONS, check_body, lambda most: {"components": [row(most)]}),
    "label": (discord_limits.BUTTON_LABEL, check_body, lambda most: {"components": [row(1, label="x" * most)]}),
    "custom id": (discord_limits.CUSTOM_ID, check_body, lambda most: {"components": [row(1, custom_id="x" * most)]}),
    "thread": (discord_limits.CHANNEL_NAME, discord_checks.check_thread, lambda most: "x" * most),
    "command": (discord_limits.COMMAND_NAME, check_one, lambda most: slash(name="x" * most)),
    "description": (discord_limits.COMMAND_DESCRIPTION, check_one, lambda most: slash(description="x" * most)),
    "options": (
        discord_limits.COMMAND_OPTIONS,
        check_one,
        lambda most: slash(options=[option(n) for n in range(most)]),
    ),
    "string option": (discord_limits.STRING_OPTION, check_one, lambda most: slash(options=[option(max_length=most)])),
    "slash commands": (
        discord_limits.SLASH_COMMANDS,
        discord_checks.check_commands,
        lambda most: [slash(name=f"c{n}") for n in range(most)],
    ),
    "menu commands": (
        discord_limits.MENU_COMMANDS,
        discord_checks.check_commands,
        lambda most: [{"name": f"c{n}", "type": 3} for n in range(most)],
    ),
}


@pytest.mark.parametrize("name", DISCORD)
def test_discord_takes_so_much_and_no_more(name: str) -> None:
    size, check, body = DISCORD[name]
    check(body(size.most))
    with pytest.raises(discord_checks.Refused) as refused:
        check(body(size.most + 1))
    assert (refused.value.status, refused.value.code) == (size.status, size.code)


def test_every_figure_has_its_source() -> None:
    tables = (
        (slack_limits, slack_limits.Limit),
        (discord_limits, discord_limits.Size),
        (claude_limits, claude_limits.Limit),
    )
    for module, kind in tables:
        rows = [one for one in vars(module).values() if isinstance(one, kind)]
        assert len(rows) > 5
        assert all(one.source.startswith("https://") for one in rows)


def test_no_server_reads_a_figure_of_the_product() -> None:
    for path in Path(__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in ("adapters", "bot", "storage")], path


def claude(blocks: list[Json], **more: Any) -> Json:
    return {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": blocks}], **more}


def image(characters: int) -> Json:
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "x" * characters}}


CLAUDE: dict[str, tuple[claude_limits.Limit, Callable[[int], Json]]] = {
    "markers": (
        claude_limits.MARKERS,
        lambda most: claude([{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}] * most),
    ),
    "image": (claude_limits.IMAGE_CHARACTERS, lambda most: claude([image(most)])),
    "images": (claude_limits.IMAGES, lambda most: claude([image(1)] * most)),
    "tool": (claude_limits.TOOL_NAME, lambda most: claude([text(1, "text")], tools=[{"name": "x" * most}])),
    "title": (claude_limits.TITLE, lambda most: claude([{"type": "document", "title": "x" * most}])),
}


@pytest.mark.parametrize("name", CLAUDE)
def test_claude_takes_so_much_and_no_more(name: str) -> None:
    limit, body = CLAUDE[name]
    assert invalid(body(limit.most)) == ""
    assert invalid(body(limit.most + 1)) != ""
