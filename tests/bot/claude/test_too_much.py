"""What does not fit, and what is not taken, over the wire and through the assistant: asked again smaller, or said in plain words."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import anthropic
import httpx2
import pytest

from bot.claude.client import Claude
from bot.claude.faults import UnreadableFile, classify
from bot.claude.stream import StreamFault
from bot.conversation import Answer, Attachment, Message, Turn
from bot.errors import BotError, ModelBusy, ModelRejected, ModelUnreachable, QuestionTooLong
from tests.bot.answering.test_assistant import PINNED, House
from tests.fakes import START, THREAD, FakePlatform, lease, message
from tests.made_files import pdf, png
from tests.servers.claude import ClaudeServer

Json = dict[str, Any]


def house_of(claude: Claude, **files: bytes) -> House:
    house = House(claude)  # type: ignore[arg-type]
    house.platform = FakePlatform(files=files)
    return house


def with_files(*names: str, id: str = "1") -> Message:
    files = tuple(Attachment(name, name, "application/octet-stream", 1, "url") for name in names)
    return replace(message("what is wrong here?", id=id), attachments=files)


async def answer_of(house: House, *said: Message, number: int = 1) -> Answer:
    *_, answer = await house.answer(replace(lease(*said), turn_id=f"turn{number}"))
    assert isinstance(answer, Answer)
    return answer


# --- files ---------------------------------------------------------------------------------------------------------------


async def test_a_file_that_the_service_refuses_is_left_out_by_name_and_the_question_is_answered(
    server: ClaudeServer, claude: Claude
) -> None:
    """What our own look lets pass: pages in a form that we cannot count."""
    many = pdf(700).replace(b"/Type /Pages", b"/Type  /Tree ")
    house = house_of(claude, **{"plan.png": png(), "manual.pdf": many})

    answer = await answer_of(house, with_files("plan.png", "manual.pdf"))

    assert answer.text
    assert [request.status for request in server.requests] == [400, 200]
    assert [notice for notice in answer.notices if "manual.pdf" in notice] == [
        "I could not read manual.pdf: Claude does not take it. It may be damaged, protected or too large."
    ]
    kinds = [block["type"] for block in server.requests[1].body["messages"][-1]["content"]]
    assert kinds.count("image") == 1
    assert "document" not in kinds
    assert '<file name="manual.pdf" held="0"' in server.requests[1].raw.decode().replace('\\"', '"')


async def test_of_several_images_only_the_one_that_is_refused_is_left_out(server: ClaudeServer, claude: Claude) -> None:
    broken = png()[:-8] + b"IENX" + png()[-4:]  # all chunks are there for us, and its end is not for the service
    broken = broken[:-12] + b"\0\0\0\0IEND\xae\x42\x60\x82" + b"trailing bytes"
    house = house_of(claude, **{"a.png": png(), "b.png": broken, "c.png": png(3, 3)})

    answer = await answer_of(house, with_files("a.png", "b.png", "c.png"))

    assert [request.status for request in server.requests] == [400, 200]
    assert [notice[:26] for notice in answer.notices] == ["I could not read b.png: Cl"]
    kinds = [block["type"] for block in server.requests[1].body["messages"][-1]["content"]]
    assert kinds.count("image") == 2


async def test_from_the_21st_image_of_a_thread_large_ones_are_left_out_before_the_service_is_asked(
    server: ClaudeServer, claude: Claude
) -> None:
    small = {f"s{number}.png": png(900, 900) for number in range(18)}
    house = house_of(claude, **small, **{"t0.png": png(10, 10), "t1.png": png(10, 10), "wide.png": png(2_400, 9)})
    await answer_of(house, with_files(*list(small)[:9], id="1"))
    await answer_of(house, with_files(*list(small)[9:], id="2"), number=2)

    answer = await answer_of(house, with_files("t0.png", "wide.png", "t1.png", id="3"), number=3)

    assert [request.status for request in server.requests] == [200] * 3
    assert ["wide.png" in notice for notice in answer.notices] == [True]


async def test_a_large_image_of_an_earlier_turn_does_not_end_the_thread(server: ClaudeServer, claude: Claude) -> None:
    small = {f"s{number}.png": png(900, 900) for number in range(20)}
    house = house_of(claude, **small, **{"wide.png": png(2_400, 9)})
    await answer_of(house, with_files("wide.png", *list(small)[:9], id="1"))
    await answer_of(house, with_files(*list(small)[9:18], id="2"), number=2)

    answer = await answer_of(house, with_files(*list(small)[18:], id="3"), number=3)

    assert [request.status for request in server.requests] == [200] * 3
    assert answer.notices == ()
    assert (await house.history.load(THREAD)).folded == 2


# --- the words of each door --------------------------------------------------------------------------------------------


def refusal(status: int, body: object) -> anthropic.APIStatusError:
    request = httpx2.Request("POST", "http://127.0.0.1/v1/messages")
    response = httpx2.Response(status, json=body, request=request)
    client = anthropic.Anthropic(api_key="k", http_client=httpx2.Client())
    return client._make_status_error_from_response(response)


ANTHROPIC = "prompt is too long: 1000001 tokens > 1000000 maximum"
LIMIT = (
    "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens`"
)
VLLM = "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens."
LLAMA = "request (14429 tokens) exceeds the available context size (8192 tokens), try increasing it"
BEDROCK = "Input is too long for requested model."
LITELLM = "litellm.ContextWindowExceededError: litellm.BadRequestError: AnthropicException - prompt is too long"
TOO_LARGE = "messages.0.content.2.image.source.base64.data: At least one of the image dimensions exceed max allowed size: 8000 pixels"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"type": "error", "error": {"type": "invalid_request_error", "message": ANTHROPIC}}, QuestionTooLong),
        (400, {"type": "error", "error": {"type": "invalid_request_error", "message": LIMIT}}, QuestionTooLong),
        (400, {"object": "error", "message": VLLM, "type": "BadRequestError", "code": 400}, QuestionTooLong),
        (400, {"error": {"message": VLLM, "code": "context_length_exceeded"}}, QuestionTooLong),
        (400, {"error": {"code": 400, "message": LLAMA, "type": "exceed_context_size_error"}}, QuestionTooLong),
        (500, {"error": {"code": 500, "message": LLAMA, "type": "exceed_context_size_error"}}, QuestionTooLong),
        (400, {"message": BEDROCK}, QuestionTooLong),
        (400, {"error": {"message": LITELLM, "type": "None", "code": "400"}}, QuestionTooLong),
        (413, {"type": "error", "error": {"type": "request_too_large", "message": "too large"}}, QuestionTooLong),
        (400, {"type": "error", "error": {"type": "invalid_request_error", "message": TOO_LARGE}}, UnreadableFile),
        (400, {"message": TOO_LARGE}, UnreadableFile),
        (400, {"error": {"type": "invalid_request_error", "message": "Could not process PDF"}}, UnreadableFile),
        (500, {"error": {"message": "image input is not supported - hint: you may need the mmproj"}}, UnreadableFile),
        (400, {"message": "qwen3 is not a multimodal model", "type": "BadRequestError"}, UnreadableFile),
        (400, {"error": {"type": "invalid_request_error", "message": "tools.0: unknown field"}}, ModelRejected),
        (403, {"message": "no access to the model"}, ModelRejected),
        (503, {"message": "Bedrock is unable to process your request"}, ModelUnreachable),
        (429, {"message": "Too many tokens, please wait before trying again."}, ModelBusy),
    ],
)
def test_each_service_is_understood_in_its_own_words(status: int, body: object, error: type[BotError]) -> None:
    assert isinstance(classify(refusal(status, body)).error, error)


def test_a_refused_file_is_found_where_the_service_says_that_it_is() -> None:
    error = classify(refusal(400, {"message": TOO_LARGE})).error

    assert isinstance(error, UnreadableFile)
    assert (error.kind, error.message, error.block) == ("image", 0, 2)


@pytest.mark.parametrize("said", [VLLM, LLAMA, BEDROCK])
def test_overflow_that_is_told_in_mid_stream_is_overflow(said: str) -> None:
    assert isinstance(classify(StreamFault("BadRequestError", said)).error, QuestionTooLong)


# --- overflow ---------------------------------------------------------------------------------------------------------


async def test_what_does_not_fit_is_asked_again_only_smaller_each_time(server: ClaudeServer, claude: Claude) -> None:
    """A thread of plain texts, which folding alone does not shrink, and questions that failed, each with its log."""
    logs = {f"{number}.log": f"line {number} of a log\n".encode() * 2_500 for number in range(4)}
    house = house_of(claude, **logs)
    for number in range(4):
        turn = Turn(f"t{number}", (message("q" * 9_000, id=f"q{number}"),), (), Answer("a" * 9_000, "m"), START)
        await house.history.append(THREAD, 1, turn, PINNED)
    failed = [with_files(f"{number}.log", id=f"f{number}") for number in range(3)]
    asked = replace(lease(with_files("3.log", id="now")), context=tuple(failed))
    server.fails("too_long", "too_long")

    *_, answer = await house.answer(asked)

    assert isinstance(answer, Answer)
    sizes = [len(request.raw) for request in server.requests]
    assert len(sizes) == 3
    assert all(later < 0.9 * earlier for earlier, later in itertools.pairwise(sizes))
    assert "what is wrong here?" in server.requests[-1].question
    assert any("3.log is long" in notice for notice in answer.notices)


async def test_a_first_question_that_stays_too_long_is_told_so_and_not_blamed_on_the_thread(
    server: ClaudeServer, claude: Claude
) -> None:
    from adapters.phrases import apology

    server.fails("too_long", "too_long", "too_long")

    with pytest.raises(QuestionTooLong) as caught:
        await house_of(claude).answer(lease(message("w" * 50_000)))

    assert len(server.requests) == 1, "nothing in it can be left out"
    assert "This question" in apology(caught.value, "r")
    assert "thread" not in apology(caught.value, "r")


async def test_a_window_that_is_full_whatever_is_left_out_costs_a_bounded_number_of_requests(
    server: ClaudeServer, claude: Claude
) -> None:
    house = house_of(claude)
    turn = Turn("t0", (message("q" * 9_000, id="q0"),), (), Answer("a" * 9_000, "m"), START)
    await house.history.append(THREAD, 1, turn, PINNED)
    for _ in range(9):
        server.writes({"text": "so far"}, stop="model_context_window_exceeded")

    with pytest.raises(QuestionTooLong):
        await house.answer(lease(message("and now?")))

    assert len(server.requests) <= 3
    row = house.usage.rows["turn1"]
    assert row.cost_microdollars > 0, "what was paid for is in the ledger though there is no answer"
    assert row.usage.output_tokens > 0


async def test_tries_that_broke_off_are_in_the_ledger(server: ClaudeServer, claude: Claude) -> None:
    server.fails("cut", "stream_error")
    for _ in range(3):
        server.says("an answer that is long enough to be cut")
    house = house_of(claude)

    answer = await answer_of(house, message("?"))

    once = server.requests[-1].usage
    tokens = once["input_tokens"] + once["cache_read_input_tokens"] + once["cache_creation_input_tokens"]
    assert answer.usage.context_tokens == 3 * tokens
    assert house.usage.rows["turn1"].cost_microdollars == answer.cost_microdollars > 0
