"""Rust without its compiler: the standard library's names, crates, and the team's own items."""
