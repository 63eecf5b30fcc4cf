"""How far behind the model the bot is: `python3 dev.py bench`.

A bot process answers in Slack or Discord (our servers, which keep the platforms' limits: none, the documented ones, or four times them)
on embedded stores, from a model of a known pace. Every figure is a difference to the model's own stream in the same run, or a count;
absolute times of a machine say little. The servers and the clock (monotonic) are the bench's own process, the bot is another. Ten
threads stand in a channel, or as many as are said, which may each be posted in once a second; all are asked within `--within` seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import math
import os
import resource
import statistics
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.servers.claude import ClaudeServer
from tests.servers.discord import BOT, DiscordServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.servers.slack.delivery import SLACKS_OWN
from tests.walks.bot import ColdBot

FIRST_TOKEN_SECONDS, TOKENS_PER_SECOND, TOKENS = 0.3, 100.0, 400
ANSWER = "".join(f"word{number:03d} " if number % 12 else f"word{number:03d}\n\n" for number in range(TOKENS * 4 // 8))
CODE = "\n\n```python\nimport json\n\nprint(json.dumps({'a': 1}, indent=2))\n```\n"
LONGEST_SECONDS = 240
CHANNEL_THREADS = 10
WORKERS = ""
"""How many `run --workers` starts; "" for one process that does all."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One answer as people saw it: when which text stood there, and what stands there at the end."""

    versions: Sequence[tuple[float, str]]
    final: str


@dataclass(frozen=True, slots=True)
class Row:
    """One round: `threads` questions at once, under `limits` times the documented limits. Seconds, but for counts."""

    platform: str
    threads: int
    limits: float
    whole: int
    model: float
    first_p50: float
    first_p95: float
    last_p50: float
    last_p95: float
    gap: float
    calls: float
    refused: int
    ack_p99: float
    cpu: float
    megabytes: float
    by_method: Mapping[str, float]


def targets(row: Row) -> list[tuple[str, float, float]]:
    """(figure, value, at most) for each target of this round."""
    if row.platform == "discord":
        return [("first_p50", row.first_p50, 0.2), ("last_p50", row.last_p50, 0.3)] if row.threads <= 20 else []
    found = [("ack_p99", row.ack_p99, 0.1)]
    if row.threads <= 20:
        found += [("first_p50", row.first_p50, 0.15), ("last_p50", row.last_p50, 0.05), ("calls", row.calls, 9)]
        found += [("refused", row.refused, 0)]
    if row.threads == 1:
        found.append(("gap", row.gap, 1.5))
    if row.limits == 0 and row.threads == 20:
        found.append(("cpu", row.cpu, 0.04))
    if row.threads == 200:
        found.append(("megabytes", row.megabytes, 150))
        if row.limits == 4:
            found += [("first_p95", row.first_p95, 15), ("last_p95", row.last_p95, 30)]
        if row.limits == 0:
            found += [("first_p95", row.first_p95, 1), ("last_p95", row.last_p95, 1), ("cpu", row.cpu, 0.04)]
    return found


async def measure_slack(threads: int, limits: float, within: float, checks: bool | None) -> Row:
    answer = _answer(checks)
    async with SlackServer(limits=limits) as slack, _model() as claude:
        slack.retries = SLACKS_OWN
        settings = {
            "PLUMBLINE_CHECKS": str(bool(checks)),
            "SLACK_BOT_TOKEN": "xoxb-1",
            "SLACK_APP_TOKEN": "xapp-1",
            "SLACK_API_URL": slack.api_url,
        }
        async with _bot(settings, claude, threads) as bot:
            claude.says(answer)
            warm = await slack.user_says("C0", f"<@{BOT_USER}> warm up")
            await slack.until(lambda: slack.is_final("C0", warm), 60)
            calls, refused, acks = len(slack.calls), slack.refused, len(slack.ack_seconds)
            used = sum(map(cpu_seconds, family(bot.pid)))
            places = []
            for number in range(threads):
                channel = f"C{number // CHANNEL_THREADS + 1}"
                claude.says(answer)
                places.append((channel, await slack.user_says(channel, f"<@{BOT_USER}> question {number}")))
                await asyncio.sleep(within / threads)
            await slack.until(lambda: all(slack.is_final(*place) for place in places), LONGEST_SECONDS)
            used, peak = sum(map(cpu_seconds, family(bot.pid))) - used, held(bot.pid)
        answers = []
        for channel, root in places:
            posts = slack.thread(channel, root)
            versions = sorted(one for post in posts for one in zip(post.drawn_at, post.versions, strict=True))
            answers.append(Drawn(versions, "".join(post.versions[-1] for post in posts)))
        made = Counter(method for method, _ in slack.calls[calls:])
        return _row(
            "slack", limits, claude, answers, made, slack.refused - refused, slack.ack_seconds[acks:], used, peak
        )


