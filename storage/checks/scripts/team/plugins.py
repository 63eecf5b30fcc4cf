"""Packages that add to what a framework hands its programs (`declare module "fastify"`), wherever the team registers them: the compiler
is shown them all, for a block seldom imports them."""

from __future__ import annotations

import re
from collections.abc import Collection

from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team.own_texts import text_of

NAMED = re.compile(
    r"express|fastify|koa|connect|passport|session|hono|nest|flash|csrf|csurf|upload|multer|view|cookie|helmet|busboy|formidable|i18n|"
    r"locale|compress|auth|jwt|middleware|boom|swagger|throttl|device|useragent|sse|mongoose"
)
"""Packages whose business it is to add to these, by their names."""
OWNERS = frozenset({"express", "fastify", "koa", "connect", "hono", "mongoose"})
"""What declares these types: words that it knows elsewhere say nothing of a method that the type lacks."""
AUGMENTING = re.compile(r"\bdeclare\s+(?:module\s+[\"']|global\b)|\bnamespace\s+Express\b")


def found(names: Collection[str], folder: str, types: Types) -> list[str]:
    """Those among the packages that a folder asks for; of `@types` the compiler takes all. Blocks."""
    held = {one: types.held(folder, one) for one in sorted(names) if NAMED.search(one.lower()) and one not in OWNERS}
    places = {name: types.folder / one.place for name, one in held.items() if one and one.typed}
    return [
        name for name, place in places.items() if any(AUGMENTING.search(text_of(one)) for one in place.rglob("*.*ts"))
    ]
