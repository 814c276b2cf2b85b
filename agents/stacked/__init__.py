"""Learners that train many games and seeds at once, as one array."""
