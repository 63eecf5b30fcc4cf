"""The decision as a function: what more is set or known never shows more than the strictest of it allows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering.policy import decide
from bot.ports.policy import GUESTS, ChannelKind, ChannelRule, Facts, Grant, PersonKind, Reader, RuleName
from tests.fakes import ANA

NAMES = st.frozensets(st.sampled_from(["slack:U1", "slack:group:S1", "discord:role:7"]), max_size=3)
READERS = st.none() | st.lists(st.builds(Reader, st.sampled_from(PersonKind), NAMES), max_size=4).map(tuple)
FACTS = st.builds(Facts, st.sampled_from(ChannelKind), st.sampled_from(PersonKind), NAMES, st.booleans(), READERS)
GUEST_VALUES, OUTSIDER_VALUES = (
    st.sampled_from(["", "refuse", "channel"]),
    st.sampled_from(["", "refuse", "answer without code", "channel"]),
)
GRANTS = st.builds(
    Grant,
    st.sampled_from(["shop", "vault"]),
    st.just("[repos]"),
    st.booleans(),
    st.booleans(),
    GUEST_VALUES,
    OUTSIDER_VALUES,
    NAMES,
    st.booleans(),
)
RULES = st.builds(ChannelRule, st.just("[channels]"), st.booleans(), st.booleans(), GUEST_VALUES, OUTSIDER_VALUES)
LIVES_ELSEWHERE = st.lists(GRANTS, max_size=4), st.lists(RULES, max_size=3)


@given(FACTS, *LIVES_ELSEWHERE)
def test_who_or_what_is_unknown_is_refused_and_sees_nothing(
    facts: Facts, grants: list[Grant], rules: list[ChannelRule]
) -> None:
    for one in (replace(facts, person=PersonKind.UNKNOWN), replace(facts, channel=ChannelKind.UNKNOWN)):
        decision = decide(one, grants, rules, ANA)

        assert decision.refused
        assert decision.rule.name is RuleName.UNKNOWN
        assert not decision.visible
    assert decide(replace(facts, person=PersonKind.DEACTIVATED), grants, rules, ANA).refused


@given(FACTS, *LIVES_ELSEWHERE)
def test_one_more_reader_never_shows_more(facts: Facts, grants: list[Grant], rules: list[ChannelRule]) -> None:
    before = decide(facts, grants, rules, ANA)
    for kind in PersonKind:
        after = decide(replace(facts, readers=(*(facts.readers or ()), Reader(kind))), grants, rules, ANA)
        if facts.readers is not None:
            assert after.visible.keys() <= before.visible.keys()


@given(FACTS, *LIVES_ELSEWHERE, RULES)
def test_what_a_channel_refuses_no_repository_opens(
    facts: Facts, grants: list[Grant], rules: list[ChannelRule], closed: ChannelRule
) -> None:
    closed = replace(closed, is_exact=True, guests="refuse", outsiders="refuse")
    decision = decide(facts, grants, [*rules, closed], ANA)
    if facts.person in (*GUESTS, PersonKind.OUTSIDER) and facts.channel is not ChannelKind.LOCAL:
        assert decision.refused
    if not facts.alone and facts.channel in (ChannelKind.SHARED, ChannelKind.PENDING, ChannelKind.FOREIGN):
        assert not decision.visible


@given(FACTS, *LIVES_ELSEWHERE)
def test_alone_one_sees_no_less_than_among_others(facts: Facts, grants: list[Grant], rules: list[ChannelRule]) -> None:
    among, alone = (decide(replace(facts, alone=one), grants, rules, ANA) for one in (False, True))

    assert among.refused is alone.refused
    assert among.visible.keys() <= alone.visible.keys()
    assert among.helps_in_private or among.visible.keys() == alone.visible.keys()


@given(FACTS, *LIVES_ELSEWHERE)
def test_each_repository_that_was_given_is_decided_once(
    facts: Facts, grants: list[Grant], rules: list[ChannelRule]
) -> None:
    decision = decide(facts, grants, rules, ANA)
    if not decision.refused:
        assert decision.visible.keys() | decision.withheld.keys() == {one.name for one in grants}
        assert not decision.visible.keys() & decision.withheld.keys()


@pytest.mark.parametrize("kind", [ChannelKind.DIRECT, ChannelKind.GROUP])
@pytest.mark.parametrize(
    ("is_exact", "in_direct", "shown"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_a_pattern_matches_direct_messages_only_where_that_is_said(
    kind: ChannelKind, is_exact: bool, in_direct: bool, shown: bool
) -> None:
    facts = Facts(kind, PersonKind.MEMBER, readers=(Reader(PersonKind.MEMBER),))

    assert ("shop" in decide(facts, [Grant("shop", "", is_exact, in_direct)], (), ANA).visible) is shown


def test_the_rule_says_where_it_was_set() -> None:
    facts = Facts(ChannelKind.PRIVATE, PersonKind.MEMBER, readers=(Reader(PersonKind.GUEST),))
    grant = Grant("shop", "[repos.shop]", is_exact=True, guests="channel")
    rules = [ChannelRule('[channels."slack:T1:C7"]', is_exact=True, guests="refuse")]

    assert decide(facts, [grant], rules, ANA).withheld["shop"].where == '[channels."slack:T1:C7"] guests'
    assert decide(facts, [replace(grant, guests="")], (), ANA).withheld["shop"].where == "default"


def test_where_nobody_has_looked_who_reads_along_it_could_be_anybody() -> None:
    facts = Facts(ChannelKind.PRIVATE, PersonKind.MEMBER, readers=None)
    decision = decide(facts, [Grant("shop", "", is_exact=True)], (), ANA)

    assert not decision.visible
    assert decision.withheld["shop"].name is RuleName.OUTSIDERS_READ