async def measure_discord(threads: int, _: float, within: float, checks: bool | None) -> Row:
    answer = _answer(checks)
    async with DiscordServer() as discord, _model() as claude:
        settings = {
            "PLUMBLINE_CHECKS": str(bool(checks)),
            "DISCORD_BOT_TOKEN": "good",
            "DISCORD_API_URL": discord.api_url,
        }
        async with _bot(settings, claude, threads) as bot:
            claude.says(answer)
            warm = await discord.user_says(f"<@{BOT}> warm up")
            await discord.until(lambda: discord.is_final(warm), 60)
            calls, refused, used = len(discord.calls), len(discord.refusals), sum(map(cpu_seconds, family(bot.pid)))
            roots = []
            for number in range(threads):
                claude.says(answer)
                roots.append(await discord.user_says(f"<@{BOT}> question {number}"))
                await asyncio.sleep(within / threads)
            await discord.until(lambda: all(discord.is_final(root) for root in roots), LONGEST_SECONDS)
            used, peak = sum(map(cpu_seconds, family(bot.pid))) - used, held(bot.pid)
        answers = []
        for root in roots:
            posts = discord.visible(root)
            versions = sorted(one for post in posts for one in zip(post.drawn_at, post.versions, strict=True))
            answers.append(Drawn(versions, "".join(post.content for post in posts)))
        made = Counter(_kind(method, path) for method, path in discord.calls[calls:])
        return _row("discord", 1, claude, answers, made, len(discord.refusals) - refused, [0.0], used, peak)


def _kind(method: str, path: str) -> str:
    return f"{method} {'/'.join(part for part in path.split('/') if not part.isdigit())}"


def _answer(checks: bool | None) -> str:
    """Words alone, or ending in code that is checked or not."""
    return ANSWER if checks is None else ANSWER + CODE


def _model() -> ClaudeServer:
    return ClaudeServer(first_token_seconds=FIRST_TOKEN_SECONDS, tokens_per_second=TOKENS_PER_SECOND)


class _bot(ColdBot):  # noqa: N801 - stands in for a function
    """The bot in a folder of its own whose database has its schema already, as after any upgrade."""

    def __init__(self, settings: Mapping[str, str], claude: ClaudeServer, threads: int) -> None:
        self._folder = tempfile.TemporaryDirectory()
        super().__init__(
            Path(self._folder.name),
            **settings,
            ANTHROPIC_API_KEY="k",
            ANTHROPIC_BASE_URL=claude.url,
            PLUMBLINE_SLOTS=str(max(16, threads)),
            PLUMBLINE_LOG_LEVEL="WARNING",
        )

    async def start(self, *words: str) -> None:
        await self.command("migrate")
        await super().start(*(words or ("run", *(("--workers", WORKERS) if WORKERS else ()))))
        if WORKERS:
            while len(family(self.pid)) < int(WORKERS) + 2:  # noqa: ASYNC110 - processes are looked at
                await asyncio.sleep(0.1)

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        self._folder.cleanup()


