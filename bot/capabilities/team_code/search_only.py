"""What the team's code has for a question where there is no model to ask for it: versions, the past, definitions, or the best places.

It says what it found and thinks nothing: where little fits, and which words are not known, is said first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.capabilities.team_code import phrases
from bot.capabilities.team_code.asked_for import LANGUAGES, Question, is_joined, read_question
from bot.capabilities.team_code.code import Candidate, Commit, Definition
from bot.capabilities.team_code.dependencies.kinds import kind_of
from bot.capabilities.team_code.repositories import BadQuery, Snapshot
from bot.capabilities.team_code.spots import Spot, code, link, listed, once, plain
from bot.capabilities.team_code.tools.access import Access
from bot.capabilities.team_code.tools.dependencies import DependencyVersions
from bot.capabilities.team_code.tools.repository import absent
from bot.ports.model import ToolFailed
from bot.writing.masking import mask

MOST_FOUND, MOST_SHOWN = 8, 3
MOST_DEFINITIONS = 3
MOST_COMMITS, MOST_PATHS, MOST_REPOSITORIES = 6, 2, 4
MOST_VERSION_LINES = 30
STEM = 5
"""So many letters of a word are enough to recognise it in a text."""

MOST_SUBJECTS = 5_000
SUBJECT_FITS = 0.6
"""How many subjects are looked at, about a second's work, and which share of the words one must hold."""

NOT_THERE = re.compile(r"^[^:]{1,80}: (?:in none of|not known: in none)")

FITS_WELL = 0.5
"""What share of a question's words the best places must hold."""

LOCK = re.compile(r"(?:^|/)(?:[^/]*[.-]lock(?:file)?(?:\.\w+)?|go\.sum|npm-shrinkwrap\.json|Package\.resolved)$")


Unknown = dict[str, tuple[str, ...]]
"""Words that stand nowhere, in small letters, each with the nearest that do."""


async def found_in(access: Access, text: str) -> str:
    """CommonMark, and why there is nothing where there is nothing. The places stand in it as links, so they are not listed again."""
    question = read_question(text)
    if question.is_courtesy:
        return phrases.nothing_asked()
    try:
        snapshots, missing = await _opened(access, _meant(access.searched(), question))
        if missing and not snapshots:
            return phrases.search_failed(" ".join(missing))
        found = await _found(access, snapshots, question)
        return "\n\n".join([phrases.not_searched(missing), found]) if missing else found
    except (BadQuery, ToolFailed) as fault:
        return phrases.search_failed(str(fault))


async def _opened(access: Access, names: Sequence[str]) -> tuple[list[Snapshot], list[str]]:
    """What can be looked into, and why others, or some of their files, cannot."""
    snapshots, missing = [], []
    for name in names:
        try:
            snapshots.append(await access.snapshot(name))
            if unseen := absent(await snapshots[-1].files()):
                missing.append(f"{name}: {unseen}.")
        except BadQuery as fault:
            missing.append(str(fault))
    return snapshots, missing


async def _found(access: Access, snapshots: Sequence[Snapshot], question: Question) -> str:
    match question.wanted:
        case "version":
            return await _versions(access, snapshots, question) or await _places(access, snapshots, question)
        case "past":
            return await _past(access, snapshots, question) or await _places(access, snapshots, question)
        case _:
            return await _places(access, snapshots, question)


def _meant(searched: Sequence[str], question: Question) -> Sequence[str]:
    """The repositories that a question names, else all that may be looked into."""
    words = {word.lower() for word in question.words}
    return [name for name in searched if name.lower() in words] or searched


# --- places -----------------------------------------------------------------------------------------------------------


async def _places(access: Access, snapshots: Sequence[Snapshot], question: Question) -> str:
    named = await _definitions(snapshots, question.names)
    if named and question.is_name_alone:
        others, unknown, fit = await _uses(snapshots, question.names), Unknown(), 1.0
    else:
        candidates, unknown = await _candidates(snapshots, question)
        if named:
            unknown = {word: near for word, near in unknown.items() if not is_joined(word)}
        fit = await _share(candidates, [word for word in question.words if word.lower() not in unknown])
        others = [Spot(snapshot, one.path, one.start, one.end, one.title) for snapshot, one in candidates]
    spots = once([*named, *others])[:MOST_FOUND]
    written = {word.lower(): word for word in question.words if is_joined(word)}  # a name is said back as it was
    told = [(written.get(word, word), near) for word, near in unknown.items()]
    lines = [phrases.words_unknown(told)] if told else []
    if named and not any(_last(one.title) == _last(name) for one in named for name in question.names):
        lines.append(phrases.defined_otherwise(question.names[0]))
    known = [word for word in question.words if word.lower() not in unknown]
    if not spots or not (named or known):
        return "\n\n".join([*lines, phrases.nothing_found()])
    fits_badly = not named and (fit < FITS_WELL or len(unknown) >= max(2, len(known)))
    access.lists_its_places = True
    lines.append(_heading(len(named), question, known if unknown else [], fits_badly=fits_badly))
    for spot in spots:
        access.saw(spot.snapshot.repository.name, spot.path, spot.start, spot.end)
    return "\n\n".join([*lines, await listed(spots, len(snapshots) > 1, shown=0 if fits_badly else MOST_SHOWN)])


