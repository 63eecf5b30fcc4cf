"""Python: environments of unpacked wheels, the checkers over them, and our own reading of libraries' sources."""
