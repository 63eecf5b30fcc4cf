"""What people do: say, edit, delete, click, type commands, use the message menu, open the app, press Slack's own Stop."""

from __future__ import annotations

import copy
import time

from tests.servers.slack.inside import Inside
from tests.servers.slack.posts import BOT_USER, TEAM, Json, Post, found
from tests.servers.slack.workspace import PEOPLE


def kind_of(channel: str) -> str:
    return "im" if channel.startswith("D") else "channel"


class People(Inside):
    async def user_says(
        self,
        channel: str,
        text: str,
        *,
        user: str = "U1",
        thread: str = "",
        files: list[Json] | None = None,
        attachments: list[Json] | None = None,
        blocks: list[Json] | None = None,
        more: Json | None = None,
        copies: int = 1,
        minutes_ago: int = 0,
        late: float = 0.0,
        missed: bool = False,
    ) -> str:
        """Say something; events go out as Slack sends them: a mention of the bot twice, under two event ids. `more`: what else stands
        in the event. `missed`: no event goes out, as when nobody listens."""
        post = Post(self._ts(60 * minutes_ago), user, text, thread, files=files or [])
        post.attachments, post.blocks, post.more = attachments or [], blocks or [], more or {}
        self.channels[channel][post.ts] = post
        message = self._event(channel, post)
        if missed:
            return post.ts
        if f"<@{BOT_USER}>" in text and kind_of(channel) != "im":
            self._tell({**message, "type": "app_mention"}, copies=copies, late=late)
        self._tell(message, copies=copies, late=late)
        return post.ts

    def _event(self, channel: str, post: Post) -> Json:
        return post.event() | {"channel": channel, "channel_type": kind_of(channel), "event_ts": post.ts}

    async def bot_says(
        self,
        channel: str,
        text: str,
        *,
        thread: str = "",
        attachments: list[Json] | None = None,
        blocks: list[Json] | None = None,
        user: str = "",
    ) -> str:
        """Another app posts: an alert as `bot_message`, or, with a `user`, as today's apps do: without a subtype."""
        post = Post(self._ts(), user, text, thread, bot_id="BALERT")
        post.attachments, post.blocks = attachments or [], blocks or []
        self.channels[channel][post.ts] = post
        event = self._event(channel, post) | {"username": "Alerts"}
        self._tell(event if user else {**event, "subtype": "bot_message"})
        if user and f"<@{BOT_USER}>" in text:
            self._tell({**event, "type": "app_mention"})
        return post.ts

    async def user_edits(
        self, channel: str, ts: str, text: str, *, files: list[Json] | None = None, copies: int = 1, late: float = 0.0
    ) -> str:
        """Edit a message; the mark of the edit. A message that mentions the bot comes as `app_mention`, too."""
        post = self.channels[channel][ts]
        before = post.event()
        post.text, post.edited = text, self._ts()
        post.files = post.files if files is None else files
        self._tell(self._change(channel, post, before), copies=copies, late=late)
        if f"<@{BOT_USER}>" in text and kind_of(channel) != "im":
            self._tell({**self._event(channel, post), "type": "app_mention"}, copies=copies, late=late)
        return post.edited

    def _change(self, channel: str, post: Post, before: Json) -> Json:
        ts = self._ts()
        event: Json = {"type": "message", "subtype": "message_changed", "hidden": True, "channel": channel, "ts": ts}
        event |= {"channel_type": kind_of(channel), "event_ts": ts}
        replies = [one for one in self.channels[channel].values() if one.thread_ts == post.ts and one.ts != post.ts]
        head = {"thread_ts": post.ts, "reply_count": len(replies)} if replies else {}
        return event | {"message": post.event() | head, "previous_message": before | head}

    def unfurls(self, channel: str, ts: str, *, with_previous: bool = True) -> str:
        """Slack adds a preview, or counts a reply: the message changes, and nobody has edited it. The event's ts."""
        post = self.channels[channel][ts]
        before = copy.deepcopy(post.event())
        post.attachments = [*post.attachments, {"from_url": "https://example.com", "title": "A page"}]
        event = self._change(channel, post, before)
        if not with_previous:
            del event["previous_message"]
        self._tell(event)
        return str(event["ts"])

    def user_takes_file_away(self, channel: str, ts: str, file_id: str) -> None:
        """A file is deleted: the message stays as it is, without a mark of an edit, and a tombstone stands for the file."""
        post = self.channels[channel][ts]
        before = copy.deepcopy(post.event())
        for message in ({"files": post.files}, *post.attachments):
            files = message.get("files") or []
            files[:] = [{"id": file_id, "mode": "tombstone"} if one["id"] == file_id else one for one in files]
        self._tell(self._change(channel, post, before))

    def deletes_file(self, file_id: str) -> None:
        """A file is deleted where files are listed: nobody tells of its message."""
        self.downloads.pop(file_id, None)
        self.stubs.pop(file_id, None)
        ts = self._ts()
        self._tell({"type": "file_deleted", "file_id": file_id, "channel_ids": ["C1"], "event_ts": ts})

    def changes_file(self, file_id: str, data: bytes, *, is_editable: bool = True) -> str:
        """A snippet has other contents now, or something else becomes known of a file. The event's ts."""
        self.downloads[file_id] = (data, "text/plain")
        self.stubs[file_id] = {"id": file_id, "editable": is_editable, "mode": "snippet" if is_editable else "hosted"}
        ts = self._ts()
        self._tell({"type": "file_change", "file_id": file_id, "file": {"id": file_id}, "event_ts": ts, "ts": ts})
        return ts

    def user_reacts(self, channel: str, ts: str, reaction: str = "eyes", *, user: str = "U1") -> str:
        """The event's ts."""
        event_ts = self._ts()
        item = {"type": "message", "channel": channel, "ts": ts}
        event = {"type": "reaction_added", "user": user, "reaction": reaction, "item": item, "event_ts": event_ts}
        self._tell(event | {"ts": event_ts})
        return event_ts

    async def user_deletes(self, channel: str, ts: str, *, copies: int = 1, late: float = 0.0) -> None:
        """Delete a message. A root with replies leaves a tombstone; replies to a deleted root land in the channel."""
        before = self.channels[channel][ts].event()
        has_replies = any(post.thread_ts == ts for post in self.channels[channel].values() if post.ts != ts)
        self.delete_root(channel, ts)
        event: Json = {"type": "message", "hidden": True, "channel": channel, "channel_type": kind_of(channel)}
        event |= {"previous_message": before | ({"thread_ts": ts} if has_replies else {}), "ts": self._ts()}
        if has_replies:
            gone = {"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "hidden": True, "ts": ts}
            event |= {"subtype": "message_changed", "message": gone | {"thread_ts": ts, "text": "It was deleted."}}
        else:
            event |= {"subtype": "message_deleted", "deleted_ts": ts}
        self._tell(event, copies=copies, late=late)

    def delete_root(self, channel: str, ts: str) -> None:
        """A question goes away, and we are not told; a later reply to it lands in the channel, as at Slack."""
        del self.channels[channel][ts]
        self.deleted_roots.add(ts)

    def file(self, name: str, data: bytes, mimetype: str = "text/plain", *, connect: bool = False) -> Json:
        """An uploaded file, as it stands in an event; one of Slack Connect's is only named there."""
        file_id = f"F{next(self._numbers)}"
        self.downloads[file_id] = (data, mimetype)
        url = f"{self.url}/files/{file_id}"
        whole = {"id": file_id, "name": name, "mimetype": mimetype, "size": len(data), "url_private_download": url}
        if connect:
            self.stubs[file_id] = whole
            return {"id": file_id, "file_access": "check_file_info"}
        return whole

    async def slash(self, command: str, text: str, *, channel: str = "C1", user: str = "U1") -> Json:
        """Type a slash command; what it was acknowledged with."""
        number = next(self._numbers)
        payload: Json = {"command": command, "text": text, "user_id": user, "channel_id": channel, "team_id": TEAM}
        payload |= {
            "trigger_id": f"trigger.{number}",
            "response_url": self.response_url(),
            "user_name": PEOPLE.get(user, user),
        }
        return await self._deliver("slash_commands", payload)

    async def click(self, channel: str, ts: str, action: str, *, user: str = "U1") -> Json:
        """Press a button under a message of the bot's."""
        post = self.channels[channel][ts]
        (button,) = [one for one in found(post.blocks, "button") if one["action_id"] == f"plumbline:{action}"]
        payload = self._interaction("block_actions", channel, user)
        payload |= {"message": post.event(), "container": {"message_ts": ts, "thread_ts": post.thread_ts}}
        payload |= {"actions": [{**button, "type": "button", "action_ts": self._ts()}]}
        return await self._deliver("interactive", payload)

    async def click_alone(self, shown: Json, action: str, *, channel: str = "C1", user: str = "U1") -> Json:
        """Press a button under what one person sees alone: Slack brings no message with it, and it hangs in no thread.
        https://docs.slack.dev/reference/interaction-payloads/block_actions-payload"""
        (button,) = [one for one in found(shown["blocks"], "button") if one["action_id"] == f"plumbline:{action}"]
        payload = self._interaction("block_actions", channel, user)
        payload |= {"container": {"type": "message", "message_ts": self._ts(), "is_ephemeral": True}}
        payload |= {"actions": [{**button, "type": "button", "action_ts": self._ts()}]}
        return await self._deliver("interactive", payload)

    async def shortcut(self, channel: str, ts: str, *, user: str = "U1", callback: str = "ask_about") -> str:
        """Choose the app in a message's menu; the action's ts."""
        action_ts = self._ts()
        payload = self._interaction("message_action", channel, user)
        payload |= {"callback_id": callback, "message_ts": ts, "action_ts": action_ts}
        await self._deliver("interactive", payload | {"message": self.channels[channel][ts].event()})
        return action_ts

    async def interacts(self, kind: str, *, user: str = "U1", is_in_channel: bool = True, **more: object) -> Json:
        """Anything else that people can do with what an app has left somewhere; what it was acknowledged with. Only what stands in a
        message has a `response_url`."""
        payload = self._interaction(kind, "C1", user)
        for key in () if is_in_channel else ("channel", "response_url"):
            del payload[key]
        return await self._deliver("interactive", payload | more)

    def _interaction(self, kind: str, channel: str, user: str) -> Json:
        payload: Json = {"type": kind, "user": {"id": user}, "team": {"id": TEAM}, "channel": {"id": channel}}
        return payload | {
            "response_url": self.response_url(),
            "api_app_id": "A1",
            "trigger_id": "t",
            "token": "x",
        }

    def presses_slacks_stop(self, channel: str, root: str, *, user: str = "U1") -> None:
        """Slack's own Stop: it closes the open streams by itself, and says so; the status stays."""
        open_streams = [post for post in self.thread(channel, root) if post.streaming]
        for post in open_streams:
            post.streaming, post.closed_by = False, "stopped_by_user"
        event: Json = {"type": "agent_session_stopped", "channel": channel, "thread_ts": root, "user": user}
        self._tell(event | {"streaming_message_ts": [post.ts for post in open_streams], "event_ts": self._ts()})

    def opens_app(self, channel: str, *, user: str = "U1", tab: str = "messages") -> None:
        event = {"type": "app_home_opened", "user": user, "channel": channel, "tab": tab, "event_ts": self._ts()}
        self._tell(event)

    def expire(self, channel: str, root: str) -> None:
        """Slack closes a stream that was open for too long."""
        for post in self.thread(channel, root):
            if post.streaming:
                post.streaming, post.closed_by = False, "message_not_in_streaming_state"

    def response_url(self) -> str:
        """A new one, as each command and press brings one."""
        number = str(next(self._numbers))
        self.respondable[number] = time.monotonic()
        return f"{self.url}/respond/{number}"
