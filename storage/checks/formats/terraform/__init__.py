"""Terraform: its grammar, its words, and the names of a module."""
