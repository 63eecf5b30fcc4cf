"""Fetches a file that somebody sent, from hosts that are named, whole or up to a limit. Credentials follow no redirect."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp

from bot.answering import phrases
from bot.errors import FileUnreadable

TIMEOUT_SECONDS = 15
CHUNK_BYTES = 64 * 1024


async def download(
    url: str,
    hosts: tuple[str, ...],
    limit_bytes: int,
    media_type: str,
    *,
    refused: str,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The file's bytes, at most `limit_bytes`. A host is named whole, or by its ending with a leading dot.

    Raises FileUnreadable: for another host, for anything but 200, and for a page where no page was sent, which is how a platform
    answers without the right to read (`refused` says what that means there).
    """
    host = urlsplit(url).hostname or ""
    if not any(host == one or (one.startswith(".") and host.endswith(one)) for one in hosts if one):
        raise FileUnreadable(phrases.file_elsewhere())
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS), trust_env=True) as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status != 200 or (answer.content_type == "text/html" and media_type != "text/html"):
                raise FileUnreadable(refused)
            data = bytearray()
            async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                data += chunk
                if len(data) >= limit_bytes:
                    break
            return bytes(data[:limit_bytes])
    except (aiohttp.ClientError, TimeoutError) as fault:
        raise FileUnreadable(phrases.file_not_fetched()) from fault
