"""Which of the checkers' findings are believed: the real source has the last word."""
