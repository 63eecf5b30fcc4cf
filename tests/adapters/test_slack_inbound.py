"""What people say in Slack arrives whole, under the right name: long threads, forwards, tables, files, mentions in code, strangers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import mrkdwn
from adapters.slack.app import SlackAdapter
from bot.editions import COMMAND
from bot.errors import FileUnreadable
from tests.adapters import slack_bench
from tests.adapters.slack_bench import NotingDesk, lease, platform_on
from tests.servers.slack import BOT_USER, SlackServer
from tests.servers.slack.posts import Json, Post

desk, door = slack_bench.desk, slack_bench.door


# --- long threads -----------------------------------------------------------------------------------------------------


async def test_of_a_long_thread_the_root_and_the_newest_replies_are_read_over_all_pages(slack: SlackServer) -> None:
    root = await slack.bot_says("C1", "p99 > 2 s")
    for number in range(2_500):
        ts = slack._ts()
        slack.channels["C1"][ts] = Post(ts, "U2", f"reply {number}", root)
    asked = await slack.user_says("C1", f"<@{BOT_USER}> what fixed it?", thread=root)
    async with platform_on(slack) as platform:
        heard = await platform.earlier(lease(root, id=asked).messages[0])

    assert (heard[0].id, heard[0].text) == (root, "p99 > 2 s")
    assert [one.text for one in heard[1:]] == [f"reply {number}" for number in range(1_500, 2_500)]


async def test_of_a_thread_whose_next_page_fails_what_was_read_is_kept(slack: SlackServer) -> None:
    root = await slack.user_says("C1", "it is slow")
    for number in range(1_200):
        ts = slack._ts()
        slack.channels["C1"][ts] = Post(ts, "U2", f"reply {number}", root)
    asked = await slack.user_says("C1", f"<@{BOT_USER}> why?", thread=root)
    slack.faults["conversations.replies"].extend(["", "invalid_cursor"])
    async with platform_on(slack) as platform:
        heard = await platform.earlier(lease(root, id=asked).messages[0])

    assert (heard[0].text, heard[-1].text) == ("it is slow", "reply 997")


async def test_files_of_earlier_messages_are_kept_and_a_file_alone_is_a_message(slack: SlackServer) -> None:
    log, trace = slack.file("worker.log", b"boom"), slack.file("trace.txt", b"at line 3")
    root = await slack.user_says("C1", "Worker crashed, log attached", files=[log])
    await slack.user_says("C1", "", user="U2", thread=root, files=[trace])
    asked = await slack.user_says("C1", f"<@{BOT_USER}> what does the log say?", thread=root)
    async with platform_on(slack) as platform:
        first, second = await platform.earlier(lease(root, id=asked).messages[0])
        (attached,) = first.attachments
        assert await platform.read(attached, 100) == b"boom"

    assert (second.text, [one.name for one in second.attachments]) == ("", ["trace.txt"])


# --- who speaks -------------------------------------------------------------------------------------------------------


async def test_a_message_knows_its_speakers_time_zone(slack: SlackServer, door: SlackAdapter, desk: NotingDesk) -> None:
    await slack.user_says("D1", "what changed since yesterday?")
    await slack.slash("/ask", "and since Monday?")
    await slack.shortcut("C1", await slack.user_says("C1", "boom"))
    await slack.until(lambda: len(desk.messages) == 3)

    assert [message.zone for message in desk.messages] == ["Europe/Berlin"] * 3


# --- who is spoken to -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("<!subteam^S1|@backend> can you look?", "@backend can you look?"),
        ("<!subteam^S1> can you look?", "@S1 (a user group) can you look?"),
        ("<!here> lunch", "@here lunch"),
        ("<!channel> lunch", "@channel lunch"),
        ("<!everyone> lunch", "@everyone lunch"),
        ("<@U2> can you?", "@Ben can you?"),
        (":pray:", ":pray:"),
        (":+1::skin-tone-2: :tada:", ":+1::skin-tone-2: :tada:"),
        ("🙏", "🙏"),
    ],
)
async def test_talk_among_people_in_our_thread_is_left_to_them_and_heard(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, text: str, heard: str
) -> None:
    await slack.user_says("C1", text, thread="1.1")
    await slack.until(lambda: desk.messages)

    (message,) = desk.messages
    assert (message.text, message.mentions_others, message.addressed) == (heard, True, False)


@pytest.mark.parametrize(
    "text",
    ["why?", "?", "`<!here>` pings whom?", "try `<@U2>` as assignee", "10:30:00", "ok :pray:", "42", "да", "？", "…"],
)
async def test_what_is_no_talk_among_people_is_for_us(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, text: str
) -> None:
    await slack.user_says("C1", text, thread="1.1")
    await slack.until(lambda: desk.messages)

    assert not desk.messages[0].mentions_others


async def test_a_group_that_is_called_with_us_reaches_the_model_by_its_name(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    await slack.user_says("C1", f"<!subteam^S1|@backend> and <@{BOT_USER}>: who owns orders?", thread="1.1")
    await slack.until(lambda: desk.messages)

    assert (desk.messages[0].text, desk.messages[0].addressed) == ("@backend and who owns orders?", True)


async def test_a_mention_of_us_in_code_calls_nobody_and_stays_in_the_code(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    await slack.user_says("C1", f"type `<@{BOT_USER}> how do I page?`")
    await slack.user_says("C1", f"```\n<@{BOT_USER}> how?\n```")
    await slack.user_says("D1", f"<@{BOT_USER}> does `<@{BOT_USER}> help` work?")
    await slack.until(lambda: len(slack.delivered) == 5)

    (message,) = desk.messages
    assert message.text == "does `@Plumbline help` work?"


CODE = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"], exclude_characters="`“”‘’\u00a0"), min_size=1
)
PIECES = st.lists(st.sampled_from(["`", "```", "\n", " ", "a", "<@UBOT>", "<!here>", "&lt;"]), max_size=30).map("".join)


@given(CODE)
def test_code_is_read_byte_for_byte_as_it_was_typed(code: str) -> None:
    typed = mrkdwn.escape(code)

    assert mrkdwn.from_mrkdwn(f"see `{typed}` and ```{typed}```", {}) == f"see `{code}` and \n```\n{code}\n```"


@given(PIECES)
def test_prose_and_code_are_the_whole_text_and_each_mention_is_in_one_of_them(text: str) -> None:
    outside: list[str] = []

    def note(said: str) -> str:
        outside.append(said)
        return said

    assert mrkdwn.outside_code(text, note) == text
    assert mrkdwn.prose(text) == " ".join(outside)


# --- forwards and quotes ----------------------------------------------------------------------------------------------

LINK = "https://team.slack.com/archives/C2/p1719412345000100"


def share(**more: Any) -> Json:
    """An attachment as Slack makes it of a forwarded message."""
    made: Json = {"is_share": True, "is_msg_unfurl": True, "ts": "1719412345.000100", "channel_id": "C2"}
    made |= {"author_id": "UBOB", "author_name": "Bob", "author_subname": "Bob", "channel_name": "incidents"}
    return made | {"from_url": LINK, "fallback": "[no preview available]", "footer": "Posted in #incidents"} | more


def rich_text(*words: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": one} for one in words]}
    return {"type": "rich_text", "block_id": "b", "elements": [section]}


def within(*blocks: Json) -> list[Json]:
    return [{"team": "T1", "channel": "C2", "ts": "1719412345.000100", "message": {"blocks": [*blocks]}}]


HEAD = f"Forwarded message by Bob in #incidents, <{LINK}>:\n"


@pytest.mark.parametrize("note", ["", "is this right?"])
@pytest.mark.parametrize(
    ("attachment", "quotation"),
    [
        (share(text="I drop `orders` at noon\n<@U2> knows"), "> I drop `orders` at noon\n> @Ben knows"),
        (share(message_blocks=within(rich_text("I drop it at noon"))), "> I drop it at noon"),
        (share(text="at noon", message_blocks=within(rich_text("at noon"))), "> at noon"),
        (share(message_blocks=[rich_text("at noon")]), "> at noon"),
        (share(text="!help"), "> !help"),
        (share(text="!off"), "> !off"),
        (share(text=f"<@{BOT_USER}> help"), "> @Plumbline help"),
        (share(), "> (no words)"),
    ],
)
async def test_a_forwarded_message_is_quoted_with_its_author_channel_and_link_and_is_no_command(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, note: str, attachment: Json, quotation: str
) -> None:
    await slack.user_says("D1", note, attachments=[attachment])
    await slack.until(lambda: desk.messages)

    (message,) = desk.messages
    assert (message.text, message.author.name) == (f"{note}\n\n{HEAD}{quotation}".strip(), "Ana")
    assert COMMAND.fullmatch(message.text) is None


async def test_a_forward_in_a_channel_that_mentions_us_calls_nobody(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    await slack.user_says("C1", "fyi", attachments=[share(text=f"<@{BOT_USER}> help")])
    await slack.user_says("D1", "hi")
    await slack.until(lambda: len(slack.delivered) == 2)

    assert [message.text for message in desk.messages] == ["hi"]


async def test_the_files_of_a_forwarded_message_are_read(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    own, theirs = slack.file("mine.log", b"a"), slack.file("worker.log", b"boom", connect=True)
    await slack.user_says("D1", "why?", files=[own], attachments=[share(text="see the log", files=[theirs])])
    await slack.until(lambda: desk.messages)

    files = desk.messages[0].attachments
    assert [file.name for file in files] == ["mine.log", "worker.log"]
    assert await door.platform.read(files[1], 100) == b"boom"


async def test_the_words_behind_a_link_to_a_message_are_quoted_and_a_preview_of_a_page_is_not(
    slack: SlackServer,
) -> None:
    linked = share(text="rolled back")
    del linked["is_share"]
    page = {"from_url": "https://e.com", "service_name": "E", "title": "A page", "text": "Buy now"}
    root = await slack.user_says("C1", f"see <{LINK}> and <https://e.com>", attachments=[linked, page])
    asked = await slack.user_says("C1", f"<@{BOT_USER}> why?", thread=root)
    async with platform_on(slack) as platform:
        (heard,) = await platform.earlier(lease(root, id=asked).messages[0])

    quotation = f"Linked message by Bob in #incidents, <{LINK}>:\n> rolled back"
    assert heard.text == f"see {LINK} and https://e.com\n\n{quotation}"


GRAPH = "https://graphs.example/p99.png"


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


REPLAY: Json = {
    "type": "video",
    "alt_text": "replay",
    "title": plain("Session replay"),
    "description": plain("the click"),
}
REPLAY |= {"title_url": "https://r.example/1", "video_url": "https://r.example/1.mp4"}
SIGN: Json = {"type": "image", "image_url": GRAPH, "alt_text": "critical"}
PICTURES: list[tuple[Json, str]] = [
    (
        {"attachments": [{"title": "p99 is high", "text": "see the graph", "image_url": GRAPH, "thumb_url": None}]},
        f"p99 is high\nsee the graph\nPicture (not looked at), {GRAPH}",
    ),
    ({"blocks": [SIGN]}, f"Picture (not looked at): critical, {GRAPH}"),
    (
        {"blocks": [{"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a", "title": plain("p99")}]},
        "Picture (not looked at): p99",
    ),
    (
        {"blocks": [{"type": "context", "elements": [SIGN, {"type": "mrkdwn", "text": "orders"}]}]},
        "Picture (not looked at): critical\norders",
    ),
    ({"blocks": [REPLAY]}, "Video: Session replay, https://r.example/1\nthe click"),
]


@pytest.mark.parametrize(("shown", "words"), PICTURES)
async def test_a_picture_in_an_alert_is_told_of_by_name(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, shown: Json, words: str
) -> None:
    alert = await slack.bot_says("C1", "", **shown)
    asked = await slack.user_says("C1", f"<@{BOT_USER}> why?", thread=alert)
    (heard,) = await door.platform.earlier(lease(alert, id=asked).messages[0])

    assert heard.text == words


def rich_cell(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [*elements]}]}


def jira(**more: Any) -> Json:
    """A card that an app made of a link in a person's message."""
    made: Json = {"id": 1, "is_app_unfurl": True, "app_id": "A2", "from_url": "https://jira.example/X-1"}
    return made | {"fallback": "[no preview]", "title": "X-1: slow orders"} | more


