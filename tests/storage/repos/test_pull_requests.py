"""Which pull request a commit came by."""

from __future__ import annotations

import pytest

from bot.capabilities.team_code.code import WebKind
from storage.repos.pull_requests import pull_request


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("Retry once more (#42)\n\nThe gateway is slow.", "42"),
        ("Backport of pay (#12) to 2.x (#15)", "15"),
        ("Retry (#42) [skip ci]", "42"),
        ('Revert "Retry once more (#42)" (#57)\n\nThis reverts commit 3fa9c1d.', "57"),
        ("Revert: 'Retry once more (#42)'", ""),
        ("Revert “Retry once more (#42)” (#57)", "57"),
        ('Revert "Retry once more (#42)"\n\nThis reverts commit 3fa9c1d.', ""),
        ('Revert "Revert "Retry (#42)" (#57)" (#58)', "58"),
        ("Merge pull request #12 from acme/feature\n\nRetry (#9)", "12"),
        ("Merge pull request 'Revert \"x (#3)\"' (#12) from feature into main", "12"),
        ("Merged PR 123: Retry once more", "123"),
        ("Merged in feature/x (pull request #77)\n\nRetry", "77"),
        ("Pull request #78: Retry once more", "78"),
        ("Merge pull request #79 in PAY/shop from x to main", "79"),
        ("Merge branch 'x' into 'main'\n\nRetry\n\nSee merge request acme/shop!81", "81"),
        ("Retry once more\n\nReviewed-on: https://git.example/acme/shop/pulls/5\nReviewed-by: Ana", "5"),
        ("Retry once more\n\nFollows (#3), see also Merge pull request #4 from x and pull request #6.", ""),
        ("Retry\n\nAs in `See merge request acme/shop!81` we wait.", ""),
        ("Merge pull request 80 from fix into main", "80"),
        ("Auto merge of #90 - ana:fix, r=ben\n\nRetry (#1)", "90"),
        ("Merge #91 #92\n\n91: Retry r=ben a=ana", "91"),
        ("Retry\n\nPart-of: <https://git.example/acme/shop/-/merge_requests/93>", "93"),
        ("Fix #12", ""),
        ("Merge pull request #14, handle infinite tolerance", "14"),
        ("Merged indexing cleanup (pull request #50)", "50"),
        ("client: Fix the guide: Merge pull request #63 in DNS/home from fix/1 to master", "63"),
        ('Revert "client: Fix: Merge pull request #63 in DNS/home from a to b"', ""),
        ("Retry\n\nChange-Id: I1\nReviewed-on: https://review.example/c/pay/shop/+/8123\n", "8123"),
        ("", ""),
    ],
)
def test_it_is_named_by_the_subject_or_by_the_forges_own_line(message: str, number: str) -> None:
    assert pull_request(message) == number


@pytest.mark.parametrize("forge", ["gitlab", "azure", "bitbucket", "bitbucket-server"])
def test_where_a_number_sign_is_an_issue_it_is_no_pull_request(forge: WebKind) -> None:
    assert pull_request("Fixed undo (#266)", forge) == ""
    assert pull_request("Merge branch 'x'\n\nSee merge request acme/shop!81", forge) == "81"
    assert pull_request("Merged PR 123: Retry (#9)", forge) == "123"
    assert pull_request("Fixed undo (!267)", "gitlab") == "267"
