"""Learners that read the whole history tree in each step and play no episodes."""
