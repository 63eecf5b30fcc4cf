"""The page's door over real sockets: a form that is sent twice asks once, and a store that fails is told truly."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest

from adapters.web.app import WebAdapter
from adapters.web.threads import thread_at
from bot.capabilities.team_code.repositories import NoRepositories
from bot.conversation import Author, Message, ThreadId
from bot.errors import StoreUnavailable
from bot.ports.doors import Desk, Received, Reply
from bot.ports.inbox import Accepted
from bot.ports.stores import Board, BoardPost, Removed
from bot.views import Press
from storage.memory import MemoryBoard, MemoryFeedbackLog, MemoryUsageLog
from tests.fakes import START, PlainDesk, own_rights

FORM = "form-name-12"


@dataclass
class TakingDesk(PlainDesk):
    """Takes each message once; `away` receptions are refused first."""

    messages: list[Message] = field(default_factory=list)
    away: int = 0
    accepts: Accepted = Accepted.NEW

    async def receive(self, message: Message) -> Received:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        if any(one.id == message.id for one in self.messages):
            return Received(Accepted.DUPLICATE)
        if self.accepts is Accepted.NEW:
            self.messages.append(message)
        return Received(self.accepts)

    async def press(self, press: Press) -> Reply | None:
        return None

    async def command(self, thread: ThreadId, author: Author, word: str, rest: str) -> Reply:
        return Reply(word)


class FlakyBoard(MemoryBoard):
    """A board whose store can go away for `put`, and whose watches can be broken."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.broken = asyncio.Event()

    async def put(self, thread: ThreadId, post: BoardPost) -> None:
        if self.away:
            raise StoreUnavailable("away")
        await super().put(thread, post)

    async def watch(self, thread: ThreadId) -> AsyncIterator[BoardPost | Removed]:
        await self.broken.wait()
        raise StoreUnavailable("away")
        yield  # a generator, as the port has it


