"""Python: what is read from a block itself, without its libraries: text and trees in, facts out."""
