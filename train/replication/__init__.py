"""Replications of published learning experiments."""
