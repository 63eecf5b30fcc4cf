"""Strings that open a connection: `Server=db;User Id=app;Password=x;`, `host=db user=app password=x`.

Whatever stands there as the password is one, a word of any language too: beside it stands where it lets somebody in.
"""

from __future__ import annotations

from bot.writing.secrets.engine import compiled
from bot.writing.secrets.values import REFERENCE, is_placeholder

PARTNER = compiled(
    r"(?i)(?:^|[\s;,\"'?&:])(?:user(?:name|[ _]?id)?|uid|host|server|data source|initial catalog|database(?:name)?|dbname|port|driver|ssl[ ]?mode|encrypt|addr(?:ess)?)=[^\s=;]"
)
"""What else such a string says, https://www.postgresql.org/docs/current/libpq-connect.html and
https://learn.microsoft.com/en-us/dotnet/framework/data/adonet/connection-string-syntax."""

NEAR = 200
"""Bytes of the line on either side that are looked at."""

SHORTEST = 4


def is_of_connection(text: bytes, name: int, begin: int, end: int) -> bool:
    """The value from `begin` to `end`, set by `=` alone, has such a neighbour within one string, or pairs that `;` parts."""
    said = text[begin:end]
    if text[begin - 1 : begin] != b"=" or len(said) < SHORTEST or b"(" in said:
        return False
    if is_placeholder(said) or REFERENCE.fullmatch(said):
        return False
    line = text.rfind(b"\n", max(0, name - NEAR), name) + 1 or max(0, name - NEAR)
    stop = text.find(b"\n", end, end + NEAR)
    before, behind = text[line:name], text[end : end + NEAR if stop < 0 else stop]
    is_within = any(before.count(quote) % 2 for quote in (b'"', b"'", b"`"))
    is_parted = before.endswith(b";") or behind[:1] == b";"
    if not (is_parted or (is_within and before[-1:].isspace())):
        return False
    return bool(PARTNER.search(before) or PARTNER.search(behind))
