"""Extensive-form fictitious play.

Brown, "Iterative solution of games by fictitious play" (1951); Heinrich, Lanctot and Silver, "Fictitious self-play in
extensive-form games", ICML 2015: everyone responds best to the others' average, and the average mixes strategies by
their realisation weights. The average converges to equilibrium in two-player zero-sum games; the best responses, which
are ``last``, are pure and do not. Shapley's cycles are possible elsewhere.
"""

from olivebranch.agents.settings import FictitiousPlaySettings
from olivebranch.agents.tree.tree_learner import ExactLearner
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.evaluation import best_responses, own_reach


class FictitiousPlay(ExactLearner):
    """``tables`` are the best responses to the average; uniform play counts as the first strategy of each seat."""

    def __init__(self, game: CompiledGame, settings: FictitiousPlaySettings, seed: int) -> None:
        super().__init__(game, settings, seed)
        self._add(own_reach(self.profile))

    def _step(self) -> None:
        self.tables = list(best_responses(self.average()))
        self._add(own_reach(self.profile))
