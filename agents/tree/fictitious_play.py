"""Extensive-form fictitious play: everyone responds to the others' average.

The average converges to equilibrium in two-player zero-sum games; the best responses, which are ``last``, are pure and
do not. Shapley's cycles are possible elsewhere. Smooth responses mix, and in zero-sum games both converge to the logit
equilibrium of their temperature (Hofbauer and Sandholm, "On the global convergence of stochastic fictitious play",
Econometrica 70, 2002).
"""

from typing import ClassVar, Literal

from pydantic import Field

from olivebranch.agents.learner import Answer
from olivebranch.agents.schedule import Scheduled, constant
from olivebranch.agents.settings import ExactSettings
from olivebranch.agents.tree.parts.tree_learner import ExactLearner, starting_play
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree import algorithms


class FictitiousPlaySettings(ExactSettings):
    """See :class:`FictitiousPlay`."""

    kind: Literal["fictitious-play"] = "fictitious-play"
    temperature: Scheduled = Field(
        default=constant(0.0), description="of logit responses, in units of payoff; 0: best responses"
    )


class FictitiousPlay(ExactLearner[algorithms.FictitiousPlay]):
    """See :class:`olivebranch.theory.tree.algorithms.FictitiousPlay`; uniform play is each seat's first strategy."""

    settings_class = FictitiousPlaySettings
    answer: ClassVar[Answer] = "average"

    def __init__(self, game: CompiledGame, settings: FictitiousPlaySettings, seed: int) -> None:
        super().__init__(algorithms.FictitiousPlay(starting_play(game, settings, seed)), settings)
        self.settings = settings

    def update(self) -> None:
        """See :class:`Learner`."""
        self.algorithm.step(self.settings.temperature.at(self.progress))