def _row(
    platform: str,
    limits: float,
    claude: ClaudeServer,
    answers: Sequence[Drawn],
    made: Counter[str],
    refused: int,
    acks: Sequence[float],
    cpu: float,
    peak: float,
) -> Row:
    # The first answer, before the round, may have been asked for twice.
    asked_for = [one for one in claude.requests if "question " in one.question]
    asked = {int(one.question.split("question ")[1].split("\n")[0]): one for one in asked_for}
    first, last, gaps = [], [], []
    for number, drawn in enumerate(answers):
        worded = [at for at, text in drawn.versions if "word" in text]
        if not worded or number not in asked:
            print(f"    question {number} has no answer; there stands: {drawn.final[:200]!r}")
            continue
        first.append(worded[0] - asked[number].first_token_at)
        last.append(worded[-1] - asked[number].last_token_at)
        gaps += [later - one for one, later in itertools.pairwise(worded)]
    count = len(answers)
    return Row(
        platform=platform,
        threads=count,
        limits=limits,
        whole=sum("".join(ANSWER.split()) in "".join(drawn.final.split()) for drawn in answers),
        model=round(statistics.median(one.last_token_at - one.first_token_at for one in asked.values()), 2),
        first_p50=p(first, 50),
        first_p95=p(first, 95),
        last_p50=p(last, 50),
        last_p95=p(last, 95),
        gap=round(max(gaps, default=0), 2),
        calls=round(sum(made.values()) / count, 1),
        refused=refused,
        ack_p99=p(list(acks), 99),
        cpu=round(cpu / count, 3),
        megabytes=round(peak, 1),
        by_method={method: round(calls / count, 2) for method, calls in made.most_common()},
    )


def p(values: list[float], percent: int) -> float:
    """A percentile, in seconds to the millisecond."""
    return round(sorted(values)[min(len(values) - 1, len(values) * percent // 100)], 3) if values else math.inf


def family(pid: int) -> list[int]:
    """The process and those that it has begun and that run the bot; the embedded store is none."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ours = [int(one) for one in children if b"valkey-server" not in Path(f"/proc/{one}/cmdline").read_bytes()]
    return [pid, *(found for one in ours for found in family(one))]


def shared_megabytes(pids: Sequence[int]) -> list[float]:
    """What each holds now, of what several hold its share."""
    rolled = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    return [round(int(one.split("\nPss:")[1].split()[0]) / 1024, 1) for one in rolled]


def held(pid: int) -> float:
    """The most that it held; of several what they hold now, together, each of which is printed."""
    pids = family(pid)
    if len(pids) == 1:
        return peak_megabytes(pid)
    each = shared_megabytes(pids)
    print(f"    megabytes, the supervisor's first: {each}")
    return sum(each)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


COLUMNS = (
    "platform threads limits whole model first_p50 first_p95 last_p50 last_p95 gap calls refused ack_p99 cpu megabytes"
)


def show(row: Row) -> None:
    """A line of the table, its calls by method, and each target with whether it is met."""
    print("".join(f"{getattr(row, name)!s:>10}" for name in COLUMNS.split()))
    print("    calls an answer:", ", ".join(f"{method} {calls}" for method, calls in row.by_method.items()))
    for name, value, most in targets(row):
        print(f"    {'met   ' if value <= most else 'MISSED'} {name} {value} (at most {most})")
    print(end="", flush=True)


async def main(
    platforms: Sequence[str], threads: Sequence[int], limits: Sequence[float], within: float, code: bool
) -> list[Row]:
    rows = []
    print("".join(f"{name:>10}" for name in COLUMNS.split()))
    for platform in platforms:
        for count in threads:
            for times in limits if platform == "slack" else [1.0]:
                measure = measure_slack if platform == "slack" else measure_discord
                for checks in (False, True) if code else (None,):
                    rows.append(await measure(count, times, within, checks))
                    print(
                        f"code at the end, {'checked' if checks else 'not checked'}:" if code else "", end="\n" * code
                    )
                    show(rows[-1])
    return rows


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--platform", nargs="+", default=["slack", "discord"], choices=["slack", "discord"])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 20, 200])
    parser.add_argument(
        "--limits", type=float, nargs="+", default=[0, 4, 1], help="times the documented ones; 0 = none"
    )
    parser.add_argument(
        "--out", type=Path, default=Path(".data/bench.json"), help="also write the rows to this JSON file"
    )
    parser.add_argument("--within", type=float, default=1.0, help="seconds in which all are asked; 0 = in one burst")
    parser.add_argument("--code", action="store_true", help="answers end in Python, each round with checks off and on")
    parser.add_argument(
        "--channel-threads", type=int, default=CHANNEL_THREADS, help="of Slack's threads, so many a channel"
    )
    parser.add_argument("--workers", default="", help="so many processes that answer, beside one that listens")
    chosen = parser.parse_args()
    WORKERS, CHANNEL_THREADS = chosen.workers, chosen.channel_threads
    found = asyncio.run(main(chosen.platform, chosen.threads, chosen.limits, chosen.within, chosen.code))
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps([asdict(one) for one in found], indent=2) + "\n")
