"""YAML, and the files of which somebody publishes what they may hold: compose, workflows, Kubernetes, OpenAPI."""
