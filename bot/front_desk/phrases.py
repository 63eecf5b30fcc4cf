"""What the front desk says: the answers to commands and presses. Calm, short, no blame: what happened, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.ports.policy import FOR_READERS, Decision, Rule, RuleName
from bot.ports.stores import UsageTotal

END_CHARACTERS = 80
"""How much of a cut answer's end says which one is meant, and where it ended."""


def inbox_full() -> str:
    return "Too many messages are waiting in this thread, so I did not take this one. Please send it again in a minute."


def stop_refused() -> str:
    return "Only the people who asked, or an admin, can stop this answer."


def retry_refused() -> str:
    return "There is nothing to retry here any more. Please ask again."


def retrying() -> str:
    return "Trying again."


def go_on(before: str) -> str:
    """What is asked of the model in the name of whoever pressed; `before` is the answer as far as it came."""
    end = " ".join(before.split())[-END_CHARACTERS:].replace("`", "'")
    if not end:
        return "You were stopped before you wrote anything. Answer now."
    return f'Your answer that ends with "{end}" was cut there. Go on exactly where it ends, and repeat nothing of it.'


def going_on() -> str:
    return "Going on."


def going_on_already() -> str:
    return "I have been asked to go on with this already."


def go_on_refused() -> str:
    return "I do not remember this answer any more, so I cannot go on with it. Please ask again."


def stopping() -> str:
    return "Stopping."


def nothing_to_stop() -> str:
    return "Nothing is being answered in this thread."


def not_remembered() -> str:
    return "I do not remember that answer any more."


def thanks_for_feedback() -> str:
    return "Thanks, noted."


def unknown_command(word: str) -> str:
    known = f"`{word}` is" if re.fullmatch(r"[\w-]{1,30}", word) else "That is"
    return f"{known} none of my commands; `help` lists them. A question goes behind `/ask`, or into a message to me without a `!`."


def hello() -> str:
    return "I am here. Write your question next to my name, or attach a file; `help` shows what else I can do."


def admins_only(*, named: bool) -> str:
    """`named`: their names stand behind it."""
    if named:
        return "Only an admin of this bot can do that. Please ask one of them:"
    return "Only an admin of this bot can do that, and it has none here yet. Please ask whoever runs it."


def help_page(brought: Sequence[tuple[str, str]] = ()) -> str:
    """`brought`: further commands, as they are written and what they do."""
    rows = "".join(f"- {written}: {meaning}\n" for written, meaning in brought)
    return f"""\
Ask me anything about your backend: mention me, write to me directly, or use `/ask`. In a thread that I take part in, \
just reply; everything said there is context for me. Edit your question and I answer it anew in the same place; delete it and I \
forget it.

- `!help`: this page
- `!stop`: stops the answer being written
- `!reset`: forgets this thread; the next question starts afresh
- `!mute`, `!unmute`: in this thread I answer only when mentioned, or again every reply
- `!aside ...`: a message between you; I read it as context and do not answer
{rows}\
- `!why`: whether I answer you here, what you may see, by which rule, and where that was set; for you alone
- `!usage`: what you and this channel have used
- `!model NAME`, `!effort LEVEL`: the model and how much it thinks, for this channel (admins)
- `!mode thread` or `mention`: answer every reply in my threads, or mentions only (admins)
- `!prompt TEXT`: something I should always keep in mind in this channel (admins; `-` clears it)
- `!budget DOLLARS`: this channel's daily budget (admins)
- `!secrets mask` or `keep`: whether I mask tokens and passwords in what you write here (admins)
- `!on`, `!off`: switches me on or off in this channel (admins)

The same words work behind `/plumbline`, where slash commands exist."""


def why(decision: Decision, *, is_whole: bool) -> str:
    """The rule that decides on a question asked here now, and where it was set. `is_whole`: names what this person may not see, too;
    others are told of what is withheld only for the sake of those who read along."""
    rule, facts = decision.rule, decision.facts
    answer = "I do not answer you here" if decision.refused else "I answer you here"
    lines = [f"{answer}: {rule.name} ({_place_of(rule)})."]
    if rule.name is not RuleName.LOOK_UP_FAILED:
        lines.append(f"You are {facts.person}; this is {facts.channel}.")
    if decision.refused and not is_whole:
        return "\n\n".join(lines)
    rows = [f"- `{name}`: shown: {one.name} ({_place_of(one)})" for name, one in sorted(decision.visible.items())]
    rows += [
        f"- `{name}`: not shown: {one.name} ({_place_of(one)})"
        for name, one in sorted(decision.withheld.items())
        if is_whole or one.name in FOR_READERS
    ]
    lines.append("\n".join(rows) or "No repository is given to this place, or to you in it.")
    if decision.helps_in_private:
        lines.append("`/ask private` shows you alone what is withheld because of those who read along.")
    return "\n\n".join(lines)


