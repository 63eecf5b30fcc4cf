"""What a text is: CommonMark, its fences, links and what must not be seen; one reader of each for the whole house."""
