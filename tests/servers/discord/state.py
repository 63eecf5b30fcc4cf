"""What there is at our Discord: people, channels, threads, messages, interactions, and how Discord writes them."""

from __future__ import annotations

import itertools
import random
import re
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.servers.discord.limits import ACK_SECONDS, TOKEN_SECONDS
from tests.servers.watched import Watched

Json = dict[str, Any]

BOT, GUILD, CHANNEL, DM, ROLE, FORUM = "100", "200", "300", "400", "500", "310"
TEAM_ROLE = "501"
OTHER_BOT = "101"
FOREIGN, FOREIGN_GUILD = "390", "290"
"""A channel of a server that knows our bot only because a person has installed it for themselves."""

PEOPLE = {"1": "Ana", "2": "Ben", "3": "Cyn", BOT: "Plumbline", OTHER_BOT: "Alerts"}
BOTS = (BOT, OTHER_BOT)
EPOCH_MS = 1420070400000
MESSAGE_CONTENT = 1 << 15
VOICE = (2, 13)
"""Types of channels that have a text chat and no threads."""
HAS_THREAD, EPHEMERAL, LOADING = 1 << 5, 1 << 6, 1 << 7
DEFAULT, NAME_CHANGE, REPLY, COMMAND = 0, 4, 19, 20
RIGHTS = {
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "attach_files": 1 << 15,
    "read_history": 1 << 16,
    "create_public_threads": 1 << 35,
    "send_in_threads": 1 << 38,
}


@dataclass(slots=True)
class Post:
    """One message."""

    id: str
    channel: str
    author: str
    content: str
    components: list[Json] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    versions: list[str] = field(default_factory=list)
    nonce: str = ""
    reference: str = ""
    flags: int = 0
    attachments: list[Json] = field(default_factory=list)
    ephemeral: bool = False
    kind: int = DEFAULT
    pings_author: bool = False
    """A reply that mentions whom it answers."""
    embeds: list[Json] = field(default_factory=list)
    forwarded: str = ""
    webhook: bool = False
    edited_at: str | None = None
    pinned: bool = False
    poll: Json | None = None
    stickers: list[Json] = field(default_factory=list)
    """A poll's `expiry` is null where it never ends, and a sticker comes as id, name and format."""
    is_old: bool = False
    """Written more than an hour ago, and edited as often as Discord allows then."""
    drawn_at: list[float] = field(default_factory=list)
    used_by: Json = field(default_factory=dict)
    """Of what a command shows: whose it was."""


@dataclass(slots=True)
class Interaction:
    """A command or a press, and how the bot met it."""

    id: str
    token: str
    channel: str
    at: float
    acked_after: float | None = None
    ephemeral: bool = False
    original: str = ""
    expired: bool = False
    foreign: bool = False
    user: str = "1"
    kind: int = 2
    choices: list[Json] | None = None
    """What is offered to whoever types."""
    follow_ups: list[str] = field(default_factory=list)


TAGS = {"701": "bug", "702": "orders"}
"""What a post in the forum may be tagged with."""


