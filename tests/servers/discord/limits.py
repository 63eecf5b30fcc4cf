"""What our Discord takes and no more, each figure with where it is from; the product has its own, and neither reads the other's.

Discord publishes no figures of its buckets and asks bots to obey the headers (https://docs.discord.com/developers/topics/rate-limits);
those here are as seen in the headers of the real one, or stricter. A window slides, which refuses more than one that begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in so many seconds. `of`: what has a bucket of its own: a channel, an interaction's token, or the bot."""

    calls: int
    seconds: float
    of: str = "channel"


BUCKETS: dict[str, Limit] = {
    "send": Limit(5, 5),  # https://github.com/discord/discord-api-docs/issues/4413
    "edit": Limit(5, 5),  # the same; counted apart from sends
    "delete": Limit(5, 1),  # headers of DELETE .../messages/{id}
    "thread": Limit(50, 300),  # headers of POST .../threads
    "GET channels": Limit(5, 5),  # headers of GET /channels/{id}
    "history": Limit(5, 5),  # headers of GET .../messages
    "PATCH channels": Limit(5, 15),  # headers of PATCH /channels/{id}
    "direct": Limit(10, 10, "bot"),  # headers of POST /users/@me/channels; they vary
    "GET guilds": Limit(5, 5),
    "member": Limit(5, 1),  # of each server; not seen: as the quickest of those of five calls
    "server": Limit(5, 5),
    "servers": Limit(1, 1, "bot"),
    "GET users": Limit(30, 30, "bot"),  # headers of GET /users/@me
    "GET oauth2": Limit(5, 5, "bot"),
    "GET gateway": Limit(2, 5, "bot"),  # headers of GET /gateway/bot
    "GET applications": Limit(5, 20, "bot"),
    "PUT applications": Limit(2, 60, "bot"),
    "webhook": Limit(5, 2, "token"),  # follow-ups and edits of them together: headers of POST /webhooks/{id}/{token}
    "callback": Limit(5, 5, "token"),
}
INVALID = Limit(10_000, 600, "bot")
"""Answers with 401, 403 or 429 but for shared limits; then whoever asks is shut out before Discord sees it, with a page:
https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans. For how long is not said there."""
BANNED_SECONDS = 600.0
SHARED: dict[str, Limit] = {
    "rename": Limit(2, 600),  # https://github.com/Rapptz/discord.py/discussions/9073: a 429 while its bucket has room
}


@dataclass(frozen=True, slots=True)
class Size:
    """So much at most, and where that is written. More is refused with 400 and 50035, unless `code` says otherwise."""

    most: int
    source: str
    code: int = 50035
    status: int = 400


MESSAGES = "https://docs.discord.com/developers/resources/message"
COMPONENTS = "https://docs.discord.com/developers/components/reference"
COMMANDS = "https://docs.discord.com/developers/interactions/application-commands"

CONTENT = Size(2_000, f"{MESSAGES}#create-message")
NONCE = Size(25, f"{MESSAGES}#create-message")
NONCE_SECONDS = 120.0  # the same: "checked for uniqueness in the past few minutes"
FILES = Size(10, f"{MESSAGES}#create-message", 30015)
FILE_BYTES = Size(10 * 1024**2, "https://docs.discord.com/developers/reference#uploading-files", 40005, 413)
REQUEST_BYTES = Size(25 * 1024**2, f"{MESSAGES}#create-message", 40005, 413)
MENTIONED = Size(100, f"{MESSAGES}#allowed-mentions-object")
HISTORY = Size(100, f"{MESSAGES}#get-channel-messages")

EMBEDS = Size(10, f"{MESSAGES}#create-message")
EMBED_TITLE = Size(256, f"{MESSAGES}#embed-object-embed-limits")
EMBED_DESCRIPTION = Size(4_096, f"{MESSAGES}#embed-object-embed-limits")
EMBED_FIELDS = Size(25, f"{MESSAGES}#embed-object-embed-limits")
EMBED_FIELD_NAME = Size(256, f"{MESSAGES}#embed-object-embed-limits")
EMBED_FIELD_VALUE = Size(1_024, f"{MESSAGES}#embed-object-embed-limits")
EMBED_FOOTER = Size(2_048, f"{MESSAGES}#embed-object-embed-limits")
EMBED_AUTHOR = Size(256, f"{MESSAGES}#embed-object-embed-limits")
EMBED_TEXT = Size(6_000, f"{MESSAGES}#embed-object-embed-limits: over all embeds of a message")

ROWS = Size(5, f"{COMPONENTS}#legacy-message-component-behavior")
BUTTONS = Size(5, f"{COMPONENTS}#action-row")
BUTTON_LABEL = Size(80, f"{COMPONENTS}#button")
CUSTOM_ID = Size(100, f"{COMPONENTS}#anatomy-of-a-component")

CHANNEL_NAME = Size(100, "https://docs.discord.com/developers/resources/channel#start-thread-from-message")
ARCHIVE_MINUTES = (
    60,
    1_440,
    4_320,
    10_080,
)  # https://docs.discord.com/developers/resources/channel#start-thread-from-message

SLASH_COMMANDS = Size(100, f"{COMMANDS}#registering-a-command", 30032)
MENU_COMMANDS = Size(15, f"{COMMANDS}#registering-a-command", 30032)
COMMAND_NAME = Size(32, f"{COMMANDS}#application-command-object")
COMMAND_DESCRIPTION = Size(100, f"{COMMANDS}#application-command-object")
COMMAND_OPTIONS = Size(25, f"{COMMANDS}#application-command-object")
COMMAND_CHOICES = Size(25, f"{COMMANDS}#application-command-object-application-command-option-structure")
COMMAND_TEXT = Size(8_000, f"{COMMANDS}#slash-commands: names, descriptions and values together")
STRING_OPTION = Size(6_000, f"{COMMANDS}#application-command-object-application-command-option-structure")

FOREIGN_FOLLOW_UPS = Size(
    5, "https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages", 40094
)
ACK_SECONDS, TOKEN_SECONDS = 3.0, 900.0  # https://docs.discord.com/developers/interactions/receiving-and-responding
GATEWAY_EVENTS, GATEWAY_SECONDS = (
    120,
    60.0,
)  # https://docs.discord.com/developers/events/gateway#rate-limiting; close code 4008
GATEWAY_BYTES = 4_096  # https://docs.discord.com/developers/events/gateway#sending-events; close code 4002
