"""Learners of one track on the same games, budgets and seeds; see docs/benchmark-protocol.md."""
