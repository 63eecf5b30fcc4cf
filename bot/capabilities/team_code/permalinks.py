"""Links to the exact lines at a commit, in each forge's own form, and where a repository's pages are. Pure.

Forms as the forges' own "permalink" buttons make them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
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
PUBLIC = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "ssh.dev.azure.com")
AZURE = re.compile(
    r"(?:(?:ssh\.)?dev\.azure\.com|vs-ssh\.visualstudio\.com)/(?:v3/)?(?P<org>[^/]+)/(?P<project>[^/]+)/(?:_git/)?(?P<name>[^/]+)"
    r"|(?P<old>[\w-]+)\.visualstudio\.com/(?:DefaultCollection/)?(?:(?P<old_project>[^/]+)/)?_git/(?P<old_name>[^/]+)"
)
"""https://learn.microsoft.com/azure/devops/repos/git/: addresses over https and ssh, and those before 2018."""

RENDERED = re.compile(
    r"\.(?:md|mdx|markdown|mdown|mkdn?|rst|adoc|asciidoc|asc|org|textile|rdoc|pod|mediawiki|wiki|creole|ipynb|csv|tsv|svg)$",
    re.IGNORECASE,
)
"""Files that a forge shows rendered: their lines can be linked to only in the source view."""


def pages(url: str, host_name: Callable[[str], str] = lambda alias: alias) -> tuple[str, WebKind]:
    """Where the pages of a remote are, as its address tells, and of which forge; ("", "") when it does not tell.

    `host_name` is the host behind an alias of the ssh configuration, or what it was given.
    """
    parts = urlsplit(url)
    port = ""
    if parts.scheme in ("http", "https", "ssh", "git"):
        host, path = parts.hostname or "", parts.path
        port = f":{parts.port}" if parts.port and parts.scheme in ("http", "https") else ""
    elif found := SCP.fullmatch(url):
        host, path = found["host"], found["path"]
    else:
        return "", ""
    if parts.scheme not in ("http", "https", "git"):
        host = _without_alias(host_name(host))
    path = path.strip("/").removesuffix(".git")
    if azure := AZURE.fullmatch(f"{host}/{path}"):
        return _azure(azure), "azure"
    kind: WebKind = next((kind for word, kind in KINDS if word in host), "")
    if not host or not path or not kind:
        return "", ""
    if kind == "bitbucket-server":
        project, _, name = path.removeprefix("scm/").partition("/")
        path = f"projects/{project.upper()}/repos/{name}"
    scheme = "http" if parts.scheme == "http" else "https"
    return f"{scheme}://{host}{port}/{path}", kind


def _azure(found: re.Match[str]) -> str:
    if found["old"]:
        project = found["old_project"] or found["old_name"]
        return f"https://{found['old']}.visualstudio.com/{project}/_git/{found['old_name']}"
    return f"https://dev.azure.com/{found['org']}/{found['project']}/_git/{found['name']}"


def _without_alias(host: str) -> str:
    """`github.com-work` is a name that somebody gave to github.com; a name without a point is known to nobody else: "" for none."""
    if "." in host and "-" not in host.rpartition(".")[2]:
        return host
    return next((one for one in PUBLIC if host.startswith((f"{one}-", f"{one}_"))), "")


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
    is_rendered = bool(start) and bool(RENDERED.search(path))
    match repository.web_kind:
        case "github":
            lines = f"#L{start}" + (f"-L{end}" if several else "")
            address = f"/blob/{commit}/{where}" + ("?plain=1" if is_rendered else "")
        case "gitlab":
            lines = f"#L{start}" + (f"-{end}" if several else "")
            address = f"/-/blob/{commit}/{where}" + ("?plain=1" if is_rendered else "")
        case "bitbucket":
            lines = f"#lines-{start}" + (f":{end}" if several else "")
            address = f"/src/{commit}/{where}"
        case "bitbucket-server":
            lines = f"#{start}" + (f"-{end}" if several else "")
            address = f"/browse/{where}?at={commit}"
        case "gitea":
            lines = f"#L{start}" + (f"-L{end}" if several else "")
            address = f"/src/commit/{commit}/{where}" + ("?display=source" if is_rendered else "")
        case "cgit":
            lines = f"#n{start}"
            address = f"/tree/{where}?id={commit}"
        case "azure":  # a range ends where the line behind it begins
            lines = f"&line={start}&lineEnd={end + 1}&lineStartColumn=1&lineEndColumn=1&lineStyle=plain&_a=contents"
            address = f"?path={quote('/' + path, safe='/')}&version=GC{commit}"
        case "":
            return ""
    return repository.web + address + (lines if start else "")
