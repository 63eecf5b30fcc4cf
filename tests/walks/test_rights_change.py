"""Rights that change between a question and its answer: nothing of what may not be seen any more is left standing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from tests.servers.slack import BOT_USER, SlackServer, texts_of
from tests.walks.access_house import House, heard, opened, says

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANGES: dict[str, Callable[[SlackServer, str, str], object]] = {
    "another company joins": lambda slack, channel, user: slack.shares(channel),
    "a guest joins": lambda slack, channel, user: slack.joins(channel, "UG"),
    "the asker becomes a guest": lambda slack, channel, user: slack.changes_person(user, is_restricted=True),
    "the asker is deactivated": lambda slack, channel, user: slack.changes_person(user, deleted=True),
    "the asker is of another company": lambda slack, channel, user: slack.changes_person(user, team_id="T9"),
    "the asker leaves a group": lambda slack, channel, user: slack.changes_group("S1", "U3"),
    "the channel is made public": lambda slack, channel, user: slack.converts(channel, to_private=False),
}
"""What may happen in Slack while a member of the group S1 waits for an answer in a private channel of the like."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("rights")) as one:
        await says(one, "CJOINED", "cell-9000x")
        yield one


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("when", ["while it is written", "before the model is asked"])
async def test_in_slack_what_may_not_be_seen_any_more_is_taken_back(house: House, change: str, when: str) -> None:
    slack, claude, number = house.slack, house.claude, 9100 + 2 * list(CHANGES).index(change) + (when[0] == "b")
    channel, user = (
        ["CSHARED", "CJOINED", "CDEMOTED", "CFAILS", "CBUTTONS", "CGROUP", "COPENED"][list(CHANGES).index(change)],
        f"UN{number}",
    )
    slack.channel(channel, "U1", "U3", user, is_private=True)
    slack.person(user)
    await heard(house, lambda: slack.changes_group("S1", "U3", "U1", user))
    await heard(house, lambda: slack.joins(channel, user))
    claude.tokens_per_second = 1 if when[0] == "b" else 4

    root = await slack.user_says(channel, f"<@{BOT_USER}> cell-{number}x?", user=user)
    waits_for = f"cell-{number}x" if when[0] == "b" else "marble_closed"
    await slack.until(lambda: waits_for in (house.asked if when[0] == "b" else said(slack, channel, root)), 60)
    await heard(house, lambda: CHANGES[change](slack, channel, user))
    claude.tokens_per_second = 0
    await slack.until(lambda: "(reference" in said(slack, channel, root), 60)

    assert "marble" not in said(slack, channel, root)


def said(slack: SlackServer, channel: str, root: str) -> str:
    return "\n".join(texts_of(post) for post in slack.thread(channel, root))
