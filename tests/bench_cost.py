"""What a long thread with tool results costs, against naive resending: `python3 dev.py bench cost`. See tests/pricing.py."""

from __future__ import annotations

from datetime import timedelta

from tests.pricing import thread

PACES = {"hot, a minute apart": 1, "warm, ten minutes": 10, "cold, ninety minutes": 90}
READS = (0.05, 0.10)
TARGETS = {20: 12, 40: 24}


def main() -> None:
    print("millions of plain input tokens; read = what a cached token costs")
    for name, minutes in PACES.items():
        for read in READS:
            print(f"{name}, read {read}:")
            for turns in (10, 20, 40, 80):
                cost = thread(turns, timedelta(minutes=minutes), read=read)
                target = TARGETS.get(turns, 0)
                verdict = f"{'met' if cost.ratio >= target else 'MISSED'} (1/{target})" if target else ""
                print(
                    f"  {turns:>3} turns  {cost.ours / 1e6:7.3f}  naive {cost.naive / 1e6:7.2f}  1/{cost.ratio:<5.1f} {verdict}"
                )


if __name__ == "__main__":
    main()
