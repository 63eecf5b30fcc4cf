"""The team's schema, from SQL files, migrations and models, as statements in the order in which they make it."""
