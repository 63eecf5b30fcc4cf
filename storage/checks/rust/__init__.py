"""Rust by its own compiler, where the operator has one: types, methods and borrows, in the team's crate. Nothing is built or run."""
