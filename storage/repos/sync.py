"""Brings one repository up to date: fetches its mirror, then indexes its newest commit. A process of its own, run as a module.

The job comes as JSON on standard input, so that no secret stands in a command line; each line of standard output is a JSON object:
`{"progress": "fetching 42 %"}`, last `{"commit": ...}` or `{"fault": ...}`. Only this process ever holds a credential.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pygit2
from pydantic import BaseModel, ConfigDict
from pygit2.enums import CredentialType, FetchPrune

from bot.capabilities.team_code.permalinks import host_of
from storage.repos.builder import build, prune
from storage.repos.history import learn
from storage.repos.objects import GitObjects, NoSuchCommit

Report = Callable[[dict[str, str]], None]
PROGRESS_SECONDS = 0.2
SERVER_TIMEOUT_MS = 30_000
REFSPECS = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]


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


class SyncFailed(Exception):
    """The message says in plain words why; it holds no credential."""


def sync(job: Job, report: Report) -> str:
    """Returns the indexed commit. Raises SyncFailed."""
    say = _throttled(report)
    job.index.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (job.index.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if job.url and not job.commit:
            _fetch(job, say)
        try:
            commit = job.commit or GitObjects(job.folder).head(job.branch)
            build(
                job.folder,
                job.index,
                commit,
                job.deny,
                lambda done, total: say(f"indexing {100 * done // max(1, total)} %"),
            )
        except NoSuchCommit as fault:
            raise SyncFailed(str(fault)) from fault
        if not job.commit:
            prune(job.index, job.keep_days)
            build(job.folder, job.index, commit, job.deny)
        say("reading the history")
        learn(job.folder, job.index, commit, job.deny, is_newest=not job.commit)
        return commit


def _fetch(job: Job, say: Callable[[str], None]) -> None:
    pygit2.settings.server_timeout = SERVER_TIMEOUT_MS
    pygit2.settings.server_connect_timeout = SERVER_TIMEOUT_MS
    repo = pygit2.init_repository(str(job.folder), bare=True)
    remote = repo.remotes.create_anonymous(job.url)
    callbacks = _Callbacks(job, say)
    say("connecting")
    try:
        heads = remote.list_heads(callbacks=callbacks)
        remote.fetch(REFSPECS, callbacks=callbacks, prune=FetchPrune.PRUNE)
    except (pygit2.GitError, OSError, ValueError) as fault:
        raise SyncFailed(_reason(job, callbacks, fault)) from fault
    default = next((head.symref_target for head in heads if head.name == "HEAD" and head.symref_target), "")
    if default and not job.branch:
        repo.set_head(default)


class _Callbacks(pygit2.RemoteCallbacks):
    """Shows credentials to the configured host only, once, and believes no certificate that does not check out."""

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
        if not valid:
            name = host.decode() if isinstance(host, bytes) else host
            self.refused = f"the certificate or host key of {name} is not known here (for ssh: add it to known_hosts)"
        return valid

    def transfer_progress(self, stats: Any) -> None:
        if stats.total_objects and stats.received_objects < stats.total_objects:
            self._say(f"fetching {100 * stats.received_objects // stats.total_objects} %")
        elif stats.total_deltas:
            self._say(f"unpacking {100 * stats.indexed_deltas // stats.total_deltas} %")


def _reason(job: Job, callbacks: _Callbacks, fault: Exception) -> str:
    """Without the address's own user part, and without what a server may have put into it."""
    said = callbacks.refused or " ".join(str(fault).split())[:200]
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
        report({"commit": sync(job, report)})
    except SyncFailed as fault:
        report({"fault": str(fault)})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
