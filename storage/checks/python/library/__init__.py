"""What stands in an environment, read from its files: modules, names, classes below others."""
