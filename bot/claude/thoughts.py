"""The thinking that private engines write into the text of an answer, before its first word: it is no part of the answer.

An engine that does not know its model's form of thinking passes it on as it is, and where the prompt's template opened it already, its
end alone: https://github.com/ggml-org/llama.cpp/issues/24671, https://github.com/QwenLM/qwen-code/pull/6033.
"""

from __future__ import annotations

import re

from bot.writing.fences import Line, code_lines

NAME = r"(?:\w+:)?(?:think|thinking|thoughts?|reasoning)"
OPEN = rf"<{NAME}>|\[THINK\]|◁think▷|<\|START_THINKING\|>|<\|channel\|>analysis"
END = rf"</{NAME}>|\[/THINK\]|◁/think▷|<\|END_THINKING\|>|<\|channel\|>final<\|message\|>"
"""As the reasoning parsers of vLLM know them: https://docs.vllm.ai/en/latest/features/reasoning_outputs.html."""

BEGINS, ENDS, EITHER = re.compile(rf"\s*(?:{OPEN})(?P<prose> [a-z])?"), re.compile(END), re.compile(f"{OPEN}|{END}")
MAY_BEGIN = re.compile(r"\s*(?:[<\[◁][^\s\]▷]{0,30})?")
SENTENCE = re.compile(r"(?:^|[.!?:;…。！？]|\S\Z)[ \t]*\Z")
PAIRS = ("``", "''", '""', "“”", "‘’", "«»")
LONGEST = 40
"""More characters than any of the marks has."""


class Thoughts:
    """The text of one message, as it comes: first it may begin with thinking, then it thinks, or speaks."""

    def __init__(self) -> None:
        self._text, self._state = "", "begins"
        self._has_thought = self._is_settled = False

    def feed(self, piece: str) -> tuple[str, bool]:
        """What is the answer's now, and whether nothing that was given before is."""
        if self._is_settled:
            return piece, False
        looked, self._text = max(0, len(self._text) - LONGEST), self._text + piece
        if self._state == "begins" and BEGINS.match(self._text):
            self._state, looked = "thinks", 0
        if self._state == "thinks":
            return self._behind(end) if (end := self._end(looked)) else ("", False)
        if self._state == "begins":
            if MAY_BEGIN.fullmatch(self._text):
                self._text = self._text.lstrip()
                return "", False
            self._state, looked = "speaks", 0
            piece = self._text = self._text.lstrip() if self._has_thought else self._text
        mark = EITHER.search(self._text, looked)
        if not mark or (mark.end() == len(self._text) and not self._text[: mark.start()].endswith("\n")):
            return piece, False  # what follows the mark will tell
        self._is_settled = True
        if not (ENDS.fullmatch(mark[0]) and self._is_end(mark)):
            return piece, False
        was_given = len(self._text) > len(piece)
        return self._behind(mark)[0], was_given

    def end(self, *, is_cut: bool) -> str:
        """What was held back and is an answer's: the message is over. `is_cut`: within it, as far as one can tell."""
        held, begun = self._text, BEGINS.match(self._text)
        if self._is_settled or self._state == "speaks" or (begun and (is_cut or not begun["prose"] or self._end(0))):
            return ""
        self._is_settled = True
        return held

    def _behind(self, end: re.Match[str]) -> tuple[str, bool]:
        """Thinking ended there."""
        rest = self._text[end.end() :]
        self._text, self._state, self._has_thought, self._is_settled = "", "begins", True, False
        return self.feed(rest)

    def _end(self, looked: int) -> re.Match[str] | None:
        return next((one for one in ENDS.finditer(self._text, looked) if not self._is_quoted(one)), None)

    def _is_quoted(self, mark: re.Match[str]) -> bool:
        """Or may be, where what follows is not there yet."""
        before, after = self._text[: mark.start()][-1:], self._text[mark.end() :][:1]
        return any(before == pair[0] and after in ("", pair[1]) for pair in PAIRS)

    def _is_end(self, mark: re.Match[str]) -> bool:
        """Whether thinking that nobody saw begin ends there, and is not spoken of: in code, in quotation marks, within a sentence."""
        before, after = self._text[: mark.start()], self._text[mark.end() :]
        line = before.rpartition("\n")[2]
        *_, (_, kind) = code_lines(before + "x")
        if kind is Line.CODE or line.count("`") % 2 or self._is_quoted(mark):
            return False
        return after.startswith("\n") or bool(SENTENCE.search(line) and not re.match(r"[.,;)]", after))
