"""How a text is written that says nothing of it and is no UTF-8: older systems still write logs in such encodings."""

from __future__ import annotations

from charset_normalizer import from_bytes

USUAL = [
    *("cp1252", "cp1250", "cp1251", "koi8_r", "cp866", "cp1253", "cp1255", "cp1256", "mac_roman"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
"""Of Western and Central Europe, Cyrillic, Greek, Hebrew, Arabic, Japanese, Chinese and Korean, by Python's names of them."""

WESTERN = "cp1252"
SAMPLE_BYTES = 64 * 1024


def likely(data: bytes) -> str:
    """The encoding in which the text looks most like one that people write; in doubt the Western one."""
    found = from_bytes(_sample(data), cp_isolation=USUAL)
    best = found.best()
    if best is None or any(one.encoding == WESTERN and one.chaos <= best.chaos for one in found):
        return WESTERN
    return best.encoding


def _sample(data: bytes) -> bytes:
    """Whole lines of its beginning."""
    return data if len(data) <= SAMPLE_BYTES else data[: data.rfind(b"\n", 1, SAMPLE_BYTES) + 1] or data[:SAMPLE_BYTES]
