"""Methods of requests, replies, instances and models that declarations do not have: whether anything of the team's, or a plugin that it
installed, may have put them there. Without a repository to look into, anything may.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from storage.checks.scripts.packages.specifiers import mangled
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team.own_exports import MOST_FILES
from storage.checks.scripts.team.own_texts import LARGEST_BYTES, any_holds

KINDS = re.compile(
    r"(?:Response|Request|ExtendableContext|Socket|FastifyRequest|FastifyReply|IncomingMessage|ServerResponse|FastifyInstance|Model|Mongoose)\b.*"
)
"""What plugins and programs give methods to."""
PLUGIN = re.compile(
    r"express|fastify|koa|connect|passport|session|hono|nest|flash|csrf|csurf|upload|multer|view|cookie|helmet|busboy|formidable|i18n|"
    r"locale|compress|auth|jwt|middleware|boom|swagger|throttl|device|useragent|sse|mongoose"
)
"""Packages whose business it is to add to these, by their names."""
OWNERS = frozenset({"express", "fastify", "koa", "connect", "hono", "mongoose"})
"""What declares these types: words that it knows elsewhere say nothing of a method that the type lacks."""
ENDING = re.compile(r"\.[cm]?[jt]sx?$")
AUGMENTING = re.compile(r"\bdeclare\s+(?:module\s+[\"']|global\b)|\bnamespace\s+Express\b")


def may_be(word: str, root: Path, types: Types, folder: str, asked: frozenset[str]) -> bool:
    """`asked` are the packages that the team's manifests ask for, and those that the block imports."""
    for name in {one.removeprefix("@types/") for one in asked} - OWNERS:
        if not PLUGIN.search(name.lower()):
            continue
        held = [types.held(folder, one) for one in (name, f"@types/{mangled(name)}")]
        places = [types.folder / one.place for one in held if one and one.place]
        is_typed = any(one and (one.typed or one.name.startswith("@types/")) for one in held)
        if not is_typed or any(_augments(place, word) for place in places):
            return True
    return is_named(root, word)


def is_put(word: str, text: str) -> bool:
    """A text puts it onto something, declares it, or names it: `decorateReply('html', ...)`, `statics: { html() {} }`."""
    return bool(_putting(word).search(text))


def _putting(word: str) -> re.Pattern[str]:
    return re.compile(
        rf"\.{re.escape(word)}\s*=(?!=)|[\"'`]{re.escape(word)}[\"'`]|(?<![\w$.]){re.escape(word)}\??\s*[(:<]|"
        rf"(?<=[{{,])\s*{re.escape(word)}\s*(?=[,}}])"
    )


@lru_cache(maxsize=1_000)
def _augments(folder: Path, word: str) -> bool:
    """Whether declarations of a package speak of this word in a file that adds to the types of others."""
    wanted = re.compile(rf"(?<![\w$]){re.escape(word)}(?![\w$])")
    for file in folder.rglob("*.*ts"):
        try:
            text = file.read_text("utf-8", "replace") if file.stat().st_size < LARGEST_BYTES else ""
        except OSError:
            return True  # nobody can say that it is not there
        if AUGMENTING.search(text) and wanted.search(text):
            return True
    return False


@lru_cache(maxsize=500)
def is_named(root: Path, word: str) -> bool:
    """A file of the team puts it onto something, declares it, or names it in a text: `decorateReply('html', ...)`."""
    return any_holds(root, ENDING, MOST_FILES, _putting(word))
