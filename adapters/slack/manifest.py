"""The app's manifest: exactly the scopes and events that the code uses. A test holds both against the code.

https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from adapters import phrases as adapters_phrases
from adapters.slack import phrases

ASK_ABOUT = "ask_about"
"""The message menu's callback."""

EVENTS = (
    "agent_session_stopped",
    "app_home_opened",
    "app_mention",
    "channel_shared",
    "channel_unshared",
    "file_change",
    "file_deleted",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "subteam_members_changed",
    "subteam_updated",
    "team_join",
    "user_change",
)

SCOPES = {
    "app_mentions:read": "hear mentions",
    "assistant:write": "suggest prompts and name threads in direct messages",
    "channels:read": "know which channels other companies and guests can read",
    "channels:history": "hear replies in threads of public channels, and read what was said before",
    "groups:read": "the same of private channels",
    "groups:history": "the same in private channels",
    "im:history": "hear direct messages",
    "mpim:history": "hear group messages",
    "mpim:read": "know who is in a group message",
    "chat:write": "answer",
    "commands": "/ask and /plumbline",
    "files:read": "read files that are sent with a question",
    "files:write": "send very long code as a file",
    "users:read": "know people by name, and who is a guest, of another company, or deactivated",
}
"""Each scope with what it is for."""

OPTIONAL_SCOPES = {
    "usergroups:read": "know user groups by name, and who is in one that a repository names",
}
"""What a workspace may leave out: then an id stands there."""

MENU_CHARACTERS, NAME_CHARACTERS, SHOWN_CHARACTERS = 24, 35, 80
"""The longest name of a message menu, an app and its bot: https://docs.slack.dev/reference/app-manifest."""

DESCRIPTION = "Answers backend questions from your own repositories: code that runs, with links to the exact lines."


def manifest(name: str, http_url: str = "") -> dict[str, Any]:
    """`name`: what the bot is to be called. For Socket Mode, or for signed HTTP at a public address (`https://host`)."""
    address = f"{http_url.rstrip('/')}/slack/events" if http_url else ""
    url = {"request_url": address} if address else {}
    return {
        "display_information": {
            "name": name[:NAME_CHARACTERS],
            "description": "Answers backend questions in the thread",
            "background_color": "#7d3517",
        },
        "features": {
            "agent_view": {
                "agent_description": DESCRIPTION,
                "suggested_prompts": [{"title": title, "message": said} for title, said in phrases.prompts()],
            },
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name[:SHOWN_CHARACTERS], "always_online": True},
            "shortcuts": [
                {
                    "name": adapters_phrases.ask_about_this(name, MENU_CHARACTERS),
                    "type": "message",
                    "callback_id": ASK_ABOUT,
                    "description": "Explains a message, an alert or an error in its thread",
                }
            ],
            "slash_commands": [
                _command("/ask", "Ask a backend question", "[private] your question", address),
                _command(
                    "/plumbline",
                    "Settings and usage of this channel",
                    "help | repos | usage | model | on | off",
                    address,
                ),
            ],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES), "bot_optional": sorted(OPTIONAL_SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **url},
            "interactivity": {"is_enabled": True, **url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not http_url,
            "token_rotation_enabled": False,
        },
    }


def new_app(own_name: str) -> str:
    """The page on which Slack makes the app of this manifest: whoever opens it chooses the workspace."""
    written = json.dumps(manifest(own_name, ""), separators=(",", ":"))
    return f"https://api.slack.com/apps?new_app=1&manifest_json={quote(written, safe='')}"


def _command(name: str, description: str, hint: str, address: str) -> dict[str, Any]:
    command = {"command": name, "description": description, "usage_hint": hint, "should_escape": True}
    return {**command, "url": address} if address else command
