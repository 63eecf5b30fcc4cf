"""Methods of requests and replies that declarations do not have: whether anything of the team's, or a plugin that it installed, may
have put them there. Without a repository to look into, anything may.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from storage.checks.scripts.own_exports import LARGEST_BYTES, MOST_FILES
from storage.checks.scripts.specifiers import knows, mangled
from storage.checks.scripts.types import Types

KINDS = re.compile(r"(?:Response|Request|FastifyRequest|FastifyReply|IncomingMessage|ServerResponse)\b.*")
PLUGIN = re.compile(
    r"express|fastify|koa|connect|passport|session|hono|nest|flash|csrf|csurf|upload|multer|view|cookie|helmet|busboy|formidable|i18n|"
    r"locale|compress|auth|jwt|middleware|boom|swagger|throttl|device|useragent|sse"
)
"""Packages whose business it is to add to requests and replies, by their names."""
ENDING = re.compile(r"\.[cm]?[jt]sx?$")


def may_be(word: str, root: Path, types: Types, folder: str, asked: frozenset[str]) -> bool:
    """`asked` are the packages that the team's manifests ask for."""
    for name in asked:
        if not PLUGIN.search(name.lower()):
            continue
        held = [types.held(folder, one) for one in (name, f"@types/{mangled(name)}")]
        places = [types.folder / one.place for one in held if one and one.place]
        is_typed = any(one and (one.typed or one.name.startswith("@types/")) for one in held)
        if not is_typed or any(knows(place, word) for place in places):
            return True
    return _is_named(root, word)


@lru_cache(maxsize=500)
def _is_named(root: Path, word: str) -> bool:
    """A file of the team puts it onto something, declares it, or names it in a text: `decorateReply('html', ...)`."""
    wanted = re.compile(
        rf"\.{re.escape(word)}\s*=(?!=)|[\"'`]{re.escape(word)}[\"'`]|(?<![\w$.]){re.escape(word)}\??\s*[(:]"
    )
    count = 0
    for path in root.rglob("*.*"):
        if not ENDING.search(path.name) or path.name.startswith("plumbline_") or "node_modules" in path.parts:
            continue
        count += 1
        if count > MOST_FILES:
            return True
        try:
            if path.stat().st_size < LARGEST_BYTES and wanted.search(path.read_text("utf-8", "replace")):
                return True
        except OSError:
            return True
    return False
