"""What is said of checked code: one line under a block, and what stands behind it. Never that code works, is safe or was verified."""

from __future__ import annotations

from collections.abc import Sequence

from bot.capabilities.checks.verdicts import Finding, Verdict

MOST_VERSIONS, MOST_FINDINGS, MOST_ASSUMED = 6, 3, 4
NEWEST = " (newest)"
LONGEST = 600
"""Characters of a line."""


def line(verdict: Verdict, repaired: Sequence[Finding] = (), own: str = "") -> str:
    """The one line under a block; "" where there is nothing to say of it. `repaired`: what was mended in it; `own`: the name of the
    team's repository."""
    said = _state(verdict, own)
    if repaired:
        mended = _listed([one.message for one in repaired], 2)
        said = f"repaired: {mended} – {said}" if said else f"repaired: {mended}"
    parts = [said, *(f"careful: {one}" for one in verdict.warnings)]
    text = " – ".join(part for part in parts if part)
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _state(verdict: Verdict, own: str) -> str:
    match verdict.state:
        case "checking":
            return checking()
        case "unchecked":
            return f"not checked: {_listed(verdict.reasons, 2)}" if verdict.reasons else ""
        case "problems":
            return _problems(verdict)
        case "partial":
            held = _versions(verdict, own) or "the standard library"
            head = f"partly checked: {held} – no problems found in that part"
            return " – ".join(one for one in (head, _not_checked(verdict), _assumes(verdict)) if one)
        case "none":
            held = _versions(verdict, own) or "the standard library"
            return " – ".join(one for one in (f"checked: {held} – no problems found", _assumes(verdict)) if one)


def _problems(verdict: Verdict) -> str:
    findings = verdict.findings
    count = f"{len(findings)} problem{'s' if len(findings) != 1 else ''}"
    listed = "; ".join(f"line {one.line}: {one.message}" for one in findings[:MOST_FINDINGS])
    more = f"; and {len(findings) - MOST_FINDINGS} more" if len(findings) > MOST_FINDINGS else ""
    return " – ".join(one for one in (f"{count}, {listed}{more}", _not_checked(verdict)) if one)


def _not_checked(verdict: Verdict) -> str:
    return f"not checked: {_listed(verdict.reasons, 2)}" if verdict.reasons else ""


def _assumes(verdict: Verdict) -> str:
    newest, theirs = _parted(verdict.assumed)
    said = [f"assumes your {_listed(theirs, MOST_ASSUMED)}"] if theirs else []
    said += [f"assumes the newest {_listed(newest, MOST_ASSUMED)}, for nothing pins it"] if newest else []
    return ", ".join(said)


def _parted(assumed: Sequence[str]) -> tuple[list[str], list[str]]:
    """Versions that nobody pins, and names that are taken for the reader's own."""
    newest = [one.removesuffix(NEWEST) for one in assumed if one.endswith(NEWEST)]
    return newest, [one for one in assumed if not one.endswith(NEWEST)]


def _versions(verdict: Verdict, own: str, most: int = MOST_VERSIONS) -> str:
    """Packages with their versions, and the team's repository at its commit."""
    held = [
        f"{name}@{version[:7]}" if name == own else f"{name} {version}".strip()
        for name, version in verdict.versions.items()
    ]
    return _listed(held, most)


def _listed(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def detail(verdict: Verdict, own: str = "") -> tuple[str, ...]:
    """What was looked at and what was not, a sentence each."""
    said = [f"Line {one.line}: {one.message}" for one in verdict.findings]
    if verdict.versions:
        said.append(f"Held against: {_versions(verdict, own, 40)}.")
    newest, theirs = _parted(verdict.assumed)
    if theirs:
        said.append(f"Taken as yours and not looked up: {_listed(theirs, 40)}.")
    if newest:
        said.append(f"Nothing pins these, so the newest were taken: {_listed(newest, 40)}.")
    said += [f"Not looked at: {reason}." for reason in verdict.reasons]
    if verdict.state in ("none", "partial", "problems"):
        said.append(
            "Looked at: whether packages, names and arguments exist at these versions, deprecations, missing awaits, and SQL "
            "that is put together from text. The code was not run: what it does was not looked at."
        )
    return tuple(said)


def checking() -> str:
    return "checking…"


def checking_the_code() -> str:
    return "Checking the code…"


def repairing(count: int) -> str:
    return f"Mending {'a problem' if count == 1 else f'{count} problems'} in the code…"


def commit_unknown() -> str:
    return "the commit that this thread looks at could not be read"


def too_late() -> str:
    return "it took too long"


def ended_early() -> str:
    return "the answer ended before its turn came"


def checker_failed() -> str:
    return "the checker failed"


def looked(lines: Sequence[tuple[int, str, Sequence[str]]]) -> str:
    """What a press on "What was checked" says, in CommonMark: each block's number, its line, and what stands behind it."""
    parts = []
    for place, said, behind in lines:
        listed = "".join(f"\n- {_plain(one)}" for one in behind)
        parts.append(f"**Code block {place + 1}**: {_plain(said)}\n{listed}")
    return "\n\n".join(parts) or nothing_checked()


def nothing_checked() -> str:
    return "No code of that answer was checked."


def flagged_wrong(count: int) -> str:
    what = "The finding" if count == 1 else f"All {count} findings"
    return f"Thank you. {what} under that answer went, with the code, on the list of false alarms."


def nothing_flagged() -> str:
    return "No problem was found under that answer, so there is no flag that could be wrong."


def repairs_set(on: bool) -> str:
    return (
        "Code in which a check finds a problem is mended once, where that is possible."
        if on
        else "Code is checked, and not mended."
    )


def repairs_usage(on: bool) -> str:
    return f"Mending is {'on' if on else 'off'} here. `!repair on` or `!repair off` changes it."


def mended(findings: Sequence[Finding]) -> str:
    """What the model is told with the next question."""
    return "Your code was mended before it was posted: " + "; ".join(
        f"{one.message} (line {one.line})" for one in findings
    )


def _plain(text: str) -> str:
    """Words that are no Markdown, as they stand."""
    return "".join(f"\\{one}" if one in "\\`*_[]<>~|#" else one for one in text)