def _heading(named: int, question: Question, known: Sequence[str], *, fits_badly: bool) -> str:
    if named:
        return phrases.defined_here(named, are_uses=question.is_name_alone)
    return phrases.fits_badly() if fits_badly else phrases.places_found(known)


async def _definitions(snapshots: Sequence[Snapshot], names: Sequence[str]) -> list[Spot]:
    """Where names that were written are defined; the same letters before other cases."""
    found: list[tuple[bool, Snapshot, Definition]] = []
    for name in names:
        last = _last(name)
        for snapshot in snapshots:
            alike = [one for one in await snapshot.definitions(name) if one.name.lower() == last.lower()]
            found += [(one.name != last, snapshot, one) for one in alike if one.name == last or is_joined(name)]
    exact = [one for one in found if not one[0]] or found
    spots = once(Spot(snapshot, one.path, one.start, one.end, one.qualified) for _, snapshot, one in exact)
    return spots[:MOST_DEFINITIONS]


def _last(name: str) -> str:
    return next((part for part in reversed(re.split(r"\.|::|#|->", name)) if part), name)


async def _uses(snapshots: Sequence[Snapshot], names: Sequence[str]) -> list[Spot]:
    spots = []
    for name in names:
        for snapshot in snapshots:
            found = await snapshot.references(_last(name).rstrip("?!"), "", 3 * MOST_FOUND)
            hits = [one for one in found.hits if not one.is_definition and not is_lock(one.path)]
            spots += [Spot(snapshot, one.path, one.line, one.line, "") for one in hits]
    return spots


async def _candidates(
    snapshots: Sequence[Snapshot], question: Question
) -> tuple[list[tuple[Snapshot, Candidate]], Unknown]:
    """The likeliest of all repositories, and the words that none of them knows."""
    found: list[tuple[Snapshot, Candidate]] = []
    unknown: list[Unknown] = []
    for snapshot in snapshots:
        best = await snapshot.candidates(question.text, "", 3 * MOST_FOUND)
        found += [(snapshot, one) for one in best.files if one.start and not is_lock(one.path)]
        unknown.append({word.lower(): near for word, near in best.unknown})
    found.sort(key=lambda one: -one[1].score)
    asked = {word.lower() for word in question.words}
    first = unknown[0] if unknown else {}
    return found[:MOST_FOUND], {
        word: near for word, near in first.items() if word in asked and all(word in one for one in unknown)
    }


async def _share(found: Sequence[tuple[Snapshot, Candidate]], words: Sequence[str]) -> float:
    """Which share of the words stands in the best place that is shown."""
    stems = {word[:STEM].lower() for word in words if len(word) > 2}
    shares = [0.0]
    for snapshot, one in found[:MOST_SHOWN]:
        lines = (await snapshot.text(one.path) or "").split("\n")[one.start - 1 : one.end]
        text = "\n".join((one.path, one.title, one.reason, *lines)).lower()
        shares.append(sum(stem in text for stem in stems) / len(stems) if stems else 1.0)
    return max(shares)


def is_lock(path: str) -> bool:
    """Nobody reads a lock file for an answer in words."""
    kind = kind_of(path)
    return (kind is not None and kind.is_lock) or LOCK.search(path) is not None


# --- versions ---------------------------------------------------------------------------------------------------------


async def _versions(access: Access, snapshots: Sequence[Snapshot], question: Question) -> str:
    """What manifests and lock files say of the packages or runtimes that are named, as the tool says it."""
    parts = []
    for snapshot in snapshots[:MOST_REPOSITORIES]:
        name = snapshot.repository.name
        words = [word for word in question.words if word.lower() != name.lower()]
        runtimes = [LANGUAGES[word.lower()] for word in words if word.lower() in LANGUAGES]
        ecosystem, names = (runtimes[0], []) if runtimes and len(runtimes) == len(words) else ("", words)
        asked = {"repo": name, "ecosystem": ecosystem, "names": names, "path_glob": ""}
        first, *rows = (await DependencyVersions(access).run(asked)).split("\n")
        if ecosystem:
            rows = [row for row in rows if row.startswith("runtime")] or rows
        rows = [row for row in rows if row.strip()]
        told = [row for row in rows if not NOT_THERE.search(row)]
        if told and any(not row.startswith("runtime") for row in told):
            rows = told  # of several words only some are packages
        if rows:
            parts.append("\n".join([f"{plain(first)}:\n", *(f"- {plain(row)}" for row in rows[:MOST_VERSION_LINES])]))
    return "\n\n".join([phrases.versions_found(), *parts]) if parts else ""


