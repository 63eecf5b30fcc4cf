"""A file is what its bytes are; what is not read is said."""

from __future__ import annotations

import io
import json
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answering.attachments import MOST_FILES, ReadFiles, read_files
from bot.answering.files import FileContent, TextFile, UnreadFile, read_file
from bot.claude.wire import _block
from bot.conversation import Attachment, Author, Message, ThreadId
from bot.ports.model import ImagePart, PdfPart
from tests.bot.writing.secret_material import secret_of
from tests.fakes import FakePlatform, message
from tests.made_files import gif, jpeg, pdf, png, webp
from tests.pdfs import made_pdf
from tests.servers.claude import ClaudeServer

PNG = png()


def attachment(name: str, size: int = 0, media_type: str = "application/octet-stream") -> Attachment:
    return Attachment("f1", name, media_type, size, "url")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain", "plain"),
        ("\ufeffmark".encode(), "mark"),
        ("utf16 é".encode("utf-16"), "utf16 é"),
        (b"caf\xe9 latin", "café latin"),
        ("cut é".encode()[:-1], "cut "),
        (b"\x1b[31mred\x1b[0m", "[31mred[0m"),
    ],
)
def test_text_in_any_usual_encoding_is_read(data: bytes, text: str) -> None:
    assert read_file(attachment("message.txt"), data, 1_000).parts == (TextFile("message.txt", text),)


WRITTEN = [
    ("cp932", "エラー: データベースへの接続に失敗しました。再試行してください。"),
    ("euc_jp", "エラー: データベースへの接続に失敗しました。"),
    ("gb18030", "错误：无法连接数据库，请检查配置文件。连接超时。"),
    ("big5", "錯誤：無法連接資料庫，請檢查設定檔。連線逾時。"),
    ("cp949", "오류: 데이터베이스에 연결할 수 없습니다."),
    ("cp1251", "Ошибка: не удалось подключиться к базе данных"),
    ("koi8_r", "Ошибка: не удалось подключиться к базе данных"),
    ("cp866", "Ошибка: не удалось подключиться к базе данных"),
    ("cp1250", "Chyba: nelze se připojit k databázi, zkuste to znovu později. Žluťoučký kůň"),
    ("cp1252", "Die Größe überschreitet die zulässige Länge, prüfen Sie das; naïve café, 5 €"),
    ("mac_roman", "Die Größe überschreitet die zulässige Länge, prüfen Sie die Einträge"),
]


@pytest.mark.parametrize("times", [1, 5_000])
@pytest.mark.parametrize(("encoding", "text"), WRITTEN)
def test_what_older_systems_write_is_read_as_they_mean_it_and_that_is_said(
    encoding: str, text: str, times: int
) -> None:
    read = read_file(attachment("worker.log"), f"{text}\n".encode(encoding) * times, 10_000_000)

    (part,) = read.parts
    assert isinstance(part, TextFile)
    assert part.text == f"{text}\n" * times
    assert f"I read it as {encoding}" in read.notices[0]


def test_an_image_is_known_by_its_bytes_and_not_by_its_name() -> None:
    assert read_file(attachment("notes.txt"), PNG, 1_000).parts == (ImagePart("image/png", PNG, "notes.txt"),)
    assert read_file(attachment("x.bin"), webp(), 1_000).parts == (ImagePart("image/webp", webp(), "x.bin"),)


async def read_pdf(data: bytes, *, masks: bool = True) -> ReadFiles:
    sent = replace(message("how?"), attachments=(attachment("a.pdf"),))
    return await read_files(FakePlatform(files={"f1": data}), [sent], (), 10_000, masks=masks)


@pytest.mark.parametrize("pages", [("The runbook",), ("",), ("One", "", "Three")])
async def test_a_pdf_without_a_secret_is_passed_on_whole(pages: tuple[str, ...]) -> None:
    data = made_pdf(*pages)

    assert await read_pdf(data) == ReadFiles((PdfPart("a.pdf", data, len(pages)),))


TOKEN = secret_of("GitHub", random.Random(7))


@pytest.mark.parametrize(
    "data",
    [
        made_pdf("The runbook", f"use {TOKEN} here"),
        made_pdf("The runbook", f"use {TOKEN} here", packed=False),
        made_pdf("The runbook", note=f"use {TOKEN} here"),
        made_pdf("The runbook\nDB_PASSWORD=hG7!kd92Lm", ""),
    ],
)
async def test_of_a_pdf_with_a_secret_the_model_gets_the_words_without_it_and_the_asker_is_told(data: bytes) -> None:
    read = await read_pdf(data)

    (part,) = read.parts
    assert isinstance(part, TextFile)
    assert ("The runbook" in part.text, "[masked: " in part.text) == (True, True)
    assert (TOKEN in part.text, "hG7!kd92Lm" in part.text) == (False, False)
    assert "without its pictures" in read.notices[0]
    assert "revoke" in read.asides[0]


