"""YAML read into trees of words, from the parser's events.

Every scalar stays the text it is (1.10 is not 1.1, `no` is not false), and nothing can nest deep or fan out: no lock file
needs an alias, so one with aliases is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from bot.capabilities.team_code.dependencies.words import Malformed, Word, word

LOADER: type[yaml.CSafeLoader | yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_DEPTH = 50
OTHER_BREAKS = re.compile("[\r\x85\u2028\u2029]")
"""YAML counts a line at each of them; editors and git do not."""


def read_yaml(text: str) -> list[object]:
    """The documents of the text, mostly one."""
    try:
        return _tree(yaml.parse(OTHER_BREAKS.sub(" ", text), Loader=LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise Malformed("not valid YAML" + (f" (line {mark.line + 1})" if mark else "")) from error
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        raise Malformed("not valid YAML") from error


def _tree(events: Iterator[object]) -> list[object]:
    open_nodes: list[list[object]] = [[]]
    for event in events:
        match event:
            case yaml.ScalarEvent():
                open_nodes[-1].append(word(event.value, event.start_mark.line + 1 if event.start_mark else 1))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                open_nodes.append([])
                if len(open_nodes) > MAX_DEPTH:
                    raise Malformed("not read: nested too deep")
            case yaml.SequenceEndEvent():
                done = open_nodes.pop()
                open_nodes[-1].append(done)
            case yaml.MappingEndEvent():
                pairs = open_nodes.pop()
                open_nodes[-1].append(_table(pairs))
            case yaml.AliasEvent():
                raise Malformed("not read: it uses YAML aliases")
    return open_nodes[0]


def _table(pairs: list[object]) -> dict[Word, object]:
    """The last of two equal keys holds, line and all; a key that is no text is left out."""
    out: dict[Word, object] = {}
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        if isinstance(key, Word):
            out.pop(key, None)
            out[key] = value
    return out
