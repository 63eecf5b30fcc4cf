"""A throw-away PostgreSQL that has the team's schema, and statements held against it."""
