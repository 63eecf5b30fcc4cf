"""Go by its own compiler, where the operator has one: types, methods and arguments, in the team's module. Nothing is run."""
