"""Who is in our Slack: people and channels with the fields that Slack's objects have, who is where, user groups, and what changes.

Objects as in https://docs.slack.dev/reference/objects/user-object and /conversation-object; a deactivated person's lacks the flags, a
stranger's comes from Slack Connect.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.servers.slack.delivery import Delivery
from tests.servers.slack.posts import BOT_USER, TEAM, Json, Refused
from tests.servers.slack.workspace import PEOPLE, ZONE

OTHER_TEAM = "T9"
PAGE = 1_000
"""Of https://docs.slack.dev/reference/methods/conversations.members and users.list the largest page."""

CHANNELS_PAGE = 999
"""Of https://docs.slack.dev/reference/methods/users.conversations."""


class Inside(Delivery):
    def person(self, user: str, name: str = "", **flags: object) -> str:
        """Somebody of this workspace, unless `flags` say otherwise (`team_id`, `is_restricted`, ...); None takes one away."""
        self.people[user] = {"id": user, "display_name": name or user, **flags}
        return user

    def channel(self, channel: str, *members: str, **flags: object) -> str:
        """A channel with these in it, the app too; public unless `flags` say otherwise; None takes one away."""
        self.conversations[channel] = flags
        self.inside[channel] = [BOT_USER, *members]
        return channel

    # --- what the Web API says ------------------------------------------------------------------------------------------

    def _user_object(self, user: str) -> Json:
        told = {"display_name": PEOPLE.get(user, user), **self.people.get(user, {})}
        name = told.pop("display_name")
        facts: Json = {"id": user, "team_id": TEAM, "name": user.lower(), "deleted": False, "tz": ZONE}
        facts |= {"profile": {"display_name": name}, "is_bot": user == BOT_USER, "is_app_user": False}
        facts |= {"is_admin": False, "is_owner": False, "is_restricted": False, "is_ultra_restricted": False} | told
        if facts["deleted"]:
            facts |= dict.fromkeys(("is_admin", "is_owner", "is_restricted", "is_ultra_restricted", "tz"))
        return {key: value for key, value in facts.items() if value is not None}

    def _user(self, body: Json) -> Json:
        user = str(body.get("user") or "")
        if user not in PEOPLE and user not in self.people:
            raise Refused("user_not_found")
        return {"user": self._user_object(user)}

    def _users(self, body: Json) -> Json:
        """Whoever is of this workspace; strangers are not."""
        people = [self._user_object(user) for user in {**PEOPLE, **self.people}]
        return self._page([one for one in people if one.get("team_id") == TEAM], body)

    def _conversation(self, body: Json) -> Json:
        channel = str(body.get("channel") or "")
        flags = self.conversations.get(channel, {})
        if channel in self.absent and flags.get("is_private"):
            raise Refused("channel_not_found")
        if channel.startswith("D"):
            base: Json = {
                "id": channel,
                "is_im": True,
                "is_org_shared": False,
                "user": "U1",
                "created": 1,
                "is_archived": False,
            }
            return {"channel": {key: value for key, value in (base | flags).items() if value is not None}}
        found: Json = {
            "id": channel,
            "name": self.channel_names.get(channel, channel),
            "is_channel": True,
            "is_group": False,
            "is_im": False,
        }
        found |= dict.fromkeys(
            ("is_mpim", "is_private", "is_archived", "is_general", "is_shared", "is_org_shared"), False
        )
        found |= {
            "is_ext_shared": False,
            "is_pending_ext_shared": False,
            "pending_shared": [],
            "parent_conversation": None,
        }
        found |= {"created": 1, "creator": "U1", "is_member": channel not in self.absent, "context_team_id": TEAM}
        return {"channel": {key: value for key, value in (found | flags).items() if value is not None}}

    def _members(self, body: Json) -> Json:
        channel = str(body.get("channel") or "")
        if channel in self.absent and self.conversations.get(channel, {}).get("is_private"):
            raise Refused("channel_not_found")
        return self._page(self.inside.get(channel, [BOT_USER, "U1", "U2"]), body)

    def _group(self, body: Json) -> Json:
        if body.get("usergroup") not in self.groups:
            raise Refused("no_such_subteam")
        return {"users": self.groups[str(body["usergroup"])]}

    def _ours(self, body: Json) -> Json:
        """users.conversations: those that the app is in."""
        spoken = [one for one in self.channels if not one.startswith("D")]
        known = [one for one in dict.fromkeys([*self.conversations, *spoken]) if one not in self.absent]
        found = [self._conversation({"channel": one})["channel"] for one in known]
        page = self._page(found, body, CHANNELS_PAGE)
        return {"channels": page["members"], "response_metadata": page["response_metadata"]}

    @staticmethod
    def _page(items: Sequence[object], body: Json, most: int = PAGE) -> Json:
        limit, start = int(body.get("limit") or 100), int(str(body.get("cursor") or "at:0")[3:])
        if not 1 <= limit <= most:
            raise Refused("invalid_limit")
        end = start + limit
        return {
            "members": list(items[start:end]),
            "response_metadata": {"next_cursor": f"at:{end}" if end < len(items) else ""},
        }

    # --- what changes ---------------------------------------------------------------------------------------------------

    def changes_person(self, user: str, *, kind: str = "user_change", **flags: object) -> None:
        """An admin makes somebody a guest, deactivates or deletes them; or they change their status."""
        self.people[user] = {"id": user, **self.people.get(user, {}), **flags}
        self._tell({"type": kind, "user": self._user_object(user), "cache_ts": 1, "event_ts": self._ts()})

    def joins(self, channel: str, user: str) -> None:
        self.inside.setdefault(channel, [BOT_USER, "U1", "U2"]).append(user)
        event = {"type": "member_joined_channel", "user": user, "channel": channel, "channel_type": "C", "team": TEAM}
        self._tell(event | {"event_ts": self._ts()})

    def leaves(self, channel: str, user: str) -> None:
        self.inside.setdefault(channel, [BOT_USER, "U1", "U2"]).remove(user)
        event = {"type": "member_left_channel", "user": user, "channel": channel, "channel_type": "C", "team": TEAM}
        self._tell(event | {"event_ts": self._ts()})

    def shares(self, channel: str, *, shared: bool = True) -> None:
        """Another company comes into the channel, or leaves it."""
        self.conversations[channel] = {
            **self.conversations.get(channel, {}),
            "is_ext_shared": shared,
            "is_shared": shared,
        }
        event: Json = {"type": "channel_shared" if shared else "channel_unshared", "channel": channel}
        event |= {"connected_team_id": OTHER_TEAM} if shared else {"previously_connected_team_id": OTHER_TEAM}
        self._tell(event | {"event_ts": self._ts()})

    def converts(self, channel: str, *, to_private: bool) -> None:
        """Slack says so in a message of the channel."""
        self.conversations[channel] = {**self.conversations.get(channel, {}), "is_private": to_private}
        subtype = "channel_convert_to_private" if to_private else "channel_convert_to_public"
        ts = self._ts()
        event = {"type": "message", "subtype": subtype, "user": "U1", "channel": channel, "ts": ts, "event_ts": ts}
        self._tell(event | {"text": "", "channel_type": "channel"})

    def changes_group(self, group: str, *users: str) -> None:
        self.groups[group] = list(users)
        event = {"type": "subteam_updated", "subteam": {"id": group, "users": list(users), "team_id": TEAM}}
        self._tell(event | {"event_ts": self._ts()})
