"""Shell commands and Dockerfiles: their syntax, and options that a well-known program does not have."""
