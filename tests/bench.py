"""How far behind the model the bot is: `python3 dev.py bench`.

A bot process answers in Slack (our server, which keeps Slack's limits or not), on embedded stores, from a model of a known pace. Every
figure is a difference to the model's own stream in the same run, or a count; absolute times of a machine say little.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.servers.claude import ClaudeServer
from tests.servers.slack import BOT_USER, SlackServer
from tests.walks.bot import BotProcess

FIRST_TOKEN_SECONDS, TOKENS_PER_SECOND, TOKENS = 0.3, 100.0, 400
ANSWER = "".join(f"word{number:03d} " if number % 12 else f"word{number:03d}\n\n" for number in range(TOKENS * 4 // 8))


@dataclass(frozen=True, slots=True)
class Row:
    """One round: `threads` questions at once. Seconds, but for the counts."""

    threads: int
    limits: bool
    model_seconds: float
    first_text_behind_p50: float
    first_text_behind_p95: float
    last_text_behind_p50: float
    last_text_behind_p95: float
    calls_per_answer: float
    rate_limited: int
    cpu_seconds_per_answer: float
    peak_megabytes: float


async def measure(threads: int, *, limits: bool) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        pace = ClaudeServer(first_token_seconds=FIRST_TOKEN_SECONDS, tokens_per_second=TOKENS_PER_SECOND)
        async with SlackServer(limits=limits) as slack, pace as claude:
            bot = BotProcess(
                Path(folder),
                SLACK_BOT_TOKEN="xoxb-1",
                SLACK_APP_TOKEN="xapp-1",
                SLACK_API_URL=slack.api_url,
                ANTHROPIC_API_KEY="k",
                ANTHROPIC_BASE_URL=claude.url,
                PLUMBLINE_SLOTS=str(max(16, threads)),
                PLUMBLINE_LOG_LEVEL="WARNING",
            )
            for _ in range(threads + 1):
                claude.says(ANSWER)
            async with bot:
                warm = await slack.user_says("C0", f"<@{BOT_USER}> warm up")
                await slack.until(lambda: slack.is_final("C0", warm), 60)
                calls, limited = len(slack.calls), slack.refused
                cpu = cpu_seconds(bot.pid)
                roots = [await slack.user_says("C1", f"<@{BOT_USER}> question {n}") for n in range(threads)]
                await slack.until(lambda: all(slack.is_final("C1", root) for root in roots), 400)
                used = cpu_seconds(bot.pid) - cpu
                peak = peak_megabytes(bot.pid)
        return row(slack, claude, roots, limits, len(slack.calls) - calls, slack.refused - limited, used, peak)


def row(
    slack: SlackServer,
    claude: ClaudeServer,
    roots: list[str],
    limits: bool,
    calls: int,
    limited: int,
    cpu: float,
    peak: float,
) -> Row:
    by_question = {
        int(request.question.split("question ")[1].split("\n")[0]): request for request in claude.requests[1:]
    }
    first, last = [], []
    for number, root in enumerate(roots):
        posts, request = slack.thread("C1", root), by_question[number]
        drawn = [(at, text) for post in posts for at, text in zip(post.drawn_at, post.versions, strict=True)]
        first.append(min(at for at, text in drawn if "word" in text) - request.first_token_at)
        last.append(max(at for at, _ in drawn) - request.last_token_at)
    model = statistics.median(request.last_token_at - request.first_token_at for request in by_question.values())
    return Row(
        len(roots), limits, round(model, 3), p(first, 50), p(first, 95), p(last, 50), p(last, 95),
        round(calls / len(roots), 1), limited, round(cpu / len(roots), 3), round(peak, 1),
    )  # fmt: skip


def p(values: list[float], percent: int) -> float:
    """A percentile, in seconds to the millisecond."""
    return round(sorted(values)[min(len(values) - 1, len(values) * percent // 100)], 3)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


async def main(threads: list[int]) -> list[Row]:
    rows = []
    for count in threads:
        for limits in (False, True):
            rows.append(await measure(count, limits=limits))
            print(json.dumps(asdict(rows[-1])), flush=True)
    return rows


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 20])
    parser.add_argument("--out", type=Path, default=None, help="also write the rows to this JSON file")
    chosen = parser.parse_args()
    found = asyncio.run(main(chosen.threads))
    if chosen.out:
        chosen.out.write_text(json.dumps([asdict(one) for one in found], indent=2) + "\n")
