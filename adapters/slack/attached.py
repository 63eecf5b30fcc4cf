"""What an attachment of Slack's is (somebody else's message, a card of an app's, a page's preview), and what stands within.

https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.slack.blocks import tables

Event = Mapping[str, Any]


def is_quotation(attachment: Event) -> bool:
    """A message that was forwarded, or whose link Slack shows with its words."""
    return bool(attachment.get("is_share") or attachment.get("is_msg_unfurl") or attachment.get("message_blocks"))


def is_of_an_app(attachment: Event) -> bool:
    """A card that an app made of a link, or that came with a person's message; a page's preview, which Slack makes, is none. What
    people paste as a table has neither words nor fields."""
    is_page = bool(attachment.get("from_url") or attachment.get("original_url")) and not attachment.get("is_app_unfurl")
    blocks = attachment.get("blocks") or ()
    is_table = bool(blocks) and len(tables(blocks)) == len(blocks)
    return not is_page and not is_table


def blocks_within(attachment: Event) -> list[Event]:
    """The blocks of a quoted message, which stand within the message that they are of."""
    within: list[Event] = [*(attachment.get("blocks") or ())]
    for one in attachment.get("message_blocks") or ():
        within += (one["message"].get("blocks") or ()) if isinstance(one.get("message"), Mapping) else [one]
    return within


def all_within(attachment: Event, key: str) -> list[Event]:
    """Files or attachments of a quoted message, wherever Slack puts them."""
    messages = [
        one["message"] for one in attachment.get("message_blocks") or () if isinstance(one.get("message"), Mapping)
    ]
    return [one for message in (attachment, *messages) for one in message.get(key) or ()]