class Browser:
    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.session = session

    async def send(
        self, text: str, *, form: str = FORM, thread: str = "", file: bytes = b"", zone: str = "", json: bool = False
    ) -> tuple[int, str]:
        data = aiohttp.FormData({"form": form, "text": text, "zone": zone}, default_to_multipart=True)
        if file:
            data.add_field("file", file, filename="a.log")
        path = f"t/{thread}" if thread else "t"
        headers = {"Origin": self.url.rstrip("/"), **({"Accept": "application/json"} if json else {})}
        async with self.session.post(self.url + path, data=data, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text()


@pytest.fixture
def desk() -> TakingDesk:
    return TakingDesk()


@pytest.fixture
async def board() -> FlakyBoard:
    return FlakyBoard()


async def opened(desk: Desk, board: Board, token: str = "") -> tuple[asyncio.Task[None], str]:
    adapter = WebAdapter(
        desk,
        board,
        MemoryFeedbackLog(),
        NoRepositories(),
        MemoryUsageLog(),
        own_rights,
        host="127.0.0.1",
        port=0,
        token=token,
        name="Plumbline",
    )
    running = asyncio.create_task(adapter.run())
    return running, await adapter.listening()


@pytest.fixture
async def browser(desk: TakingDesk, board: FlakyBoard) -> AsyncIterator[Browser]:
    running, url = await opened(desk, board)
    async with aiohttp.ClientSession() as session:
        yield Browser(url, session)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_form_that_is_sent_twice_asks_once(browser: Browser, desk: TakingDesk) -> None:
    first = await browser.send("how?", file=b"boom")
    again = await browser.send("how?", file=b"boom")

    assert (first[0], again[0]) == (303, 303)
    (message,) = desk.messages
    assert message.thread.thread == FORM


async def test_other_words_or_files_in_the_same_form_are_another_question_in_the_same_thread(
    browser: Browser, desk: TakingDesk
) -> None:
    for text, file in (("how?", b""), ("how then?", b""), ("how?", b"x"), ("how?", b"y")):
        await browser.send(text, file=file)

    assert len(desk.messages) == 4
    assert len({message.thread for message in desk.messages}) == 1


async def test_the_same_words_from_two_pages_are_two_questions(browser: Browser, desk: TakingDesk) -> None:
    await browser.send("how?", form="form-name-1", thread="thread-one")
    await browser.send("how?", form="form-name-2", thread="thread-one")

    assert len(desk.messages) == 2


async def test_the_browsers_time_zone_goes_with_the_question(browser: Browser, desk: TakingDesk) -> None:
    await browser.send("what changed since yesterday?", zone="Asia/Kolkata")

    assert [message.zone for message in desk.messages] == ["Asia/Kolkata"]


async def test_each_page_gives_its_form_another_name(browser: Browser) -> None:
    names = set()
    for _ in range(3):
        async with browser.session.get(browser.url) as page:
            names |= set(re.findall(r'name="form" value="([^"]+)"', await page.text()))

    assert len(names) == 3


async def test_words_that_were_not_taken_are_given_back_and_sending_them_again_asks_once(
    browser: Browser, desk: TakingDesk
) -> None:
    desk.away = 1

    status, page = await browser.send("my long question")

    assert status == 503
    assert "I did not take this message" in page
    assert "my long question</textarea>" in page
    assert f'value="{FORM}"' in page
    await browser.send("my long question")
    assert len(desk.messages) == 1


@pytest.mark.parametrize(
    ("accepted", "text", "status", "notice"),
    [
        (None, "how?", 503, "I cannot reach my store"),
        (Accepted.FULL, "how?", 429, "Too many messages are waiting"),
        (Accepted.NEW, "  ", 422, "Please write something"),
    ],
)
async def test_the_pages_script_is_told_why_words_were_not_taken(
    browser: Browser, desk: TakingDesk, accepted: Accepted | None, text: str, status: int, notice: str
) -> None:
    desk.away, desk.accepts = int(accepted is None), accepted or Accepted.NEW

    refused = await browser.send(text, json=True)
    page = await browser.send(text)

    assert (refused[0], json.loads(refused[1])["notice"][: len(notice)]) == (status, notice)
    if accepted:
        assert re.search(rf'class="notice trouble" role="alert">{notice}', page[1])


async def test_a_message_that_was_taken_is_never_reported_as_lost(
    browser: Browser, desk: TakingDesk, board: FlakyBoard
) -> None:
    board.away = True
    status, page = await browser.send("how?")
    board.away = False

    assert status == 503
    assert "I have taken your message" in page
    await browser.send("how?")
    assert len(desk.messages) == 1
    thread = thread_at(FORM)
    assert [post.text for post in await board.posts(thread)] == ["how?"]


async def test_a_store_that_fails_ends_the_stream_so_that_the_browser_asks_for_a_new_one(
    browser: Browser, board: FlakyBoard
) -> None:
    thread = thread_at("thread-one")
    await board.put(thread, BoardPost("p1", "Ana", START, text="hello"))
    async with asyncio.timeout(60), browser.session.get(browser.url + "t/thread-one/events") as stream:
        assert b"event: post" in await stream.content.readline()
        board.broken.set()
        rest = await stream.content.read()

    assert b"hello" in rest


@pytest.mark.parametrize("token", ["let-me-in", "lass-mich-r\u00fcber"])
async def test_any_token_is_compared_and_a_wrong_one_is_refused(
    desk: TakingDesk, board: FlakyBoard, token: str
) -> None:
    running, url = await opened(desk, board, token)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        for wrong in ("\u00fc", "x"):
            async with session.get(url, params={"token": wrong}) as answer:
                assert answer.status == 401
        async with session.get(url, headers={"Cookie": "plumbline=\u00fc"}) as answer:
            assert answer.status == 401
        async with session.get(url, params={"token": token}) as answer:
            assert answer.status == 200
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_where_there_is_nothing_a_browser_is_shown_a_page_that_leads_on(browser: Browser) -> None:
    for path in ("nothing/here", "t/"):
        async with browser.session.get(browser.url + path, headers={"Accept": "text/html,*/*"}) as page:
            text = await page.text()
            assert (page.status, page.content_type) == (404, "text/html")
            assert "There is nothing at this address." in text
            assert "New thread" in text
    async with browser.session.get(browser.url + "static/none.js", headers={"Accept": "*/*"}) as file:
        assert (file.status, file.content_type) == (404, "text/plain")
