"""Why something is not reached, in the words of the system or of whoever refuses."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from datetime import UTC, datetime

OF_THE_CLOCK, OF_THE_AUTHORITY = (9, 10), (18, 19, 20, 21)

MOST_CHARACTERS = 200
"""Of what a service or a library says by itself."""


def first_line(raised: BaseException) -> str:
    return (str(raised).strip().splitlines() or [type(raised).__name__])[0][:MOST_CHARACTERS]


def reason(raised: BaseException) -> str:
    """What lies below an error: a name that is not known, a certificate, a closed port, a password."""
    below = _lowest(raised)
    match below:
        case ssl.SSLCertVerificationError():
            cure = _cure(getattr(below, "verify_code", 0))
            return f"its certificate is not accepted: {below.verify_message}{cure}"
        case socket.gaierror():
            return f"no such host: {below.strerror}"
        case TimeoutError():
            return "no answer in time"
        case OSError() if below.errno and below.errno > 0:
            return os.strerror(below.errno)
        case _:
            return first_line(below) or type(raised).__name__


def _cure(verify_code: int) -> str:
    """What is most often behind it; the codes are OpenSSL's: https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/."""
    if verify_code in OF_THE_CLOCK:
        return f"; is the clock of this machine right? It says {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return "; name the file of your proxy's own authority in SSL_CERT_FILE" if verify_code in OF_THE_AUTHORITY else ""


def _lowest(raised: BaseException) -> BaseException:
    """What the error came from in the end. Chains may go in a circle: an error that is kept and raised again gets its own follower.
    That a task was ended says nothing: what ended it, such as a limit of time, stands above."""
    below, seen = raised, {id(raised)}
    while (deeper := below.__cause__ or below.__context__) is not None and id(deeper) not in seen:
        if isinstance(deeper, asyncio.CancelledError):
            break
        seen.add(id(deeper))
        below = deeper
    return below
