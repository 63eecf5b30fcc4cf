"""The team's own code: tools that look into it, citations that hold, versions that its lock files pin."""