ENDLESS = made_pdf("x").replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")


@pytest.mark.parametrize("data", [made_pdf(TOKEN)[:400] + b"\n%%EOF\n", ENDLESS])
async def test_a_pdf_that_nobody_can_look_into_is_held_back_and_named(data: bytes) -> None:
    read = await read_pdf(data)

    assert [type(part) for part in read.parts] == [UnreadFile]
    assert "look for secrets" in read.notices[0]
    assert [type(part) for part in (await read_pdf(data, masks=False)).parts] == [PdfPart]


async def test_what_stands_before_a_pdf_is_left_out_and_a_text_about_pdfs_is_a_text() -> None:
    data = made_pdf("The runbook")
    about = b"The header is %PDF-1.7, and\nstartxref stands near the end."

    assert await read_pdf(b"HTTP/1.1 200 OK\r\n\r\n" + data) == await read_pdf(data)
    assert [type(part) for part in (await read_pdf(about)).parts] == [TextFile]


def test_a_pdf_is_passed_on() -> None:
    assert read_file(attachment("a.pdf"), pdf(3), 1_000, masks=False).parts == (PdfPart("a.pdf", pdf(3), 3),)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04\0\0zip", b"\x7fELF\0\0", png(size=6_000_000)])
def test_anything_else_is_named_and_declined(data: bytes) -> None:
    read = read_file(attachment("thing.bin"), data, 1_000)

    (part,) = read.parts
    assert isinstance(part, UnreadFile)
    assert part.name == "thing.bin"
    assert part.reason in read.notices[0]


def test_what_was_cut_is_said() -> None:
    read = read_file(attachment("big.log", size=50_000), b"x\n" * 25_000, 1_000)

    assert "big.log is long" in read.notices[0]
    part = read.parts[0]
    assert isinstance(part, TextFile)
    assert len(part.text) < 2_000


def test_a_file_that_came_only_in_part_is_said() -> None:
    assert "first 3 of 9 bytes" in read_file(attachment("a.txt", size=9), b"abc", 100).notices[0]


MEGABYTE = 1024 * 1024


