"""The Web API: what each method does, and what it refuses under Slack's own error names."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Collection

from aiohttp import web

from tests.servers.slack import limits
from tests.servers.slack.checks import check_blocks, check_message, within
from tests.servers.slack.people import People, kind_of
from tests.servers.slack.posts import BOT_ID, BOT_USER, TEAM, Json, Post, Refused, found, shown

Method = Callable[[Json], Json]

STATUSES = ("active", "processing", "suspended", "closed")
NEEDS = {
    "conversations.replies": "channels:history",
    "conversations.history": "channels:history",
    "files.getUploadURLExternal": "files:write",
    "files.delete": "files:write",
    "files.info": "files:read",
    "users.info": "users:read",
    "users.list": "users:read",
    "users.conversations": "channels:read",
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "conversations.info": "channels:read",
    "conversations.members": "channels:read",
    "files.completeUploadExternal": "files:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
    "assistant.threads.setTitle": "assistant:write",
    "assistant.threads.setStatus": "chat:write",
    "agents.sessions.setStatus": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.startStream": "chat:write",
    "chat.appendStream": "chat:write",
    "chat.stopStream": "chat:write",
}
"""The scope of each method that needs one."""


class WebApi(People):
    def _method(self, name: str) -> Method | None:
        methods: dict[str, Method] = {
            "auth.test": self._auth_test,
            "apps.connections.open": self._open,
            "users.info": self._user,
            "users.list": self._users,
            "users.conversations": self._ours,
            "usergroups.list": self._groups,
            "usergroups.users.list": self._group,
            "conversations.info": self._conversation,
            "conversations.members": self._members,
            "chat.postMessage": self._post_message,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.getPermalink": self._permalink,
            "chat.startStream": self._start_stream,
            "chat.appendStream": self._append_stream,
            "chat.stopStream": self._stop_stream,
            "assistant.threads.setStatus": self._set_status,
            "assistant.threads.setTitle": self._set_title,
            "assistant.threads.setSuggestedPrompts": self._set_prompts,
            "agents.sessions.setStatus": self._set_session,
            "conversations.replies": self._replies,
            "conversations.history": self._history,
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._complete_upload,
            "files.delete": self._delete_file,
            "files.info": self._file_info,
        }
        return methods.get(name)

    def _answer(self, name: str, body: Json) -> Json:
        method = self._method(name)
        if method is None:
            raise Refused("unknown_method")
        if NEEDS.get(name, "") not in self.scopes:
            raise Refused("missing_scope")
        return {"ok": True, **method(body)}

    def _auth_test(self, body: Json) -> Json:
        ours: Json = {"user_id": BOT_USER, "bot_id": BOT_ID, "team_id": TEAM, "team": "Team", "user": self.bot_name}
        return ours | {"url": self.url} | ({"enterprise_id": self.enterprise} if self.enterprise else {})

    def _open(self, body: Json) -> Json:
        return {"url": f"{self.url.replace('http', 'ws')}/socket"}

    def _groups(self, body: Json) -> Json:
        return {"usergroups": [{"id": "S1", "handle": "backend", "name": "Backend engineers", "date_delete": 0}]}

    # --- messages ------------------------------------------------------------------------------------------------------

    def _place(self, body: Json) -> tuple[str, str]:
        """Where a post lands: its channel (a person's id means the direct messages with them) and its thread."""
        channel, thread = str(body["channel"]), str(body.get("thread_ts") or "")
        if channel in self.absent:
            raise Refused("not_in_channel")
        if channel in self.archived:
            raise Refused("is_archived")
        if thread in self.deleted_roots:
            self.stray_posts += 1
            thread = ""  # no error: the message simply appears in the channel
        return (f"D{channel}" if channel.startswith("U") else channel), thread

    def _post_message(self, body: Json) -> Json:
        check_message(body)
        channel, thread = self._place(body)
        post = Post(self._ts(), BOT_USER, str(body.get("text") or ""), thread, body.get("blocks") or [], bot_id=BOT_ID)
        post.metadata = body.get("metadata") or {}
        if self.random.random() < self.lag_share:
            post.readable_at = time.monotonic() + self.lag_seconds
        self._drawn(post, shown(body))
        self.channels[channel][post.ts] = post
        self.statuses.pop((channel, thread), None)  # a reply clears it
        self._cut(channel, post)
        self._echo(self._event(channel, post))
        return {"channel": channel, "ts": post.ts, "message": post.event()}

    def _cut(self, channel: str, post: Post) -> None:
        """A long text without blocks stands there in several messages, cut at any character."""
        most = limits.TEXT_IN_ONE.most
        if not post.blocks and len(post.text) > most:
            rest = [post.text[start : start + most] for start in range(most, len(post.text), most)]
            post.text = post.text[:most]
            for text in rest:
                more = Post(self._ts(), BOT_USER, text, post.thread_ts, bot_id=BOT_ID)
                self._drawn(more, text)
                self.channels[channel][more.ts] = more

    def _update(self, body: Json) -> Json:
        check_message(body)
        within(str(body.get("text") or ""), limits.EDITED_TEXT)
        post = self._post(body)
        if post.streaming:
            raise Refused("streaming_state_conflict")
        before = copy.copy(post).event()
        post.text, post.blocks = str(body.get("text") or ""), body.get("blocks") or []
        post.metadata = body.get("metadata") or post.metadata
        post.edited = self._ts()
        self._drawn(post, shown(body))
        self._echo(self._change(str(body["channel"]), post, before))  # Slack tells the bot of its own edits, too
        return {"channel": body["channel"], "ts": post.ts, "text": post.text}

    def _delete(self, body: Json) -> Json:
        channel, post = str(body["channel"]), self._post(body)
        del self.channels[channel][post.ts]
        ts = self._ts()
        event: Json = {"type": "message", "subtype": "message_deleted", "hidden": True, "channel": channel, "ts": ts}
        event |= {"channel_type": kind_of(channel), "deleted_ts": post.ts, "previous_message": post.event()}
        self._echo(event)
        return {"ts": body["ts"]}

    def _post_ephemeral(self, body: Json) -> Json:
        check_message(body)
        self._place(body)
        self.ephemeral.append(body)
        return {"message_ts": self._ts()}

    def _permalink(self, body: Json) -> Json:
        if str(body["message_ts"]) not in self.channels[str(body["channel"])]:
            raise Refused("message_not_found")
        return {"permalink": f"https://team.slack.com/archives/{body['channel']}/p{body['message_ts']}"}

    def _drawn(self, post: Post, text: str) -> None:
        post.versions.append(text)
        post.drawn_at.append(time.monotonic())

    def _echo(self, event: Json) -> None:
        """What the app itself did comes back to it as an event, if it listens."""
        if self.opens or self.http_url:
            self._tell(event)

    # --- streams -------------------------------------------------------------------------------------------------------

    def _start_stream(self, body: Json) -> Json:
        channel = str(body["channel"])
        if not body.get("thread_ts"):
            raise Refused("invalid_arguments")
        if kind_of(channel) != "im":
            for one in ("recipient_user_id", "recipient_team_id"):
                if not body.get(one):
                    raise Refused(f"missing_{one}")
        channel, thread = self._place(body)
        text = str(body.get("markdown_text") or "")
        within(text, limits.MARKDOWN_TEXT)
        post = Post(self._ts(), BOT_USER, text, thread, bot_id=BOT_ID, streaming=True)
        self._drawn(post, text)
        self.channels[channel][post.ts] = post
        self.sessions[channel, thread] = "processing"
        self._echo(self._event(channel, post))
        return {"channel": channel, "ts": post.ts}

    def _append_stream(self, body: Json) -> Json:
        post = self._open_stream(body)
        added = str(body.get("markdown_text") or "")
        if not added:
            raise Refused("no_text")
        within(added, limits.MARKDOWN_TEXT)
        within(post.text + added, limits.STREAM)
        post.text += added
        self._drawn(post, post.text)
        return {"channel": body["channel"], "ts": post.ts}

    def _stop_stream(self, body: Json) -> Json:
        post = self._open_stream(body)
        if status := body.get("session_status"):
            self._check_status(status)
        check_blocks(body.get("blocks") or [])
        within(post.text + str(body.get("markdown_text") or ""), limits.STREAM)
        post.text += str(body.get("markdown_text") or "")
        post.blocks, post.metadata = body.get("blocks") or [], body.get("metadata") or {}
        post.streaming, post.closed_by = False, "message_not_in_streaming_state"
        self.sessions[str(body["channel"]), post.thread_ts] = str(status or "active")
        self._drawn(post, shown({"blocks": post.blocks, "text": post.text}))
        return {"channel": body["channel"], "ts": post.ts, "message": post.event()}

    def _open_stream(self, body: Json) -> Post:
        post = self._post(body)
        if not post.streaming:
            raise Refused(post.closed_by or "message_not_in_streaming_state")
        return post

    # --- agents --------------------------------------------------------------------------------------------------------

    def _set_status(self, body: Json) -> Json:
        key = (str(body["channel_id"]), str(body["thread_ts"]))
        loading = body.get("loading_messages") or []
        within(loading, limits.LOADING_MESSAGES)
        for one in loading:
            within(one, limits.LOADING_MESSAGE)
        self.statuses.pop(key, None)
        if body["status"]:
            self.statuses[key] = str(body["status"])
        return {}

    def _set_title(self, body: Json) -> Json:
        self.titles[str(body["channel_id"]), str(body["thread_ts"])] = str(body["title"])
        return {}

    def _set_prompts(self, body: Json) -> Json:
        within(body["prompts"], limits.PROMPTS)
        if not body["prompts"] or not all(one["title"] and one["message"] for one in body["prompts"]):
            raise Refused("invalid_arguments")
        if body.get("thread_ts"):
            raise Refused("invalid_thread_ts")
        self.prompts[str(body["channel_id"])] = body["prompts"]
        return {}

    def _set_session(self, body: Json) -> Json:
        if not self.is_agent:
            raise Refused("not_authorized")
        self._check_status(body["status"])
        key = (str(body["channel_id"]), str(body.get("thread_ts") or ""))
        if title := body.get("title"):
            within(title, limits.SESSION_TITLE)
            if key in self.sessions:
                raise Refused("invalid_arguments")
            self.titles[key] = str(title)
        self.sessions[key] = str(body["status"])
        return {}

    @staticmethod
    def _check_status(status: str) -> None:
        if status not in STATUSES:
            raise Refused("invalid_arguments")

    # --- reading -------------------------------------------------------------------------------------------------------

    def _replies(self, body: Json) -> Json:
        posts = self.channels[str(body["channel"])]
        if body["channel"] in self.absent:
            raise Refused("not_in_channel")
        if body["ts"] not in posts:
            raise Refused("thread_not_found")
        latest = str(body.get("latest") or "9999999999.999999")
        wanted = [post for post in posts.values() if body["ts"] in (post.ts, post.thread_ts) and post.ts <= latest]
        wanted = [post for post in wanted if post.readable_at <= time.monotonic()]
        oldest = float(body.get("oldest") or 0)
        behind = [post for post in wanted if post.ts == body["ts"] or float(post.ts) > oldest]
        answer = self._page_of_replies(behind, body)
        for one in answer["messages"]:
            if one["ts"] == body["ts"]:
                self._count_replies(one, posts.values())
        return answer

    @staticmethod
    def _page_of_replies(wanted: list[Post], body: Json) -> Json:
        """From the oldest on; the root heads every page, and counts in none but the first."""
        limit, start = int(body.get("limit") or limits.REPLIES.most), int(str(body.get("cursor") or "at:0")[3:])
        if not 1 <= limit <= limits.REPLIES.most:
            raise Refused(limits.REPLIES.error)
        page, end = wanted[start : start + limit], start + limit
        root = wanted[:1] if start else []
        answer: Json = {"messages": read([*root, *page], body), "has_more": end < len(wanted)}
        return answer | ({"response_metadata": {"next_cursor": f"at:{end}"}} if end < len(wanted) else {})

    def _history(self, body: Json) -> Json:
        """The channel itself, the newest first; a root tells how many replies it has, and when the last one came."""
        limit, start = int(body.get("limit") or 100), int(str(body.get("cursor") or "at:0")[3:])
        if limit > limits.HISTORY.most:
            raise Refused(limits.HISTORY.error)
        if body["channel"] in self.absent:
            raise Refused("not_in_channel")
        posts = self.channels[str(body["channel"])].values()
        wanted = [post for post in posts if post.thread_ts in ("", post.ts)]
        wanted = [post for post in wanted if post.ts > str(body.get("oldest") or "0")]
        wanted.sort(key=lambda post: float(post.ts), reverse=True)
        page, end = read(wanted[start : start + limit], body), start + limit
        for one in page:
            self._count_replies(one, posts)
        more = {"response_metadata": {"next_cursor": f"at:{end}"}} if end < len(wanted) else {}
        return {"messages": page, "has_more": end < len(wanted)} | more

    @staticmethod
    def _count_replies(root: Json, posts: Collection[Post]) -> None:
        replies = [post.ts for post in posts if post.thread_ts == root["ts"] != post.ts]
        if replies:
            root |= {"thread_ts": root["ts"], "reply_count": len(replies), "latest_reply": max(replies, key=float)}

    # --- files ---------------------------------------------------------------------------------------------------------

    def _upload_url(self, body: Json) -> Json:
        file_id = f"F{next(self._numbers)}"
        if not body.get("filename") or int(body["length"]) <= 0:
            raise Refused("invalid_arguments")
        if int(body["length"]) > limits.FILE_BYTES.most:
            raise Refused(limits.FILE_BYTES.error)
        self.uploads[file_id] = {"name": body["filename"], "length": int(body["length"]), "text": ""}
        return {"file_id": file_id, "upload_url": f"{self.url}/upload/{file_id}"}

    def _complete_upload(self, body: Json) -> Json:
        files = body["files"] if isinstance(body["files"], list) else json.loads(body["files"])
        for one in files:
            self.uploads[one["id"]] |= {"channel": body.get("channel_id"), "thread": body.get("thread_ts")}
        return {"files": [{"id": one["id"], "title": one.get("title")} for one in files]}

    def _delete_file(self, body: Json) -> Json:
        del self.uploads[str(body["file"])]
        return {}

    def _file_info(self, body: Json) -> Json:
        if body["file"] not in self.stubs:
            raise Refused("file_not_found")
        return {"file": self.stubs[str(body["file"])]}

    async def _upload(self, request: web.Request) -> web.Response:
        upload, data = self.uploads[request.match_info["file"]], await request.read()
        if len(data) != upload["length"]:
            return web.Response(status=400, text="length")
        upload["text"] = data.decode()
        return web.Response(text="OK")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        if not request.headers.get("Authorization", "").startswith("Bearer xoxb-") or "files:read" not in self.scopes:
            return web.Response(text="<html>Sign in</html>", content_type="text/html")  # Slack: 200, and a login page
        file = request.match_info["file"]
        data, mimetype = self.downloads[file]
        if file not in self.endless:
            return web.Response(body=data, content_type=mimetype)
        answer = web.StreamResponse(headers={"Content-Type": mimetype})
        await answer.prepare(request)
        while True:
            await answer.write(data or b"\0")

    async def _respond(self, request: web.Request) -> web.Response:
        """To a command or a press: by an address of its own, a few times, and not for long."""
        body, address = await request.json(), request.match_info["number"]
        self.responses.append(body)
        self._changed.set()
        try:
            if address not in self.respondable:
                raise Refused("no_text")
            within(range(self.responded.count(address) + 1), limits.RESPONSES)
            if time.monotonic() - self.respondable[address] > limits.RESPONSE_SECONDS.most:
                raise Refused(limits.RESPONSE_SECONDS.error)
            check_message({**body, "markdown_text": ""})
        except Refused as refused:
            self.respond_refusals.append(str(refused))
            return web.json_response({"ok": False, "error": str(refused)}, status=404)
        self.responded.append(address)
        return web.Response(text="ok")


def read(posts: list[Post], body: Json) -> list[Json]:
    """As a reader gets them; with their metadata only where that was asked for."""
    asks = str(body.get("include_all_metadata", "")).lower() in ("1", "true")
    return [post.event() | ({"metadata": post.metadata} if asks and post.metadata else {}) for post in posts]


def is_write(method: str) -> bool:
    return method.startswith(("chat.post", "chat.update", "chat.delete", "chat.start", "chat.append", "chat.stop"))


def texts_of(post: Post) -> str:
    """All that is read in a message, its buttons left out."""
    blocks = [block for block in post.blocks if block["type"] != "actions"]
    return "".join(one["text"] for one in found(blocks, "text", "link", "plain_text", "mrkdwn")) or post.text
