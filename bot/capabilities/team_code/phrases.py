"""What the bot says in its own name of the team's repositories."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path


def sources() -> str:
    return "**Sources**"


def reference_removed() -> str:
    return "(reference removed)"


def references_removed(count: int) -> str:
    what = "1 reference" if count == 1 else f"{count} references"
    return f"{what} to places that do not exist in the code {'was' if count == 1 else 'were'} removed from this answer."


def lines_mended(corrected: int, dropped: int) -> str:
    """`corrected` got the right lines; of `dropped` only the file is left."""
    parts = [f"{corrected} corrected"] if corrected else []
    parts += [f"{dropped} left without {'its' if dropped == 1 else 'their'} lines"] if dropped else []
    return f"Checked against the code: {' and '.join(parts)} of the places named in this answer."


def references_unchecked(count: int) -> str:
    return f"{'1 place' if count == 1 else f'{count} places'} named in this answer could not be checked in the code."


def not_looked(places: Sequence[tuple[str, str, str]]) -> str:
    """Each place that the answer's references were checked against: repository, commit, branch or ""."""
    checked = f" Its references were checked at {_places(places)}." if places else ""
    return f"Answered without looking into the team's code.{checked}"


def looked_at(places: Sequence[tuple[str, str, str]]) -> str:
    """Each place: repository, commit, branch or ""."""
    return f"Looked at {_places(places)}. Type !refresh for the newest commit."


def _places(places: Sequence[tuple[str, str, str]]) -> str:
    return ", ".join(f"{name} at {commit[:8]}" + (f" ({branch})" if branch else "") for name, commit, branch in places)


def not_ready(name: str, progress: str, fault: str = "") -> str:
    if fault and not progress:
        return f"{name} cannot be looked into yet: {fault}."
    how = f" ({progress})" if progress else ""
    return f"{name} cannot be looked into yet{how}. It is being prepared, nothing in it was searched; ask again in a minute."


def preparing(names: Sequence[tuple[str, str]]) -> str:
    """Each with how far it is."""
    return "waiting for " + ", ".join(f"{name} ({how or 'it is being prepared'})" for name, how in names)


def not_searched(reasons: Sequence[str]) -> str:
    return f"**Not searched:** {' '.join(reasons)}"


def search_failed(reason: str) -> str:
    return f"I could not search: {reason}"


def nothing_asked() -> str:
    return "There is nothing to look up in that. Ask me for a name, a place, a version or a change in the team's code."


def nothing_found() -> str:
    return "I searched the team's code for your words and found nothing."


def places_found(known: Sequence[str]) -> str:
    """`known` are the words that were compared, where others stand nowhere."""
    if known:
        return f"These places fit what is left ({', '.join(f'“{word}”' for word in known[:6])}):"
    return "These places in the code fit your words best:"


def defined_here(count: int, *, are_uses: bool) -> str:
    first = "the first of these places" if count == 1 else f"the first {count} of these places"
    others = "at the others it is used" if are_uses else "the others fit your words"
    return f"What you named is defined at {first}; {others}:"


def defined_otherwise(name: str) -> str:
    return f"Nothing here is called `{name}` to the letter; small and capital letters differ."


def fits_badly() -> str:
    return "Nothing fits well. These places come nearest, and may have nothing to do with it:"


def words_unknown(words: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Each word, and the nearest that stand in the code."""
    said = [f"“{word}”" + (f" (nearest: {', '.join(near)})" if near else "") for word, near in words[:6]]
    return f"Nowhere in the code or its history: {', '.join(said)}. I look words up as they are, in the code's own language."


def versions_found() -> str:
    return "What the manifests and lock files say:"


def past_of_lines() -> str:
    return "The commits that last changed these lines:"


def past_of_paths() -> str:
    return "The newest commits of it; renames of a file are followed:"


def past_by_subject() -> str:
    return "The commits whose subjects say your words, the best first:"


def past_of_nearest() -> str:
    return "No commit says so in its subject. The newest commits of the places that come nearest:"


def refreshed() -> str:
    return "The next look in this thread is at the newest commits."


def no_repositories() -> str:
    return "No repository is shared with this channel. An admin can share one: `!repos allow NAME`."


def repository_table(rows: Sequence[tuple[str, str, str, str]]) -> str:
    """Each row: name, commit, how it is, description."""
    lines = ["| repository | commit | state | what it is |", "| --- | --- | --- | --- |"]
    lines += [f"| {name} | {commit or '-'} | {state} | {about or '-'} |" for name, commit, state, about in rows]
    return "\n".join(lines)


def repository_state(progress: str, fault: str, fetched_at: datetime | None) -> str:
    if progress:
        return progress
    if fault:
        return "the last update failed"
    return f"updated {fetched_at:%Y-%m-%d %H:%M} UTC" if fetched_at else "not fetched yet"


def nothing_declared(file: Path) -> str:
    return f"PLUMBLINE_REPOS: {file} declares no repository; each begins with [repos.NAME], see docs/repositories.md."


def repository_allowed(name: str) -> str:
    return f"{name} can be looked at in this channel now."


def repository_denied(name: str) -> str:
    return f"{name} is not shared with this channel by an admin any more."


def repository_default(name: str) -> str:
    return (
        f"Questions in this channel are about {name} unless they say otherwise."
        if name
        else "This channel has no default repository."
    )


def repository_unknown(name: str) -> str:
    return f"There is no repository {name[:80]!r}."


def repos_usage() -> str:
    return "`!repos` lists what can be looked at here. For admins: `!repos allow NAME`, `!repos deny NAME`, `!repos default NAME`."


def repos_written() -> str:
    return "`!repos`"


def repos_meaning() -> str:
    return "the repositories that I can look at here; admins: `!repos allow`, `deny` or `default NAME`"


def refresh_meaning() -> str:
    return "this thread's next look is at the newest commits"
