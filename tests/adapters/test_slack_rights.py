"""Where Slack does not let us say it in the usual way, it is said in the next best one, and what is missing is said once."""

from __future__ import annotations

import pytest

from adapters.delivery import deliver
from adapters.slack import phrases
from adapters.slack.outgoing import SlackPlatform
from bot.ports.inbox import Outcome
from bot.views import View
from storage.memory import MemoryOutbox
from tests import clock as clocks
from tests.adapters import slack_bench
from tests.adapters.slack_bench import answer, lease, told
from tests.servers.slack import SlackServer, texts_of

pytestmark = pytest.mark.usefixtures("clock")
clock = clocks.clock
platform = slack_bench.platform

CODE = "".join(f"x{number} = {number}\n" for number in range(3_000))


async def test_without_the_right_to_upload_the_code_stands_in_the_thread_and_that_is_said_once(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    slack.scopes = slack.scopes.replace("files:write,", "")
    root = await slack.user_says("C1", "q")
    post = await platform.open(lease(root), MemoryOutbox())
    await post.draw(View(text="It is long:"))
    await post.draw(View(text=f"It is long:\n\n```python\n{CODE}```", final=True))

    said = "".join(texts_of(one) for one in slack.thread("C1", root))
    assert slack.code("C1", root) == CODE
    assert said.count(phrases.no_upload()) == 1


@pytest.mark.parametrize("what", ["is_archived", "not_in_channel", "restricted_action"])
async def test_an_answer_that_may_not_be_posted_goes_to_the_asker_and_says_why(
    slack: SlackServer, platform: SlackPlatform, what: str
) -> None:
    root = await slack.user_says("C1", "q")
    if what == "is_archived":
        slack.archived.add("C1")
    elif what == "not_in_channel":
        slack.absent.add("C1")
    else:
        slack.faults["chat.postMessage"].append(what)

    await answer(platform, lease(root), ["use ", "an index"], 0.01)

    (post,) = slack.at_root("DU1")
    assert "use an index" in texts_of(post)
    assert phrases.elsewhere(what, "plumbline") in texts_of(post)
    assert slack.thread("C1", root) == []


async def test_a_channel_that_is_archived_while_we_answer_leaves_one_whole_answer(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    root, outbox = await slack.user_says("C1", "q"), MemoryOutbox()
    held = lease(root)
    post = await platform.open(held, outbox)
    await post.draw(View(text="use"))
    slack.archived.add("C1")
    slack.faults["chat.update"].append("is_archived")
    await post.draw(View(text="use an index", final=True))
    await deliver(told(["use an index"]), await platform.open(held, outbox), held)  # and once more, by another worker

    (answered,) = slack.at_root("DU1")
    assert "use an index" in texts_of(answered)


async def test_an_answer_that_nobody_may_see_ends_with_a_line_in_the_log(
    slack: SlackServer, platform: SlackPlatform, caplog: pytest.LogCaptureFixture
) -> None:
    root = await slack.user_says("C1", "q")
    slack.faults["chat.postMessage"].extend(["is_archived", "cannot_dm_bot"])

    await answer(platform, lease(root), ["use an index"])

    assert "answer could not be shown anywhere" in caplog.text


async def test_without_the_right_to_read_the_thread_its_answer_says_so(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    slack.scopes = slack.scopes.replace("channels:history,", "")
    root = await slack.user_says("C1", "an old thread")
    asked = await slack.user_says("C1", "q", thread=root)
    held = lease(root, id=asked)
    post = await platform.open(held, MemoryOutbox())
    assert await platform.earlier(held.messages[0]) == ()
    await post.draw(View(text="use an index", final=True))

    assert phrases.no_history("missing_scope") in texts_of(slack.thread("C1", root)[0])


@pytest.mark.parametrize("code", ["method_not_supported_for_channel_type", "ekm_access_denied", "some_new_reason"])
async def test_a_thread_that_cannot_be_read_for_a_reason_of_slacks_own_is_answered_and_says_so(
    slack: SlackServer, platform: SlackPlatform, code: str
) -> None:
    root = await slack.user_says("C1", "an old thread")
    asked = await slack.user_says("C1", "q", thread=root)
    slack.faults["conversations.replies"].extend([code] * 9)
    held = lease(root, id=asked)
    post = await platform.open(held, MemoryOutbox())
    assert await platform.earlier(held.messages[0]) == ()
    await post.draw(View(text="use an index", final=True))

    assert phrases.no_history(code) in texts_of(slack.thread("C1", root)[0])


@pytest.mark.parametrize("code", ["compliance_exports_prevent_deletion", "cant_delete_message", "some_new_reason"])
async def test_what_may_not_be_deleted_is_emptied(slack: SlackServer, platform: SlackPlatform, code: str) -> None:
    """Of a question that its author deleted, and of an answer that becomes shorter."""
    slack.faults["chat.delete"].extend([code] * 99)
    roots = [await slack.user_says("C1", text) for text in ("q", "r")]
    withdrawn, shorter = [await platform.open(lease(root), MemoryOutbox()) for root in roots]
    for post in (withdrawn, shorter):
        await post.draw(View(text="\n\n".join(f"{number} {'words ' * 300}" for number in range(30)), final=True))
    await withdrawn.withdraw()
    await shorter.draw(View(text="use an index", final=True))

    taken, kept = ([texts_of(one) for one in slack.thread("C1", root)] for root in roots)
    assert set(taken) == {phrases.taken_back()}
    assert kept[0] == "use an index"
    assert len(kept) > 1
    assert set(kept[1:]) == {phrases.taken_back()}


async def test_a_message_that_may_not_be_edited_any_more_is_posted_anew(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    root = await slack.user_says("C1", "q")
    post = await platform.open(lease(root), MemoryOutbox())
    await post.draw(View(text="half"))
    slack.faults["chat.update"].append("edit_window_closed")
    await post.draw(View(text="whole", final=True))

    assert [texts_of(one) for one in slack.thread("C1", root)] == ["whole"]


async def test_a_page_where_json_was_due_is_a_platform_that_is_away(
    slack: SlackServer, platform: SlackPlatform
) -> None:
    root = await slack.user_says("C1", "q")
    slack.faults["chat.update"].extend(["html", "500"])
    await answer(platform, lease(root), ["use ", "an index"], 0.05)

    assert [texts_of(one) for one in slack.thread("C1", root)] == ["use an index"]


@pytest.mark.parametrize("times", [3, 6, 100])
async def test_a_refusal_that_nobody_knows_may_pass_and_holds_up_no_thread_for_ever(
    slack: SlackServer, platform: SlackPlatform, caplog: pytest.LogCaptureFixture, times: int
) -> None:
    """As codes that Slack has added since."""
    root = await slack.user_says("C1", "q")
    slack.faults["chat.postMessage"].extend(["some_new_reason"] * times)
    held = lease(root)

    assert await deliver(told(["use an index"]), await platform.open(held, MemoryOutbox()), held) is Outcome.ANSWERED

    said = [texts_of(one) for one in slack.thread("C1", root)]
    wanted = {3: "use an index", 6: phrases.refused("some_new_reason")}.get(times)
    assert [wanted in one for one in said if wanted] == [True] * bool(wanted)
    assert len(said) == bool(wanted)
    assert ("answer could not be shown anywhere" in caplog.text) == (times == 100)
