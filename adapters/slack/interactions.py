"""What comes by an interaction: slash commands, the message menu, buttons.

Slack sends none of them again, so whoever made one is told at once when it could not be taken.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from adapters import phrases as adapters_phrases
from adapters.slack import contents, incoming, mrkdwn, phrases
from adapters.slack.calls import SlackRefused
from adapters.slack.manifest import ASK_ABOUT
from adapters.slack.names import LOOK_SECONDS
from adapters.slack.outgoing import SlackPlatform
from adapters.slack.posts import NO_ENTRY
from adapters.slack.replies import say
from bot.conversation import Action, Message, Press, ThreadId
from bot.errors import PlatformUnavailable, StoreUnavailable
from bot.ports.doors import Desk, Reply
from bot.writing.text import sanitise

ACTIONS: dict[str, Action] = {"stop": "stop", "retry": "retry", "good": "good", "bad": "bad"}
NOT_HERE = ("not_in_channel", "channel_not_found")

Json = dict[str, Any]
Respond = Callable[..., Awaitable[Any]]


class Interactions:
    def __init__(self, desk: Desk, platform: SlackPlatform) -> None:
        self._desk = desk
        self._platform = platform

    def register(self, app: AsyncApp) -> None:
        app.command("/ask")(self._on_ask)
        app.command("/plumbline")(self._on_command)
        app.shortcut({"type": "message_action", "callback_id": ASK_ABOUT})(self._on_shortcut)
        app.action(re.compile("plumbline:.*"))(self._on_action)

    # --- slash commands ------------------------------------------------------------------------------------------------

    async def _on_ask(self, ack: AsyncAck, body: Json) -> None:
        text = sanitise(mrkdwn.from_mrkdwn(str(body.get("text") or ""), {})).strip()
        private, _, rest = text.partition(" ")
        try:
            if not text:
                await ack(phrases.ask_usage())
            elif private.lower() == "private" and rest:
                await self._ask_in_private(body, rest)
                await ack(phrases.private_thinking())
            else:
                await self._ask(body, text)
                await ack()
        except SlackRefused as refused:
            await ack(phrases.not_here() if refused.code in NOT_HERE else str(refused))
        except StoreUnavailable:
            await ack(adapters_phrases.store_away())
        except PlatformUnavailable:
            await ack(phrases.away())

    async def _ask_in_private(self, body: Json, text: str) -> None:
        author = await self._platform.author(str(body["user_id"]), str(body.get("user_name") or ""))
        thread = ThreadId("slack", str(body["team_id"]), str(body["channel_id"]), f"private-{body['trigger_id']}")
        route = {"response_url": str(body["response_url"])}
        await self._accept(Message(thread, str(body["trigger_id"]), author, text, _now(), addressed=True, route=route))

    async def _ask(self, body: Json, text: str) -> None:
        """The question becomes a message of its own, in whose thread it is answered; one that could not be taken goes again."""
        author = await self._platform.author(str(body["user_id"]), str(body.get("user_name") or ""))
        calls, channel = self._platform.calls, str(body["channel_id"])
        root = await calls.post(
            "chat.postMessage",
            channel=channel,
            text=mrkdwn.mrkdwn(f"{author.name}: {text}")[0],
            unfurl_links=False,
            unfurl_media=False,
            link_names=False,
        )
        thread = ThreadId("slack", str(body["team_id"]), channel, str(root["ts"]))
        try:
            await self._accept(Message(thread, str(root["ts"]), author, text, _now(), addressed=True))
        except StoreUnavailable:
            await calls.hint("chat.delete", channel=channel, ts=root["ts"])
            raise

    async def _on_command(self, ack: AsyncAck, body: Json) -> None:
        word, _, rest = str(body.get("text") or "help").strip().partition(" ")
        thread = ThreadId("slack", str(body["team_id"]), str(body["channel_id"]), "channel")
        author = await self._platform.author(str(body["user_id"]))
        try:
            reply = await self._desk.command(thread, author, word.lower(), rest)
        except StoreUnavailable:
            reply = Reply(adapters_phrases.store_away())
        await ack("\n".join(mrkdwn.mrkdwn(reply.text)))

    # --- the message menu ----------------------------------------------------------------------------------------------

    async def _on_shortcut(self, ack: AsyncAck, body: Json, respond: Respond) -> None:
        """ "Ask Plumbline about this": answered in the message's thread, or to the asker alone where we are not."""
        ours, about = await self._platform.ourselves(), body["message"]
        names = await self._platform.names(
            [str(body["user"]["id"]), contents.speaker(about), *contents.mentioned(about)]
        )
        who, quotation = contents.quoted(about, ours, names)
        channel, action_ts = str(body["channel"]["id"]), str(body["action_ts"])
        root = str(about.get("thread_ts") or about.get("ts") or body["message_ts"])
        route: dict[str, str] = {}
        if not await self._is_in(channel, root):
            root, route = f"private-{action_ts}", {"response_url": str(body["response_url"]), "invite": "1"}
        text = f"{phrases.ask_about(who or phrases.alert())}\n\n{quotation}"
        thread = ThreadId("slack", str(body["team"]["id"]), channel, root)
        author = await self._platform.author(str(body["user"]["id"]))
        files = tuple(contents.files_of(about))
        message = Message(thread, action_ts, author, text, _now(), True, attachments=files, route=route)
        try:
            await self._accept(message)
        except StoreUnavailable:
            await _tell(respond, adapters_phrases.store_away())
        await ack()

    async def _is_in(self, channel: str, root: str) -> bool:
        """Whether we may speak there; yes where that cannot be seen now."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._platform.calls.look("conversations.replies", channel=channel, ts=root, limit=1)
        except SlackRefused as refused:
            return refused.code not in NO_ENTRY
        except (PlatformUnavailable, TimeoutError):
            return True
        return True

    async def _accept(self, message: Message) -> None:
        received = await self._desk.receive(message)
        if received.reply:
            await say(self._platform.calls, message.thread, message.author.id.removeprefix("slack:"), received.reply)

    # --- buttons -------------------------------------------------------------------------------------------------------

    async def _on_action(self, ack: AsyncAck, body: Json, respond: Respond) -> None:
        await ack()
        pressed, message = body["actions"][0], body.get("message") or {}
        action = ACTIONS.get(str(pressed["action_id"]).removeprefix("plumbline:"))
        root = message.get("thread_ts") or (body.get("container") or {}).get("thread_ts")
        if action is None or not root:
            return
        user = str(body["user"]["id"])
        thread = ThreadId("slack", str(body["team"]["id"]), str(body["channel"]["id"]), str(root))
        press = Press(thread, str(pressed["value"]), action, await self._platform.author(user))
        try:
            reply = await self._desk.press(press)
        except StoreUnavailable:
            await _tell(respond, adapters_phrases.store_away())
            return
        if reply:
            await say(self._platform.calls, thread, user, Reply(reply.text, private=True))


async def _tell(respond: Respond, text: str) -> None:
    """Say it to whoever acted, and to nobody else."""
    await respond(text=text, response_type="ephemeral", replace_original=False, unfurl_links=False, unfurl_media=False)


def _now() -> datetime:
    return incoming.moment(str(int(time.time())))
