"""Brings one repository up to date: fetches its mirror, then indexes its newest commit. A process of its own, run as a module.

The job comes as JSON on standard input, so that no secret stands in a command line; each line of standard output is a JSON object:
`{"progress": "fetching 42 %"}`, last `{"commit": ...}` or `{"fault": ...}`. Only this process ever holds a credential.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pygit2
from pydantic import BaseModel, ConfigDict
from pygit2.enums import CredentialType, FetchPrune, RepositoryOpenFlag

from bot.capabilities.team_code.permalinks import host_of
from bot.environment import proxy_of
from storage.repos.builder import build, prune
from storage.repos.current import note, note_unreadable, origin
from storage.repos.learning import learn_apart
from storage.repos.objects import GitObjects, NoSuchCommit

Report = Callable[[dict[str, str]], None]
PROGRESS_SECONDS = 0.2
SERVER_TIMEOUT_MS, LOOK_TIMEOUT_MS = 30_000, 15_000
"""For each wait on a git host, which is tried twice; shorter where somebody waits for nothing else."""
REFSPECS = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
HEAD_REFSPEC = "+HEAD:refs/plumbline/HEAD"
"""For a remote that stands at no branch, or is too old to say at which."""

PINNED = "refs/plumbline/pinned/"
"""Where commits stand that were asked for by name."""

ELSEWHERE = "it sent us to another host, which was not asked; name that one in url, if it is meant"
FETCHED_FROM = "plumbline.fetchedfrom"
"""In a mirror's configuration: the address that its branches came from."""


class Job(BaseModel):
    """`folder` is the mirror, or the checkout when there is no `url`. `commit` asks for that one instead of the newest."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    index: Path
    url: str = ""
    branch: str = ""
    commit: str = ""
    user: str = ""
    token_file: Path | None = None
    key_file: Path | None = None
    deny: tuple[str, ...] = ()
    keep_days: int = 31
    is_look: bool = False
    """Only ask the remote what it has: nothing is fetched, and nothing is written."""


class SyncFailed(Exception):
    """The message says in plain words why; it holds no credential."""


class FetchFailed(SyncFailed):
    """The remote is broken; what was fetched before is still there."""


def sync(job: Job, report: Report) -> str:
    """Returns the indexed commit. Raises SyncFailed, after a fetch that failed with what is there kept as the current commit."""
    say = _throttled(report)
    job.index.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (job.index.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if job.commit:
                _have(job, say)
                _build(job, job.commit, say)
                learn_apart(job.folder, job.index, job.commit, job.deny, is_newest=False)
                return job.commit
            if job.url:
                _fetch(job, say)
            return _move(job, say)
        except NoSuchCommit as fault:
            raise SyncFailed(str(fault)) from fault
        except FetchFailed:
            if not job.commit and _is_mirror_of(job):
                with contextlib.suppress(NoSuchCommit):
                    _move(job, say)  # an index that was lost meanwhile is made anew from what was fetched before
            raise


def look(job: Job) -> str:
    """The commit that the remote has at the wanted branch, asked with the job's credentials. Raises SyncFailed."""
    pygit2.settings.server_timeout = LOOK_TIMEOUT_MS
    pygit2.settings.server_connect_timeout = LOOK_TIMEOUT_MS
    with tempfile.TemporaryDirectory() as folder:
        remote = _opened(folder, job.url)
        callbacks = _Callbacks(job, lambda progress: None)
        try:
            told = remote.list_heads(callbacks=callbacks, proxy=proxy_of(job.url))
            heads = {one.name: str(one.oid) for one in told}
        except (pygit2.GitError, OSError, ValueError) as fault:
            raise SyncFailed(_reason(job, callbacks, fault)) from fault
    wanted = [f"refs/heads/{job.branch}", f"refs/tags/{job.branch}"] if job.branch else ["HEAD"]
    if sha := next((heads[name] for name in wanted if name in heads), ""):
        return sha
    what = f"no branch or tag {job.branch}" if job.branch else "no commit yet"
    raise SyncFailed(f"{host_of(job.url)} lets us in, and has {what}")


def _move(job: Job, say: Callable[[str], None]) -> str:
    """Index the commit that the branch stands at now, and note that it is the current one."""
    head = GitObjects(job.folder).head(job.branch)
    of = origin(job.url, job.folder, job.branch)
    _build(job, head.sha, say)
    note(job.index, of, head.ref, head.sha)
    prune(job.index, job.keep_days, head.sha)
    _build(job, head.sha, say)  # pruning may take the whole index away
    note(job.index, of, head.ref, head.sha)
    say("reading the history")
    learn_apart(job.folder, job.index, head.sha, job.deny)
    return head.sha


def _build(job: Job, commit: str, say: Callable[[str], None]) -> None:
    def told(done: int, total: int) -> None:
        say(f"indexing {100 * done // max(1, total)} %")

    try:
        build(job.folder, job.index, commit, job.deny, told)
    except NoSuchCommit:
        note_unreadable(job.index, commit)
        raise


def _have(job: Job, say: Callable[[str], None]) -> None:
    """Another host pinned this commit, and we may be behind, or the branch has left it meanwhile: then its remote is asked for it by
    its name, and one that gives none by name (`uploadpack.allowAnySHA1InWant`) for its branches."""
    with contextlib.suppress(NoSuchCommit):
        GitObjects(job.folder).commit(job.commit)
        return
    if not job.url or not re.fullmatch(r"[0-9a-f]{40}", job.commit):
        return
    callbacks = _Callbacks(job, say)
    remote = _remote(job)
    say("fetching a pinned commit")
    try:
        remote.fetch([f"+{job.commit}:{PINNED}{job.commit}"], callbacks=callbacks, proxy=proxy_of(job.url))
    except (pygit2.GitError, OSError, ValueError):
        _fetch(job, say)


