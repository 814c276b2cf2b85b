"""Quantal response: the branch of logit equilibria from uniform play on, and how precise observed play is."""