class State(Watched):
    """One guild with a text channel and a forum, one person's direct messages, one bot."""

    def __init__(self, *, privileged: bool = True, port: int = 0) -> None:
        super().__init__()
        self.privileged = privileged
        self.posts: dict[str, Post] = {}
        self.threads: dict[str, str] = {}
        """Name by id."""
        self.openers: dict[str, str] = {}
        """Who made a thread, where that was not the bot."""
        self.tagged: dict[str, list[str]] = {}
        """The tags of a post in the forum."""
        self.parents: dict[str, str] = {}
        """Of threads that are not in the text channel."""
        self.channels = {CHANNEL: 0, FORUM: 15}
        """Type by id."""
        self.members: dict[str, Json] = {}
        """What is to be told of a member beside what is told of all: roles, flags, pending; None takes a field away."""
        self.strangers: set[str] = set()
        """People who are in no server of ours; they may write directly all the same."""
        self.overwrites: dict[str, list[Json]] = {}
        """By channel: who may see it, where that is not as in the rest of the server."""
        self.servers = [GUILD]
        """Those that the bot is in."""
        self.elsewhere: dict[str, str] = {}
        """Server by channel, of channels that are in another one than all others; everybody is a member there."""
        self.archived: set[str] = set()
        self.locked: set[str] = set()
        self.calls: list[tuple[str, str]] = []
        self.refusals: list[str] = []
        self.pings: list[str] = []
        self.denied: set[str] = set()
        """Rights that the bot has not: keys of RIGHTS, and `direct_messages`."""
        self.faults: defaultdict[str, deque[str]] = defaultdict(deque)
        self.moderated = set[str]()  # words that a rule of the server does not let pass, in messages and in titles
        """By kind of call (as in `limits.py`): a status, `429:SECONDS`, `429g:SECONDS`, `cut`."""
        self.random = random.Random(0)
        self.cut_share = 0.0
        """Of sends, those whose connection is cut after they were taken."""
        self.banned_until = 0.0
        """Until then (monotonic) nothing that is asked reaches Discord."""
        self.shut_until = 0.0
        """Until then (monotonic) every write gets a 429."""
        self.knocks: list[str] = []
        """Calls that came while it was shut."""
        self.requests_per_second = 0
        """The limit over all calls of a bot; 0 is none."""
        self.latency_seconds = 0.0
        self.interactions: dict[str, Interaction] = {}
        self.ack_seconds, self.token_seconds = ACK_SECONDS, TOKEN_SECONDS
        self.commands: list[Json] = []
        self.downloads: dict[str, bytes | str] = {}
        """What the file host gives; a string is a page instead of the file."""
        self.is_heard = False
        self.intents = 0
        self._numbers = itertools.count(1)
        self._port = port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/v10"

    # --- what people see -----------------------------------------------------------------------------------------------

    def visible(self, channel: str) -> list[Post]:
        """The bot's messages in a channel or thread, in order."""
        return [
            post
            for post in self.posts.values()
            if post.channel == channel and post.author == BOT and not post.ephemeral and post.kind != NAME_CHANGE
        ]

    def is_final(self, channel: str) -> bool:
        labels = [
            one["label"] for post in self.visible(channel) for row in post.components for one in row["components"]
        ]
        return bool(labels) and "Stop" not in labels

    def _last_calls(self) -> str:
        return f"{self.calls[-12:]}, refused {self.refusals[-5:]}"

    # --- objects -------------------------------------------------------------------------------------------------------

    def may(self, right: str) -> bool:
        return right not in self.denied

    @property
    def rights(self) -> str:
        return str(sum(bit for right, bit in RIGHTS.items() if self.may(right)))

    def parent(self, thread: str) -> str:
        return self.parents.get(thread, CHANNEL)

    def _user(self, user: str) -> Json:
        name = PEOPLE.get(user, f"Person{user}")
        base: Json = {"id": user, "username": name.lower(), "global_name": name, "discriminator": "0", "avatar": None}
        return base | {"bot": user in BOTS}

    def _member(self, user: str = "") -> Json:
        rights = str(sum(RIGHTS.values()))
        base: Json = {"roles": [], "joined_at": now(), "deaf": False, "mute": False, "flags": 0, "permissions": rights}
        base |= {"pending": False, "communication_disabled_until": None} | self.members.get(user, {})
        return {key: value for key, value in base.items() if value is not None or key not in self.members.get(user, {})}

    def _last(self, channel: str) -> str | None:
        ids = [int(post.id) for post in self.posts.values() if post.channel == channel]
        return str(max(ids)) if ids else None

    def home(self, channel: str) -> str:
        """The server of a channel or a thread."""
        return self.elsewhere.get(self.parent(channel) if channel in self.threads else channel, GUILD)

    def _channel(self, channel: str) -> Json:
        if channel in self.threads:
            return self._thread(channel)
        if channel == DM:
            return {"id": DM, "type": 1, "recipients": [self._user("1")], "last_message_id": self._last(DM)}
        kind, guild = (0, FOREIGN_GUILD) if channel == FOREIGN else (self.channels[channel], self.home(channel))
        base: Json = {"id": channel, "type": kind, "guild_id": guild, "name": f"channel-{channel}", "position": 0}
        base |= {
            "permission_overwrites": self.overwrites.get(channel, []),
            "last_message_id": self._last(channel),
            "nsfw": False,
            "parent_id": None,
        }
        base |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None} if kind in VOICE else {}
        tags = [
            {"id": tag, "name": name, "moderated": False, "emoji_id": None, "emoji_name": None}
            for tag, name in TAGS.items()
        ]
        return base | {
            "topic": None,
            "permissions": self.rights,
            "flags": 0,
            "available_tags": tags if kind == 15 else [],
        }

    def _thread(self, thread: str) -> Json:
        parent = self.parent(thread)
        meta: Json = {
            "archived": thread in self.archived,
            "locked": thread in self.locked,
            "auto_archive_duration": 1440,
        }
        meta |= {"archive_timestamp": now(), "create_timestamp": now()}
        owner = self.posts[thread].author if parent == FORUM and thread in self.posts else self.openers.get(thread, BOT)
        base: Json = {"id": thread, "type": 11, "guild_id": self.home(thread), "parent_id": parent, "owner_id": owner}
        base |= {"name": self.threads[thread], "last_message_id": self._last(thread)}
        base["message_count"] = sum(post.channel == thread and post.id != thread for post in self.posts.values())
        base |= {"member_count": 1, "rate_limit_per_user": 0, "flags": 0, "thread_metadata": meta}
        base |= {"applied_tags": self.tagged[thread]} if thread in self.tagged else {}
        return base | {"permissions": self.rights}

    def _guild(self, guild_id: str = GUILD) -> Json:
        role: Json = {"id": ROLE, "name": "Plumbline", "color": 0, "hoist": False, "position": 1, "managed": True}
        role |= {"permissions": self.rights, "mentionable": True, "tags": {"bot_id": BOT}, "flags": 0}
        role |= {"colors": {"primary_color": 0}}
        team = {**role, "id": TEAM_ROLE, "name": "backend", "managed": False, "tags": {}}
        everyone = {**role, "id": guild_id, "name": "@everyone", "managed": False, "tags": {}}
        guild: Json = {"id": guild_id, "name": "Team", "owner_id": "1", "roles": [everyone, role, team], "emojis": []}
        inside = [one for one in self.channels if self.home(one) == guild_id]
        open_threads = [one for one in self.threads if one not in self.archived and self.home(one) == guild_id]
        guild |= {"channels": [self._channel(one) for one in inside], "features": []}
        guild |= {"threads": [self._thread(one) for one in open_threads]}
        guild |= {"members": [{**self._member(), "user": self._user(BOT), "roles": [ROLE]}], "member_count": 3}
        guild |= {"large": False, "joined_at": now(), "premium_tier": 0, "preferred_locale": "en-US"}
        guild |= dict.fromkeys(
            ("verification_level", "default_message_notifications", "explicit_content_filter", "mfa_level"), 0
        )
        guild |= {"afk_timeout": 300, "nsfw_level": 0, "system_channel_flags": 0, "unavailable": False}
        return guild | {
            name: []
            for name in ("voice_states", "presences", "stage_instances", "guild_scheduled_events", "stickers", "soundboard_sounds")
        }  # fmt: skip

    def _as_event(self, post: Post) -> Json:
        """A message as the gateway tells of it: with its server, and its author as a member unless that is none.

        https://docs.discord.com/developers/events/gateway-events#message-create: no answer of REST has these."""
        body = self._as_message(post)
        if post.channel == DM:
            return body
        guild = self.home(post.channel)
        body["guild_id"] = guild
        is_member = not (post.webhook or (post.author in self.strangers and guild == GUILD))
        return body | ({"member": self._member(post.author)} if is_member else {})

    def _as_message(self, post: Post, *, depth: int = 0) -> Json:
        """A message as the bot may see it: without the privileged intent, words that were not said to it are missing."""
        people = [self._user(one) for one in dict.fromkeys(re.findall(r"<@!?(\d+)>", post.content)) if one in PEOPLE]
        answered = self.posts.get(post.reference)
        if answered and post.pings_author and not any(one["id"] == answered.author for one in people):
            people.append(self._user(answered.author))
        hears = self.privileged and (not self.intents or bool(self.intents & MESSAGE_CONTENT))
        hears = hears or post.author == BOT or post.channel == DM
        hears = hears or any(one["id"] == BOT for one in people)
        body: Json = {"id": post.id, "channel_id": post.channel, "timestamp": now(), "edited_timestamp": post.edited_at}
        body |= {"author": self._user(post.author), "type": post.kind or (REPLY if post.reference else DEFAULT)}
        body |= self._words(post) if hears else {"content": "", "attachments": [], "embeds": [], "components": []}
        body |= {"tts": False, "mention_everyone": False, "mentions": people, "pinned": post.pinned}
        body |= {"mention_roles": re.findall(r"<@&(\d+)>", post.content)}
        body["flags"] = post.flags | (HAS_THREAD if post.id in self.threads and post.channel != post.id else 0)
        if post.nonce:
            body["nonce"] = post.nonce
        if post.used_by:
            body["interaction_metadata"] = {**post.used_by, "authorizing_integration_owners": {}}
        if post.webhook:
            body["webhook_id"] = "777"
        if post.reference:
            body["message_reference"] = {"type": 0, "message_id": post.reference, "channel_id": post.channel}
            if depth == 0:
                body["referenced_message"] = self._as_message(answered, depth=1) if answered else None
        if post.forwarded and hears:
            source = self.posts[post.forwarded]
            body["message_reference"] = {"type": 1, "message_id": source.id, "channel_id": source.channel}
            body["message_reference"] |= {} if source.channel == DM else {"guild_id": self.home(source.channel)}
            shot = {**self._words(source), "timestamp": now(), "edited_timestamp": None, "flags": 0, "type": 0}
            named = [self._user(one) for one in re.findall(r"<@!?(\d+)>", source.content) if one in PEOPLE]
            body["message_snapshots"] = [{"message": {**shot, "mentions": named, "mention_roles": []}}]
        return body

    @staticmethod
    def _words(post: Post) -> Json:
        said: Json = {"content": post.content, "attachments": post.attachments, "embeds": post.embeds}
        said |= {"components": post.components, "sticker_items": post.stickers}
        return said | ({"poll": post.poll} if post.poll else {})

    def _snowflake(self) -> str:
        return str((int(time.time() * 1000) - EPOCH_MS) << 22 | next(self._numbers) & 0xFFF)


def now() -> str:
    return datetime.now(UTC).isoformat()
