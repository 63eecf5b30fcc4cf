"""What frameworks refuse and no declaration tells of: of models, queries, routes, tasks, validators."""
