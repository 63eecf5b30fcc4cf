"""Events of Slack and Discord with a mark in each field that people or apps can write, after the platforms' own references."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

WRITTEN = "§"
"""What stands in a field that somebody writes."""

# --- Slack: https://docs.slack.dev/reference/events/message and /reference/block-kit/blocks -----------------------------

TEXT: Json = {"type": "mrkdwn", "text": "a §"}
PLAIN: Json = {"type": "plain_text", "text": "a §"}
RICH: list[Json] = [
    {"type": "text", "text": "a §"},
    {"type": "link", "url": "https://x.example/§", "text": "a §"},
    {"type": "emoji", "name": "§"},
    {"type": "color", "value": "§"},
    {"type": "date", "timestamp": 1720000000, "format": "{date} §", "fallback": "§", "url": "https://x.example/§"},
]
OPTION: Json = {"text": PLAIN, "value": "§", "description": PLAIN, "url": "https://x.example/§"}
ELEMENTS: list[Json] = [
    {"type": "button", "text": PLAIN, "value": "§", "url": "https://x.example/§", "action_id": "§"},
    {"type": "static_select", "placeholder": PLAIN, "options": [OPTION], "action_id": "§"},
    {"type": "overflow", "options": [OPTION], "action_id": "§"},
    {"type": "image", "image_url": "https://x.example/§", "alt_text": "§"},
]
BLOCKS: list[Json] = [
    {"type": "section", "block_id": "§", "text": TEXT, "fields": [TEXT, PLAIN], "accessory": ELEMENTS[0]},
    {"type": "header", "text": PLAIN},
    {"type": "context", "elements": [TEXT, ELEMENTS[3]]},
    {"type": "actions", "elements": ELEMENTS},
    {"type": "image", "image_url": "https://x.example/§", "alt_text": "§", "title": PLAIN},
    {
        "type": "video",
        "title": PLAIN,
        "title_url": "https://x.example/§",
        "video_url": "https://x.example/§",
        "alt_text": "§",
        "description": PLAIN,
        "author_name": "§",
        "provider_name": "§",
    },
    {"type": "markdown", "text": "a §"},
    {"type": "file", "external_id": "§", "source": "remote"},
    {"type": "call", "call": {"v1": {"name": "§", "join_url": "https://x.example/§"}}},
    {
        "type": "input",
        "label": PLAIN,
        "hint": PLAIN,
        "element": {"type": "plain_text_input", "initial_value": "§", "placeholder": PLAIN},
    },
    {
        "type": "rich_text",
        "elements": [
            {"type": kind, "elements": RICH}
            for kind in ("rich_text_section", "rich_text_preformatted", "rich_text_quote")
        ],
    },
    {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_list", "style": "bullet", "elements": [{"type": "rich_text_section", "elements": RICH}]}
        ],
    },
    {
        "type": "table",
        "rows": [
            [
                {"type": "raw_text", "text": "§"},
                {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": RICH}]},
            ]
        ],
    },
    {"type": "task_card", "title": "§", "status": "§", "details": "§", "output": "§"},
    {"type": "plan", "title": "§", "tasks": [{"title": "§"}]},
    {"type": "data_visualization", "title": "§", "chart": "§"},
    {"type": "something_new", "title": "§", "name": "§", "text": PLAIN},
]
CARD: Json = {
    "pretext": "a §", "author_name": "§", "author_subname": "§", "author_link": "https://x.example/§", "title": "a §",
    "title_link": "https://x.example/§", "text": "a §", "fallback": "a §", "footer": "a §", "footer_icon": "https://x.example/§",
    "image_url": "https://x.example/§.png", "thumb_url": "https://x.example/§.png", "from_url": "https://x.example/§",
    "original_url": "https://x.example/§", "service_name": "§", "service_icon": "https://x.example/§", "callback_id": "§",
    "channel_name": "§", "color": "§", "fields": [{"title": "§", "value": "a §"}], "blocks": BLOCKS,
    "actions": [{"type": "button", "text": "§", "url": "https://x.example/§", "name": "§", "value": "§"}],
}  # fmt: skip
EMAIL: Json = {
    "mode": "email", "filetype": "email", "subject": "§", "title": "§", "plain_text": "a §", "from": [{"original": "§", "address": "§", "name": "§"}],
    "to": [{"original": "§", "address": "§", "name": "§"}], "cc": [{"original": "§"}], "attachments": [{"filename": "§"}], "headers": {"message_id": "§"},
    "preview": "§", "preview_plain_text": "§",
}  # fmt: skip
FILE: Json = {
    "name": "§.log", "title": "§", "alt_txt": "§", "initial_comment": {"comment": "a §"}, "preview": "a §", "preview_highlight": "§",
    "permalink": "https://x.example/§", "permalink_public": "https://x.example/§", "plain_text": "a §", "username": "§", "pretty_type": "§",
    "external_url": "https://x.example/§", "comments_count": 1, "channel_actions_text": "§",
}  # fmt: skip
VOICE: Json = {
    "subtype": "slack_audio",
    "transcription": {"status": "complete", "locale": "§", "preview": {"content": "a §", "has_more": False}},
}
PROFILE: Json = {
    "display_name": "§",
    "real_name": "§",
    "first_name": "§",
    "name": "§",
    "avatar_hash": "§",
    "image_72": "https://x.example/§",
}
AROUND: Json = {
    "username": "§", "user_profile": PROFILE, "bot_profile": {"name": "§"}, "icons": {"emoji": "§"}, "topic": "§", "purpose": "§", "name": "§",
    "metadata": {"event_type": "§", "event_payload": {"title": "§", "user": "§", "name": "§"}}, "assistant_thread": {"title": "§", "first_user_message": {"text": "§"}},
    "room": {"name": "§", "channels": [], "participant_history": ["U2"], "has_ended": True}, "reactions": [{"name": "§", "users": ["U2"], "count": 1}],
    "pinned_info": {"note": "§"}, "x_more": {"anything": "§"},
}  # fmt: skip


def _slack_messages() -> Iterator[tuple[str, Json]]:
    """What a message can bring beside its text, by kinds."""
    yield "around", AROUND
    yield "blocks", {"blocks": BLOCKS}
    yield "an app's card", {"attachments": [{**CARD, "is_app_unfurl": True}]}
    yield "a page's preview", {"attachments": [CARD]}
    forwarded = {
        "is_share": True,
        "is_msg_unfurl": True,
        "author_id": "U2",
        "channel_id": "C2",
        "ts": "1719412345.000100",
    }
    inside = [{"channel": "C2", "ts": "1", "message": {"blocks": BLOCKS, "files": [{"id": "F1", "mode": "tombstone"}]}}]
    yield "forwarded", {"attachments": [{**CARD, **forwarded, "message_blocks": inside}]}
    for mode in ("thread_broadcast", "me_message"):
        yield (
            mode,
            {"subtype": mode, "attachments": [CARD], "root": {"text": "a §", "user": "U2", "ts": "1719412345.000200"}},
        )


# --- Discord: https://docs.discord.com/developers/resources/message ------------------------------------------------------

MEDIA: Json = {"url": "https://x.example/§.png", "proxy_url": "https://x.example/§.png"}
EMBED: Json = {
    "type": "rich", "title": "§", "description": "a §", "url": "https://x.example/§", "author": {"name": "§", "url": "https://x.example/§", "icon_url": "https://x.example/§"},
    "footer": {"text": "§", "icon_url": "https://x.example/§"}, "fields": [{"name": "§", "value": "a §"}], "image": MEDIA, "thumbnail": MEDIA, "video": MEDIA,
    "provider": {"name": "§", "url": "https://x.example/§"},
}  # fmt: skip
SHOWN: list[Json] = [
    {"type": 10, "content": "a §"},
    {"type": 9, "components": [{"type": 10, "content": "a §"}], "accessory": {"type": 11, "media": MEDIA, "description": "§"}},
    {"type": 12, "items": [{"media": MEDIA, "description": "§"}]},
    {"type": 13, "file": {"url": "attachment://§"}, "name": "§"},
    {"type": 17, "components": [{"type": 10, "content": "a §"}]},
    {"type": 1, "components": [{"type": 2, "style": 5, "label": "§", "url": "https://x.example/§"}, {"type": 2, "style": 1, "label": "§", "custom_id": "§"}]},
    {"type": 1, "components": [{"type": 3, "custom_id": "§", "placeholder": "§", "options": [{"label": "§", "value": "§", "description": "§"}]}]},
]  # fmt: skip
POLL: Json = {
    "question": {"text": "§"}, "answers": [{"answer_id": 1, "poll_media": {"text": "§", "emoji": {"id": None, "name": "§"}}}], "expiry": None,
    "allow_multiselect": False, "layout_type": 1, "results": {"is_finalized": False, "answer_counts": []},
}  # fmt: skip
USER: Json = {
    "username": "§",
    "global_name": "§",
    "avatar": None,
    "banner": "§",
    "primary_guild": {"tag": "§"},
    "clan": {"tag": "§"},
}
BESIDE: Json = {
    "application": {"id": "9", "name": "§", "description": "§", "icon": None}, "activity": {"type": 1, "party_id": "§"}, "nonce": "§",
    "mention_channels": [{"id": "300", "guild_id": "200", "type": 0, "name": "§"}], "reactions": [{"count": 1, "me": False, "emoji": {"id": None, "name": "§"}, "count_details": {"burst": 0, "normal": 1}, "burst_colors": [], "me_burst": False}],
    "role_subscription_data": {"tier_name": "§", "role_subscription_listing_id": "1", "total_months_subscribed": 1, "is_renewal": False}, "x_more": {"anything": "§"},
}  # fmt: skip


def _discord_messages() -> Iterator[tuple[str, Json]]:
    yield "words", {}
    yield "embeds", {"embeds": [EMBED, {**EMBED, "type": "article"}]}
    yield "components", {"components": SHOWN}
    yield "poll", {"poll": POLL, "sticker_items": [{"id": "8", "name": "§", "format_type": 1}]}
    yield "who", {"author": USER, "member": {"nick": "§", "roles": []}}
    yield "beside", BESIDE
    snapshot = {
        "content": "a §",
        "embeds": [EMBED],
        "components": SHOWN,
        "attachments": [],
        "type": 0,
        "flags": 0,
        "edited_timestamp": None,
    }
    yield (
        "forwarded",
        {
            "message_reference": {"type": 1, "message_id": "77", "channel_id": "300"},
            "message_snapshots": [
                {"message": {**snapshot, "timestamp": "2026-01-01T00:00:00+00:00", "mentions": [], "mention_roles": []}}
            ],
        },
    )


SLACK_MESSAGES, DISCORD_MESSAGES = dict(_slack_messages()), dict(_discord_messages())
"""By what a message brings beside its text."""

VIEW: Json = {
    "id": "V1", "type": "modal", "callback_id": "§", "private_metadata": "§", "title": PLAIN,
    "state": {"values": {"§": {"§": {"type": "plain_text_input", "value": "§"}}}},
}  # fmt: skip
SLACK_AROUND: Json = {
    "user": {"id": "U1", "name": "§", "username": "§"}, "channel": {"id": "C1", "name": "§"}, "team": {"id": "T1", "domain": "§"},
}  # fmt: skip
SLACK_PRESSES: list[tuple[str, Json]] = [
    (
        "block_actions",
        {
            "actions": [{**one, "block_id": "§", "action_ts": "1.1", "selected_option": OPTION} for one in ELEMENTS],
            "message": {"text": "§", "blocks": BLOCKS},
            "state": VIEW["state"],
        },
    ),
    ("block_suggestion", {"action_id": "§", "block_id": "§", "value": "§"}),
    ("shortcut", {"callback_id": "§"}),
    ("message_action", {"callback_id": "§", "message": {"user": "U2", "text": "§", "attachments": [CARD]}}),
    ("view_submission", {"view": VIEW}),
    ("view_closed", {"view": VIEW}),
    ("workflow_step_edit", {"callback_id": "§", "workflow_step": {"inputs": {"§": {"value": "§"}}}}),
]
"""What people do with what an app has left somewhere."""
