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
from adapters.asking import read_asked
from adapters.slack import contents, incoming, mrkdwn, phrases
from adapters.slack.calls import SlackRefused
from adapters.slack.incoming import SlashCommand
from adapters.slack.manifest import ASK_ABOUT
from adapters.slack.names import LOOK_SECONDS
from adapters.slack.outgoing import SlackPlatform
from adapters.slack.parts import button_row
from adapters.slack.posts import NO_ENTRY
from adapters.slack.replies import answer_received, asked_by, say, words
from adapters.slack.threads import private_thread, thread_at, whole_channel
from adapters.slack.unclaimed import acknowledge, tell_too_old
from bot.conversation import Button, Message, Press, Quote, ThreadId
from bot.errors import PlatformUnavailable, StoreUnavailable
from bot.ports.doors import Desk, Received, Reply
from bot.writing.text import sanitise

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
        app.action(re.compile("^plumbline:"))(ack=acknowledge, lazy=[self._on_action])

    # --- slash commands ------------------------------------------------------------------------------------------------

    async def _on_ask(self, ack: AsyncAck, body: Json) -> None:
        command = incoming.read_command(body)
        asked = read_asked(sanitise(mrkdwn.from_mrkdwn(command.text, {})))
        try:
            if not asked.question:
                await ack(phrases.ask_usage())
            elif asked.private or not self._desk.asks(asked.question):
                received = await self._ask_in_private(command, asked.question)
                said = _at_once(received, Reply(phrases.private_thinking()))
                thread = private_thread(command.team, command.channel, command.id)
                await ack(said, blocks=None if received.reply else _stoppable(said, thread))
            else:
                await self._ask(command, asked.question)
                await ack()
        except SlackRefused as refused:
            await ack(
                phrases.not_here(await self._platform.office.own_name()) if refused.code in NOT_HERE else str(refused)
            )
        except StoreUnavailable:
            await ack(adapters_phrases.store_away())
        except PlatformUnavailable:
            await ack(phrases.away())

    async def _ask_in_private(self, command: SlashCommand, text: str) -> Received:
        author = await self._platform.author(command.user, command.user_name)
        zone = self._platform.zone(command.user)
        thread = private_thread(command.team, command.channel, command.id)
        route = {"response_url": command.response_url}
        return await self._desk.receive(Message(thread, command.id, author, text, _now(), True, route=route, zone=zone))

    async def _ask(self, command: SlashCommand, text: str) -> None:
        """The question becomes a message of its own, in whose thread it is answered; one that could not be taken goes again."""
        author = await self._platform.author(command.user, command.user_name)
        zone = self._platform.zone(command.user)
        calls, channel = self._platform.calls, command.channel
        shown = await self._desk.clean(whole_channel(command.team, channel), text)
        first, *others = mrkdwn.mrkdwn(f"{author.name}: {shown}")
        root = await calls.post(
            "chat.postMessage",
            channel=channel,
            text=f"{first}\n_{adapters_phrases.question_cut()}_" if others else first,
            unfurl_links=False,
            unfurl_media=False,
            link_names=False,
            metadata=asked_by(author),
        )
        thread = thread_at(command.team, channel, str(root["ts"]))
        try:
            await self._accept(Message(thread, str(root["ts"]), author, text, _now(), True, zone=zone))
        except StoreUnavailable:
            await calls.hint("chat.delete", channel=channel, ts=root["ts"])
            raise

    async def _on_command(self, ack: AsyncAck, body: Json) -> None:
        command = incoming.read_command(body)
        word, _, rest = (command.text or "help").strip().partition(" ")
        author = await self._platform.author(command.user)
        try:
            reply = await self._desk.command(whole_channel(command.team, command.channel), author, word.lower(), rest)
        except StoreUnavailable:
            reply = Reply(adapters_phrases.store_away())
        await ack("\n".join(words(reply)))

    # --- the message menu ----------------------------------------------------------------------------------------------

    async def _on_shortcut(self, ack: AsyncAck, body: Json, respond: Respond) -> None:
        """Answered in the message's thread, or to the asker alone where we are not."""
        menu, ours = incoming.read_menu(body), await self._platform.ourselves()
        names = await self._platform.names([menu.user, *contents.people_in(menu.about)])
        who, quotation = contents.quoted(menu.about, ours, names)
        thread, route = thread_at(menu.team, menu.channel, menu.root), dict[str, str]()
        if not await self._is_in(menu.channel, menu.root):
            thread = private_thread(menu.team, menu.channel, menu.id)
            route = {"response_url": menu.response_url, "invite": "1"}
        text = f"{phrases.ask_about(who or phrases.alert())}\n\n{quotation}"
        author, zone = await self._platform.author(menu.user), self._platform.zone(menu.user)
        source = contents.source_of(menu.channel, menu.about.get("ts"))
        (about,) = await incoming.with_newest_files([menu.about], self._platform)
        files = tuple(contents.files_of(about))
        message = Message(
            thread,
            menu.id,
            author,
            text,
            _now(),
            True,
            attachments=files,
            quotes=(Quote(source, quotation, files=tuple(one.id for one in files)),),
            route=route,
            zone=zone,
            about=str(menu.about.get("ts") or ""),
        )
        try:
            if not route:
                await self._accept(message)
            elif said := _at_once(await self._desk.receive(message)):
                await _tell(respond, said)
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
        await answer_received(self._platform.calls, message, await self._desk.receive(message))

    # --- buttons -------------------------------------------------------------------------------------------------------

    async def _on_action(self, body: Json, respond: Respond) -> None:
        pressed = incoming.read_press(body)
        if pressed is None:
            await tell_too_old(body, respond)
            return
        author = await self._platform.author(pressed.user)
        try:
            press = Press(pressed.thread, pressed.turn_id, pressed.action, author, pressed.route)
            reply = await self._desk.press(press)
        except StoreUnavailable:
            await _tell(respond, adapters_phrases.store_away())
            return
        if pressed.route and reply is None:
            said = phrases.private_thinking()
            await _tell(respond, said, blocks=_stoppable(said, pressed.thread))
        elif pressed.route and reply:
            await _tell(respond, "\n".join(words(reply)))
        elif reply:
            await say(self._platform.calls, pressed.thread, pressed.user, Reply(reply.text, private=True))


def _at_once(received: Received, default: Reply | None = None) -> str:
    """What the desk says to somebody alone, who is reached by their own command and in no thread."""
    replies = (received.reply or default, received.aside)
    return "\n".join(text for reply in replies if reply for text in words(reply))


def _stoppable(said: str, thread: ThreadId) -> list[Json]:
    """What is said while somebody waits for an answer for them alone, with a Stop below it."""
    stop = button_row([Button("stop", "-")], thread)
    return [{"type": "section", "text": {"type": "mrkdwn", "text": said}}, *([stop] if stop else [])]


async def _tell(respond: Respond, text: str, **more: Any) -> None:
    """Say it to whoever acted, and to nobody else."""
    flags = {"unfurl_links": False, "unfurl_media": False}
    await respond(text=text, response_type="ephemeral", replace_original=False, **flags, **more)


def _now() -> datetime:
    return incoming.moment(str(int(time.time())))
