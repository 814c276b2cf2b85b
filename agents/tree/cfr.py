"""Counterfactual regret minimisation (CFR) and CFR+.

Zinkevich, Johanson, Bowling and Piccione, "Regret minimization in games with incomplete information", NeurIPS 2007;
Tammelin, "Solving large imperfect information games using CFR+", arXiv 1407.5042 (2014). In two-player zero-sum games
the average converges to equilibrium; the last iterate of CFR need not, that of CFR+ often does. In other games nothing
is promised for either.
"""

from typing import NamedTuple

from olivebranch.agents.settings import CFRPlusSettings, CFRSettings
from olivebranch.agents.tree.tree_learner import ExactLearner
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.evaluation import counterfactual_values
from olivebranch.theory.tree.profiles import uniform_profile
from olivebranch.theory.tree.steps import regret_step


class Variant(NamedTuple):
    """Whether regrets are kept from falling below zero, and whether step k has weight k in the average or one."""

    clipped: bool
    linear: bool


VARIANTS = {"cfr": Variant(clipped=False, linear=False), "cfr+": Variant(clipped=True, linear=True)}


class CFR(ExactLearner):
    """Players are updated one after the other, each against what the others play by then; ``memory`` is regret."""

    def __init__(self, game: CompiledGame, settings: CFRSettings | CFRPlusSettings, seed: int) -> None:
        super().__init__(game, settings, seed)
        self._variant = VARIANTS[settings.kind]
        self._uniform = uniform_profile(self.tree).stages

    def _step(self) -> None:
        weight = self.done + 1.0 if self._variant.linear else 1.0
        legal = self.tree.moves.legal
        for player in range(self.tree.game.n_players):
            part = self.tree.types_of(player)
            values, own = counterfactual_values(self.profile)
            self._add(own, weight, part)
            for t, stage in enumerate(self.tree.stages):
                regret_step(
                    self.tables[t], self.memory[t], self._uniform[t], values[t].values, stage.state, legal,
                    part.start, part.stop, self._variant.clipped,
                )  # fmt: skip
