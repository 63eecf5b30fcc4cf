"""What the bot says in its own name under an answer: of files, of messages answered together, of a stop, of rehearsals."""

from __future__ import annotations

from collections.abc import Sequence

NO_KEY = "For real answers set ANTHROPIC_API_KEY and restart, or put a key in on the local page where it asks for one."


def too_many_files(count: int, most: int) -> str:
    return f"There are {count} files here; I read {most} of them, those of the question first."


def waits_for_its_turn() -> str:
    """While the platform takes no more look-ups of who asks and who reads along."""
    return "Many ask at once; waits for its turn…"


def file_one_too_many(most: int) -> str:
    return f"I read up to {most} files for one question."


def context_left_out(count: int, is_more: bool) -> str:
    """`is_more`: so many at least."""
    what = "1 message" if count == 1 else f"{count:,} messages"
    return f"This thread is long: {'at least ' if is_more else ''}{what} of it did not reach me."


def file_not_read(name: str, reason: str) -> str:
    return f"I could not read {name}: {reason}"


def secrets_in_file(name: str, kinds: Sequence[str]) -> str:
    return f"I masked what looks like a secret in {name} ({', '.join(kinds)}). Whoever it belongs to should revoke it."


def encoding_guessed(name: str, encoding: str) -> str:
    return f"{name} does not say how it is written; I read it as {encoding}."


def pdf_text_alone(name: str) -> str:
    return (
        f"Of {name} I read the text alone, without its pictures, for it holds what looks like a secret; that is masked."
    )


def pdf_not_looked_into() -> str:
    return "it is damaged, encrypted or very large, so I could not look for secrets in it; please send its text, or a part of it."


def left_out_between(characters: int) -> str:
    return f"[{characters:,} characters are left out here]"


def file_elsewhere() -> str:
    return "it is not kept where this platform keeps its files."


def file_empty() -> str:
    return "it is empty."


def file_not_text() -> str:
    return "I read text, code, logs, images (PNG, JPEG, GIF, WebP) and PDFs, and this is none of them."


def image_too_large(most_bytes: int) -> str:
    return f"images may have up to {most_bytes / (1024 * 1024):.3g} MB."


def image_too_many_pixels(width: int, height: int, most: int) -> str:
    return f"it has {width:,} × {height:,} pixels; a side may have up to {most:,}."


def image_damaged() -> str:
    return "the image is damaged."


def file_cut_off() -> str:
    return "its end is missing."


def pdf_encrypted() -> str:
    return "it is encrypted; please send it without a password."


def pdf_too_long(pages: int, most: int) -> str:
    return f"it has {pages:,} pages; I read up to {most:,}."


def pdfs_too_long_together(most: int) -> str:
    return f"PDFs may have up to {most:,} pages together; please send it in another message."


def no_room_for_file() -> str:
    return "there was no room for it."


def asking_without_files() -> str:
    return "Claude does not take one of the files. Asking again without it…"


def asking_with_less() -> str:
    return "That is more than fits. Asking again with less of this thread…"


def file_refused() -> str:
    return "Claude does not take it. It may be damaged, protected or too large."


def files_too_large_together(most_bytes: int) -> str:
    return (
        f"images and PDFs may have up to {most_bytes // (1024 * 1024)} MB together; please send it in another message."
    )


def file_begins_only(name: str, read_bytes: int, total_bytes: int) -> str:
    return f"Of {name} I read the first {read_bytes:,} of {total_bytes:,} bytes."


def file_cut(name: str, kept: int, total: int) -> str:
    return f"{name} is long: I read {kept:,} of its {total:,} characters (its beginning, its end, and what looks like errors)."


def message_cut(kept: int, total: int) -> str:
    return f"Your message is long: I read {kept:,} of its {total:,} characters (beginning, end, and what looks like errors)."


def file_took_too_long() -> str:
    return "fetching it took too long."


def file_not_fetched() -> str:
    return "it could not be fetched."


def budget_nearly_used(scope: str, percent: int) -> str:
    """`scope`: "you" or "this channel"."""
    return f"{percent} % of today's budget for {scope} is used."


def merged(count: int) -> str:
    return f"Answers the last {count} messages together."


REFUSED = {
    "LOOK_UP_FAILED": "I could not find out who can read this place, so I did nothing; please try again in a minute.",
    "UNKNOWN": "I cannot tell who can read this place, or who you are, so I do not answer here; `!why` says more.",
    "DEACTIVATED": "This account is deactivated, so I do not answer it.",
    "NOT_INSIDE": "You are not in that channel any more, so I do not go on here; please ask where we both are.",
    "GUESTS_REFUSED": "I answer the members of this workspace; an admin can let guests ask in this channel, too.",
    "GOES_ON_UNSEEN": "What I said before may not be shown here any more, so I do not go on with it; please ask anew.",
    "RIGHTS_CHANGED": "Who may see this has changed while I was writing, so I took my answer back; please ask anew.",
    "OUTSIDERS_REFUSED": "I answer the members of the team that runs me; its admins can change that.",
}


def refused(rule: str) -> str:
    """Why somebody is not answered; `rule` is a RuleName's name."""
    return REFUSED.get(rule, "I may not answer you here.")


def withheld() -> str:
    return (
        "Not everybody who can read this place may see the team's code, so I answered without it, or without some of "
        "it. `/ask private` shows it to you alone."
    )


def stopped(by: str) -> str:
    return f"Stopped by {by}."


def rehearsal_notice(cure: str = NO_KEY) -> str:
    return f"Rehearsal: this is not Claude. {cure}"


def searching() -> str:
    return "searching the code"


def search_only_notice(cure: str = NO_KEY) -> str:
    return f"Search only: this is not Claude. {cure}"
