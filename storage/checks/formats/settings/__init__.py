"""Settings: JSON, TOML, nginx, pyproject.toml, tsconfig.json."""