def _remote(job: Job) -> pygit2.Remote:
    pygit2.settings.server_timeout = SERVER_TIMEOUT_MS
    pygit2.settings.server_connect_timeout = SERVER_TIMEOUT_MS
    return _opened(str(job.folder), job.url)


def _opened(folder: str, url: str) -> pygit2.Remote:
    """One that follows no redirect to another host, whatever it is spoken to by: it could lead to whatever this machine can reach."""
    repo = pygit2.init_repository(folder, bare=True)
    repo.config["http.followRedirects"] = False
    return repo.remotes.create_anonymous(url)


def _is_mirror_of(job: Job) -> bool:
    """Whether what is there was fetched from this address. Mirrors of releases that did not note theirs are taken at their word."""
    try:
        config = pygit2.Repository(str(job.folder), RepositoryOpenFlag.NO_SEARCH).config
    except pygit2.GitError:
        return False
    return FETCHED_FROM not in config or config[FETCHED_FROM] == job.url


def _fetch(job: Job, say: Callable[[str], None]) -> None:
    remote = _remote(job)
    repo = pygit2.Repository(str(job.folder), RepositoryOpenFlag.NO_SEARCH)
    callbacks = _Callbacks(job, say)
    say("connecting")
    try:
        heads = remote.list_heads(callbacks=callbacks, proxy=proxy_of(job.url))
        default = next((one for one in heads if one.name == "HEAD"), None)
        if FETCHED_FROM in repo.config and repo.config[FETCHED_FROM] != job.url:
            repo.config[FETCHED_FROM] = ""  # until all of it has come
        refspecs = [*REFSPECS, *([HEAD_REFSPEC] if default and not default.symref_target else ())]
        remote.fetch(refspecs, callbacks=callbacks, prune=FetchPrune.PRUNE, proxy=proxy_of(job.url))
    except (pygit2.GitError, OSError, ValueError) as fault:
        raise FetchFailed(_reason(job, callbacks, fault)) from fault
    repo.config[FETCHED_FROM] = job.url
    if default:
        repo.set_head(default.symref_target or default.oid)


class _Callbacks(pygit2.RemoteCallbacks):
    """Shows credentials to the configured host only, once, believes no certificate that does not check out, and goes to no other host
    over https or ssh."""

    def __init__(self, job: Job, say: Callable[[str], None]) -> None:
        super().__init__()
        self._job = job
        self._say = say
        self.asked = 0
        self.refused = ""

    def credentials(self, url: str, username_from_url: str | None, allowed_types: CredentialType) -> Any:
        self.asked += 1
        if host_of(url) != host_of(self._job.url):
            self.refused = "it sent us to another host, which was not shown the credentials"
        elif self.asked > 2:
            self.refused = "it does not accept the credentials"
        elif allowed_types & CredentialType.SSH_KEY and self._job.key_file:
            user = username_from_url or self._job.user or "git"
            return pygit2.Keypair(user, None, str(self._job.key_file), "")
        elif allowed_types & CredentialType.USERNAME and not allowed_types & CredentialType.USERPASS_PLAINTEXT:
            return pygit2.Username(username_from_url or self._job.user or "git")
        elif allowed_types & CredentialType.USERPASS_PLAINTEXT and self._job.token_file:
            return pygit2.UserPass(self._job.user or "x-access-token", self._job.token_file.read_text().strip())
        else:
            self.refused = "it asks for credentials; set token_file (https) or key_file (ssh)"
        raise pygit2.GitError(self.refused)

    def certificate_check(self, certificate: None, valid: bool, host: bytes | str) -> bool:
        name = host.decode() if isinstance(host, bytes) else host
        if name.lower() != host_of(self._job.url).lower():
            self.refused = ELSEWHERE
            return False
        if not valid:
            cure = (
                "name the file of its authority in SSL_CERT_FILE"
                if self._job.url.startswith("https")
                else "add it to known_hosts"
            )
            self.refused = f"the certificate or host key of {name} is not known here; {cure}"
        return valid

    def transfer_progress(self, stats: Any) -> None:
        if stats.total_objects and stats.received_objects < stats.total_objects:
            self._say(f"fetching {100 * stats.received_objects // stats.total_objects} %")
        elif stats.total_deltas:
            self._say(f"unpacking {100 * stats.indexed_deltas // stats.total_deltas} %")


def _reason(job: Job, callbacks: _Callbacks, fault: Exception) -> str:
    """Without the address's own user part, and without what a server may have put into it."""
    is_elsewhere = "cannot redirect" in str(fault)
    said = callbacks.refused or (ELSEWHERE if is_elsewhere else " ".join(str(fault).split())[:200])
    return f"{host_of(job.url)} could not be fetched from: {said}"


def _throttled(report: Report) -> Callable[[str], None]:
    last = [0.0]

    def say(progress: str) -> None:
        if time.monotonic() - last[0] >= PROGRESS_SECONDS or progress.endswith("100 %"):
            last[0] = time.monotonic()
            report({"progress": progress})

    return say


def main() -> int:
    def report(line: dict[str, str]) -> None:
        print(json.dumps(line), flush=True)

    os.nice(5)
    job = Job.model_validate_json(sys.stdin.read())
    try:
        report({"commit": look(job) if job.is_look else sync(job, report)})
    except SyncFailed as fault:
        report({"fault": str(fault)})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
