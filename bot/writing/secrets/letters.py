"""Whether letters could be spoken: how likely each is behind the one before it, in words of code and its documentation.

Counted over 17,000 words of public Python packages. Of rows of random letters 96.7 % of 12 and 98.9 % of 14 are told from words; of words of
those lengths 1 in 300 is taken for such a row, of German, French, Spanish and Italian ones of eight letters and more fewer than 1 in 100.
"""

from __future__ import annotations

import itertools

_AFTER = (
    "befeabeaeacgefaeagfgdcccda gdddfdbafeagbcfcaefdfbaaea gbddfcafeaffcbgcaedgeaaaca fddehdcagbaedcfcbefdebbbca ecfgdedacaaeegcdbggfbdceca"
    " fcddffcahabfccgcaeeefabada eacchceffaaecfedagfcebaaca gacchbbbgabddcgcaedfeccbda edfeeeeaaaaeehfdadffadacad facdgcdaeacdccgdcchdgceaaa"
    " ecddhddbgaaecdddccgdecdada fbdehcbagabfccfcabeeecaafa gecchbbafabdecfgacecebbada fbfffegbeadcbdecacfgdcaaca ddeebddbdacffgdfageefdecaa"
    " gbcdgccdfacfcbfeagefeabaea ccaccdcaaaahccadacdaiccaaa gcedhcdagacdedfcaefedcaada ebfcgccffacecceedcfgfbcada fbdcgcafgaadcbfdaffeeabaea"
    " efededdaeaaffgdfagffbaabaa hbccibcagaaccbebacdbaaaaba gcddgdcfgacedffdaffdcaaaaa ecfcgdacfbadecdgcddhcbbbca edecedcaebaffedhaegfbddadb"
    " gbbdhbabfabcdbfcbeebcabaed"
)
"""Behind each letter, a to z in either direction, from `a` (16 times as rare as by chance) to `i` (16 times as frequent)."""

COMMON = {
    (first, second): ord(grade) - ord("e")
    for first, row in enumerate(_AFTER.split(), ord("a"))
    for second, grade in enumerate(row, ord("a"))
}
SHORTEST = 8
SURE = 14
"""From so many letters on, a row that is no more frequent than by chance is no word; a shorter one must be rarer."""


def is_drawn(value: bytes) -> bool:
    """Letters that nobody speaks."""
    small = value.lower()
    if len(small) < SHORTEST or not small.isascii() or not small.isalpha():
        return False
    return sum(COMMON[pair] for pair in itertools.pairwise(small)) <= min(0, len(small) - SURE)
