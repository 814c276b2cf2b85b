"""The talks game and the demonstration game in closed form, and the maps that follow from it."""

from olivebranch.theory.talks.solve import TalksEquilibrium, TalksSolution, solve_talks

__all__ = ["TalksEquilibrium", "TalksSolution", "solve_talks"]