# --- the past ---------------------------------------------------------------------------------------------------------


async def _past(access: Access, snapshots: Sequence[Snapshot], question: Question) -> str:
    """The commits of what is meant: of the lines of a name or of a path that is written, else those whose subjects say the words,
    else those of the best places."""
    access.lists_its_places, several = True, len(snapshots) > 1
    if named := await _definitions(snapshots, question.names):
        parts = [_commits(spot, await _of_lines(spot), several) for spot in named[:MOST_PATHS]]
        for spot in named[:MOST_PATHS]:
            access.saw(spot.snapshot.repository.name, spot.path, spot.start, spot.end)
        return "\n\n".join([phrases.past_of_lines(), *parts])
    if parts := [part for spot in await _paths(snapshots, question.paths) if (part := await _of_path(spot, several))]:
        return "\n\n".join([phrases.past_of_paths(), *parts[:MOST_PATHS]])
    if parts := [part for snapshot in snapshots if (part := await _by_subject(snapshot, question, several))]:
        return "\n\n".join([phrases.past_by_subject(), *parts[:MOST_REPOSITORIES]])
    candidates, _ = await _candidates(snapshots, question)
    meant = [Spot(snapshot, one.path, 0, 0, "") for snapshot, one in candidates[:MOST_PATHS]]
    parts = [part for spot in meant if (part := await _of_path(spot, several))]
    return "\n\n".join([phrases.past_of_nearest(), *parts]) if parts else ""


async def _paths(snapshots: Sequence[Snapshot], paths: Sequence[str]) -> list[Spot]:
    """The files and folders that are written; a name alone means the files that are called so."""
    spots = []
    for snapshot in snapshots if paths else []:
        files = [one.path for one in await snapshot.files()]
        for path in paths:
            bare = path.removeprefix(snapshot.repository.name + "/").removeprefix("./").strip("/")
            inside = [one for one in files if one == bare or one.startswith(bare + "/")]
            found = [bare] if inside else [one for one in files if one.endswith("/" + bare)]
            spots += [Spot(snapshot, one, 0, 0, "") for one in found[:MOST_PATHS]]
    return once(spots)


async def _of_path(spot: Spot, several: bool) -> str:
    log = await spot.snapshot.log(spot.path, None, MOST_COMMITS)
    if not log.commits:
        return ""
    older = [f"- before `{sha[:12]}` it was {code(old)}" for sha, old, _ in log.renames]
    return "\n".join([_commits(spot, log.commits, several), *older])


async def _of_lines(spot: Spot) -> list[Commit]:
    """The newest first, and the oldest that is still seen in them."""
    spans = await spot.snapshot.blame(spot.path, spot.start, spot.end)
    commits = {one.commit.sha: one.commit for one in spans if one.is_sure}
    newest = sorted(commits.values(), key=lambda one: one.at, reverse=True)
    return newest if len(newest) <= MOST_COMMITS else [*newest[: MOST_COMMITS - 1], newest[-1]]


async def _by_subject(snapshot: Snapshot, question: Question, several: bool) -> str:
    """The commits whose subjects hold most of the words, among the newest."""
    stems = {(word if is_joined(word) else word[:STEM]).lower() for word in question.words if len(word) > 2}
    if not stems:
        return ""
    log = await snapshot.log("", None, MOST_SUBJECTS)
    hits = [(sum(stem in one.subject.lower() for stem in stems), one) for one in log.commits]
    fitting = [(count, one) for count, one in hits if count and count >= SUBJECT_FITS * len(stems)]
    fitting.sort(key=lambda hit: (-hit[0], -hit[1].at.timestamp()))
    lines = [_commit(one) for _, one in fitting[:MOST_COMMITS]]
    owner = [f"{snapshot.repository.name}:\n"] if several else []
    return "\n".join([*owner, *lines]) if lines else ""


def _commits(spot: Spot, commits: Sequence[Commit], several: bool) -> str:
    return "\n".join([f"{link(spot, several)}\n", *(_commit(one) for one in commits[:MOST_COMMITS])])


def _commit(one: Commit) -> str:
    request = (
        f" (pull request {one.pull_request})" if one.pull_request and f"#{one.pull_request}" not in one.subject else ""
    )
    subject = plain(mask(one.subject, is_typed=True)[:160])
    return f"- {one.at:%Y-%m-%d} {plain(mask(one.author)[:60])}: {subject}{request} `{one.sha[:12]}`"
