"""Methods of requests, replies, instances and models that declarations do not have: whether anything of the team's, or a plugin that it
installed, may have put them there. Without a repository to look into, anything may.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from storage.checks.scripts.packages import modules
from storage.checks.scripts.packages.specifiers import mangled
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team import plugins
from storage.checks.scripts.team.own_exports import MOST_FILES
from storage.checks.scripts.team.own_texts import any_holds

KINDS = re.compile(
    r"(?:Response|Request|ExtendableContext|Socket|FastifyRequest|FastifyReply|IncomingMessage|ServerResponse|FastifyInstance|Model|Mongoose)\b.*"
)
"""What plugins and programs give methods to."""
ENDING = re.compile(r"\.[cm]?[jt]sx?$")


def may_be(word: str, root: Path, types: Types, folder: str, asked: frozenset[str]) -> bool:
    """`asked` are the packages that the team's manifests ask for, and those that the block imports."""
    for name in {one.removeprefix("@types/") for one in asked} - plugins.OWNERS:
        if not plugins.NAMED.search(name.lower()):
            continue
        held = [types.held(folder, one) for one in (name, f"@types/{mangled(name)}")]
        is_typed = any(one and (one.typed or one.name.startswith("@types/")) for one in held)
        if not is_typed and not any(
            one and one.place and not modules.has_code(types.folder / one.place) for one in held
        ):
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


@lru_cache(maxsize=500)
def is_named(root: Path, word: str) -> bool:
    """A file of the team puts it onto something, declares it, or names it in a text: `decorateReply('html', ...)`."""
    return any_holds(root, ENDING, MOST_FILES, _putting(word))
