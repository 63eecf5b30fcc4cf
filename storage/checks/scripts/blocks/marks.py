"""Which lines of a block show what fails, or how it was done before: they are not meant to be right."""

from __future__ import annotations

import re

WRONG = re.compile(
    r"(?://|/\*)\s*(?:❌|✗|✘|🚫|⛔|👎|⚠|✖|(?:this |these |it |that )?(?:wrong|bad|incorrect|broken|invalid|fails?|will fail|won't work|"
    r"do(?:es)? ?n[o']t (?:work|exist|do)|no longer works|not supported|don't|do not|never|avoid|anti-?pattern|"
    r"(?:type ?|compile )?error|throws|"
    r"typo|removed|deprecated|vulnerable|unsafe|insecure|old|before|legacy|previously|instead of)\b)",
    re.IGNORECASE,
)
WITHIN = re.compile(
    r"(?://|/\*).*(?:❌|\b\w*Error\b\s*[:!(]|(?:will|would|should)? ?(?:throw|fail|crash)(?:s|ed|es)?\b|"
    r"does(?:n't| not) (?:exist|work)|"
    r"no longer (?:works?|exists?)|not allowed|wrong\b|anti-?pattern|\((?:wrong|bad|old|deprecated|broken|legacy|incorrect|before)\))",
    re.IGNORECASE,
)
RIGHT = re.compile(
    r"(?://|/\*)\s*(?:✅|✓|✔|👍|🟢|(?:right|good|correct|fixed|works|better|after|new|now|do\b|preferred|recommended|instead|use|safe|secure)\b)|"
    r"(?://|/\*).*(?:✅|\((?:right|good|new|correct|fixed|after|safe)\))",
    re.IGNORECASE,
)
IGNORED = re.compile(r"(?://|/\*)\s*(?:@ts-(?:ignore|expect-error|nocheck)|eslint-disable|oxlint-disable|biome-ignore)")


def wrong_lines(text: str) -> frozenset[int]:
    """From 1. A comment on a line of its own counts until the next one that says otherwise, one that says it in the midst of more until
    an empty line."""
    lines = text.split("\n")
    found: set[int] = set()
    current: int | None = None
    is_prose = False
    for number, line in enumerate(lines, 1):
        bare, indentation = line.strip(), len(line) - len(line.lstrip())
        at = line.find("//") if "//" in line else line.find("/*")
        comment = line[at:] if at >= 0 and not re.search(r"https?:$", line[:at]) else ""
        if bare.startswith(("//", "/*")):
            if IGNORED.match(bare):
                found |= {number, number + 1}
            if RIGHT.match(bare):
                current = None
            elif (WRONG.match(bare) or WITHIN.match(bare)) and len(bare) < 90:
                current, is_prose = indentation, not WRONG.match(bare)
            elif current is not None and indentation <= current and not lines[number - 2].strip():
                current = None
        elif comment and (
            ((WRONG.search(comment) or WITHIN.search(comment)) and not RIGHT.match(comment)) or IGNORED.search(comment)
        ):
            found.add(number)
        elif current is not None and (indentation < current if bare else is_prose):
            current = None
        if current is not None:
            found.add(number)
    return frozenset(found)
