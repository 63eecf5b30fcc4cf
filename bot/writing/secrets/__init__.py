"""What a secret looks like: the vendors' own forms, the names that people give to secrets, and key blocks."""
