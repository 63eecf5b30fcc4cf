"""What comes by an interaction: slash commands, the message menu, buttons.

Slack sends none of them again, so whoever made one is told at once when it could not be taken.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from adapters import phrases as adapters_phrases
from adapters.asking import Asked, read_asked
from adapters.slack import contents, incoming, mrkdwn, phrases
from adapters.slack.calls import SlackRefused
from adapters.slack.manifest import ASK_ABOUT
from adapters.slack.names import LOOK_SECONDS
from adapters.slack.outgoing import SlackPlatform
from adapters.slack.parts import button_row
from adapters.slack.presses import MenuUse, SlashCommand, read_command, read_menu, read_press
from adapters.slack.refusals import NO_ENTRY
from adapters.slack.replies import answer_received, asked_by, say, words
from adapters.slack.shapes import Malformed, reading
from adapters.slack.threads import private_thread, thread_at, whole_channel
from adapters.slack.unclaimed import acknowledge, tell_too_old
from bot.conversation import Message, Quote, ThreadId
from bot.errors import MalformedThread, PlatformUnavailable, StoreUnavailable
from bot.ports.doors import Desk, Received, Reply
from bot.views import Button, Press
from bot.writing.text import sanitise

log = logging.getLogger(__name__)

ACK_SECONDS = 2.0
"""Of three: https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response."""

NOT_HERE = ("not_in_channel", "channel_not_found")

Json = dict[str, Any]
Said = dict[str, Any]
"""What is said to somebody at once: `text`, and `blocks` where it is drawn; empty for nothing."""
Respond = Callable[..., Awaitable[Any]]


class Interactions:
    def __init__(self, desk: Desk, platform: SlackPlatform) -> None:
        self._desk = desk
        self._platform = platform
        self._late: set[asyncio.Task[None]] = set()

    def register(self, app: AsyncApp) -> None:
        app.command("/ask")(self._on_ask)
        app.command("/plumbline")(self._on_command)
        app.shortcut({"type": "message_action", "callback_id": ASK_ABOUT})(self._on_shortcut)
        app.action(re.compile("^plumbline:"))(ack=acknowledge, lazy=[self._on_action])

    # --- slash commands ------------------------------------------------------------------------------------------------

    async def _on_ask(self, ack: AsyncAck, body: Json, respond: Respond) -> None:
        command = read_command(body)
        asked = read_asked(sanitise(mrkdwn.from_mrkdwn(command.text, {})))
        meanwhile = _thinking(command) if asked.private and asked.question else {}
        await self._in_time(ack, respond, self._asked(command, asked), meanwhile)

    async def _asked(self, command: SlashCommand, asked: Asked) -> Said:
        try:
            if not asked.question:
                return {"text": phrases.ask_usage()}
            if asked.private or not self._desk.asks(asked.question):
                received = await self._ask_in_private(command, asked.question)
                said = _at_once(received, Reply(phrases.private_thinking()))
                return {"text": said} if received.reply else _thinking(command, said)
            await self._ask(command, asked.question)
        except SlackRefused as refused:
            own_name = await self._platform.office.own_name()
            return {"text": phrases.not_here(own_name) if refused.code in NOT_HERE else str(refused)}
        except StoreUnavailable:
            return {"text": adapters_phrases.store_away()}
        except PlatformUnavailable:
            return {"text": phrases.away()}
        return {}

    async def _ask_in_private(self, command: SlashCommand, text: str) -> Received:
        author = await self._platform.author(command.user, command.user_name)
        zone = self._platform.zone(command.user)
        thread = private_thread(command.team, command.channel, command.id)
        route = {"response_url": command.response_url}
        now = self._platform.calls.clock()
        return await self._desk.receive(Message(thread, command.id, author, text, now, True, route=route, zone=zone))

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
            await self._accept(
                Message(thread, str(root["ts"]), author, text, incoming.moment(str(root["ts"])), True, zone=zone)
            )
        except StoreUnavailable:
            await calls.hint("chat.delete", channel=channel, ts=root["ts"])
            raise

    async def _on_command(self, ack: AsyncAck, body: Json, respond: Respond) -> None:
        await self._in_time(ack, respond, self._commanded(read_command(body)))

    async def _commanded(self, command: SlashCommand) -> Said:
        word, _, rest = (command.text or "help").strip().partition(" ")
        author = await self._platform.author(command.user)
        try:
            reply = await self._desk.command(whole_channel(command.team, command.channel), author, word.lower(), rest)
        except StoreUnavailable:
            reply = Reply(adapters_phrases.store_away())
        return {"text": "\n".join(words(reply))}

    # --- the message menu ----------------------------------------------------------------------------------------------

    async def _on_shortcut(self, ack: AsyncAck, body: Json, respond: Respond) -> None:
        """A menu has no place in its acknowledgement for a word."""

        async def asked() -> Said:
            if said := await self._asked_about(body):
                await _tell(respond, said)
            return {}

        await self._in_time(ack, respond, asked())

    async def _asked_about(self, body: Json) -> str:
        """Answered in the message's thread, or to the asker alone where we are not. Raises Malformed."""
        with reading("menu"):
            message = await self._about(read_menu(body))
        try:
            if message.route:
                return _at_once(await self._desk.receive(message))
            await self._accept(message)
        except StoreUnavailable:
            return adapters_phrases.store_away()
        return ""

    async def _about(self, menu: MenuUse) -> Message:
        ours = await self._platform.ourselves()
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
        return Message(
            thread,
            menu.id,
            author,
            text,
            self._platform.calls.clock(),
            True,
            attachments=files,
            quotes=(Quote(source, quotation, files=tuple(one.id for one in files)),),
            route=route,
            zone=zone,
            about=str(menu.about.get("ts") or ""),
        )

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

    async def _in_time(
        self, ack: AsyncAck, respond: Respond, work: Coroutine[Any, Any, Said], meanwhile: Said | None = None
    ) -> None:
        """Slack waits for three seconds, however slow it is itself, and sends nothing again: what takes longer goes on, and what there
        is to say is said then. `meanwhile` is said until then."""
        working = asyncio.create_task(work)
        if working in (await asyncio.wait({working}, timeout=ACK_SECONDS))[0]:
            await ack(**await working)
            return
        saying = asyncio.create_task(_say_late(respond, working, meanwhile or {}))
        self._late.add(saying)
        saying.add_done_callback(self._late.discard)
        await ack(**(meanwhile or {}))

    async def _accept(self, message: Message) -> None:
        await answer_received(self._platform.calls, message, await self._desk.receive(message))

    # --- buttons -------------------------------------------------------------------------------------------------------

    async def _on_action(self, body: Json, respond: Respond) -> None:
        try:
            pressed = read_press(body)
        except (Malformed, MalformedThread) as fault:
            log.warning("button not readable, passed over", extra={"reason": str(fault)})
            pressed = None
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