def _place_of(rule: Rule) -> str:
    if rule.name is RuleName.LOOK_UP_FAILED:
        return rule.where
    return "nothing was set: the default" if rule.where == "default" else f"set in {rule.where}"


def forgotten() -> str:
    return "I have forgotten this thread. The next question starts afresh."


def muted() -> str:
    return "Muted: in this thread I answer only when you mention me. `!unmute` ends that."


def unmuted() -> str:
    return "I answer every reply in this thread again."


def others_thread() -> str:
    return "Guests can do that in threads that they began themselves; a member of the team can do it here."


def usage_table(rows: Sequence[tuple[int, UsageTotal, UsageTotal | None]]) -> str:
    """Each row: the last so many days, the asker's total, the channel's total, None where that is not theirs to see."""
    sees_all = any(here is not None for _, _, here in rows)
    head, rule = "| last | you: answers | you: cost |", "| --- | ---: | ---: |"
    lines = [f"{head} this channel: answers | this channel: cost |" if sees_all else head]
    lines.append(f"{rule} ---: | ---: |" if sees_all else rule)
    for days, yours, here in rows:
        label = "24 hours" if days == 1 else f"{days} days"
        line = f"| {label} | {yours.turns} | {dollars(yours.cost_microdollars)} |"
        lines.append(f"{line} {here.turns} | {dollars(here.cost_microdollars)} |" if here else line)
    return "\n".join(lines)


def dollars(microdollars: int) -> str:
    return f"${microdollars / 1_000_000:.4f}"


def current_model(model: str, effort: str) -> str:
    return f"Model in this channel: `{model or 'as everywhere'}`, effort: `{effort or 'as everywhere'}`."


def model_set(model: str) -> str:
    return f"New threads in this channel are answered by `{model}`. Threads that run keep their model."


def effort_choices(effort: str, choices: Sequence[str]) -> str:
    return f"Effort in this channel: `{effort or 'as everywhere'}`. Choose one of: {', '.join(choices)}."


def effort_set(effort: str) -> str:
    return f"New threads in this channel are answered with `{effort}` effort."


def mode_choices(mode: str) -> str:
    return (
        f"Mode in this channel: `{mode}`. Choose `thread` (every reply in my threads), `mention`, or `every` "
        "(each new post of a forum, too)."
    )


def mode_set(mode: str) -> str:
    if mode == "mention":
        return "In this channel I answer only when you mention me."
    if mode == "every":
        return "In this channel I answer every reply in my threads, and each new post of a forum."
    return "In this channel I answer every reply in threads that I take part in."


def current_prompt(addition: str) -> str:
    return f"In this channel I keep in mind:\n\n> {addition}" if addition else "Nothing is set. Use `prompt TEXT`."


def prompt_set(addition: str) -> str:
    return "I will keep that in mind in new threads here." if addition else "Cleared."


def budget_usage(microdollars: int | None) -> str:
    now = "as everywhere" if microdollars is None else dollars(microdollars) if microdollars else "none"
    return f"Daily budget of this channel: {now}. Set one with `budget 5` (US dollars; 0 = none)."


def budget_set(amount: float) -> str:
    return f"This channel's daily budget is ${amount:.2f} now." if amount else "This channel has no daily budget now."


def no_worker() -> str:
    """For the author alone."""
    return "Your question is safe and waits for a worker: none is running right now. It is answered as soon as one is back."


def secret_masked(kinds: Sequence[str]) -> str:
    """For the author alone."""
    what = ", ".join(kinds)
    return (
        f"Your message held what looks like a secret ({what}). I have masked it: neither the model nor my store has seen it. In the "
        "chat it still stands, so please revoke it where it was issued. If it is none, an admin can have me keep such things in this "
        "channel with `!secrets keep`."
    )


def secrets_choices(*, keeps: bool) -> str:
    now = "kept as they are" if keeps else "masked"
    return f"Tokens and passwords in what people write here are {now}. Choose `mask` or `keep`."


def secrets_set(*, keeps: bool) -> str:
    if keeps:
        return "From now on I keep what is written in this channel as it is, tokens and passwords too; the model sees them."
    return "From now on I mask tokens and passwords in what is written in this channel."


def switched_on() -> str:
    return "Switched on in this channel."


def switched_off() -> str:
    return "Switched off in this channel. `/plumbline on` or `!on` brings me back."