STATUS: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "*X-1*"}}
STATUS |= {"fields": [{"type": "mrkdwn", "text": "Status: Open"}]}


@pytest.mark.parametrize(
    ("card", "lines"),
    [
        (
            jira(blocks=[STATUS], service_name="Jira"),
            ["Preview by Jira of <https://jira.example/X-1>:", "> X-1: slow orders", "> *X-1*", "> Status: Open"],
        ),
        (
            {"title": "db-1", "fields": [{"title": "host", "value": "db-1"}], "footer": "Grafana"},
            ["Preview:", "> db-1", "> host: db-1", "> Grafana"],
        ),
    ],
    ids=["of a link", "brought"],
)
async def test_a_card_of_an_app_is_quoted_as_a_preview_and_never_a_command(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, card: Json, lines: list[str]
) -> None:
    await slack.user_says("D1", "is it this one?", attachments=[card])
    root = await slack.user_says("C1", "is it this one?", attachments=[card])
    await slack.until(lambda: desk.messages)
    asked = await slack.user_says("C1", f"<@{BOT_USER}> ?", thread=root)
    (heard,) = await door.platform.earlier(lease(root, id=asked).messages[0])

    assert desk.messages[0].text == heard.text == "\n".join(["is it this one?", "", *lines])
    assert desk.messages[0].typed == "is it this one?"


