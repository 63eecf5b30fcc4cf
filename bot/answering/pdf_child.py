"""The process that reads one PDF from its input and writes what is written there, bounded in time and memory.

Ends with another code than 0 where that is not all.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader

from bot.answering.pdfs import CPU_SECONDS, MEMORY_BYTES, MOST_CHARACTERS
from bot.apart import bounded

NOTES = ("/Contents", "/T", "/V", "/TU", "/RC")
"""Of a note or a field of a form: its text, name, value and hint: ISO 32000-2, 12.5.2 and 12.7.4."""


def texts_of(reader: PdfReader) -> Iterator[str]:
    for name, value in (reader.metadata or {}).items():
        yield f"{name}: {value}"
    for page in reader.pages:
        yield page.extract_text()
        for note in page.get("/Annots") or ():
            found: Any = note.get_object()
            yield from (str(found[name]) for name in NOTES if name in found)
            if "/URI" in (action := found.get("/A") or {}):
                yield str(action["/URI"])


def main() -> None:
    bounded(MEMORY_BYTES, CPU_SECONDS)
    reader, room = PdfReader(io.BytesIO(sys.stdin.buffer.read())), MOST_CHARACTERS
    for text in texts_of(reader):
        room -= len(text)
        if room < 0:
            sys.exit(3)
        sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")


if __name__ == "__main__":
    main()
