"""Holds each code block of an answer against the versions and the code that a team really runs, without running any of it."""
