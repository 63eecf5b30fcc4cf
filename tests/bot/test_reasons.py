"""Why something is not reached: what lies below an error, however errors follow one another."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from bot.reasons import MOST_CHARACTERS, reason


def below(fault: BaseException, *causes: BaseException) -> BaseException:
    last = fault
    for cause in causes:
        last.__cause__ = cause
        last = cause
    return fault


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (below(RuntimeError("not connected"), ConnectionRefusedError(111, "x")), "Connection refused"),
        (below(RuntimeError("a"), ValueError("b"), TimeoutError()), "no answer in time"),
        (below(RuntimeError("a"), TimeoutError(), asyncio.CancelledError()), "no answer in time"),
        (RuntimeError("first\nsecond"), "first"),
        (RuntimeError(""), "RuntimeError"),
        (RuntimeError("x" * 1000), "x" * MOST_CHARACTERS),
        (ssl.SSLCertVerificationError(1, "x"), "its certificate is not accepted"),
    ],
)
def test_the_lowest_error_tells_why(raised: BaseException, said: str) -> None:
    if isinstance(raised, ssl.SSLCertVerificationError):
        raised.verify_message = "self-signed"

    assert reason(raised).startswith(said)


def test_errors_that_follow_each_other_in_a_circle_end_somewhere() -> None:
    kept, following = RuntimeError("kept"), ValueError("following")
    kept.__context__, following.__context__ = following, kept

    assert reason(kept) == "following"
    assert reason(following) == "kept"


@pytest.mark.parametrize(
    ("code", "cure"),
    [(9, "is the clock of this machine right"), (10, "clock"), (19, "SSL_CERT_FILE"), (62, "mismatch")],
)
def test_what_is_most_often_wrong_with_a_certificate_is_said(code: int, cure: str) -> None:
    refused = ssl.SSLCertVerificationError(1, "x")
    refused.verify_code, refused.verify_message = code, "mismatch"

    assert cure in reason(below(RuntimeError("not connected"), refused))
