"""The blocks of an answer as text, as syntax trees, and as files that a compiler reads."""
