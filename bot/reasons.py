"""Why something is not reached, in the words of the system or of whoever refuses."""

from __future__ import annotations

import os
import socket
import ssl

MOST_CHARACTERS = 200
"""Of what a service or a library says by itself."""


def first_line(raised: BaseException) -> str:
    return (str(raised).strip().splitlines() or [type(raised).__name__])[0][:MOST_CHARACTERS]


def reason(raised: BaseException) -> str:
    """What lies below an error: a name that is not known, a certificate, a closed port, a password."""
    below = _lowest(raised)
    match below:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not accepted: {below.verify_message}"
        case socket.gaierror():
            return f"no such host: {below.strerror}"
        case TimeoutError():
            return "no answer in time"
        case OSError() if below.errno and below.errno > 0:
            return os.strerror(below.errno)
        case _:
            return first_line(below) or type(raised).__name__


def _lowest(raised: BaseException) -> BaseException:
    """What the error came from in the end. Chains may go in a circle: an error that is kept and raised again gets its own follower."""
    below, seen = raised, {id(raised)}
    while (deeper := below.__cause__ or below.__context__) is not None and id(deeper) not in seen:
        seen.add(id(deeper))
        below = deeper
    return below
