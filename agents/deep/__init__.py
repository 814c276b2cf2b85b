"""Learners with networks, in torch."""
