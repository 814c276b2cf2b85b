"""Extensive-form fictitious play: everyone responds best to the others' average.

The average converges to equilibrium in two-player zero-sum games; the best responses, which are ``last``, are pure and
do not. Shapley's cycles are possible elsewhere.
"""

from typing import Literal

from olivebranch.agents.settings import ExactSettings
from olivebranch.agents.tree.parts.tree_learner import ExactLearner, uniform_start
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree import algorithms


class FictitiousPlaySettings(ExactSettings):
    """See :class:`FictitiousPlay`."""

    kind: Literal["fictitious-play"] = "fictitious-play"


class FictitiousPlay(ExactLearner[algorithms.FictitiousPlay]):
    """See :class:`olivebranch.theory.tree.algorithms.FictitiousPlay`; uniform play is each seat's first strategy."""

    settings_class = FictitiousPlaySettings

    def __init__(self, game: CompiledGame, settings: FictitiousPlaySettings, seed: int) -> None:
        super().__init__(algorithms.FictitiousPlay(uniform_start(game)), settings)

    def update(self) -> None:
        """See :class:`Learner`."""
        self.algorithm.step()
