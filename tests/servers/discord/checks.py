"""What Discord refuses of a message, of its buttons and of commands; the figures are in `limits.py`."""

from __future__ import annotations

import re
from collections.abc import Sized

from tests.servers.discord import limits
from tests.servers.discord.limits import Size
from tests.servers.discord.state import Json


class Refused(Exception):
    """Discord's error: HTTP status, its own code, its words."""

    def __init__(self, status: int, code: int, words: str) -> None:
        super().__init__(words)
        self.status, self.code, self.words = status, code, words


def within(value: Sized | None, size: Size, least: int = 0) -> None:
    if not least <= len(value or "") <= size.most:
        raise Refused(size.status, size.code, f"Must be between {least} and {size.most} in length.")


def invalid(words: str) -> Refused:
    return Refused(400, 50035, f"Invalid Form Body: {words}")


def check_message(body: Json, files: dict[str, str]) -> None:
    """Raises Refused; for a message as it is sent, and as it is edited."""
    content, embeds = body.get("content") or "", body.get("embeds") or []
    within(content, limits.CONTENT)
    within(files, limits.FILES)
    for data in files.values():
        within(data.encode(), limits.FILE_BYTES)
    within("".join(files.values()).encode(), limits.REQUEST_BYTES)
    if "content" in body and not content.strip() and not (files or embeds or body.get("attachments")):
        raise Refused(400, 50006, "Cannot send an empty message")
    within((body.get("allowed_mentions") or {}).get("users"), limits.MENTIONED)
    _check_embeds(embeds)
    _check_rows(body.get("components") or [])


def _check_embeds(embeds: list[Json]) -> None:
    within(embeds, limits.EMBEDS)
    whole = ""
    for one in embeds:
        footer, author = (one.get(part) or {} for part in ("footer", "author"))
        within(one.get("title"), limits.EMBED_TITLE)
        within(one.get("description"), limits.EMBED_DESCRIPTION)
        within(footer.get("text"), limits.EMBED_FOOTER)
        within(author.get("name"), limits.EMBED_AUTHOR)
        within(one.get("fields"), limits.EMBED_FIELDS)
        for field in one.get("fields") or ():
            within(field["name"], limits.EMBED_FIELD_NAME, 1)
            within(field["value"], limits.EMBED_FIELD_VALUE, 1)
            whole += field["name"] + field["value"]
        whole += "".join(
            text or "" for text in (one.get("title"), one.get("description"), footer.get("text"), author.get("name"))
        )
    within(whole, limits.EMBED_TEXT)


def _check_rows(rows: list[Json]) -> None:
    within(rows, limits.ROWS)
    names = []
    for row in rows:
        if row["type"] != 1:
            raise invalid("components: a message holds rows")
        within(row["components"], limits.BUTTONS, 1)
        for button in row["components"]:
            within(button.get("label"), limits.BUTTON_LABEL)
            if button.get("style") != 5:
                within(button.get("custom_id"), limits.CUSTOM_ID, 1)
                names.append(button["custom_id"])
            if not (button.get("label") or button.get("emoji")):
                raise invalid("components: a button needs a label or an emoji")
    if len(set(names)) < len(names):
        raise invalid("components: custom_id cannot be duplicated")


def check_thread(name: object, minutes: object = None) -> None:
    if not isinstance(name, str):
        raise invalid("name: This field is required")
    within(name.strip(), limits.CHANNEL_NAME, 1)
    if minutes is not None and minutes not in limits.ARCHIVE_MINUTES:
        raise invalid("auto_archive_duration")


def check_commands(commands: list[Json]) -> None:
    within([one for one in commands if one.get("type", 1) == 1], limits.SLASH_COMMANDS)
    for kind in (2, 3):
        within([one for one in commands if one.get("type", 1) == kind], limits.MENU_COMMANDS)
    for one in commands:
        within(one["name"], limits.COMMAND_NAME, 1)
        if one.get("type", 1) == 1:
            _check_slash(one)
    if len({(one.get("type", 1), one["name"]) for one in commands}) < len(commands):
        raise invalid("name: Application command names must be unique")


def _check_slash(command: Json) -> None:
    within(command.get("description"), limits.COMMAND_DESCRIPTION, 1)
    options = command.get("options") or []
    within(options, limits.COMMAND_OPTIONS)
    whole = command["name"] + command["description"]
    is_required_over = False
    for one in options:
        within(one["name"], limits.COMMAND_NAME, 1)
        within(one.get("description"), limits.COMMAND_DESCRIPTION, 1)
        within(one.get("choices"), limits.COMMAND_CHOICES)
        if one.get("max_length") is not None and not 1 <= one["max_length"] <= limits.STRING_OPTION.most:
            raise invalid("options: max_length")
        if one.get("required") and is_required_over:
            raise invalid("options: Required options must be placed before non-required options")
        is_required_over = is_required_over or not one.get("required")
        whole += one["name"] + one["description"]
        whole += "".join(f"{choice['name']}{choice['value']}" for choice in one.get("choices") or ())
    if any(
        not re.fullmatch(r"[-_\w]+", name) or name != name.lower()
        for name in (command["name"], *(one["name"] for one in options))
    ):
        raise invalid("name: String value did not match validation regex.")
    within(whole, limits.COMMAND_TEXT)
