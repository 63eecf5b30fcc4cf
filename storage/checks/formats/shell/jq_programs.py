"""Programs of jq in commands, by jq's own compiler; nothing is run."""

from __future__ import annotations

import re

TAKES = {"--arg": 2, "--argjson": 2, "--slurpfile": 2, "--rawfile": 2, "--indent": 1, "-L": 1, "--library-path": 1}
ELSEWHERE = re.compile(r"-\w*f\w*|--from-file(?:=.*)?|\$.*|.*`.*")
"""The program stands in a file, or is put together by the shell."""
FAULT = re.compile(r"jq: error: (?P<said>.+?)(?: at <top-level>)?(?:, line (?P<line>\d+), column \d+:|$)", re.DOTALL)
IMPORT = re.compile(r"\b(?:import|include)\s+\"")
LONGEST = 10_000


def fault(given: list[tuple[int, str]], quoted: str) -> tuple[int, str]:
    """The line and what is wrong; (0, "") for nothing. `quoted` is the commands' text: what stands in double quotes there, the shell
    fills in, and is left alone."""
    import jq

    place = 0
    while place < len(given) and (given[place][1].startswith("-") or not given[place][1]):
        if ELSEWHERE.fullmatch(given[place][1]):
            return 0, ""
        place += 1 + TAKES.get(given[place][1], 0)
    if place >= len(given):
        return 0, ""
    at, program = given[place]
    if f"'{program}'" not in quoted or IMPORT.search(program) or len(program) > LONGEST:
        return 0, ""
    try:
        jq.compile(program, args=dict.fromkeys(re.findall(r"\$(\w+)", program), ""))
    except ValueError as error:
        if found := FAULT.match(str(error)):
            return at + int(found["line"] or 1) - 1, f"jq cannot read its program: {found['said'][:160]}"
    return 0, ""
