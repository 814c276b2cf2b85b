"""Learners in signalling games that human beings have played."""
