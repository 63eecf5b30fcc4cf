"""Where an answer lands at Discord, and that it lands: rights that are missing, places that are gone, faults on the way."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from dataclasses import replace

import aiohttp
import pytest

from adapters.delivery import deliver
from adapters.discord import phrases
from adapters.discord.outgoing import DiscordPlatform
from bot.conversation import Attachment
from bot.errors import NotTaken, PlatformUnavailable
from bot.ports.inbox import Outcome
from bot.views import View
from storage.memory import MemoryOutbox
from tests import clock as clocks
from tests.adapters import discord_support
from tests.adapters.discord_support import asks, half, lease_for, thread, whole
from tests.adapters.slack_bench import told
from tests.servers.discord import BOT, CHANNEL, DM, FOREIGN, FORUM, DiscordServer, Interaction, Post
from tests.servers.discord.limits import Limit

pytestmark = pytest.mark.usefixtures("clock")
clock = clocks.clock
platform = discord_support.platform

CODE = "x = 1\n" * 1_000
LONG = "\n\n".join(f"Paragraph {number}. " + "words " * 60 for number in range(20))


# --- the next best place ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("denied", "place", "words"),
    [
        ({"create_public_threads"}, CHANNEL, "Create Public Threads"),
        ({"send_in_threads"}, CHANNEL, "Send Messages in Threads"),
        ({"create_public_threads", "send_messages"}, DM, "View Channel and Send Messages"),
        ({"view_channel"}, DM, "View Channel"),
    ],
)
async def test_without_a_right_the_answer_lands_elsewhere_and_says_once_why(
    discord: DiscordServer, platform: DiscordPlatform, denied: set[str], place: str, words: str
) -> None:
    discord.denied |= denied
    for number in (1000, 2000):
        post = await platform.open(lease_for(thread(asks(discord, str(number))), str(number)), MemoryOutbox())
        await post.draw(half("so"))
        await post.draw(whole("so it is"))

    first, second = discord.visible(place)
    assert first.content.startswith("so it is")
    assert words in first.content
    assert second.content == "so it is"
    assert [one.reference for one in (first, second)] == (["1000", "2000"] if place == CHANNEL else ["", ""])
    assert discord.pings == []


async def test_without_file_rights_code_comes_in_messages(discord: DiscordServer, platform: DiscordPlatform) -> None:
    discord.denied.add("attach_files")
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    await post.draw(whole(f"```python\n{CODE}```"))

    shown = discord.visible("1000")
    said = "".join(one.content.split("```python\n")[1].split("```")[0] for one in shown if "```python" in one.content)
    assert said == CODE
    assert "Attach Files" in shown[-1].content
    assert not any(one.files for one in shown)
    assert [bool(one.components) for one in shown] == [False] * (len(shown) - 1) + [True]


async def test_a_file_that_is_refused_for_the_thread_s_sake_is_sent_elsewhere_whole(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    discord.denied.add("send_in_threads")
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    await post.draw(whole(f"```python\n{CODE}```"))

    (shown,) = discord.visible(CHANNEL)
    assert list(shown.files.values()) == [CODE]
    assert "Attach Files" not in shown.content


@pytest.mark.parametrize("where", [CHANNEL, FORUM])
async def test_a_locked_thread_is_answered_in_its_channel_or_directly(
    discord: DiscordServer, platform: DiscordPlatform, where: str
) -> None:
    root = asks(discord)
    if where == FORUM:
        discord.parents[root], discord.posts[root].channel = FORUM, root
    discord.threads[root] = "how?"
    post = await platform.open(lease_for(thread(root, where), "2000", route={}), MemoryOutbox())
    await post.draw(half("so"))
    await discord.archives(root, locks=True)
    await post.draw(whole("so it is"))

    (shown,) = discord.visible(CHANNEL if where == CHANNEL else DM)
    assert shown.content.startswith("so it is")
    assert ("locked" in shown.content) == (where == CHANNEL)


async def test_an_archived_thread_is_opened_again(discord: DiscordServer, platform: DiscordPlatform) -> None:
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    await post.draw(half("so"))
    await discord.archives("1000")
    await post.draw(whole("so it is"))

    assert [one.content for one in discord.visible("1000")] == ["so it is"]
    assert "1000" not in discord.archived


async def test_a_reply_without_the_right_to_read_is_made_without_a_reference(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    discord.denied |= {"create_public_threads", "read_history"}
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    await post.draw(whole("so it is"))

    assert discord.visible(CHANNEL)[0].content.startswith("so it is")


async def test_history_that_may_not_be_read_is_said(discord: DiscordServer, platform: DiscordPlatform) -> None:
    root = asks(discord)
    discord.threads[root] = "how?"
    discord.denied.add("read_history")
    lease = lease_for(thread(root), "2000", route={})

    assert await platform.earlier(lease.messages[0]) == []
    post = await platform.open(lease, MemoryOutbox())
    await post.draw(whole("so it is"))

    assert "Read Message History" in discord.visible(root)[0].content


async def test_an_asker_who_takes_no_messages_ends_in_silence_and_a_log_line(
    discord: DiscordServer, platform: DiscordPlatform, caplog: pytest.LogCaptureFixture
) -> None:
    discord.denied |= {"view_channel", "direct_messages"}
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    await post.draw(whole("so it is"))

    assert "answer undeliverable" in caplog.text


async def test_where_replies_are_not_heard_the_first_answer_says_so(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    blind = {"start": "1", "blind": "1"}
    lease = lease_for(thread(asks(discord)), "1000", route=blind)
    post = await platform.open(lease, MemoryOutbox())
    await post.draw(whole("first"))
    later = lease_for(thread("1000"), "2000", route={"blind": "1"})
    post = await platform.open(replace(later, took_part=True), MemoryOutbox())
    await post.draw(whole("second"))

    first, second = discord.visible("1000")
    assert "unless they mention me" in first.content
    assert second.content == "second"


# --- refused for what is said -----------------------------------------------------------------------------------------


async def test_what_moderation_refuses_is_said_in_its_place_and_the_rest_of_the_answer_stands(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    discord.moderated.add("Paragraph 9.")
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    await post.draw(whole(LONG))

    shown = [one.content for one in discord.visible("1000")]
    assert shown.count(phrases.moderated()) == 1
    assert all(f"Paragraph {number}." in "".join(shown) for number in (0, 19))
    assert "Paragraph 9." not in "".join(shown)


async def test_an_answer_that_moderation_refuses_whole_is_one_sentence(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    discord.moderated.add("words")
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    await post.draw(whole(LONG))

    assert [one.content for one in discord.visible("1000")] == [f"-# {phrases.moderated()}"]


async def test_where_not_even_that_may_be_said_the_turn_ends_with_a_line_in_the_log(
    discord: DiscordServer, platform: DiscordPlatform, caplog: pytest.LogCaptureFixture
) -> None:
    discord.moderated |= {"words", "moderation"}
    held = lease_for(thread(asks(discord)), "1000")

    assert await deliver(told([LONG]), await platform.open(held, MemoryOutbox()), held) is Outcome.ANSWERED
    assert "answer undeliverable" in caplog.text


async def test_a_word_that_moderation_refuses_while_the_answer_is_written_leaves_the_end_whole(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    discord.moderated.add("odd")
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    await post.draw(half("so"))
    with pytest.raises(NotTaken):
        await post.draw(half("so odd"))
    await post.draw(whole("so it is"))

    assert [one.content for one in discord.visible("1000")] == ["so it is"]


async def test_a_question_whose_words_may_be_no_title_is_answered_in_a_thread_with_a_plain_one(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    lease = lease_for(thread(asks(discord)), "1000")
    discord.moderated.add(lease.messages[0].text[:10])
    post = await platform.open(lease, MemoryOutbox())
    await post.draw(whole("so it is"))

    assert [one.content for one in discord.visible("1000")] == ["so it is"]
    assert discord.threads["1000"] == phrases.untitled()


@pytest.mark.parametrize("times", [3, 6, 100])
async def test_a_refusal_that_nobody_knows_may_pass_and_holds_up_no_thread_for_ever(
    discord: DiscordServer, platform: DiscordPlatform, caplog: pytest.LogCaptureFixture, times: int
) -> None:
    """As codes that Discord has added since."""
    discord.faults["send"].extend(["400:99999"] * times)
    held = lease_for(thread(asks(discord)), "1000")

    assert await deliver(told(["so it is"]), await platform.open(held, MemoryOutbox()), held) is Outcome.ANSWERED

    said = [one.content for one in discord.visible("1000")]
    assert said == {3: ["so it is"], 6: [f"-# {phrases.refused(99999)}"], 100: []}[times]
    assert ("answer undeliverable" in caplog.text) == (times == 100)


@pytest.mark.parametrize("refusal", ["400:50083", "403:50013", "400:99999"])
async def test_a_message_that_may_not_be_deleted_stays_and_ends_nothing(
    discord: DiscordServer, platform: DiscordPlatform, refusal: str
) -> None:
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    await post.draw(whole(LONG))
    discord.faults["delete"].extend([refusal] * 9)
    await post.draw(whole("so it is"))

    assert discord.visible("1000")[0].content == "so it is"


# --- deleted ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("denied", [set(), {"create_public_threads"}, {"send_in_threads"}])
async def test_nothing_appears_anywhere_for_a_question_that_is_gone(
    discord: DiscordServer, platform: DiscordPlatform, denied: set[str]
) -> None:
    discord.denied |= denied
    post = await platform.open(lease_for(thread("1000"), "1000"), MemoryOutbox())
    await post.draw(half("so"))
    await post.draw(whole("so it is"))

    assert [one for one in discord.posts.values() if one.author == BOT] == []


async def test_questions_deleted_at_any_moment_leave_nothing_in_the_channel(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    chance = random.Random(5)
    discord.latency_seconds = 0.01
    discord.buckets.limits["history"] = Limit(
        1_000, 5
    )  # sixty in one channel look for what they left, and nobody times them

    async def answer(number: int) -> None:
        question, outbox = asks(discord, str(number)), MemoryOutbox()
        lease = lease_for(thread(question), question)
        post = await platform.open(lease, outbox)

        async def write() -> None:
            for words in ("so", "so it", "so it is"):
                await post.draw(half(words))
            await post.draw(whole("so it is."))

        writing = asyncio.create_task(write())
        await asyncio.sleep(chance.random() * 0.15)
        discord.posts.pop(question)
        if chance.random() < 0.2:  # the thread as well
            discord.threads.pop(question, None)
        await asyncio.sleep(chance.random() * 0.05)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        taken = await platform.open(replace(lease, attempt=2, fence=2), outbox)
        await taken.withdraw()

    discord.denied |= {"create_public_threads"}
    await asyncio.gather(*(answer(1_000 + number) for number in range(25)))
    discord.denied.clear()
    await asyncio.gather(*(answer(2_000 + number) for number in range(35)))
    await asyncio.sleep(0.1)

    alive = [one for one in discord.posts.values() if one.author == BOT and one.channel in (CHANNEL, *discord.threads)]
    assert alive == []


async def test_what_was_posted_is_taken_away_and_the_thread_stays(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    outbox = MemoryOutbox()
    lease = lease_for(thread(asks(discord)), "1000")
    post = await platform.open(lease, outbox)
    await post.draw(whole(LONG))
    assert len(discord.visible("1000")) > 2
    await (await platform.open(lease, outbox)).withdraw()

    assert discord.visible("1000") == []
    assert "1000" in discord.threads


# --- edits ------------------------------------------------------------------------------------------------------------


async def test_an_edited_question_renames_its_thread_once_and_never_over_a_person_s_name(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    async def answer(question: str, text: str, edition: str) -> None:
        lease = lease_for(thread(question), question, text, edition=edition)
        await (await platform.open(lease, MemoryOutbox())).draw(whole("so"))

    for question in (asks(discord), asks(discord, "2000")):
        await answer(question, "how?", "")
        assert discord.threads[question] == "how?"
    await discord.renames("2000", "Paging")
    for question in ("1000", "2000"):
        await answer(question, "how in SQL?", "2026-01-01")
        await answer(question, "how in Python?", "2026-01-02")

    assert discord.threads == {"1000": "how in SQL?", "2000": "Paging"}


async def test_a_message_that_takes_no_more_edits_is_posted_anew(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    lease, outbox = lease_for(thread(asks(discord)), "1000"), MemoryOutbox()
    post = await platform.open(lease, outbox)
    await post.draw(half("so"))
    discord.visible("1000")[0].is_old = True
    await post.draw(whole("so it is"))

    assert [one.content for one in discord.visible("1000")] == ["so", "so it is"]


async def test_more_messages_come_only_when_the_ones_before_have_settled(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    counts = []
    for end in range(600, 5_400, 600):
        await post.draw(half(LONG[:end]))
        counts.append(len(discord.visible("1000")))
    await post.draw(whole(LONG))

    shown = discord.visible("1000")
    assert counts == sorted(counts)
    assert counts[3:5] == [1, 2]  # at 2,400 characters there are two parts, of which the first may still change
    assert [bool(one.components) for one in shown] == [False] * (len(shown) - 1) + [True]
    assert all(one.flags & 1 << 2 for one in shown)
    assert sum(len(one.versions) for one in shown[:-1]) < 16


# --- faults -----------------------------------------------------------------------------------------------------------


async def test_every_fault_of_a_write_ends_in_one_whole_answer(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    for number, (kind, fault) in enumerate(
        (kind, fault) for kind in ("thread", "send", "edit") for fault in ("503", "429:0.2", "429g:0.2", "cut")
    ):
        question = asks(discord, str(1_000 + number))
        discord.faults[kind] += [fault]
        post = await platform.open(lease_for(thread(question), question), MemoryOutbox())
        for view in (half("so"), whole("so it is")):
            for _ in range(3):
                try:
                    await post.draw(view)
                except PlatformUnavailable:
                    continue
                break
        assert [one.content for one in discord.visible(question)] == ["so it is"], (kind, fault)
    assert discord.visible(CHANNEL) == []


async def test_while_discord_makes_all_wait_nobody_calls(discord: DiscordServer, platform: DiscordPlatform) -> None:
    posts = []
    for number in range(10):
        question = asks(discord, str(1_000 + number))
        posts.append(await platform.open(lease_for(thread(question), question), MemoryOutbox()))
        await posts[-1].draw(half("so"))
    discord.shut_until = time.monotonic() + 1.5
    await asyncio.gather(*(post.draw(whole("so it is")) for post in posts))

    assert len(discord.knocks) <= len(posts)
    assert all([one.content for one in discord.visible(str(1_000 + n))] == ["so it is"] for n in range(10))


@pytest.mark.parametrize("begun", [True, False])
async def test_while_we_are_shut_out_of_discord_nobody_calls_and_the_answer_comes_where_it_belongs(
    discord: DiscordServer, platform: DiscordPlatform, begun: bool
) -> None:
    """Each call would count, and make it longer."""
    posts = []
    for number in range(10):
        question = asks(discord, str(1_000 + number))
        posts.append(await platform.open(lease_for(thread(question), question), MemoryOutbox()))
        if begun:
            await posts[-1].draw(half("so"))
    discord.banned_until = time.monotonic() + 400
    for _ in range(20):
        drawn = await asyncio.gather(*(post.draw(whole("so it is")) for post in posts), return_exceptions=True)
        assert all(isinstance(one, NotTaken) for one in drawn)
        await asyncio.sleep(10)
    assert 1 <= len(discord.knocks) <= len(posts)
    await asyncio.sleep(250)
    await asyncio.gather(*(post.draw(whole("so it is")) for post in posts))

    assert all([one.content for one in discord.visible(str(1_000 + n))] == ["so it is"] for n in range(10))


async def test_ten_thousand_calls_that_are_refused_shut_a_bot_out(discord: DiscordServer) -> None:
    """Of our own server: what the test above rests on."""
    discord.buckets.limits["GET users"] = Limit(20_000, 30, "bot")
    async with aiohttp.ClientSession() as session:
        for last in (False, True):
            discord.buckets._used["invalid", ""].extend([time.monotonic()] * (0 if not last else 9_999))
            async with session.get(f"{discord.api_url}/users/@me") as answer:
                assert answer.status == 401
        async with session.get(f"{discord.api_url}/users/@me", headers={"Authorization": "Bot good"}) as answer:
            assert (answer.status, answer.headers["Retry-After"], answer.content_type) == (429, "600", "text/plain")


async def test_a_cancelled_call_in_a_limit_of_all_calls_does_not_stop_the_others(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    await post.draw(half("so"))
    discord.faults["edit"] += ["429g:0.5"]
    drawing = asyncio.create_task(post.draw(half("so it")))
    await discord.until(lambda: not discord.faults["edit"])
    await asyncio.sleep(0.05)
    drawing.cancel()
    await asyncio.gather(drawing, return_exceptions=True)
    async with asyncio.timeout(3):
        await post.draw(whole("so it is"))

    assert drawing.cancelled()
    assert [one.content for one in discord.visible("1000")] == ["so it is"]


async def test_a_discord_that_hangs_holds_nobody_for_ever(discord: DiscordServer, platform: DiscordPlatform) -> None:
    post = await platform.open(lease_for(thread(asks(discord)), "1000"), MemoryOutbox())
    (await platform.office()).calls._seconds = 0.2
    discord.latency_seconds = 1
    with pytest.raises(PlatformUnavailable):
        await post.draw(half("so"))
    discord.latency_seconds = 0
    (await platform.office()).calls._seconds = 5
    await asyncio.sleep(1)
    await post.draw(whole("so it is"))

    assert [one.content for one in discord.visible("1000")] == ["so it is"]


# --- by the command's token -------------------------------------------------------------------------------------------


def asked(discord: DiscordServer, *, foreign: bool = False, public: bool = False) -> dict[str, str]:
    command = Interaction("77", "token77", FOREIGN if foreign else CHANNEL, time.monotonic(), 0.1, not public)
    command.foreign, command.original = foreign, "78"
    discord.interactions["token77"] = command
    discord.posts["78"] = Post("78", command.channel, BOT, "", ephemeral=not public)
    return {"app": BOT, "token": "token77"} | ({"public": "1"} if public else {})


async def test_a_long_answer_where_only_the_command_knows_us_takes_five_more_messages(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    route = asked(discord, foreign=True, public=True)
    post = await platform.open(lease_for(thread("private-77", FOREIGN), "77", route=route), MemoryOutbox())
    await post.draw(half("so"))
    await post.draw(whole(LONG + LONG))

    follow_ups = [discord.posts[one].content for one in discord.interactions["token77"].follow_ups]
    assert len(follow_ups) == 5
    assert "does not fit" in follow_ups[-1]
    assert not any(path.startswith("channels/") for _, path in discord.calls)
    assert discord.refusals == []


@pytest.mark.parametrize("takes_messages", [True, False])
async def test_a_private_answer_after_the_command_has_run_out(
    discord: DiscordServer, platform: DiscordPlatform, caplog: pytest.LogCaptureFixture, takes_messages: bool
) -> None:
    discord.denied |= set() if takes_messages else {"direct_messages"}
    route = asked(discord)
    post = await platform.open(lease_for(thread("private-77"), "77", route=route), MemoryOutbox())
    await post.draw(half("so"))
    discord.interactions["token77"].expired = True
    for _ in range(5):
        await post.draw(half("so it"))
    await post.draw(whole("so it is"))

    assert [one.content for one in discord.visible(DM)] == (["so it is"] if takes_messages else [])
    assert discord.visible(CHANNEL) == []
    assert sum("50027" in one for one in discord.refusals) <= 2  # refused calls count against a bot
    assert takes_messages or "private answer undeliverable" in caplog.text


# --- a posting that was never confirmed ----------------------------------------------------------------------------------


@pytest.mark.parametrize("denied", [set(), {"create_public_threads"}])
@pytest.mark.parametrize("minutes", [0.1, 30])
@pytest.mark.parametrize("is_another", [False, True])
@pytest.mark.parametrize("view", [half("so"), View(status="waits"), whole(LONG)])
async def test_what_was_posted_and_never_confirmed_stands_once_however_late_it_is_looked_for(
    discord: DiscordServer,
    platform: DiscordPlatform,
    view: View,
    is_another: bool,
    minutes: float,
    denied: set[str],
) -> None:
    """Discord knows a nonce for a few minutes."""
    discord.denied |= denied
    other = await platform.open(lease_for(thread(asks(discord, "500")), "500"), MemoryOutbox())
    await other.draw(whole("another answer"))
    outbox, lease = MemoryOutbox(), lease_for(thread(asks(discord)), "1000")
    post = await platform.open(lease, outbox)
    for lost in range(3):
        discord.faults["send"] += [*["late:0"] * lost, "cut"]
        with contextlib.suppress(PlatformUnavailable):
            await post.draw(view)
        discord.faults["send"].clear()
        await asyncio.sleep(60 * minutes)
        post = await platform.open(lease, outbox) if is_another else post
    await post.draw(whole(LONG))

    shown = [one.content for one in discord.visible(CHANNEL if denied else "1000")][1 if denied else 0 :]
    assert len(shown) == len(set(shown)) > 2
    assert "…" not in shown
    assert "".join(shown).count("Paragraph") == 20
    assert discord.visible(CHANNEL if denied else "500")[0].content.startswith("another answer")


# --- files and what was said before -----------------------------------------------------------------------------------


async def test_a_file_whose_address_has_ended_is_asked_for_again(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    file = discord.file("message.txt", b"Traceback", content_type=None)
    discord.posts["5"] = Post("5", CHANNEL, "1", "see", attachments=[file])
    old = file["url"]
    discord.expire(file)
    sent = Attachment(f"{CHANNEL}/5/{file['id']}", "message.txt", "application/octet-stream", 9, old)

    assert await platform.read(sent, 100) == b"Traceback"


async def test_what_was_said_before_holds_the_first_message_wherever_it_stands(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    for number, (root, parent, title) in enumerate((("1000", CHANNEL, ""), ("3000", FORUM, "Post: slow\n\n"))):
        discord.posts[root] = Post(root, CHANNEL if number == 0 else root, "2", "it is slow")
        discord.threads[root], discord.parents[root] = "slow", parent
        for reply in range(60):
            said = str(int(root) + 1 + reply)
            discord.posts[said] = Post(said, root, "1", f"reply {reply}")
        lease = lease_for(thread(root, parent), str(int(root) + 100), route={})
        earlier = await platform.earlier(lease.messages[0])

        assert earlier[0].text == f"{title}it is slow"
        assert earlier[-1].text == "reply 59"
