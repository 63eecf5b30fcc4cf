"""What people do with what stands on the page, without scripts and with them: edit, delete, press, go on, rename, search, forget."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from bot.conversation import Answer
from bot.errors import ModelBusy
from bot.events import TextDelta
from tests.adapters.web_house import House, Page, house
from tests.storage.serving import settled


@pytest.fixture
async def bot() -> AsyncIterator[House]:
    async with house() as built:
        yield built


async def test_a_message_shows_that_it_waits_until_its_answer_begins(bot: House) -> None:
    thread = await bot.ask("How do I page?")
    assert "Waiting for its answer" in (await bot.get(thread)).post("How do I page?")

    await bot.answer(thread)

    page = await bot.get(thread)
    assert "Waiting" not in page.text
    assert "Use a cursor." in page.text


@pytest.mark.parametrize("words", ["!help", "!aside lunch?", "?", "!hlep"])
async def test_what_gets_no_answer_of_the_models_does_not_wait(bot: House, words: str) -> None:
    thread = await bot.ask(words)

    assert "Waiting" not in (await bot.get(thread)).text


# --- edited ------------------------------------------------------------------------------------------------------------


async def edit(bot: House, thread: str, words: str, text: str, *, json: bool = False) -> Page:
    post = (await bot.get(thread)).id_of(words)
    return await bot.send(f"{thread}/p/{post}/edit", {"text": text, "zone": "Europe/Lisbon"}, json=json)


async def test_an_edited_question_is_answered_anew_in_the_same_place(bot: House) -> None:
    thread = await bot.asked("How do I page?", "With OFFSET.")
    answered = (await bot.get(thread)).id_of("With OFFSET.")

    assert (await edit(bot, thread, "How do I page?", "How do I page backwards?")).place == thread
    page = await bot.get(thread)
    assert "Waiting for its answer" in page.post("page backwards")
    assert ">edited<" in page.post("page backwards")
    bot.model.play("With a cursor.")
    await bot.answer(thread)

    page = await bot.get(thread)
    assert page.id_of("With a cursor.") == answered
    assert "OFFSET" not in page.text
    assert "Waiting" not in page.text
    assert page.listed == ["How do I page backwards?"]
    assert "With OFFSET." not in str(bot.model.prompts[-1])
    assert bot.model.prompts[-1].messages[-1].zone == "Europe/Lisbon"


async def test_a_question_edited_while_it_waits_is_answered_once_as_it_reads_now(bot: House) -> None:
    thread = await bot.ask("How do I page?")
    await edit(bot, thread, "How do I page?", "How do I sort?")
    await bot.answer(thread)

    assert [[one.text for one in prompt.messages] for prompt in bot.model.prompts] == [["How do I sort?"]]


async def test_an_edit_that_changes_nothing_asks_nothing(bot: House) -> None:
    thread = await bot.asked("How do I page?", "Use a cursor.")
    await edit(bot, thread, "How do I page?", "How do I page?\r\n".strip())
    await bot.answer(thread)

    page = await bot.get(thread)
    assert len(bot.model.prompts) == 1
    assert ">edited<" not in page.text


async def test_an_edited_question_keeps_its_files(bot: House) -> None:
    thread = await bot.ask("why?", file=b"boom at 7")
    await edit(bot, thread, "why?", "why does it crash?")
    await bot.answer(thread)

    assert "boom at 7" in str(bot.model.prompts[-1].question)
    assert "a.log" in (await bot.get(thread)).post("why does it crash?")


async def test_a_command_edited_into_a_question_is_asked(bot: House) -> None:
    thread = await bot.ask("!help")
    await edit(bot, thread, "!help</textarea>", "How do I page?")
    await bot.answer(thread)

    assert "Use a cursor." in (await bot.get(thread)).text


@pytest.mark.parametrize(("text", "why"), [("  ", "write something"), ("!reset", "counts when it is sent")])
async def test_an_edit_that_cannot_be_is_refused_and_said(bot: House, text: str, why: str) -> None:
    thread = await bot.asked("How do I page?", "Use a cursor.")

    page = await edit(bot, thread, "How do I page?", text)
    told = await edit(bot, thread, "How do I page?", text, json=True)

    assert (page.status, told.status) == (422, 422)
    assert re.search(rf'role="alert">[^<]*{why}', page.text)
    assert why in told.told["notice"]
    assert "How do I page?" in (await bot.get(thread)).text


async def test_a_giant_message_is_not_edited_by_its_excerpt(bot: House) -> None:
    thread = await bot.ask("x" * 30_000)
    post = (await bot.get(thread)).id_of("xxx")

    assert ">Edit<" not in (await bot.get(thread)).text
    assert (await bot.send(f"{thread}/p/{post}/edit", {"text": "y"})).status == 422


async def test_an_answer_of_ours_is_nobodys_to_edit(bot: House) -> None:
    thread = await bot.asked("How do I page?", "Use a cursor.")
    page = await bot.get(thread)

    assert ">Edit<" not in page.post("Use a cursor.")
    assert (await edit(bot, thread, "Use a cursor.", "Use OFFSET.")).status == 404


async def test_a_form_sent_again_after_an_edit_does_not_bring_the_old_words_back(bot: House) -> None:
    form = {"text": "How do I page?", "form": "form-name-12"}
    thread = (await bot.send("/t", form)).place
    await edit(bot, thread, "How do I page?", "How do I sort?")
    await bot.send("/t", form)

    assert "How do I page?" not in (await bot.get(thread)).text


# --- deleted -----------------------------------------------------------------------------------------------------------


async def delete(bot: House, thread: str, words: str) -> Page:
    return await bot.send(f"{thread}/p/{(await bot.get(thread)).id_of(words)}/delete", {})


async def test_a_deleted_question_is_forgotten_with_its_answer_and_its_file(bot: House) -> None:
    thread = await bot.asked("How do I page?", "Use a cursor.")
    bot.model.play("In a vault.")
    await bot.ask("the secret is swordfish, where do I keep it?", thread, file=b"swordfish")
    await bot.answer(thread)
    post = (await bot.get(thread)).id_of("the secret is swordfish")

    assert (await delete(bot, thread, "the secret is swordfish")).place == thread
    page = await bot.get(thread)
    await bot.asked("what was that?", "Nothing.", thread)

    assert not {"swordfish", "vault"} & set(re.findall(r"\w+", page.text))
    assert "swordfish" not in str(bot.model.prompts[-1])
    assert await bot.board.file(f"{post}-0") is None


async def test_a_question_deleted_while_it_is_answered_leaves_nothing(bot: House) -> None:
    begun, forever = asyncio.Event(), asyncio.Event()
    bot.model.play([TextDelta("half"), begun.set, forever.wait, Answer("half a word", "m")])
    thread = await bot.ask("How do I page?")
    async with bot.works():
        await begun.wait()
        assert (await delete(bot, thread, "How do I page?</textarea>")).place == "/"
        await settled(bot.inbox, bot.address(thread))

    assert await bot.board.posts(bot.address(thread)) == []
    assert (await bot.get("/")).listed == []


async def test_the_first_question_deleted_gives_the_thread_another_name(bot: House) -> None:
    thread = await bot.asked("the secret is swordfish", "Noted.")
    await bot.asked("How do I page?", "Use a cursor.", thread)
    await delete(bot, thread, "the secret is swordfish")

    assert (await bot.get(thread)).listed == ["How do I page?"]


async def test_deleting_twice_is_no_fault(bot: House) -> None:
    thread = await bot.asked("How do I page?", "Use a cursor.")
    post = (await bot.get(thread)).id_of("How do I page?</textarea>")

    for _ in range(2):
        assert (await bot.send(f"{thread}/p/{post}/delete", {})).status == 303


# --- pressed -----------------------------------------------------------------------------------------------------------


def turn_of(article: str) -> str:
    return str(re.findall(r'name="turn" value="([^"]+)"', article)[0])


async def press(bot: House, thread: str, words: str, action: str, *, json: bool = False) -> Page:
    turn = turn_of((await bot.get(thread)).post(words))
    return await bot.send(f"{thread}/press", {"turn": turn, "action": action}, json=json)


def thumbs(article: str) -> dict[str, str]:
    return dict(re.findall(r'value="(good|bad)"[^>]*aria-pressed="(\w+)"', article))


async def test_the_pressed_thumb_stays_pressed_and_can_be_changed(bot: House) -> None:
    thread = await bot.asked("How do I page?", "Use a cursor.")
    assert thumbs((await bot.get(thread)).post("Use a cursor.")) == {"good": "false", "bad": "false"}

    await press(bot, thread, "Use a cursor.", "good")
    assert thumbs((await bot.get(thread)).post("Use a cursor.")) == {"good": "true", "bad": "false"}

    told = await press(bot, thread, "Use a cursor.", "bad", json=True)
    assert told.told["text"] == "Thanks, noted."
    assert thumbs((await bot.get(thread)).post("Use a cursor.")) == {"good": "false", "bad": "true"}


async def test_a_cut_answer_is_gone_on_with_and_a_deleted_one_takes_what_goes_on_from_it_along(bot: House) -> None:
    bot.model.play([TextDelta("First"), Answer("First", "m", "max_tokens", notices=("cut",))])
    thread = await bot.ask("How do I migrate?")
    await bot.answer(thread)
    bot.model.play("then the code.")

    await press(bot, thread, "First", "go_on")
    await bot.answer(thread)

    page = await bot.get(thread)
    assert page.text.index("First") < page.text.index("then the code.")
    await delete(bot, thread, "How do I migrate?</textarea>")
    assert await bot.board.posts(bot.address(thread)) == []
    assert (await bot.history.load(bot.address(thread))).turns == ()


async def test_an_apology_is_an_alert_with_a_retry_that_works(bot: House) -> None:
    bot.model.play([TextDelta("so far"), ModelBusy("overloaded")])
    thread = await bot.ask("How do I page?")
    await bot.answer(thread)
    apology = (await bot.get(thread)).post("Claude is busy")
    assert re.search(r'class="notice trouble" role="alert">Claude is busy', apology)

    bot.model.play("Use a cursor.")
    await press(bot, thread, "Claude is busy", "retry")
    await bot.answer(thread)

    page = await bot.get(thread)
    assert "Use a cursor." in page.text
    assert "Claude is busy" not in page.text


# --- a thread as a whole -----------------------------------------------------------------------------------------------


async def test_threads_are_found_by_their_names_and_by_what_was_said_in_them(bot: House) -> None:
    await bot.asked("How do I page?", "Use a **Cursor**.")
    await bot.asked("What is a mutex?", "A lock.")

    for query, found in {
        "CURSOR": ["How do I page?"], "page do": ["How do I page?"], "lock mutex": ["What is a mutex?"], "cursor lock": [],
        "": ["What is a mutex?", "How do I page?"],
    }.items():  # fmt: skip
        for path in ("/", "/threads"):
            assert (await bot.get(f"{path}?q={query}")).listed == found, (path, query)


async def test_a_search_is_said_back_as_text(bot: House) -> None:
    page = await bot.get('/?q=<script>"')

    assert "<script>&#34;" not in page.text
    assert "&lt;script&gt;&#34;" in page.text


async def test_a_thread_is_renamed(bot: House) -> None:
    thread = await bot.asked("How do I page?", "Use a cursor.")
    await bot.send(f"{thread}/name", {"name": "  Paging \n<b> "})
    page = await bot.get(thread)

    assert "<h1>Paging &lt;b&gt;</h1>" in page.text
    assert page.listed == ["Paging &lt;b&gt;"]
    told = await bot.send(f"{thread}/name", {"name": ""}, json=True)
    assert told.told["title"] == "How do I page?"


async def test_a_deleted_thread_is_forgotten_whole(bot: House) -> None:
    kept = await bot.asked("How do I page?", "Use a cursor.")
    thread = await bot.asked("the secret is swordfish", "Noted.")
    bot.model.play("never")
    await bot.ask("and this waits", thread, file=b"swordfish")
    file = f"{(await bot.get(thread)).id_of('and this waits')}-0"

    assert (await bot.send(f"{thread}/forget", {})).place == "/"
    await bot.answer(thread)

    assert (await bot.get("/")).listed == ["How do I page?"]
    assert "swordfish" not in (await bot.get(thread)).text
    assert (await bot.history.load(bot.address(thread))).turns == ()
    assert await bot.board.file(file) is None
    assert len(bot.model.prompts) == 2
    assert "Use a cursor." in (await bot.get(kept)).text


async def test_no_form_of_another_page_changes_anything(bot: House) -> None:
    thread = await bot.asked("How do I page?", "Use a cursor.")
    post = (await bot.get(thread)).id_of("How do I page?</textarea>")
    for path in (f"{thread}/forget", f"{thread}/name", f"{thread}/p/{post}/edit", f"{thread}/p/{post}/delete"):
        url = bot.adapter.url + path.lstrip("/")
        async with bot.session.post(url, data={"text": "x"}, headers={"Origin": "https://evil.example"}) as answer:
            assert answer.status == 403

    assert "How do I page?" in (await bot.get(thread)).text


async def test_an_answer_can_be_taken_as_the_markdown_that_it_was_written_in(bot: House) -> None:
    thread = await bot.asked("How?", "\n**Use** `a < b`:\n\n```sql\nselect 1;\n```")

    source = re.findall(r'<textarea class="source"[^>]*>\n(.*?)</textarea>', (await bot.get(thread)).text, re.DOTALL)

    assert source == ["\n**Use** `a &lt; b`:\n\n```sql\nselect 1;\n```"]


# --- as it happens -----------------------------------------------------------------------------------------------------


async def events(bot: House, thread: str) -> AsyncIterator[tuple[str, Any]]:
    async with bot.session.get(f"{bot.adapter.url}{thread.lstrip('/')}/events") as stream:
        kind = ""
        async for line in stream.content:
            if line.startswith(b"event: "):
                kind = line.decode()[7:].strip()
            elif line.startswith(b"data: "):
                yield kind, json.loads(line[6:])


async def test_a_browser_is_told_what_there_is_what_changes_and_what_is_gone(bot: House) -> None:
    thread = await bot.asked("How do I page?", "Use a cursor.")
    page = await bot.get(thread)
    question, answer = page.id_of("How do I page?</textarea>"), page.id_of("Use a cursor.")
    told: list[tuple[str, Any]] = []
    async with asyncio.timeout(60), aclosing(events(bot, thread)) as stream:  # type: ignore[type-var]
        async for kind, data in stream:
            told.append((kind, data))
            if [one for one, _ in told].count("posts") == 2 and kind == "post" and data["id"] == answer:
                await delete(bot, thread, "How do I page?</textarea>")
            if kind == "gone" and data["id"] == question:
                break

    kinds = [kind for kind, _ in told]
    assert told[0] == ("posts", [question, answer])
    assert kinds[1:3] == ["post", "post"]
    assert {data["id"] for kind, data in told if kind == "gone"} == {question, answer}
    whole = {data["id"]: data["html"] for kind, data in told if kind == "post"}
    assert whole[answer].strip() == page.post("Use a cursor.")
    assert whole[question].strip() == page.post("How do I page?</textarea>")


# --- counted -----------------------------------------------------------------------------------------------------------


async def test_usage_says_how_many_answers_there_were_and_on_which_day_the_most(bot: House) -> None:
    assert "Nothing was asked yet" in (await bot.get("/usage")).text
    assert "<figure" not in (await bot.get("/usage")).text

    for count in ("<b>1</b> answer,", "<b>2</b> answers,"):
        await bot.asked("How do I page?", "With a cursor.")
        assert count in (await bot.get("/usage")).text

    assert re.search(r"Answers <small>the most on \d{4}-\d\d-\d\d: 2 answers</small>", (await bot.get("/usage")).text)
