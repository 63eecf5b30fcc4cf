"""Environments: the wheels of a lock file, unpacked and never executed, with the stubs that fit."""