async def test_a_giant_preview_is_cut_and_says_so(slack: SlackServer, door: SlackAdapter, desk: NotingDesk) -> None:
    await slack.user_says("D1", "is it this one?", attachments=[jira(text="lorem ipsum " * 2_000)])
    await slack.until(lambda: desk.messages)

    assert "(in part):" in desk.messages[0].text
    assert len(desk.messages[0].text) < 3_000


async def test_what_is_forwarded_within_a_forward_is_quoted_with_its_files(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    log, dump = slack.file("inner.log", b"boom"), slack.file("dump.txt", b"heap")
    inner = share(text="INNER", author_name="Carol", author_id="", files=[log])
    deep = [{"message": {"blocks": [rich_text("OUTER")], "attachments": [share(text="DEEP", files=[dump])]}}]
    await slack.user_says("D1", "why?", attachments=[share(text="OUTER", attachments=[inner], message_blocks=deep)])
    await slack.until(lambda: desk.messages)

    (message,) = desk.messages
    assert [one.name for one in message.attachments] == ["inner.log", "dump.txt"]
    assert await door.platform.read(message.attachments[0], 100) == b"boom"
    assert all(line in message.text for line in ("> OUTER", "> > INNER", "> > DEEP", "> Forwarded message by Carol"))


async def test_a_forward_of_what_we_may_not_see_says_so(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    await slack.user_says("D1", "why?", attachments=[share(private_channel_prompt=True)])
    await slack.until(lambda: desk.messages)

    assert desk.messages[0].text.endswith("\n> (not readable: it stands where I have no access)")


async def test_a_file_that_is_taken_out_of_what_was_forwarded_is_an_edit(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    log = slack.file("worker.log", b"boom")
    ts = await slack.user_says("D1", "why?", attachments=[share(text="see the log", files=[log])])
    await slack.until(lambda: desk.messages)
    slack.user_takes_file_away("D1", ts, log["id"])
    await slack.until(lambda: desk.editions)

    assert [one.attachments for one in desk.editions] == [()]


LINKED: Json = {"type": "link", "url": "https://e.example/runbook", "text": "runbook"}
TASK: Json = {"type": "task_card", "task_id": "t", "title": "Reindex", "status": "error"}
TASK |= {"output": {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [LINKED]}]}}
PLAN: Json = {
    "type": "plan",
    "title": "Recovery",
    "tasks": [{"task_id": "1", "title": "Restart", "status": "complete"}],
}
CHART: Json = {"type": "data_visualization", "title": "CPU", "chart": {"type": "line", "series": [{"name": "db-1"}]}}
INPUT: Json = {
    "type": "input",
    "label": plain("Host"),
    "element": {"type": "plain_text_input", "initial_value": "db-1"},
}


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ({"blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [LINKED]}]}]}, "[runbook](https://e.example/runbook)"),
        ({"text": "runbook", "blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [LINKED]}]}]}, "runbook\n[runbook](https://e.example/runbook)"),
        ({"blocks": [{"type": "table", "rows": [[rich_cell(LINKED)]]}]}, "| [runbook](https://e.example/runbook) |\n| --- |"),
        ({"blocks": [TASK]}, "Reindex\nerror\n[runbook](https://e.example/runbook)"),
        ({"blocks": [PLAN]}, "Recovery\nRestart\ncomplete"),
        ({"blocks": [CHART]}, "CPU\ndb-1\n(something of a kind that I cannot read: data_visualization)"),
        ({"blocks": [INPUT]}, "Host\ndb-1"),
        ({"blocks": [{"type": "brandnew", "x": 1}]}, "(something of a kind that I cannot read: brandnew)"),
        ({"attachments": [{"text": "p99 is high", "footer": "Grafana v11"}]}, "p99 is high\nGrafana v11"),
    ],
)  # fmt: skip
async def test_what_an_app_shows_in_any_kind_of_block_is_read_or_named(
    slack: SlackServer, door: SlackAdapter, shown: Json, words: str
) -> None:
    more: Json = {"text": ""} | shown
    alert = await slack.bot_says("C1", **more)
    asked = await slack.user_says("C1", f"<@{BOT_USER}> why?", thread=alert)
    (heard,) = await door.platform.earlier(lease(alert, id=asked).messages[0])

    assert heard.text == words


async def test_an_alert_that_changes_under_a_thread_is_told_and_asks_nothing(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    alert = await slack.bot_says("C1", f"<@{BOT_USER}> p99 > 2 s")
    other = await slack.bot_says("C1", "a deploy")
    await slack.user_says("C1", f"<@{BOT_USER}> why?", thread=alert)
    await slack.until(lambda: desk.messages)
    await slack.user_edits("C1", other, "a deploy: done")  # nobody speaks there
    await slack.user_edits("C1", alert, f"<@{BOT_USER}> resolved")
    await slack.until(lambda: desk.editions)

    assert [(one.id, one.text, one.author.is_bot, one.addressed) for one in desk.editions] == [
        (alert, "resolved", True, False)
    ]


# --- tables -----------------------------------------------------------------------------------------------------------


def cell(text: str) -> Json:
    return {"type": "raw_text", "text": text}


CELLS: Json = {
    "type": "table",
    "rows": [
        [cell("query"), cell("p99 ms")],
        [cell("a|b"), rich_cell({"type": "text", "text": "2,100"})],
        [rich_cell({"type": "user", "user_id": "U2"}, {"type": "text", "text": " says"}), cell("")],
    ],
}
TABLE = "| query | p99 ms |\n| --- | --- |\n| a\\|b | 2,100 |\n| @Ben says |  |"
PASTED: Json = {"attachments": [{"fallback": "[no preview available]", "blocks": [CELLS]}]}
IN_BLOCKS: Json = {"blocks": [rich_text("which is slow?"), CELLS]}
IN_A_FORWARD: Json = {"attachments": [share(text="which is slow?", message_blocks=within(CELLS))]}


@pytest.mark.parametrize("more", [PASTED, IN_BLOCKS], ids=["pasted", "in blocks"])
async def test_a_table_beside_words_is_read_as_one_wherever_it_stands(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, more: Json
) -> None:
    await slack.user_says("D1", "which is slow?", **more)
    root = await slack.user_says("C1", "which is slow?", **more)
    alert = await slack.bot_says("C1", "which is slow?", **more)
    await slack.shortcut("C1", root)
    await slack.shortcut("C1", alert)
    await slack.until(lambda: len(desk.messages) == 3)
    asked = await slack.user_says("C1", f"<@{BOT_USER}> ?", thread=root)
    (heard,) = await door.platform.earlier(lease(root, id=asked).messages[0])

    (direct,) = [message for message in desk.messages if message.thread.channel == "D1"]
    assert direct.text == heard.text == f"which is slow?\n\n{TABLE}"
    for asked_about in (one for one in desk.messages if one.thread.channel == "C1"):
        assert asked_about.text.endswith("\n".join(f"> {line}" for line in f"which is slow?\n\n{TABLE}".split("\n")))


async def test_a_table_alone_and_one_in_a_forward_are_read(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    await slack.user_says("D1", "", **PASTED)
    await slack.user_says("D2", "", **IN_A_FORWARD)
    await slack.until(lambda: len(desk.messages) == 2)

    alone, forwarded = sorted(desk.messages, key=lambda message: message.thread.channel)
    assert alone.text == TABLE
    assert forwarded.text == HEAD + "\n".join(f"> {line}" for line in f"which is slow?\n\n{TABLE}".split("\n"))


# --- files that are no files ------------------------------------------------------------------------------------------


async def test_a_file_that_is_taken_away_is_an_edit_and_gone(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    secret, log = slack.file("secrets.env", b"KEY=1"), slack.file("a.log", b"a")
    ts = await slack.user_says("D1", "what is this?", files=[secret, log])
    await slack.until(lambda: desk.messages)
    slack.user_takes_file_away("D1", ts, secret["id"])
    await slack.until(lambda: desk.editions)

    (edition,) = desk.editions
    assert (edition.id, [file.name for file in edition.attachments]) == (ts, ["a.log"])
    assert edition.edition > desk.messages[0].edition


EMAIL: Json = {"id": "F1", "mode": "email", "filetype": "email", "mimetype": "text/html", "subject": "Disk full"}
EMAIL |= {"from": [{"address": "ops@acme.example", "name": "Ops", "original": "Ops <ops@acme.example>"}]}
EMAIL |= {"plain_text": "db1 is at 99 %\nplease look", "attachments": [{"filename": "df.txt"}]}
EMAIL_READ = 'E-mail "Disk full" from Ops <ops@acme.example>, not shown: df.txt:\n> db1 is at 99 %\n> please look'


def clip(content: str, *, status: str = "complete", has_more: bool = False) -> Json:
    """A voice clip as it stands in an event."""
    written = {"status": status, "locale": "en-US", "preview": {"content": content, "has_more": has_more}}
    return {
        "id": "F2", "name": "audio_message.m4a", "mimetype": "audio/mp4", "subtype": "slack_audio", "size": 9,
        "media_display_type": "audio", "transcription": written,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("file", "text", "kept"),
    [
        (EMAIL, EMAIL_READ, []),
        ({**EMAIL, "plain_text": ""}, "", ["file"]),
        (clip("How do I page?"), "Voice clip: How do I page?", []),
        (clip("!help"), "Voice clip: !help", []),
        (clip("Well,", has_more=True), "Voice clip: Well, … (this is how it begins)", ["audio_message.m4a"]),
        (clip("", status="processing"), "", ["audio_message.m4a"]),
    ],
    ids=["e-mail", "e-mail without text", "clip", "command", "long clip", "clip not written down yet"],
)
async def test_an_email_and_a_voice_clip_are_read_by_the_words_that_the_event_carries(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, file: Json, text: str, kept: list[str]
) -> None:
    await slack.user_says("D1", "", files=[file])
    await slack.user_says("D2", "", attachments=[share(text="look", files=[file])])
    await slack.until(lambda: len(desk.messages) == 2)

    own, forwarded = sorted(desk.messages, key=lambda message: message.thread.channel)
    assert (own.text, [one.name for one in own.attachments]) == (text, kept)
    assert [one.name for one in forwarded.attachments] == kept
    assert all(line in forwarded.text for line in text.split("\n"))
    assert COMMAND.fullmatch(own.text) is None


@pytest.mark.parametrize("own", [{"mimetype": "application/vnd.slack-docs"}, {"filetype": "quip"}, {"mode": "list"}])
@pytest.mark.parametrize("connect", [False, True])
async def test_a_canvas_is_declined_for_what_it_is(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, connect: bool, own: Json
) -> None:
    canvas = slack.file("Runbook", b"<html><body>Restart</body></html>", "text/html") | own
    if connect:
        slack.stubs[canvas["id"]] = canvas
        slack.faults["files.info"].append("500")
        canvas = {"id": canvas["id"], "file_access": "check_file_info"}
    await slack.user_says("D1", "how do I restart?", files=[canvas])
    await slack.until(lambda: desk.messages)

    with pytest.raises(FileUnreadable, match="cannot read Slack's canvases"):
        await door.platform.read(desk.messages[0].attachments[0], 1_000)


# --- who is who -------------------------------------------------------------------------------------------------------


async def test_what_a_person_says_through_an_app_of_their_own_is_theirs(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    through: Json = {"bot_id": "BCLIENT", "app_id": "A9", "bot_profile": {"name": "Their client"}}
    ts = await slack.user_says("C1", f"<@{BOT_USER}> how?", more=through)
    await slack.user_edits("C1", ts, f"<@{BOT_USER}> how exactly?")
    await slack.until(lambda: desk.messages and desk.editions)
    asked = await slack.user_says("C1", f"<@{BOT_USER}> and?", thread=ts)
    (heard,) = await door.platform.earlier(lease(ts, id=asked).messages[0])

    for message in (desk.messages[0], desk.editions[0], heard):
        assert (message.author.id, message.author.name, message.author.is_bot) == ("slack:U1", "Ana", False)


async def test_an_app_that_speaks_to_us_leaves_one_line_that_says_why_it_is_not_answered(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for user in ("", "UFLOW"):
        await slack.bot_says("C1", f"<@{BOT_USER}> deploy is done", user=user)
        await slack.bot_says("C1", "nothing for you", user=user)
    await slack.until(lambda: len(slack.delivered) == 5)

    lines = [record for record in caplog.records if record.getMessage() == "another app is not answered"]
    assert [(line.app, line.reason) for line in lines] == [("Alerts", "PLUMBLINE_ANSWER_BOTS is off")] * 2  # type: ignore[attr-defined]
    assert desk.messages == []


async def test_a_stranger_whom_slack_does_not_look_up_has_the_name_that_the_event_tells(
    slack: SlackServer, door: SlackAdapter, desk: NotingDesk
) -> None:
    profile = {"display_name": "Zoë", "real_name": "Zoë Z.", "avatar_hash": "x"}
    root = await slack.user_says("C1", f"<@{BOT_USER}> how?", user="USTRANGER", more={"user_profile": profile})
    await slack.until(lambda: desk.messages)
    asked = await slack.user_says("C1", f"<@{BOT_USER}> and?", thread=root)
    (heard,) = await door.platform.earlier(lease(root, id=asked).messages[0])
    await slack.shortcut("C1", root)

    assert desk.messages[0].author.name == heard.author.name == "Zoë"
    assert "message by Zoë" in desk.messages[-1].text
