"""The process that parses the files of repositories: bounded in memory, and for each file in processor time. Nothing that a file
holds can do more than end it, in the middle of the native code too: the kernel does it.

One file after another: `HEAD` and its bytes come on standard input, `HEAD` and what was found go to standard output.
"""

from __future__ import annotations

import json
import signal
import struct
import sys
from dataclasses import fields
from operator import attrgetter
from typing import BinaryIO

from bot.apart import bounded
from storage.repos.symbols import Parsed, Symbol, parse

HEAD = struct.Struct(">II")
"""Two lengths: of the language's name and of the source; of the definitions and of the quiet places."""

AS_ROW = attrgetter(*(field.name for field in fields(Symbol)))
NO_QUIET = 0xFFFFFFFF
MEMORY_BYTES = 1_500_000_000
FILE_SECONDS = 5.0
"""Of processor time. The largest file that is parsed, 400 kB, takes under one."""


def serve(requests: BinaryIO, answers: BinaryIO, seconds: float) -> None:
    while head := requests.read(HEAD.size):
        language_bytes, source_bytes = HEAD.unpack(head)
        language = requests.read(language_bytes).decode()
        source = requests.read(source_bytes)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        answer = written(parse(source, language))
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(answer)
        answers.flush()


def written(parsed: Parsed) -> bytes:
    definitions = json.dumps([AS_ROW(one) for one in parsed.symbols]).encode()
    quiet = parsed.quiet or b""
    head = HEAD.pack(len(definitions), NO_QUIET if parsed.quiet is None else len(quiet))
    return head + definitions + quiet


def main() -> int:
    bounded(MEMORY_BYTES)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # ends the process
    serve(sys.stdin.buffer, sys.stdout.buffer, float(sys.argv[1]) if len(sys.argv) > 1 else FILE_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
