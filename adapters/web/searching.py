"""Threads of the page in which words are: in their names, or in anything that was said there."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ports.stores import Board, BoardPost, BoardThread

MOST_WORDS = 20


async def find(board: Board, workspace: str, query: str) -> Sequence[BoardThread]:
    """The newest first; each holds all of the words (as parts of words, too), whatever their case."""
    words = query.casefold().split()[:MOST_WORDS]
    found = []
    for one in await board.threads(workspace):
        missing = _missing(words, one.title)
        for post in await board.posts(one.thread) if missing else ():
            missing = _missing(missing, _words_of(post))
        if not missing:
            found.append(one)
    return found


def _missing(words: Sequence[str], text: str) -> list[str]:
    folded = text.casefold()
    return [word for word in words if word not in folded]


def _words_of(post: BoardPost) -> str:
    return "\n".join((post.text, *post.files, *((post.view.text,) if post.view else ())))
