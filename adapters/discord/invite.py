"""The link that invites the bot into a server, with exactly the permissions that the code uses.

https://docs.discord.com/developers/topics/oauth2#bot-authorization-flow
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import urlencode

import discord

PERMISSIONS = {
    "view_channel": "see the channels that it is asked in",
    "send_messages": "answer",
    "send_messages_in_threads": "answer in threads",
    "create_public_threads": "begin a thread for an answer",
    "read_message_history": "know what was said before it was asked",
    "attach_files": "send very long code as a file",
}
"""Each permission with what it is for."""

SCOPES = ("bot", "applications.commands")
APPLICATION = re.compile(r"\d{15,21}")
UNKNOWN = "APPLICATION_ID"


def invite(application: str) -> str:
    """`application`: its id, on the portal's *General Information*."""
    permissions = discord.Permissions(**dict.fromkeys(PERMISSIONS, True))
    query = {"client_id": application, "scope": " ".join(SCOPES), "permissions": permissions.value}
    return f"https://discord.com/oauth2/authorize?{urlencode(query)}"


def application_of(token: str) -> str:
    """A bot's token begins with its application's id, in base64; "" where it does not."""
    head = token.partition(".")[0]
    try:
        told = base64.b64decode(head + "=" * (-len(head) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    return told if APPLICATION.fullmatch(told) else ""


def described(application: str) -> list[str]:
    """The link, and what each permission in it is for."""
    known = application if APPLICATION.fullmatch(application) else UNKNOWN
    lines = [invite(known), "", "It asks for these permissions, and no more:"]
    lines += [f"  {name.replace('_', ' ')}: to {why}" for name, why in PERMISSIONS.items()]
    if known == UNKNOWN:
        lines += [
            "",
            f"Put your application's id where {UNKNOWN} stands (portal: General Information), or set DISCORD_BOT_TOKEN.",
        ]
    return lines
