"""Links to the exact lines at a commit, in each forge's own form, and where a repository's pages are. Pure.

Forms as the forges' own "permalink" buttons make them.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from bot.capabilities.team_code.code import Repository, WebKind

SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?P<path>(?!//)[^\s]+)")
KINDS: tuple[tuple[str, WebKind], ...] = (
    ("github", "github"),
    ("gitlab", "gitlab"),
    ("bitbucket.org", "bitbucket"),
    ("bitbucket", "bitbucket-server"),
    ("codeberg", "gitea"),
    ("gitea", "gitea"),
    ("forgejo", "gitea"),
    ("cgit", "cgit"),
)


def pages(url: str) -> tuple[str, WebKind]:
    """Where the pages of a remote are, as its address tells, and of which forge; ("", "") when it does not tell."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https", "ssh", "git"):
        host, path = parts.hostname or "", parts.path
        port = f":{parts.port}" if parts.port and parts.scheme in ("http", "https") else ""
    elif found := SCP.fullmatch(url):
        host, path, port = found["host"], found["path"], ""
    else:
        return "", ""
    path = path.strip("/").removesuffix(".git")
    kind: WebKind = next((kind for word, kind in KINDS if word in host), "")
    if not host or not path or not kind:
        return "", ""
    if kind == "bitbucket-server":
        project, _, name = path.removeprefix("scm/").partition("/")
        path = f"projects/{project.upper()}/repos/{name}"
    scheme = "http" if parts.scheme == "http" else "https"
    return f"{scheme}://{host}{port}/{path}", kind


def host_of(url: str) -> str:
    """The host of a remote's address in any spelling, or ""."""
    found = SCP.fullmatch(url) if "://" not in url else None
    return found["host"] if found else (urlsplit(url).hostname or "")


def permalink(repository: Repository, commit: str, path: str, start: int = 0, end: int = 0) -> str:
    """The address of a file, or of lines `start` to `end` of it, at a commit; "" when the repository has no pages."""
    if not repository.web:
        return ""
    where, end = quote(path), max(start, end)
    several = end > start
    match repository.web_kind:
        case "github":
            lines = f"#L{start}" + (f"-L{end}" if several else "")
            address = f"/blob/{commit}/{where}"
        case "gitlab":
            lines = f"#L{start}" + (f"-{end}" if several else "")
            address = f"/-/blob/{commit}/{where}"
        case "bitbucket":
            lines = f"#lines-{start}" + (f":{end}" if several else "")
            address = f"/src/{commit}/{where}"
        case "bitbucket-server":
            lines = f"#{start}" + (f"-{end}" if several else "")
            address = f"/browse/{where}?at={commit}"
        case "gitea":
            lines = f"#L{start}" + (f"-L{end}" if several else "")
            address = f"/src/commit/{commit}/{where}"
        case "cgit":
            lines = f"#n{start}"
            address = f"/tree/{where}?id={commit}"
        case "":
            return ""
    return repository.web + address + (lines if start else "")
