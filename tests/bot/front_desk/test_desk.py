"""What comes in at any door: kept, obeyed, or heard as a press; and who may do what."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.answering.audience import id_of_going_on
from bot.answering.phrases import refused
from bot.claude import models
from bot.conversation import Answer, Attachment, Author, Message, Pinned, Turn, Usage
from bot.errors import LookUpFailed
from bot.front_desk import phrases
from bot.front_desk.commands import Commands
from bot.front_desk.desk import FrontDesk
from bot.front_desk.discretion import DiscreetDesk, Discretion
from bot.ports.doors import Reply
from bot.ports.inbox import Accepted, Lease, Outcome
from bot.ports.policy import ChannelKind, ChannelRule, Facts, Grants, NoGrants, PersonKind, Reader
from bot.ports.stores import ChannelSettings, LedgerRow
from bot.views import Action, Press
from storage.memory import (
    MemoryChannelSettings,
    MemoryCopies,
    MemoryFeedbackLog,
    MemoryHistory,
    MemoryInbox,
    MemoryUsageLog,
)
from tests.fakes import ANA, BEN, START, THREAD, FakeDirectory, FixedClock, OpenPolicy, message
from tests.storage.serving import Recorder, serving

PINNED = Pinned("s", "[]", "m", "medium")
ADMIN = Author("slack:U9", "Root")


class Reception:
    def __init__(self, grants: Grants | None = None) -> None:
        clock = FixedClock()
        self.inbox = MemoryInbox(clock)
        self.history = MemoryHistory()
        self.usage = MemoryUsageLog()
        self.channels = MemoryChannelSettings()
        self.feedback = MemoryFeedbackLog()
        self.directory = FakeDirectory()
        policy = OpenPolicy(ADMIN.id, grants=grants, directory=self.directory)
        commands = Commands(
            self.inbox, self.history, self.usage, self.channels, policy, models.known, (), clock,
        )  # fmt: skip
        self.copies = MemoryCopies()
        self.desk = FrontDesk(self.inbox, self.history, self.copies, self.channels, commands, self.feedback, clock)

    async def say(self, word: str, rest: str = "", author: Author = ANA) -> str:
        return (await self.desk.command(THREAD, author, word, rest)).text

    async def settings(self) -> ChannelSettings:
        return await self.channels.get(THREAD.place)


@pytest.fixture
def reception() -> Reception:
    return Reception()


async def test_a_question_is_kept_once(reception: Reception) -> None:
    assert (await reception.desk.receive(message("how?"))).accepted is Accepted.NEW
    assert (await reception.desk.receive(message("how?"))).accepted is Accepted.DUPLICATE


async def test_a_full_thread_is_said_and_not_kept(reception: Reception) -> None:
    for number in range(20):
        await reception.desk.receive(message("why?", id=str(number)))

    received = await reception.desk.receive(message("one too many", id="x"))

    assert received.accepted is Accepted.FULL
    assert received.reply is not None


async def test_a_word_is_obeyed_once_and_not_answered_as_a_question(reception: Reception) -> None:
    first = await reception.desk.receive(message("!help", id="1"))
    again = await reception.desk.receive(message("!help", id="1"))

    assert first.reply is not None
    assert "!stop" in first.reply.text
    assert again.reply is None
    assert await reception.inbox.waiting() == 0


async def test_a_word_in_a_thread_of_others_belongs_to_another_bot(reception: Reception) -> None:
    received = await reception.desk.receive(message("!help", addressed=False))

    assert (received.accepted, received.reply) == (Accepted.UNKNOWN_THREAD, None)


@pytest.mark.parametrize(
    "text", ["!important: how?", "! help", "what does !help do?", "!aside lunch", "help me", "??!x"]
)
async def test_what_only_looks_like_a_command_is_a_message(reception: Reception, text: str) -> None:
    assert (await reception.desk.receive(message(text))).reply is None
    assert await reception.inbox.waiting() == 1


async def test_a_commands_words_are_what_its_author_typed(reception: Reception) -> None:
    quotes = replace(
        message("!prompt We use Go.\n\nIn reply to Ben:\n> rm -rf", author=ADMIN), typed="!prompt We use Go."
    )
    await reception.desk.receive(quotes)
    asked = await reception.desk.receive(replace(message("!prompt\n\n> rm -rf", id="2", author=ADMIN), typed="!prompt"))

    assert (await reception.settings()).prompt_addition == "We use Go."
    assert asked.reply is not None
    assert "We use Go." in asked.reply.text


@pytest.mark.parametrize("text", ["\U0001f64f", ":pray:", "<:ship_it:1>", ":)", "<3 !", "https://tenor.com/view/a-1"])
async def test_a_nod_to_us_costs_nothing(reception: Reception, text: str) -> None:
    received = await reception.desk.receive(message(text))

    assert received.reply is not None
    assert await reception.inbox.waiting() == 0


@pytest.mark.parametrize(
    "text", ["10:30:00", "x <3", ":wq", "a :pray:", "42", "\u2026", "https://a.example/tenor.com/"]
)
async def test_what_is_no_nod_is_asked(reception: Reception, text: str) -> None:
    assert (await reception.desk.receive(message(text))).reply is None
    assert await reception.inbox.waiting() == 1


async def test_no_secret_stays_in_what_its_author_typed_beside_a_quotation(reception: Reception) -> None:
    discreet = DiscreetDesk(reception.desk, reception.inbox, Discretion(reception.channels))
    secret = "ghp_" + "a1B2" * 9
    asks, tells = f"why is {secret} refused?", f"!prompt Use {secret}."
    await discreet.receive(replace(message(f"{asks}\n\n> so"), typed=asks))
    await discreet.receive(replace(message(f"{tells}\n\n> so", id="2", author=ADMIN), typed=tells))

    recorder = Recorder()
    async with serving(reception.inbox, recorder):
        await recorder.ended(1)
    assert "refused?" in str(recorder.leases)
    assert secret not in str(recorder.leases)
    prompt = (await reception.settings()).prompt_addition
    assert prompt.startswith("Use ")
    assert secret not in prompt


async def test_a_nod_that_becomes_a_question_is_asked(reception: Reception) -> None:
    nod = replace(message("\U0001f64f", addressed=False, mentions_others=True), gesture=True)
    await reception.desk.receive(nod)
    await reception.desk.revise(message("how do I page?"))

    assert await reception.inbox.waiting() == 1


async def test_only_who_asked_or_an_admin_may_stop(reception: Reception) -> None:
    await reception.desk.receive(message("how?", author=ANA))

    assert "Only the people who asked" in await reception.say("stop", author=BEN)
    assert await reception.say("stop", author=ANA) == "Stopping."
    assert await reception.say("stop", author=ADMIN) == "Stopping."


@pytest.mark.parametrize(
    ("word", "rest", "name", "value"),
    [
        ("model", "opus", "model", "claude-opus-5-5"),
        ("effort", "high", "effort", "high"),
        ("mode", "mention", "answer_mode", "mention"),
        ("prompt", "We use Go.", "prompt_addition", "We use Go."),
        ("budget", "$2.50", "daily_budget_microdollars", 2_500_000),
        ("off", "", "enabled", False),
    ],
)
async def test_settings_of_a_channel_are_an_admins(
    reception: Reception, word: str, rest: str, name: str, value: object
) -> None:
    assert "Only an admin" in await reception.say(word, rest, BEN)
    assert await reception.settings() == ChannelSettings()

    await reception.say(word, rest, ADMIN)

    assert getattr(await reception.settings(), name) == value


@pytest.mark.parametrize(
    ("word", "rest"), [("model", "gpt-9"), ("effort", "huge"), ("mode", "x"), ("budget", "lots"), ("budget", "-1")]
)
async def test_a_wrong_value_is_answered_with_the_choices_and_changes_nothing(
    reception: Reception, word: str, rest: str
) -> None:
    said = await reception.say(word, rest, ADMIN)

    assert len(said) > 20
    assert await reception.settings() == ChannelSettings()


async def test_usage_counts_yours_and_the_channels(reception: Reception) -> None:
    for number, asker in enumerate([ANA.id, BEN.id]):
        at = START - timedelta(hours=1 + 48 * number)
        await reception.usage.record(
            LedgerRow(str(number), THREAD, asker, "answered", 1, "m", Usage(), 500_000, None, 1, "", at)
        )

    said = await reception.say("usage")

    assert "| 24 hours | 1 | $0.5000 | 1 | $0.5000 |" in said
    assert "| 7 days | 1 | $0.5000 | 2 | $1.0000 |" in said


class OpenToVisitors(NoGrants):
    def channel_rules(self, place: str) -> tuple[ChannelRule, ...]:
        return (ChannelRule("", is_exact=True, guests="channel", outsiders="channel"),)


@pytest.mark.parametrize("kind", [PersonKind.GUEST, PersonKind.SINGLE_CHANNEL_GUEST, PersonKind.OUTSIDER])
@pytest.mark.parametrize("began", [ANA, BEN, None])
async def test_a_visitor_changes_the_threads_that_they_began_and_sees_their_own_spending(
    kind: PersonKind, began: Author | None
) -> None:
    reception = Reception(OpenToVisitors())
    reception.directory.of[BEN.id] = Facts(ChannelKind.PRIVATE, kind, readers=(Reader(kind),))
    if began:
        asked = Turn("t1", (message("how?", author=began),), (), Answer("so", "m"), START)
        await reception.history.append(THREAD, 1, asked, PINNED)

    said = {word: await reception.say(word, author=BEN) for word in ("mute", "unmute", "reset")}
    kept = (await reception.history.load(THREAD)).turns
    usage = await reception.say("usage", author=BEN)

    is_theirs = began == BEN
    assert ["threads that they began" in one for one in said.values()] == [not is_theirs] * 3
    assert bool(kept) is (began == ANA)
    assert ("you: cost" in usage, "this channel" in usage) == (True, False)
    assert "this channel" in await reception.say("usage")


async def test_mute_and_unmute_say_what_they_do(reception: Reception) -> None:
    assert "Muted" in await reception.say("mute")
    assert "again" in await reception.say("unmute")


async def test_an_unknown_word_is_said_and_a_question_is_pointed_to_where_it_goes(reception: Reception) -> None:
    assert "`frobnicate` is none of my commands" in await reception.say("frobnicate")
    assert "`/ask`" in await reception.say("how", "do I page?")
    assert "That is none" in await reception.say("`x`<@U9>")


@pytest.mark.parametrize("typed", ["", "help", "!help", "Help!", "?", "hilfe", "/help", "help\n", "!help please"])
async def test_help_is_found_however_it_is_typed(reception: Reception, typed: str) -> None:
    assert "Ask me anything" in await reception.say(typed)


@pytest.mark.parametrize("typed", ["!effort high", "effort\nhigh", "/effort: high", "EFFORT  high"])
async def test_a_command_is_understood_with_its_mark_and_on_two_lines(reception: Reception, typed: str) -> None:
    await reception.say(typed, author=ADMIN)

    assert (await reception.settings()).effort == "high"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("help", "Ask me anything"),
        ("Hilfe!", "Ask me anything"),
        ("?", "Ask me anything"),
        ("???", "Ask me anything"),
        ("", "I am here"),
        (" \u200b", "I am here"),
        ("!hlep", "none of my commands"),
        ("!deploy to prod", "none of my commands"),
    ],
)
async def test_what_needs_no_model_is_said_at_once_and_once(reception: Reception, text: str, said: str) -> None:
    first, again = [await reception.desk.receive(message(text)) for _ in range(2)]

    assert first.reply is not None
    assert said in first.reply.text
    assert (again.accepted, again.reply) == (Accepted.DUPLICATE, None)
    assert await reception.inbox.waiting() == 0


@pytest.mark.parametrize("text", ["help", "?", "!deploy"])
async def test_what_was_said_among_people_is_no_call_for_help(reception: Reception, text: str) -> None:
    await reception.desk.receive(message("how?", id="0"))

    assert (await reception.desk.receive(message(text, addressed=False))).reply is None


async def test_a_file_with_a_word_is_a_question(reception: Reception) -> None:
    log = Attachment("F1", "a.log", "text/plain", 3, "https://files.example/F1")

    received = await reception.desk.receive(replace(message("help"), attachments=(log,)))

    assert received.reply is None
    assert await reception.inbox.waiting() == 1


async def test_admins_are_named_and_those_of_other_platforms_are_not(reception: Reception) -> None:
    refused = await reception.desk.command(THREAD, BEN, "off", "")

    assert (refused.people, "PLUMBLINE" in refused.text) == ((ADMIN.id,), False)


async def test_a_second_thumb_replaces_the_first(reception: Reception) -> None:
    for action in ("good", "bad"):
        await reception.desk.press(Press(THREAD, "t1", action, ANA))

    assert await reception.feedback.count("t1") == {"good": 0, "bad": 1}


async def test_a_retry_of_nothing_is_said(reception: Reception) -> None:
    reply = await reception.desk.press(Press(THREAD, "t1", "retry", ANA))

    assert reply is not None
    assert "nothing to retry" in reply.text


# --- a cut answer ------------------------------------------------------------------------------------------------------


async def cut(reception: Reception, text: str = "First this, then") -> Turn:
    turn = Turn("t1", (replace(message("how?"), route={"team": "T9"}),), (), Answer(text, "m", "max_tokens"), START)
    await remember(reception, turn)
    return turn


async def waiting(reception: Reception) -> list[Message]:
    found: list[Message] = []

    async def take(lease: Lease) -> tuple[Outcome, int]:
        found.extend(lease.messages)
        reception.inbox.drain()
        return Outcome.ANSWERED, len(lease.messages)

    async with asyncio.timeout(60):
        await reception.inbox.serve(take, 1)
    return found


async def test_go_on_asks_in_the_name_of_whoever_pressed_where_the_answer_ended_and_once(reception: Reception) -> None:
    await cut(reception)

    replies = [await reception.desk.press(Press(THREAD, "t1", "go_on", BEN)) for _ in range(2)]

    assert [reply.text if reply else "" for reply in replies] == [phrases.going_on(), phrases.going_on_already()]
    (asked,) = await waiting(reception)
    assert (asked.author, asked.addressed, dict(asked.route)) == (BEN, True, {"team": "T9"})
    assert "First this, then" in asked.text


async def test_go_on_with_an_answer_that_was_stopped_before_its_first_word_asks_for_it(reception: Reception) -> None:
    await cut(reception, "")

    await reception.desk.press(Press(THREAD, "t1", "go_on", ANA))

    (asked,) = await waiting(reception)
    assert "Answer now" in asked.text


async def test_go_on_with_what_was_forgotten_is_said(reception: Reception) -> None:
    reply = await reception.desk.press(Press(THREAD, "t1", "go_on", ANA))

    assert reply is not None
    assert "do not remember" in reply.text
    assert await reception.inbox.waiting() == 0


@pytest.mark.parametrize(("person", "route"), [(ANA, {"team": "T9"}), (BEN, {})])
async def test_a_press_of_whoever_asked_is_decided_as_the_question_was(
    reception: Reception, person: Author, route: dict[str, str]
) -> None:
    await cut(reception)

    await reception.desk.press(Press(THREAD, "t1", "good", person))

    assert reception.directory.looks[-1].route == route


async def test_go_on_is_not_for_whoever_may_not_see_what_the_answer_is_from(reception: Reception) -> None:
    await cut(reception)
    await reception.history.amend(THREAD, lambda turns: tuple(replace(one, seen=("shop",)) for one in turns))

    reply = await reception.desk.press(Press(THREAD, "t1", "go_on", BEN))

    assert reply == Reply(phrases.go_on_refused(), private=True)
    assert await reception.inbox.waiting() == 0


@pytest.mark.parametrize("action", ["retry", "go_on", "good", "bad", "looked", "wrong"])
async def test_every_button_is_refused_to_whoever_is_not_answered(reception: Reception, action: Action) -> None:
    await cut(reception)
    reception.directory.told = Facts(ChannelKind.SHARED, PersonKind.OUTSIDER)

    reply = await reception.desk.press(Press(THREAD, "t1", action, BEN))

    assert reply == Reply(refused("OUTSIDERS_REFUSED"), private=True)
    assert await reception.feedback.count("t1") == {"good": 0, "bad": 0}


@pytest.mark.parametrize("word", ["repos", "usage", "model", "reset", "mute", "prompt", "nothing"])
async def test_every_command_but_help_why_and_stop_is_refused_to_whoever_is_not_answered(
    reception: Reception, word: str
) -> None:
    reception.directory.told = Facts(ChannelKind.PRIVATE, PersonKind.GUEST, readers=())

    assert await reception.say(word) == refused("GUESTS_REFUSED")
    assert "guests are refused" in await reception.say("why")
    assert "Ask me anything" in await reception.say("help")


async def test_why_says_what_could_not_be_looked_up(reception: Reception) -> None:
    reception.directory.faults = [LookUpFailed("users.info: missing_scope")]

    assert "users.info: missing_scope" in await reception.say("why")


# --- edited and deleted -----------------------------------------------------------------------------------------------


def edited(text: str, edition: str = "1", *, id: str = "1", addressed: bool = True) -> Message:
    return replace(message(text, id=id, addressed=addressed), edition=edition)


async def remember(reception: Reception, *turns: Turn) -> None:
    for one in turns:
        await reception.history.append(THREAD, 1, one, Pinned("s", "[]", "m", "medium"))


ANSWERED = Turn(
    "turn1",
    (message("how?"),),
    (message("lunch?", id="0", addressed=False),),
    Answer("so", "m", transcript=("q",)),
    START,
)


async def test_an_answered_question_is_asked_again_once_for_each_edition(reception: Reception) -> None:
    await remember(reception, ANSWERED)

    first = [(await reception.desk.revise(edited("how exactly?"))).accepted for _ in range(3)]

    assert first == [Accepted.NEW, Accepted.DUPLICATE, Accepted.DUPLICATE]
    assert await reception.inbox.askers(THREAD) == {ANA.id}


async def test_an_edit_that_changes_no_words_asks_nothing(reception: Reception) -> None:
    await remember(reception, ANSWERED)

    assert (await reception.desk.revise(edited("how?"))).accepted is Accepted.DUPLICATE
    assert (await reception.desk.revise(edited("dinner?", id="0", addressed=False))).accepted is Accepted.DUPLICATE
    assert (await reception.desk.revise(edited("!stop"))).accepted is Accepted.DUPLICATE
    assert await reception.inbox.waiting() == 0


async def test_a_mention_added_by_an_edit_is_a_question(reception: Reception) -> None:
    await reception.desk.receive(message("how?", addressed=False))

    received = await reception.desk.revise(edited("@bot how?"))
    late = await reception.desk.receive(message("how?", addressed=False))

    assert (received.accepted, late.accepted) == (Accepted.NEW, Accepted.DUPLICATE)


async def test_an_edit_in_a_thread_of_others_asks_nothing(reception: Reception) -> None:
    assert (await reception.desk.revise(edited("typo", addressed=False))).accepted is Accepted.UNKNOWN_THREAD
    assert await reception.inbox.waiting() == 0


async def test_a_deleted_question_is_forgotten_with_its_answer(reception: Reception) -> None:
    merged = replace(ANSWERED, id="turn2", messages=(message("secret", id="5"), message("and?", id="6")), context=())
    await remember(reception, ANSWERED, merged)

    await reception.desk.withdraw(THREAD, "1")
    await reception.desk.withdraw(THREAD, "5")

    (left,) = (await reception.history.load(THREAD)).turns
    assert [one.text for one in left.messages] == ["and?"]
    assert left.answer.transcript == ()
    assert [(one.id, one.text, one.withdrawn) for one in await waiting(reception)] == [("1", "", True)]  # is taken back


async def test_what_goes_on_from_a_deleted_questions_answer_goes_with_it(reception: Reception) -> None:
    goes_on = replace(ANSWERED, id="turn2", messages=(message("go on", id=id_of_going_on("turn1")),), context=())
    other = replace(ANSWERED, id="turn3", messages=(message("and?", id="6"),), context=())
    await remember(reception, ANSWERED, goes_on, other)

    for _ in range(2):  # told twice
        await reception.desk.withdraw(THREAD, "1")

    assert [one.id for one in (await reception.history.load(THREAD)).turns] == ["turn3"]
    assert await reception.inbox.waiting() == 1


async def test_deleted_chatter_leaves_the_answer_and_its_own_words_go(reception: Reception) -> None:
    await remember(reception, ANSWERED)

    await reception.desk.withdraw(THREAD, "0")

    (left,) = (await reception.history.load(THREAD)).turns
    assert (left.context, left.messages) == ((), ANSWERED.messages)


async def test_edited_chatter_is_remembered_as_it_reads_now_and_only_by_a_newer_edit(reception: Reception) -> None:
    await remember(reception, ANSWERED, replace(ANSWERED, id="turn2", messages=(message("and?", id="2"),), context=()))

    for text, edition in (("supper?", "20"), ("dinner?", "10")):
        await reception.desk.revise(edited(text, edition, id="0", addressed=False))

    told, other = (await reception.history.load(THREAD)).turns
    assert [(one.text, one.edition) for one in told.context] == [("supper?", "20")]
    assert (told.answer.transcript, other.answer.transcript) == ((), ("q",))
    assert await reception.inbox.waiting() == 0


async def test_chatter_that_was_edited_to_nothing_is_forgotten(reception: Reception) -> None:
    await remember(reception, ANSWERED)

    await reception.desk.revise(edited("", id="0", addressed=False))

    assert [one.context for one in (await reception.history.load(THREAD)).turns] == [()]


async def test_what_another_bot_says_anew_changes_what_is_remembered_and_is_never_a_question(
    reception: Reception,
) -> None:
    alert = replace(ANSWERED.context[0], author=replace(BEN, is_bot=True))
    await reception.desk.receive(message("how?"))
    await remember(reception, replace(ANSWERED, context=(alert,)))

    for id in ("0", "77"):
        resolved = replace(edited("resolved", id=id, addressed=False), author=alert.author)
        assert (await reception.desk.revise(resolved)).accepted is Accepted.DUPLICATE

    (turn,) = (await reception.history.load(THREAD)).turns
    assert [one.text for one in turn.context] == ["resolved"]
    assert BEN.id not in await reception.inbox.askers(THREAD)


async def test_where_every_new_post_is_answered_what_begins_a_thread_is_a_question(reception: Reception) -> None:
    starter, reply = (message("hi", id=one, addressed=False) for one in (THREAD.thread, "7"))

    before = (await reception.desk.receive(starter)).accepted
    await reception.channels.put(THREAD.place, ChannelSettings(answer_mode="every"), "test")
    elsewhere = (await reception.desk.receive(reply)).accepted
    after = (await reception.desk.receive(starter)).accepted

    assert (before, elsewhere, after) == (Accepted.UNKNOWN_THREAD, Accepted.UNKNOWN_THREAD, Accepted.NEW)
