"""What people write is masked before anybody keeps it; whoever wrote it is told once."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bot.conversation import Attachment, Author, Quote
from bot.front_desk.discretion import DiscreetDesk, Discretion
from bot.ports.inbox import Accepted
from bot.ports.stores import ChannelSettings
from tests.bot.front_desk.test_desk import ADMIN, Reception
from tests.bot.writing.secret_material import secret_of
from tests.fakes import ANA, THREAD, message
from tests.pdfs import made_pdf

TOKEN = secret_of("GitHub", random.Random(7))
MARK = "[masked: GitHub token]"


class Doorway(Reception):
    def __init__(self) -> None:
        super().__init__()
        self.discretion = Discretion(self.channels)
        self.door = DiscreetDesk(self.desk, self.inbox, self.discretion)


@pytest.fixture
def doorway() -> Doorway:
    return Doorway()


async def test_the_author_is_told_once_however_often_a_message_comes(doorway: Doorway) -> None:
    first = await doorway.door.receive(message(f"why does {TOKEN} fail?"))
    again = await doorway.door.receive(message(f"why does {TOKEN} fail?"))
    edited = await doorway.door.revise(replace(message(f"and {TOKEN}?"), edition="2"))

    assert first.aside is not None
    assert first.aside.private
    assert "GitHub token" in first.aside.text
    assert TOKEN not in first.aside.text
    assert (again.accepted, again.aside, edited.aside) == (Accepted.DUPLICATE, None, None)


async def test_what_holds_no_secret_is_handed_on_as_it_is(doorway: Doorway) -> None:
    said = message("how do I page?")

    assert (await doorway.discretion.message(said)) == (said, ())
    assert (await doorway.door.receive(said)).aside is None


async def test_a_plain_password_that_somebody_types_is_masked_and_said(doorway: Doorway) -> None:
    clean, kinds = await doorway.discretion.message(
        replace(message("why? password: hunter22"), typed="password: hunter22")
    )

    assert (clean.text, clean.typed) == ("why? password: [masked: password]", "password: [masked: password]")
    assert kinds == ("password",)


async def test_a_row_of_keys_loses_both_before_its_author_is_told_so(doorway: Doorway) -> None:
    row = "AKIA" + "7QXB2FH3T5MZ4WLC" + "," + "wJalrXUtnFEMIxK7MDENG/bPxRfiCYq3" + "9Zt5Lw8B"

    clean, kinds = await doorway.discretion.message(message(f"Access key ID,Secret access key\n{row}"))

    assert clean.text.endswith("\n[masked: AWS access key],[masked: AWS secret]")
    assert kinds == ("AWS access key", "AWS secret")


async def test_names_of_files_are_masked_too(doorway: Doorway) -> None:
    file = Attachment("F1", f"{TOKEN}.log", "text/plain", 1, "https://files.example/1")

    clean, kinds = await doorway.discretion.message(replace(message("see"), attachments=(file,)))

    assert clean.attachments[0].name == f"{MARK}.log"
    assert kinds == ("GitHub token",)


async def test_chatter_that_is_not_for_us_is_not_commented(doorway: Doorway) -> None:
    heard = await doorway.door.receive(message(f"psst: {TOKEN}", addressed=False))

    assert (heard.accepted, heard.aside) == (Accepted.UNKNOWN_THREAD, None)


async def test_commands_keep_no_secret(doorway: Doorway) -> None:
    await doorway.door.command(THREAD, ADMIN, "prompt", f"our token is {TOKEN}")

    assert (await doorway.settings()).prompt_addition == f"our token is {MARK}"


async def test_only_an_admin_has_a_channel_keep_its_secrets(doorway: Doorway) -> None:
    await doorway.door.command(THREAD, ANA, "secrets", "keep")
    assert await doorway.door.clean(THREAD, TOKEN) == MARK

    await doorway.door.command(THREAD, ADMIN, "secrets", "keep")
    assert await doorway.door.clean(THREAD, TOKEN) == TOKEN
    assert (await doorway.door.receive(message(f"{TOKEN}?"))).aside is None

    await doorway.door.command(THREAD, ADMIN, "secrets", "mask")
    assert (await doorway.settings()) == ChannelSettings()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("lines", [1, 60_000])
async def test_a_text_file_is_masked_in_any_encoding_and_of_any_size(
    doorway: Doorway, encoding: str, lines: int
) -> None:
    text = "2026-11-26 request served in 12 ms, all is well\n" * lines + f"x {TOKEN}"

    clean, kinds = await doorway.discretion.file(THREAD.place, text.encode(encoding))

    assert (TOKEN in clean.decode("utf-8"), clean.decode("utf-8").endswith(MARK)) == (False, True)
    assert kinds == ("GitHub token",)


async def test_of_a_pdf_with_a_secret_its_words_are_kept(doorway: Doorway) -> None:
    clean, kinds = await doorway.discretion.file(THREAD.place, made_pdf("The runbook", f"x {TOKEN}"))

    assert (b"The runbook" in clean, MARK.encode() in clean, TOKEN.encode() in clean) == (True, True, False)
    assert kinds == ("GitHub token",)


async def test_a_file_that_holds_no_secret_or_no_text_is_kept_as_it_came(doorway: Doorway) -> None:
    whole = made_pdf("The runbook", "")
    for data in (b"caf\xe9", b"\0" + TOKEN.encode(), b"\x89PNG\r\n\x1a\n", whole, whole[:300]):
        assert await doorway.discretion.file(THREAD.place, data) == (data, ())


async def test_files_keep_their_secrets_where_an_admin_wants_it(doorway: Doorway) -> None:
    await doorway.door.command(THREAD, ADMIN, "secrets", "keep")

    assert await doorway.discretion.file(THREAD.place, TOKEN.encode()) == (TOKEN.encode(), ())


async def test_bots_are_masked_and_told_nothing(doorway: Doorway) -> None:
    said = replace(message(f"alert: {TOKEN}"), author=Author("slack:B1", "Alerts", is_bot=True))

    received = await doorway.door.receive(said)

    assert received.aside is None


async def test_a_secret_that_stands_in_a_quotation_alone_is_not_kept(doorway: Doorway) -> None:
    clean, kinds = await doorway.discretion.message(
        replace(message("why does this fail?"), quotes=(Quote("C2/1.2", f"> {TOKEN}"),))
    )

    assert TOKEN not in clean.quotes[0].text
    assert kinds == ("GitHub token",)
