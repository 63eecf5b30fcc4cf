"""Which lines of a block show what fails, or how it was done before: they are not meant to be right."""

from __future__ import annotations

import ast
import builtins
import re

LABELS = "wrong|bad|incorrect|broken|invalid|error|typo|removed|deprecated|vulnerable|unsafe|insecure|old|before|legacy|previously"
NAMED = (
    r"\s*(?:$|[:;,.!(/–—=-])|\s+(?:in|since|as of|because|and|but|–|—)\b|"
    r"\s+(?:(?!(?:the|an?|your|each|every|any)\b)\w+\s+)?(?:way|approach|usage|use|imports?|arguments?|names?|methods?|calls?|apis?|syntax|versions?|code|examples?|style|pattern|signature|one|practice|idea|type|order|package|module|class)\b"
)
"""What stands behind such a word where it is a label: in `# wrong credentials give 401` it is none."""

WRONG = re.compile(
    rf"#\s*(?:❌|✗|✘|🚫|⛔|👎|⚠|✖|(?:this |these |it |that )?(?:is |was )?(?:{LABELS}|bug)(?={NAMED})|"
    r"(?:don't|do not|never|avoid|instead of)\b(?:\W*$|.*:\s*$|(?: \w+)? (?:this|that|these|it like this)\b)|anti-?pattern|"
    r"(?:pydantic |sqlalchemy |django |openai )?v?1(?:\.x)?(?: style)?\s*(?:$|:|\())|"
    r"#.*(?:❌|\b(?:is|are) wrong\b|\bwrong\W*$|anti-?pattern|"
    r"\((?:wrong|bad|old|deprecated|broken|legacy|incorrect|vulnerable|unsafe|before)\))",
    re.IGNORECASE,
)
"""A comment that is a label of the code that it stands at."""

FAILS = re.compile(
    r"#\s*(?:this |these |it |that )?(?:fails|fail|will fail|won't work|(?:does not|doesn't) (?:work|exist)|no longer works|"
    r"not supported|raises|throws)\b|"
    r"#.*(?:\b\w*(?:Error|Exception)\b\s*[:!(]|→\s*\w+Error|"
    r"\b(?:this|it|that|these|they|will|would|should|always|now) (?:raise|fail|crash)(?:s|ed)?\b|"
    r"does(?:n't| not) (?:exist|work)|no longer (?:works?|exists?)|not allowed)",
    re.IGNORECASE,
)
"""A comment that says what becomes of it; not where it says when or what for (`# make the bucket if it doesn't exist`)."""

WHEN = re.compile(
    r"\b(?:if|when|whenever|unless|whether|until|once|while|in case|so|because|otherwise|where|which|make sure|ensure|try|retry|yet)\b",
    re.IGNORECASE,
)
RIGHT = re.compile(
    r"#\s*(?:✅|✓|✔|👍|🟢|(?:right|good|correct|fixed|works|better|after|new|now|do\b|preferred|recommended|instead|use|safe|secure)\b|"
    r"(?:pydantic |sqlalchemy |django |openai )?v?2(?:\.x)?(?: style)?\s*(?:$|:|\())|"
    r"#.*(?:✅|\((?:right|good|new|correct|fixed|after|safe)\))",
    re.IGNORECASE,
)
FAILING = (
    "AttributeError",
    "ImportError",
    "ModuleNotFoundError",
    "NameError",
    "TypeError",
    "Exception",
    "BaseException",
    "ValidationError",
)
RAISES = ("raises", "assertRaises", "suppress", "assertRaisesRegex", "warns", "deprecated_call", "assertWarns")


def wrong_lines(text: str, tree: ast.Module | None) -> frozenset[int]:
    """The lines that comments, or the statements around them, say to fail or to be the way not to go."""
    lines = text.split("\n")
    found = _marked(lines)
    if tree is None:
        return frozenset(found)
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and node.lineno in found and node.end_lineno:
            if any(_says_so("#" + lines[at - 1].partition("#")[2]) for at in (node.lineno, node.end_lineno)):
                found |= set(range(node.lineno, node.end_lineno + 1))
        elif isinstance(node, ast.stmt) and not hasattr(node, "body") and node.end_lineno in found:
            found |= set(range(node.lineno, node.end_lineno + 1))
        if isinstance(node, ast.With | ast.AsyncWith) and any(_is_raising(item.context_expr) for item in node.items):
            found |= _span(node.body)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and re.search(
            r"^(?:bad|wrong|broken|incorrect|vulnerable|unsafe|old)_|_(?:bad|wrong|broken|vulnerable|unsafe|old)$|^(?:Bad|Wrong|Broken|Vulnerable)[A-Z]",
            node.name,
        ):
            found |= _span([node])
    return frozenset(found)


def tolerated(tree: ast.Module) -> dict[str, frozenset[int]]:
    """By exception: the lines in a `try` that is ready for it."""
    lines: dict[str, set[int]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Try | ast.TryStar):
            for handler in node.handlers:
                for name in _names(handler.type):
                    if name in FAILING:
                        lines.setdefault(name, set()).update(_span(node.body))
                        if name in ("ImportError", "ModuleNotFoundError"):
                            lines[name] |= _span(handler.body)
    return {name: frozenset(where) for name, where in lines.items()}


def _marked(lines: list[str]) -> set[int]:
    found: set[int] = set()
    current: int | None = None
    for number, line in enumerate(lines, 1):
        comment = "#" + line.partition("#")[2] if "#" in line else ""
        bare, indentation = line.strip(), len(line) - len(line.lstrip())
        if bare.startswith("#"):
            if RIGHT.match(bare):
                current = None
            elif len(bare) < 90 and _says_so(bare):
                current = indentation
            elif current is not None and indentation <= current and not lines[number - 2].strip():
                current = None
        elif comment and _says_so(comment) and not RIGHT.match(comment):
            found.add(number)
        elif bare and current is not None and indentation < current:
            current = None
        if current is not None:
            found.add(number)
    return found


def _says_so(comment: str) -> bool:
    """Whether a comment says of its code that it is wrong: an error of a library's own is what right code may end with, too."""
    if WRONG.match(comment):
        return True
    errors = re.findall(r"\b\w*(?:Error|Exception)\b", comment)
    is_failing = not errors or any(one in FAILING or hasattr(builtins, one) for one in errors)
    return FAILS.match(comment) is not None and is_failing and WHEN.search(comment) is None


def _is_raising(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = (
        node.func.attr
        if isinstance(node.func, ast.Attribute)
        else node.func.id
        if isinstance(node.func, ast.Name)
        else ""
    )
    return name in RAISES


def _names(node: ast.expr | None) -> list[str]:
    if node is None:
        return ["Exception"]
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return [
        part.id if isinstance(part, ast.Name) else part.attr if isinstance(part, ast.Attribute) else ""
        for part in parts
    ]


def _span(body: list[ast.stmt]) -> set[int]:
    return set(range(body[0].lineno, (body[-1].end_lineno or body[-1].lineno) + 1)) if body else set()
