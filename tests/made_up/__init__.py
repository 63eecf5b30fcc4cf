"""Capabilities that no product has, in a folder each: they join the bot as any other does, by one line in its wiring."""
