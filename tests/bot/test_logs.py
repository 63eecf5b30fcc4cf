"""One JSON object a line, and no secret in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot.logs import Calm, JsonLines, mask

SECRETS = [
    "xoxb-123-456-abcDEF",
    "xapp-1-A01-99-abc",
    "sk-ant-api03-AbC_dEf-123",
    "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDe.abcdefghijklmnopqrstuvwxyz12345",
    "redis://user:hunter2@db:6379/0",
    "Authorization: Bearer abc.def-ghi",
]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("test.logs")
    logger.addHandler(handler)
    logger.propagate = False
    yield out
    logger.removeHandler(handler)


def test_a_line_is_one_object_with_its_fields(stream: io.StringIO) -> None:
    logging.getLogger("test.logs").warning("answer posted", extra={"thread_id": "slack:T:C:1", "seconds": 4.2})

    line = json.loads(stream.getvalue())

    assert (line["event"], line["level"], line["thread_id"], line["seconds"]) == (
        "answer posted",
        "warning",
        "slack:T:C:1",
        4.2,
    )


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_masked_wherever_it_turns_up(stream: io.StringIO, secret: str) -> None:
    try:
        raise RuntimeError(f"refused {secret}")
    except RuntimeError:
        logging.getLogger("test.logs").exception("call to %s failed", secret, extra={"url": secret})

    assert "[secret]" in stream.getvalue() or "[masked: " in stream.getvalue()
    for word in ("abcDEF", "99-abc", "AbC_dEf", "abcdefghijkl", "hunter2", "def-ghi"):
        assert word not in stream.getvalue()


def test_ordinary_words_stay_as_they_are() -> None:
    assert mask("thread slack:T1:C7:1719.42 took 4.2 s, see https://example.com/a") == (
        "thread slack:T1:C7:1719.42 took 4.2 s, see https://example.com/a"
    )


@pytest.mark.parametrize(
    ("name", "level", "said", "is_let_through"),
    [
        ("slack_bolt.AsyncApp", logging.INFO, "The current session () has been abandoned", False),
        ("slack_bolt.AsyncApp", logging.WARNING, "As you gave `client` as well, `token` will be unused.", False),
        ("slack_bolt.AsyncApp", logging.WARNING, "something is wrong", True),
        ("discord.client", logging.WARNING, "PyNaCl is not installed, voice will NOT be supported", False),
        ("discord.gateway", logging.ERROR, "something is wrong", True),
        ("alembic.runtime.migration", logging.INFO, "Context impl SQLiteImpl.", False),
        ("bot.somewhere", logging.INFO, "ours", True),
        ("discordant", logging.INFO, "another one", True),
    ],
)
def test_what_libraries_say_at_every_start_is_left_out_and_their_warnings_are_not(
    name: str, level: int, said: str, is_let_through: bool
) -> None:
    record = logging.LogRecord(name, level, __file__, 1, said, (), None)

    assert Calm().filter(record) is is_let_through