@pytest.mark.slow
async def test_images_and_pdfs_of_one_question_fit_into_one_request(claude: ClaudeServer) -> None:
    """The largest that are read, sent to a server that refuses what the API refuses."""
    files = {f"p{number}": made_pdf("x", size=9 * MEGABYTE) for number in range(3)}
    files |= {"i0": png(size=5 * MEGABYTE // 4 * 3), "t0": b"plain"}
    sent = tuple(Attachment(name, f"{name}.bin", "application/octet-stream", 1, "url") for name in files)
    question = Message(
        ThreadId("slack", "T", "C", "1"), "1", Author("U1", "Ana"), "how?", datetime.now(UTC), True, attachments=sent
    )

    read = await read_files(FakePlatform(files=files), [question], (), 1_000)

    assert [getattr(one, "name", "") for one in read.parts] == ["p0.bin", "p1.bin", "p2.bin", "i0.bin", "t0.bin"]
    assert ["together" in notice for notice in read.notices] == [True, True]
    assert await _ask(claude, read.parts) == 200

    (alone,) = (
        await read_files(FakePlatform(files=files), [replace(question, attachments=sent[3:4])], (), 1_000)
    ).parts
    assert await _ask(claude, (alone,)) == 200


def test_an_image_that_the_api_would_refuse_is_not_read() -> None:
    read = read_file(attachment("a.png"), png(size=5 * MEGABYTE // 4 * 3 + 1), 1_000)

    assert isinstance(read.parts[0], UnreadFile)
    assert "3.75 MB" in read.notices[0]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (png(8_001, 10), "8,001 × 10 pixels"),
        (jpeg(10, 9_000), "10 × 9,000 pixels"),
        (jpeg(8_500, 9_000, frame=0xC2), "8,500 × 9,000 pixels"),
        (gif(20_000, 1), "20,000 × 1 pixels"),
        (webp(9_000, 9_001), "9,000 × 9,001 pixels"),
        (webp(9_000, 9_001, b"VP8L"), "9,000 × 9,001 pixels"),
        (webp(9_000, 9_001, b"VP8X"), "9,000 × 9,001 pixels"),
        (png(100, 100)[:-12], "its end is missing"),
        (jpeg()[:-2], "its end is missing"),
        (gif()[:-4], "its end is missing"),
        (webp()[:-1], "its end is missing"),
        (PNG[:20], "the image is damaged"),
        (b"GIF89a;", "the image is damaged"),
        (pdf(encrypted=True), "it is encrypted"),
        (pdf(encrypted=True, compressed=True), "it is encrypted"),
        (pdf(601), "it has 601 pages"),
        (pdf(601, compressed=True), "it has 601 pages"),
        (
            pdf(601).replace(b"/Type /Pages /Count 601 /Kids", b"/Count 601 /Kids").replace(b"R]", b"R] /Type /Pages"),
            "it has 601",
        ),
        (pdf(9, size=100_000)[:90_000], "its end is missing"),
    ],
)
def test_a_file_that_the_service_would_refuse_is_declined_by_name_and_reason(made: bytes, reason: str) -> None:
    read = read_file(attachment("plan"), made, 1_000)

    (part,) = read.parts
    assert isinstance(part, UnreadFile)
    assert read.notices[0].startswith("I could not read plan: ")
    assert reason in read.notices[0]


@pytest.mark.parametrize(
    "made", [png(8_000, 1), jpeg(8_000, 8_000), gif(8_000, 1), webp(8_000, 1), pdf(600), pdf(600, compressed=True)]
)
def test_the_largest_that_it_takes_is_read(made: bytes) -> None:
    (part,) = read_file(attachment("plan"), made, 1_000, words="").parts

    assert isinstance(part, ImagePart | PdfPart)


@given(st.sampled_from([png(9, 9), jpeg(9, 9), gif(9, 9), webp(9, 9), pdf(3), pdf(3, compressed=True)]), st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_became_of_a_file_on_its_way_it_is_read_or_named(made: bytes, data: st.DataObject) -> None:
    damaged = bytearray(made[: data.draw(st.integers(1, len(made)))])
    for _ in range(data.draw(st.integers(0, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))

    assert len(read_file(attachment("x"), bytes(damaged), 1_000, words="").parts) == 1


async def test_pdfs_that_are_too_long_together_are_named(claude: ClaudeServer) -> None:
    files = {"a.pdf": pdf(400), "b.pdf": pdf(300), "c.pdf": pdf(200)}

    read = await read_files(FakePlatform(files=files), [said_with(*files)], (), 1_000)

    assert [isinstance(one, PdfPart) for one in read.parts] == [True, False, True]
    assert "PDFs may have up to 600 pages together" in read.notices[0]
    assert await _ask(claude, read.parts) == 200


def said_with(*names: str, id: str = "1") -> Message:
    files = tuple(Attachment(name, name, "text/plain", 1, "url") for name in names)
    return replace(message("look", id=id), attachments=files)


async def test_files_said_earlier_are_read_after_those_of_the_question_the_newest_first() -> None:
    platform = FakePlatform(files={"root.log": b"boom", "later.log": b"again", "now.log": b"here"})
    context = [said_with("root.log", id="0"), said_with("later.log", "now.log", id="0.5")]

    read = await read_files(platform, [said_with("now.log")], context, 1_000)

    assert [getattr(one, "name", "") for one in read.parts] == ["now.log", "later.log", "root.log"]
    assert read.notices == ()


async def test_files_for_which_there_is_no_room_are_named_to_the_model_and_said() -> None:
    names = [f"{number}.log" for number in range(MOST_FILES + 2)]
    platform = FakePlatform(files=dict.fromkeys(names, b"x"))

    read = await read_files(platform, [said_with("q.bin")], [said_with(*names, id="0")], 1_000)

    unread = [one for one in read.parts if isinstance(one, UnreadFile)]
    assert [one.name for one in unread] == ["q.bin", *names[-3:]]
    assert len(read.parts) == MOST_FILES + 3
    assert "I could not read q.bin" in read.notices[0]
    assert f"There are {MOST_FILES + 3} files" in read.notices[1]


async def _ask(claude: ClaudeServer, parts: Sequence[FileContent]) -> int:
    """The status that the server gives for these, as they are written for it."""
    blocks = [_block(one) for one in parts if isinstance(one, ImagePart | PdfPart)]
    body = {"model": "claude-m", "max_tokens": 1, "messages": [{"role": "user", "content": blocks}]}
    data = io.BytesIO(json.dumps(body).encode())
    async with aiohttp.ClientSession() as session, session.post(f"{claude.url}/v1/messages", data=data) as answer:
        return answer.status


@pytest.fixture
async def claude() -> AsyncIterator[ClaudeServer]:
    async with ClaudeServer() as server:
        yield server


@pytest.mark.parametrize(("name", "is_masked"), [("pasted.txt", True), ("NOTES.MD", True), ("pins.py", False)])
def test_what_people_wrote_into_a_file_is_read_as_what_they_type(name: str, is_masked: bool) -> None:
    data = b"the door's pin is 3377, and PIN_COUNT = 3378\n"

    (part,) = read_file(
        Attachment("f1", name, "text/plain", len(data), "https://files.example.org/f1"), data, 10_000
    ).parts

    assert isinstance(part, TextFile)
    assert ("3377" not in part.text) is is_masked
    assert "3378" in part.text
