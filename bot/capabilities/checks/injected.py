"""Values that are put into the text of an SQL statement, in any language."""

from __future__ import annotations

import re
from dataclasses import dataclass

OF_REQUEST = re.compile(
    r"\b(?:request|req|ctx|event)\.(?:query_params|query|params|args|GET|POST|form|body|values|json|headers|cookies|match_info|rel_url|"
    r"queryStringParameters)\b|\bsearchParams\.get\(|\.URL\.Query\(\)|\.(?:Post)?FormValue\(|\.PathValue\(|"
    r"\bc(?:tx)?\.(?:Query|Param|QueryParam|DefaultQuery|PostForm)\(|\bc\.req\.(?:query|param|header)\("
)
"""What a program takes out of a request, and whoever asks writes: Flask, Django, Starlette, aiohttp; Express, Fastify, Koa, Hono,
Lambda; net/http, Gin, Echo, Fiber."""

KEY = r"(?:['\"`][^'\"`]*['\"`])"
AFTER = re.compile(
    rf"[\w.]*(?:\(?\s*{KEY}(?:\s*,[^()]*)?\)|\[\s*{KEY}\s*\]|\(\))*[\w.!]*(?:\s*(?:\|\||\?\?|\bor\b)\s*{KEY})?$"
)
"""What may follow where the whole is still what was asked."""

ORDERED = re.compile(r"\border\s+by\s+$", re.IGNORECASE)
"""Where a name is wanted and anything else is taken, too."""


def is_of_request(text: str) -> bool:
    """Whether an expression is what somebody asks, itself: not looked up with it, nor chosen by it."""
    found = OF_REQUEST.search(text)
    return bool(
        found and re.fullmatch(r"(?:await )?[\w.]*", text[: found.start()]) and AFTER.match(text[found.end() :])
    )


@dataclass(frozen=True, slots=True)
class Assembled:
    """`line` counts from 1, `value` is as it is written; `is_name`: it stands where a name does, which no parameter can."""

    line: int
    value: str
    is_name: bool = False

    @property
    def said(self) -> str:
        instead = "allow only names that the program itself writes" if self.is_name else "hand it over as a parameter"
        return f"`{self.value}` is put into the text of an SQL statement; {instead}"
