"""Learners that keep a table and play episodes."""