async def _say_late(respond: Respond, working: asyncio.Task[Said], said_already: Said) -> None:
    try:
        said = await working
    except Exception:
        log.exception("interaction failed")
        said = {"text": adapters_phrases.command_failed()}
    if said and said != said_already:
        await _tell(respond, **said)


def _at_once(received: Received, default: Reply | None = None) -> str:
    """What the desk says to somebody alone, who is reached by their own command and in no thread."""
    replies = (received.reply or default, received.aside)
    return "\n".join(text for reply in replies if reply for text in words(reply))


def _thinking(command: SlashCommand, said: str = "") -> Said:
    """To somebody who waits for an answer for them alone."""
    said = said or phrases.private_thinking()
    return {"text": said, "blocks": _stoppable(said, private_thread(command.team, command.channel, command.id))}


def _stoppable(said: str, thread: ThreadId) -> list[Json]:
    """What is said while somebody waits for an answer for them alone, with a Stop below it."""
    stop = button_row([Button("stop", "-")], thread)
    return [{"type": "section", "text": {"type": "mrkdwn", "text": said}}, *([stop] if stop else [])]


async def _tell(respond: Respond, text: str, **more: Any) -> None:
    """Say it to whoever acted, and to nobody else."""
    flags = {"unfurl_links": False, "unfurl_media": False}
    await respond(text=text, response_type="ephemeral", replace_original=False, **flags, **more)
