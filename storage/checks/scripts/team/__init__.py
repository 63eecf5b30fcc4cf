"""The team's own files: what they export, how they are configured, and where among them a block stands."""
