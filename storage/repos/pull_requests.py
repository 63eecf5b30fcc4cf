"""Which pull request a commit came by, as the forge's own words in its message tell. Pure.

Only the subject and the lines that forges write are read: a body may name any other one.
"""

from __future__ import annotations

import re

from bot.capabilities.team_code.code import WebKind

NUMBER = re.compile(r"\(#(\d{1,9})\)")
MERGE_REQUEST = re.compile(r"\(!(\d{1,9})\)")
OTHERS: frozenset[WebKind] = frozenset({"gitlab", "azure", "bitbucket", "bitbucket-server"})
"""Forges where `#12` is an issue or a work item, and never a pull request."""

REVERTED = re.compile(r"(?:(?:Revert|Reapply):? )+[\"'“‘].*[\"'”’]", re.IGNORECASE)
"""What a revert quotes names the one that it takes back."""

SUBJECT = re.compile(
    r"Merged? pull request #?(\d+)\b"  # GitHub, Bitbucket; Azure DevOps' older form has no sign
    r"|Merged PR (\d+)\b"  # Azure DevOps: https://learn.microsoft.com/azure/devops/repos/git/pull-requests
    r"|Merged .+ \(pull request #(\d+)\)$"  # Bitbucket Cloud
    r"|Pull request #(\d+):"  # Bitbucket Server
    r"|(?:Auto merge of|Rollup merge of|Merge) #(\d+)\b"  # bors, as robots of many projects write it
)
WITHIN = re.compile(r": (?:Merge p|P)ull request #(\d+)(?: in \S+ from |: )")
"""Bitbucket Server, behind a team's own words."""

MERGED_AS = re.compile(r"Merge pull request '.*' \(#(\d+)\) from ")
"""Gitea and Forgejo."""

BODY = re.compile(
    r"See merge request [\w./-]*!(\d+)\s*|Reviewed-on: https?://\S+/(?:pulls|\+)/(\d+)\s*|Part-of: <https?://\S+/merge_requests/(\d+)>\s*"
)
"""Lines of their own: GitLab's merges, Gitea's squashes and Gerrit's changes, and what Marge writes for GitLab."""


def pull_request(message: str, forge: WebKind = "") -> str:
    """Its number, or "". `forge` is where the repository is kept, as far as that is known."""
    subject, *body = message.strip().split("\n")
    if found := SUBJECT.match(subject) or MERGED_AS.match(subject):
        return _group(found)
    subject = REVERTED.sub("", subject)
    if found := WITHIN.search(subject):
        return _group(found)
    number = MERGE_REQUEST if forge == "gitlab" else NUMBER
    if (forge == "gitlab" or forge not in OTHERS) and (numbers := number.findall(subject)):
        return str(numbers[-1])
    lines = [found for line in body if (found := BODY.fullmatch(line))]
    return _group(lines[-1]) if lines else ""


def _group(found: re.Match[str]) -> str:
    return next(group for group in found.groups() if group)
