"""Small PDFs that a reader of PDFs reads: ISO 32000-2, 7.5; pages of text, compressed or not, a note, and pages without a word."""

from __future__ import annotations

import zlib


def made_pdf(*pages: str, note: str = "", packed: bool = True, size: int = 0) -> bytes:
    """A page for each text; one of "" is a picture to whoever looks for words. `note`: an annotation on the first page. `size`:
    bytes of a comment before it all."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"]
    kids = []
    for number, text in enumerate(pages):
        kids.append(f"{len(objects) + 1} 0 R")
        noted = f" /Annots [{len(objects) + 3} 0 R]" if note and not number else ""
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects) + 2} 0 R{noted}"
        objects += [f"{page} /Resources << /Font << /F1 3 0 R >> >> >>".encode(), _stream(text, packed=packed)]
        if noted:
            written = f"<< /Type /Annot /Subtype /Text /Rect [9 9 99 99] /Contents ({_escaped(note)}) >>"
            objects.append(written.encode())
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(pages)} >>".encode()
    return _file(objects, size)


def _stream(text: str, *, packed: bool) -> bytes:
    lines = " ".join(f"({_escaped(line)}) Tj T*" for line in text.splitlines())
    drawn = f"BT /F1 10 Tf 12 TL 40 800 Td {lines} ET".encode("latin-1") if text else b"0 0 100 100 re f"
    data = zlib.compress(drawn) if packed else drawn
    how = " /Filter /FlateDecode" if packed else ""
    return f"<< /Length {len(data)}{how} >>\nstream\n".encode() + data + b"\nendstream"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(objects: list[bytes], size: int) -> bytes:
    out, places = b"%PDF-1.7\n" + (b"%" + b"x" * size + b"\n" if size else b""), []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table) + end
