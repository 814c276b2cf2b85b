"""Magnetic mirror descent at each information set.

Sokota et al., "A unified approach to reinforcement learning, quantal response equilibria, and two-player zero-sum
games", ICLR 2023 (arXiv 2206.05825). The last iterate converges to agent logit equilibria, in zero-sum games if steps
are small against the temperature.
"""

from olivebranch.agents.checkpoint import State
from olivebranch.agents.settings import MagneticMirrorDescentSettings
from olivebranch.agents.tree.tree_learner import ExactLearner
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.evaluation import counterfactual_values
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.theory.tree.steps import mirror_step


class MagneticMirrorDescent(ExactLearner):
    """``memory`` holds logits. The magnet is uniform play, or a copy that follows play at ``magnet_rate``.

    The temperature falls, and early play is kept near uniform, so the average begins only at ``average_from``.
    """

    def __init__(self, game: CompiledGame, settings: MagneticMirrorDescentSettings, seed: int) -> None:
        super().__init__(game, settings, seed)
        self.settings = settings
        self.magnets = [0.0 * table for table in self.tables]

    def _step(self) -> None:
        values, own = counterfactual_values(self.profile)
        if self._averages(self.done + 1):
            self._add(own)
        size, temperature = self.settings.step_size.at(self.progress), self.settings.temperature.at(self.progress)
        rate, legal = self.settings.magnet_rate, self.tree.moves.legal
        for t, stage in enumerate(self.tree.stages):
            mirror_step(
                self.tables[t], self.memory[t], self.magnets[t], values[t].values, values[t].reach, stage.state, legal,
                size, temperature,
            )  # fmt: skip
            if rate > 0.0:
                self.magnets[t] += rate * (self.memory[t] - self.magnets[t])

    def _averages(self, steps: int) -> bool:
        """Whether behaviour before step number ``steps`` (from one on) is part of the average."""
        return steps > self.settings.average_from * self.total_updates

    def average(self) -> BehaviourProfile:
        """Of behaviour since ``average_from``; behaviour now until then."""
        return super().average() if self._averages(self.done) else self.profile

    def state(self) -> State:
        """See :class:`Learner`."""
        return {**super().state(), "magnets": self.magnets}

    def restore(self, state: State) -> None:
        """See :class:`Learner`."""
        super().restore(state)
        self.magnets = state["magnets"]
