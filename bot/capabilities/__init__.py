"""What joins an answer, a folder each (bot/capability.py)."""
