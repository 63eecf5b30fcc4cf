"""The bot with the made-up capability: `python -m tests.made_up.run run`, with the words of `plumbline`."""

from __future__ import annotations

import sys

from adapters.cli import main
from tests.made_up import word_repair

if __name__ == "__main__":
    word_repair.join()
    sys.exit(main())
