"""SQL: the grammar of each dialect, what a statement says of itself, the team's schema, and a PostgreSQL of our own that holds it.

All of it but `room` and `cluster` runs in a process of its own (`child`).
"""
