"""Addresses of stores as people paste them: the password of a service or of a generator, as it is."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

WORDS = re.compile(r"[?&]\w+=")


def quoted(url: str) -> str:
    """The address with its password quoted, so that readers of URLs find where it ends: at the last `@`. One that is quoted stays."""
    scheme, _, rest = url.partition("://")
    login, _, place = rest.rpartition("@")
    user, colon, password = login.partition(":")
    if not colon or "/" in user or WORDS.search(password):  # the @ belongs to what comes after the host
        return url
    return f"{scheme}://{user}:{quote(unquote(password), safe='')}@{place}"
