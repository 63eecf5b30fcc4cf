"""What a worker does at Discord, with the real library and our server: files whole, and nothing kept that is not needed."""

from __future__ import annotations

import pytest

from adapters.discord.outgoing import DiscordPlatform
from adapters.discord.parts import title
from bot.conversation import Attachment
from bot.errors import FileUnreadable
from bot.views import Button, View
from storage.memory import MemoryOutbox
from tests.adapters import discord_support
from tests.adapters.discord_support import asks, lease_for, thread
from tests.servers.discord import DiscordServer

platform = discord_support.platform


def attachment(sent: dict[str, object], size: int) -> Attachment:
    return Attachment(str(sent["id"]), "a.bin", "application/octet-stream", size, str(sent["url"]))


async def test_a_large_file_is_read_whole_or_to_the_limit(discord: DiscordServer, platform: DiscordPlatform) -> None:
    data = bytes(range(256)) * 12_000
    sent = attachment(discord.file("a.bin", data), len(data))

    assert await platform.read(sent, 5_000_000) == data
    assert await platform.read(sent, 1_000_001) == data[:1_000_001]


async def test_a_file_of_another_host_or_one_that_is_gone_is_not_read(
    discord: DiscordServer, platform: DiscordPlatform
) -> None:
    with pytest.raises(FileUnreadable, match="not kept where"):
        await platform.read(Attachment("1", "a", "text/plain", 1, "http://evil.example/a"), 10)
    with pytest.raises(FileUnreadable, match="send it again"):
        await platform.read(Attachment("1", "a", "text/plain", 1, f"{discord.url}/cdn/none"), 10)


async def test_the_worker_keeps_no_buttons_in_memory(discord: DiscordServer, platform: DiscordPlatform) -> None:
    client = await platform.client()
    for number in range(3):
        post_id = str(1_000 + number)
        lease = lease_for(thread(asks(discord, post_id)), post_id)
        post = await platform.open(lease, MemoryOutbox())
        await post.draw(View(text="half", buttons=(Button("stop", lease.turn_id),)))
        await post.draw(View(text="whole", buttons=(Button("good", lease.turn_id),), final=True))

        (shown,) = discord.visible(post_id)
        assert shown.content == "whole"
        assert [one["label"] for row in shown.components for one in row["components"]] == ["👍"]
    assert list(client.persistent_views) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("how?", "how?"),
        ("\n## `x`\nmore", "x"),
        ("<@1> @everyone hi", "hi"),
        ("``` \n", "Question"),
        ("a" * 200, "a" * 89 + "…"),
    ],
)
def test_a_thread_is_named_by_its_question_and_names_nobody(text: str, name: str) -> None:
    assert title(text) == name
