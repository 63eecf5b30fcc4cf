"""Configuration, shell, Go, Rust: what a grammar, a schema of the format's own people, or a lock file tells without running anything.

Errors only, never advice. All of it but `room` runs in a process of its own (`child`).
"""
