"""Statements by their grammar, and what one says of itself without a schema."""
